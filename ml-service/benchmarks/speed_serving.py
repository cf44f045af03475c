"""Rows about serving: requests a second, latencies, starts, memory, workers."""

from __future__ import annotations

import importlib.util
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed_load import Answers, ClientConnection, Load, drive, requests
from benchmarks.speed_processes import (
    FLOOR,
    IMPORTS,
    PLAIN,
    SERVICE,
    Uvicorn,
    child,
    cpu_seconds,
    is_job,
    resident_mb,
    serving,
    tree,
)
from benchmarks.speed_setup import SpeedBench
from benchmarks.speed_table import Measurement, ms

CONNECTIONS = 16
WINDOWS = 5
WINDOW_SECONDS = 2.0
DISTINCT = 20_000
HOT = 400
"""Upcoming fixtures that are requested again and again."""
PLAYED = 60_000
MANY = 1_000
QUICK = ("--loop", "uvloop", "--http", "httptools")
UNTIL_QUIET_SECONDS = 3.0
UNTIL_VERIFIED_SECONDS = 25.0
"""Until a service that has started has looked through the database for changes, once."""
AT_REST_SECONDS = 10.0


@dataclass(frozen=True)
class Window:
    """Figures of one window of load, or medians over several; `cpu_ms` is processor time per request."""

    rate: float
    median_ms: float
    p99_ms: float
    cpu_ms: float
    refused: int

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s, p50 {self.median_ms:.1f}, p99 {self.p99_ms:.1f} ms, {self.cpu_ms:.2f} ms CPU"


def bodies(bench: SpeedBench, explain: bool = False) -> list[str]:
    """One body per fixture, in random order."""
    ids = bench.newest(DISTINCT)
    random.Random(len(ids)).shuffle(ids)  # noqa: S311  nothing secret
    return [json.dumps({"fixture_id": i, "explain": explain}) for i in ids]


def one_window(
    service: Uvicorn,
    path: str,
    payloads: Sequence[str],
    connections: int = CONNECTIONS,
    seconds: float = WINDOW_SECONDS,
) -> Window:
    """One window of load on a service; its processor time is that of uvicorn's processes, without jobs."""
    pids = [pid for pid in tree(service.process.pid) if not is_job(pid)]
    used = cpu_seconds(pids)
    answers = drive(Load(service.port, path, payloads, connections, seconds))
    return _window(answers, (cpu_seconds(pids) - used) * 1e3 / (answers.rate * seconds))


def _window(answers: Answers, cpu_ms: float) -> Window:
    return Window(answers.rate, answers.median_ms, answers.p99_ms, cpu_ms, answers.refused)


def median_of(windows: Sequence[Window]) -> Window:
    """Medians of each figure, and the sum of refusals."""
    middle = {
        name: statistics.median(getattr(window, name) for window in windows)
        for name in ("rate", "median_ms", "p99_ms", "cpu_ms")
    }
    return Window(**middle, refused=sum(window.refused for window in windows))


def apart(payloads: Sequence[str]) -> list[Sequence[str]]:
    """The bodies of each window, no fixture in two windows."""
    size = len(payloads) // (WINDOWS + 1)
    return [payloads[start : start + size] for start in range(0, size * (WINDOWS + 1), size)]


def beside(
    first: Uvicorn, second: Uvicorn, parts: Sequence[Sequence[str]], seconds: float = WINDOW_SECONDS
) -> tuple[Window, Window]:
    """Medians of windows of /predict, one for each of `parts`, on two services in turn; without the first window."""
    pairs = [
        tuple(one_window(each, "/predict", part, seconds=seconds) for each in (first, second))
        for part in parts
    ]
    return median_of([pair[0] for pair in pairs[1:]]), median_of([pair[1] for pair in pairs[1:]])


@dataclass(frozen=True)
class _Workload:
    """Requests of one fixture each: the bodies of each window, and the bars of rate and p99."""

    what: str
    parts: Sequence[Sequence[str]]
    rate: float
    high: float
    bound: str


def single(bench: SpeedBench) -> Iterator[Measurement]:
    """One fixture per request at 16 connections, beside the constant answer."""
    coming = [_body(each) for each in bench.newest(HOT)]
    played = [_body(each) for each in bench.newest(PLAYED, "FT")]
    random.Random(len(played)).shuffle(played)  # noqa: S311  nothing secret
    workloads = (
        _Workload(
            "asked before",
            [coming] * (WINDOWS + 1),
            1.2,
            1.0,
            "h11 and asyncio, as in the floor, of larger answers",
        ),
        _Workload(
            "never asked before and played long ago",
            apart(played),
            0.75,
            1.4,
            "of 0.41 ms CPU, HTTP takes the 0.15 that a kept answer costs, SQLite's two dozen prices a match 0.04;"
            " most of the rest are numpy's calls, which cost a batch of eight as much as one of two hundred",
        ),
    )
    for options, what in ((PLAIN, ""), (QUICK, ", uvloop and httptools")):
        if options == PLAIN or all(importlib.util.find_spec(name) for name in ("uvloop", "httptools")):
            yield from (_single(bench, workload, options, what) for workload in workloads)


def _body(fixture_id: int) -> str:
    return json.dumps({"fixture_id": fixture_id})


def _single(bench: SpeedBench, workload: _Workload, options: tuple[str, ...], what: str) -> Measurement:
    with serving(FLOOR, options) as floor, serving(SERVICE, options, bench.settings()) as service:
        bare, ours = beside(floor, service, workload.parts)
    rate, high = ours.rate / bare.rate, ours.p99_ms / bare.p99_ms
    return Measurement(
        f"`/predict`, a fixture {workload.what}, {CONNECTIONS} connections{what}",
        str(bare),
        f"{ours}; {rate:.2f} of the floor's rate, p99 {high:.2f} times" + _refusals(ours),
        f"{workload.rate} of the rate, p99 {workload.high} times",
        (rate >= workload.rate and high <= workload.high) if not what else None,
        workload.bound,
    )


def _refusals(window: Window) -> str:
    return f" ({window.refused} not answered)" if window.refused else ""


def explain(bench: SpeedBench) -> Iterator[Measurement]:
    """A single client with and without explanation."""
    floor = child("trees", {}, bench.settings())
    with serving(SERVICE, PLAIN, bench.settings()) as service:
        plain, explained = _lone(service, bodies(bench)[:400], bodies(bench, explain=True)[:400])
    more = statistics.median(explained) - statistics.median(plain)
    yield Measurement(
        "the same with `explain`, a lone client",
        f"{ms(floor['contributions'])} LightGBM's `pred_contrib` alone; the trees' prediction {ms(floor['predict'])}",
        f"{ms(statistics.median(plain))} without, {ms(statistics.median(explained))} with: {ms(more)} more",
        "3 ms more",
        more <= 3e-3,
        "exact SHAP values: a few walks down and up each tree",
    )


def _lone(service: Uvicorn, *kinds: Sequence[str]) -> list[list[float]]:
    """Seconds of each request, the kinds in turn on one connection."""
    connection = ClientConnection(service.port)
    times: list[list[float]] = [[] for _ in kinds]
    for turn in zip(*(requests("/predict", kind) for kind in kinds), strict=True):
        for kind, request in enumerate(turn):
            times[kind].append(connection.exchange(request)[0])
    connection.socket.close()
    return times


def many(bench: SpeedBench) -> Iterator[Measurement]:
    """A thousand fixtures per request."""
    ids = bench.newest(DISTINCT)
    whole = [json.dumps({"fixture_ids": ids[start : start + MANY]}) for start in range(0, len(ids), MANY)]
    singles, alone, together = [], [], []
    with serving(SERVICE, PLAIN, bench.settings()) as service:
        for _ in range(3):
            singles.append(one_window(service, "/predict", bodies(bench)))
            alone += _lone(service, bodies(bench)[:200])[0]
            together += _lone(service, whole[:10])[0]
    seconds = statistics.median(together)
    one, sixteen = 1.0 / statistics.median(alone), median_of(singles).rate
    times = MANY / seconds / one
    yield Measurement(
        f"`/predict` with {MANY:,} fixtures",
        f"{one:,.0f} fixtures/s one a request, {sixteen:,.0f} at {CONNECTIONS} connections",
        f"{ms(seconds)}, {MANY / seconds:,.0f} fixtures/s: {times:.1f} times one at a time,"
        f" {MANY / seconds / sixteen:.1f} times {CONNECTIONS}, which are answered together",
        "150 ms, 15 times",
        seconds <= 0.15 and times >= 15,
        "by cProfile: prices out of SQLite (28%) and as columns (10%), wording answers (23%), trees (12%); then JSON",
    )


def training(bench: SpeedBench) -> Iterator[Measurement]:
    """Requests while a training runs."""
    with tempfile.TemporaryDirectory() as folder:
        models = shutil.copytree(bench.models, Path(folder) / "models")
        with serving(SERVICE, PLAIN, bench.settings(MODEL_DIR=str(models))) as service:
            quiet = _both(service, bench)
            service.ask("/train", {"promote": "never"})
            time.sleep(UNTIL_QUIET_SECONDS)
            busy = _both(service, bench)
            still = service.ask("/health")[1]["training"]["status"]
    for path, alone in quiet.items():
        rate, high = busy[path].rate / alone.rate, busy[path].p99_ms / alone.p99_ms
        yield Measurement(
            f"`{path}` while a training runs",
            str(alone),
            f"{busy[path]}; {rate:.2f} of the rate, p99 {high:.2f} times" + _unless(still == "running"),
            "0.85 of the rate, p99 twice",
            rate >= 0.85 and high <= 2.0,
            f"a process of its own behind all others; a request takes {busy[path].cpu_ms / alone.cpu_ms:.2f} times"
            " the processor time, since caches and execution units are shared",
        )


def _unless(running: bool) -> str:
    return "" if running else " (it ended on the way)"


def _both(service: Uvicorn, bench: SpeedBench) -> dict[str, Window]:
    by_path: dict[str, list[str]] = {"/predict": bodies(bench), "/health": []}
    windows: dict[str, list[Window]] = {path: [] for path in by_path}
    for _ in range(WINDOWS + 1):
        for path, payloads in by_path.items():
            windows[path].append(one_window(service, path, payloads))
    return {path: median_of(each[1:]) for path, each in windows.items()}


def start(bench: SpeedBench) -> Iterator[Measurement]:
    """From the command to the first /health and to ready."""
    seconds: dict[str, list[float]] = {"floor": [], "imports": [], "health": [], "ready": []}
    for _ in range(WINDOWS):
        for name, app, ready in (
            ("floor", FLOOR, False),
            ("imports", IMPORTS, False),
            ("health", SERVICE, False),
            ("ready", SERVICE, True),
        ):
            seconds[name].append(_start(app, bench, ready))
    middle = {name: statistics.median(times) for name, times in seconds.items()}
    yield Measurement(
        "start to the first `/health`",
        f"{middle['floor']:.2f} s importing FastAPI alone",
        f"{middle['health']:.2f} s",
        "1.0 s",
        middle["health"] <= 1.0,
        "importing FastAPI and pydantic; LightGBM, pandas and numba follow in a thread",
    )
    cold = _cold_start(bench)
    yield Measurement(
        f"start to `ready`, {bench.finished():,} matches played",
        f"{middle['imports']:.2f} s importing LightGBM, pandas, numba",
        f"{middle['ready']:.2f} s; {cold:.1f} s where nothing was put aside yet",
        "5 s",
        middle["ready"] <= 5.0,
        "imports, then SQLite looking through all rows for changes to the matches put aside",
    )


def _start(app: str, bench: SpeedBench, ready: bool) -> float:
    service = Uvicorn(app, PLAIN, bench.settings() if app == SERVICE else None)
    try:
        seconds = service.wait(ready)
        if app == SERVICE and ready:
            # The next start finds the matches cached.
            service.settle()
        return seconds
    finally:
        service.stop()


def _cold_start(bench: SpeedBench) -> float:
    """Seconds to ready without the matches that an earlier start stores."""
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder) / "models"
        shutil.copytree(bench.models, models, ignore=shutil.ignore_patterns(".base*", ".fixtures*"))
        service = Uvicorn(SERVICE, PLAIN, bench.settings(MODEL_DIR=str(models)))
        try:
            return service.wait()
        finally:
            service.stop()


def memory(bench: SpeedBench) -> Iterator[Measurement]:
    """Memory of a process after some load."""
    with serving(IMPORTS) as imports, serving(SERVICE, PLAIN, bench.settings()) as service:
        drive(Load(service.port, "/predict", bodies(bench), CONNECTIONS, 5.0))
        bare, ours = resident_mb(imports.process.pid), resident_mb(service.process.pid)
    limit = 1.3 * bare + 200
    yield Measurement(
        "memory of a serving process",
        f"{bare:.0f} MB for the imports",
        f"{ours:.0f} MB",
        f"1.3 times + 200 MB = {limit:.0f} MB",
        ours <= limit if ours == ours else None,
        "features and columns of all matches, ratings at checkpoints",
    )


def workers(bench: SpeedBench) -> Iterator[Measurement]:
    """Two workers beside one, on requests that cost the client next to nothing."""
    payloads = bodies(bench, explain=True)
    two = (*PLAIN, "--workers", "2")
    with serving(SERVICE, PLAIN, bench.settings()) as one, serving(SERVICE, two, bench.settings()) as both:
        drive(Load(both.port, "/predict", payloads, CONNECTIONS, UNTIL_QUIET_SECONDS))
        alone, paired = beside(one, both, apart(payloads))
    times = paired.rate / alone.rate
    yield Measurement(
        "`--workers 2`, explained predictions (which leave the cores to the service)",
        f"{alone} with one",
        f"{paired}; {times:.2f} times" + _refusals(paired),
        "1.6 times",
        times >= 1.6,
        "two cores, of which the load generator takes a part",
    )


def nagle(bench: SpeedBench) -> Iterator[Measurement]:
    """A single client of services whose sockets uvicorn hands down to other processes."""
    payloads = bodies(bench)[:300]
    medians = {}
    for name, options in (("plain", ()), ("--workers 2", ("--workers", "2")), ("--reload", ("--reload",))):
        with serving(SERVICE, options, bench.settings()) as service:
            medians[name] = statistics.median(_lone(service, payloads)[0])
    yield Measurement(
        "one request at a time with `--workers 2` and with `--reload`",
        f"{ms(medians['plain'])} with neither",
        f"{ms(medians['--workers 2'])} and {ms(medians['--reload'])}",
        "never 44 ms",
        max(medians.values()) < 0.02,
        "Nagle's algorithm is switched off where uvicorn hands sockets down",
    )


def at_rest(bench: SpeedBench) -> Iterator[Measurement]:
    """Processor time of ml:dev without requests."""
    with serving(FLOOR) as floor, serving(SERVICE, ("--reload",), bench.settings()) as service:
        time.sleep(UNTIL_VERIFIED_SECONDS)
        shares = [_share(each) for each in (floor, service)]
    yield Measurement(
        "`ml:dev` at rest",
        f"{shares[0]:.1%} of a core without the reloader",
        f"{shares[1]:.1%} of a core",
        "5%",
        shares[1] < 0.05 if shares[1] == shares[1] else None,
        "nothing where watchfiles is there, as ml:dev makes sure; else the reloader looking at every Python file",
    )


def _share(service: Uvicorn) -> float:
    pids = tree(service.process.pid)
    used = cpu_seconds(pids)
    time.sleep(AT_REST_SECONDS)
    return (cpu_seconds(pids) - used) / AT_REST_SECONDS


__all__: list[Any] = [
    "at_rest", "explain", "many", "memory", "nagle", "single", "start", "training", "workers",
]  # fmt: skip
