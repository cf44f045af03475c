"""Long runs: mixed traffic for minutes, fuzzing from the service's own description, and Node's client under fire."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import requests

from benchmarks.speed_processes import resident_mb
from benchmarks.torture_database import writing
from benchmarks.torture_ground import BACKTEST, COMING, REAL, FaultRow, Ground, Tally, service, state, wait
from benchmarks.torture_quick_jobs import HERE as QUICK
from testing.server import ROOT, Server, free_port, serving

GROWTH_MB = 40.0
CALLERS = 50
EXPECTED = {200, 202, 404, 409, 422}


@dataclass(frozen=True)
class Sample:
    """The service's use of memory, files and threads at one moment."""

    memory_mb: float
    files: int
    threads: int


def soak(ground: Ground) -> Iterator[FaultRow]:
    """Mixed traffic while Node writes and a training starts every minute."""
    folder = ground.place("soak", wal=True)
    seconds = 60.0 * ground.soak_minutes
    tally = Tally(f"soak: {ground.soak_minutes:g} minutes of mixed traffic")
    statuses: Counter[str] = Counter()
    with service(folder) as server, writing(folder / "database.sqlite", "wal") as reports:
        stop = threading.Event()
        threads = [threading.Thread(target=_mixed, args=(server, stop, statuses, seed)) for seed in range(3)]
        threads.append(threading.Thread(target=_jobs, args=(server, stop, statuses)))
        for thread in threads:
            thread.start()
        samples = _samples(server, seconds)
        stop.set()
        for thread in threads:
            thread.join()
        wait(lambda: state(server, "training").get("status") != "running")
    strange = {status: count for status, count in statuses.items() if int(status) not in EXPECTED}
    tally.check(f"answers: {strange}", not strange)
    first, last = _thirds(samples)
    tally.check("memory grew", last.memory_mb - first.memory_mb < GROWTH_MB)
    tally.check("open files grew", last.files - first.files <= 8)
    tally.check("threads grew", last.threads - first.threads <= 4)
    tally.check(f"{reports[0].refused} commits refused", reports[0].refused == 0)
    yield tally.row(
        f"{sum(statuses.values())} answers: {_counts(statuses)};"
        f" memory {first.memory_mb:.0f} → {last.memory_mb:.0f} MB,"
        f" open files {first.files} → {last.files}, threads {first.threads} → {last.threads};"
        f" {reports[0].commits} commits, held up for {reports[0].held_ms:.1f} ms at most"
    )


def _counts(statuses: Counter[str]) -> str:
    return ", ".join(f"{count} of {status}" for status, count in statuses.most_common())


def _samples(server: Server, seconds: float) -> list[Sample]:
    process = Path(f"/proc/{server.process.pid}")
    samples, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(min(2.0, seconds / 20))
        files, threads = list((process / "fd").iterdir()), list((process / "task").iterdir())
        samples.append(Sample(resident_mb(server.process.pid), len(files), len(threads)))
    return samples


def _thirds(samples: list[Sample]) -> tuple[Sample, Sample]:
    """Medians of the second and of the last third; the first third is warm-up."""
    third = max(len(samples) // 3, 1)
    return _middle(samples[third : 2 * third] or samples), _middle(samples[-third:])


def _middle(samples: list[Sample]) -> Sample:
    memory = float(np.median([each.memory_mb for each in samples]))
    files = int(np.median([each.files for each in samples]))
    return Sample(memory, files, int(np.median([each.threads for each in samples])))


def _mixed(server: Server, stop: threading.Event, statuses: Counter[str], seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311  nothing secret
    session = requests.Session()
    questions: list[dict[str, object]] = [
        {"fixture_id": COMING},
        {"fixture_id": 10**9},
        {"fixture_id": COMING, "explain": True},
        {"fixture_ids": list(range(1, 301))},
        {"fixture_id": COMING, "odds": {"1x2": {"home": 2.1, "draw": 3.4, "away": 3.6}}},
        {"fixture_id": "junk"},
    ]
    while not stop.wait(0.02):
        path = choose.choice(("/health", "/model/current", "/predict", "/predict", "/predict"))
        if path == "/predict":
            _note(session, "POST", server.url + path, statuses, choose.choice(questions))
        else:
            _note(session, "GET", server.url + path, statuses)


def _note(
    session: requests.Session, method: str, url: str, statuses: Counter[str], body: object = None
) -> None:
    try:
        statuses[str(session.request(method, url, json=body, timeout=120).status_code)] += 1
    except requests.RequestException:
        statuses["0"] += 1


def _jobs(server: Server, stop: threading.Event, statuses: Counter[str]) -> None:
    session = requests.Session()
    while True:
        _note(session, "POST", f"{server.url}/train", statuses, {"promote": "always"})
        _note(session, "POST", f"{server.url}/backtest", statuses, BACKTEST)
        if stop.wait(45.0):
            return


def fuzz(ground: Ground) -> Iterator[FaultRow]:
    """Schemathesis over the service's own description; a stand-in runs the jobs."""
    if find_spec("schemathesis") is None:
        yield FaultRow("fuzzed from its OpenAPI description", 0, 0, "skipped: schemathesis is not installed")
        return
    folder = ground.place("fuzz")
    with service(folder) as server:
        checks = "not_a_server_error,status_code_conformance,content_type_conformance"
        schema = f"{checks},response_schema_conformance"
        yield _fuzzed(ground, server, "real model", "/(health|predict|model/current)$", schema)
    with serving(folder, app=("--factory", f"{QUICK}:app")) as server:
        yield _fuzzed(ground, server, "jobs that end at once", "/(train|backtest)$", checks)


def _fuzzed(ground: Ground, server: Server, name: str, paths: str, checks: str) -> FaultRow:
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "run",
        f"{server.url}/openapi.json",
        "--checks",
        checks,
    ]
    command += ["--include-path-regex", paths, "--max-examples", str(ground.times(500, 30)), "--no-color"]
    command += ["--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"]
    done = subprocess.run(
        command, cwd=server.log.parent, capture_output=True, text=True, check=False, timeout=1800
    )
    generated = re.search(r"(\d+) generated", done.stdout)
    tally = Tally(f"fuzzed from its OpenAPI description ({name})")
    tally.check(_complaint(done.stdout + done.stderr), done.returncode == 0)
    tally.check("a 500 in its log", not re.search(r" 500 [\d.]+ ms", server.log.read_text()))
    tally.check("it does not answer any more", server.health()["status"] in ("ok", "degraded"))
    return tally.row(
        f"{generated[1] if generated else 'some'} requests, no 500, no answer outside its schema"
    )


def _complaint(output: str) -> str:
    """What schemathesis complains about, in short."""
    complaints = [line.strip() for line in output.splitlines() if line.strip().startswith(("- ", "[", "❌"))]
    return "; ".join(complaints[:4]) or output[-300:].replace("\n", " ")


def node(ground: Ground) -> Iterator[FaultRow]:
    """Node's client with 50 callers while the service is killed and started again in a loop."""
    interpreter = shutil.which("node")
    if interpreter is None:
        yield FaultRow("Node's client under a dying service", 0, 0, "skipped: node is not installed")
        return
    folder, port, seconds = ground.place("node"), free_port(), ground.times(60, 20)
    script = ROOT / "benchmarks" / "torture_client.mjs"
    command = [interpreter, str(script), str(port), str(seconds), str(CALLERS), str(COMING)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        kills = _killing(folder, port, seconds)
        with _on_port(folder, port) as server:
            output, logged = client.communicate(timeout=120)
            server.sweep()
    yield _judged(output, logged, kills)


def _killing(folder: Path, port: int, seconds: float) -> int:
    kills, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with _on_port(folder, port) as server:
            wait(lambda: server.health()["ready"], 20.0)
            time.sleep(random.Random(kills).uniform(0.2, 2.0))  # noqa: S311  nothing secret
            server.stop(signal.SIGKILL)
            kills += 1
        time.sleep(1.0)
    return kills


class _on_port(Server):  # noqa: N801  used as a context manager's function is
    """A service on a fixed port, which stays the same after a restart."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder, "--port", str(port), app=REAL, THREADS="1")
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> _on_port:
        return self

    def __exit__(self, *_: object) -> None:
        self.sweep()


def _judged(output: str, logged: str, kills: int) -> FaultRow:
    tally = Tally(f"Node's client, {CALLERS} callers, service killed {kills} times")
    *client_log, last = output.splitlines()
    figures = json.loads(last)
    for what in ("throws", "invented", "late", "unhandled", "sockets"):
        tally.check(f"{figures[what]} {what}", figures[what] == 0)
    tally.check("no prediction after the last start", figures["recovered"])
    tally.check("nothing was predicted in between", figures["predicted"] > 0)
    log_lines = len(client_log) + len(logged.splitlines())
    tally.check(f"{log_lines} log lines", log_lines <= 4 * kills + 10)
    return tally.row(
        f"{figures['calls']} calls: {figures['predicted']} predictions, {figures['nothing']} times null, no throw,"
        f" the longest {figures['longest']:.0f} ms; {log_lines} log lines; predictions again after the last start"
    )
