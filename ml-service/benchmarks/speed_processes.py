"""Services and other processes under measurement: start them, watch them from outside, stop them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.speed_load import ClientConnection, requests

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 300.0
IMPATIENCE = 0.01
"""Pause between polls of a start, as a share of the time since its begin."""
PLAIN = ("--loop", "asyncio", "--http", "h11")
FLOOR = "benchmarks.speed_floor:app"
IMPORTS = "benchmarks.speed_imports:app"
SERVICE = "main:app"


class Uvicorn:
    """One `uvicorn` and the processes it started."""

    def __init__(
        self,
        app: str,
        options: tuple[str, ...] = PLAIN,
        settings: Mapping[str, str] | None = None,
        root: Path = ROOT,
    ) -> None:
        self.port = _free_port()
        quiet = () if app == SERVICE else ("--no-access-log",)
        command = [sys.executable, "-m", "uvicorn", app, "--port", str(self.port), *options, *quiet]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  the process writes to it for as long as it runs
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, "OMP_WAIT_POLICY": "passive", **(settings or {})},
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def wait(self, ready: bool = True) -> float:
        """Wait until /health answers, or says ready; returns the seconds since the start."""
        while not self._answers(ready):
            waited = time.perf_counter() - self.started
            if waited > PATIENCE_SECONDS or self.process.poll() is not None:
                raise RuntimeError(f"the service is not up:\n{self.log()}")
            time.sleep(IMPATIENCE * waited)
        return time.perf_counter() - self.started

    def settle(self) -> None:
        """Wait until nothing is left of the start: after `ready`, rows are counted and matches cached."""
        until = time.perf_counter() + PATIENCE_SECONDS
        while self.ask("/health")[1]["database"]["rejected_rows"] is None:
            if time.perf_counter() > until:
                raise RuntimeError(f"the start does not end:\n{self.log()}")
            time.sleep(IMPATIENCE)

    def _answers(self, ready: bool) -> bool:
        with contextlib.suppress(ConnectionError):
            return bool(self.ask("/health")[1]["ready"]) or not ready
        return False

    def ask(self, path: str, body: Any = None) -> tuple[float, dict[str, Any]]:
        """Send one request on its own connection: seconds and the answer."""
        connection = ClientConnection(self.port)
        (request,) = requests(path, [] if body is None else [json.dumps(body)])
        try:
            seconds, raw = connection.exchange(request)
        finally:
            connection.socket.close()
        answer: dict[str, Any] = json.loads(raw)
        return seconds, answer

    def log(self) -> str:
        """The last 20 lines of its output, without those about /health."""
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").splitlines()
        return "\n".join([line for line in lines if " /health " not in line][-20:])

    def stop(self) -> None:
        """Stop it and the processes it started."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10.0)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._log.close()


@contextmanager
def serving(
    app: str,
    options: tuple[str, ...] = PLAIN,
    settings: Mapping[str, str] | None = None,
    root: Path = ROOT,
) -> Iterator[Uvicorn]:
    """A ready service, stopped at the end; `root` is its `ml-service` folder, here or in another checkout."""
    service = Uvicorn(app, options, settings, root)
    try:
        service.wait()
        if app == SERVICE:
            service.settle()
        yield service
    finally:
        service.stop()


def child(
    task: str, request: Mapping[str, Any], settings: Mapping[str, str], root: Path = ROOT
) -> dict[str, Any]:
    """The figures that `benchmarks.speed_child` measures in its own process."""
    command = [sys.executable, "-m", "benchmarks.speed_child", task]
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", **settings}
    done = subprocess.run(
        command,
        cwd=root,
        env=environment,
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def tree(pid: int) -> list[int]:
    """A process and, on systems with /proc, all its descendants."""
    below = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            below.append((int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[1])))
    pids = [pid]
    for parent in pids:
        pids += [each for each, above in below if above == parent]
    return pids


def is_job(pid: int) -> bool:
    """Whether a process trains or backtests for a service."""
    try:
        return b"jobs.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def cpu_seconds(pids: list[int]) -> float:
    """Processor time of these processes so far, NaN without /proc."""
    try:
        ticks = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13] for pid in pids]
    except OSError:
        return float("nan")
    return sum(int(value) for pair in ticks for value in pair) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory of a process in MB, NaN without /proc."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return float("nan")
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
