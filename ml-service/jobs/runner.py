"""Starts trainings and backtests in processes of their own and follows them to their end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from typing import IO, Any

from config import ROOT, Settings
from errors import JobFailed, ServiceError
from jobs.job import Job, Kind
from jobs.job_state import Ledger, folder_for
from jobs.locks import FileLock
from models.store import ModelStore

WORKER = (sys.executable, "-m", "jobs.worker")
PATIENCE_SECONDS = 2.0
SILENCE_SECONDS = 60.0
"""A child says something every few seconds; one that does not for so long hangs, as where memory ran out."""
SILENCE_LOOKS = 10
"""Looks in that time. These are counted, not seconds: a service that was itself suspended has looked away."""
WRITE_SECONDS = 0.5

_LOOKS, _BETWEEN_LOOKS_SECONDS = 20, 0.05

logger = logging.getLogger("statfoot")


class Running:
    """A job under way in this process's child. `result` and `failure` are set when `finished` is."""

    def __init__(self, job: Job, request_id: str) -> None:
        self.job = job
        self.request_id = request_id
        self.result: dict[str, Any] | None = None
        self.failure: ServiceError | None = None
        self.finished = asyncio.Event()
        self._news = asyncio.Event()
        self._began = time.monotonic()
        self._silent_looks = 0
        self._expected_end: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_by: str | None = None

    def hear(self) -> None:
        """Take note that the child lives, and of the time that has passed."""
        self._silent_looks = 0
        if self._expected_end is not None:
            self.job.eta_seconds = round(max(0.0, self._expected_end - time.monotonic()), 1)

    def watch(self) -> None:
        """End the child once it has been silent for too long."""
        if self.finished.is_set():
            return
        self._silent_looks += 1
        if self._silent_looks > SILENCE_LOOKS:
            self.end("its process stopped answering; the machine may have run out of memory")
        asyncio.get_running_loop().call_later(SILENCE_SECONDS / SILENCE_LOOKS, self.watch)

    def advance(self, stage: str, fraction: float) -> None:
        """Take note of progress."""
        now = time.monotonic()
        self.job.advance(stage, fraction, now - self._began)
        if self.job.eta_seconds is not None:
            self._expected_end = now + self.job.eta_seconds
        self._news.set()

    async def news(self, timeout_seconds: float) -> None:
        """Wait for progress or the end, at most so long."""
        with contextlib.suppress(asyncio.TimeoutError):  # nothing new is an answer too
            await asyncio.wait_for(self._news.wait(), timeout_seconds)
        self._news.clear()

    async def outcome(self) -> dict[str, Any]:
        """Wait for the result; raises the error that ended the job."""
        await self.finished.wait()
        if self.result is None:
            raise self.failure or JobFailed("the job ended without a result")
        return self.result

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        """The child runs."""
        self._process = process
        if self._ended_by is not None:
            _signal(process, signal.SIGTERM)

    def end(self, reason: str) -> None:
        """Tell the child to stop; `reason` becomes the job's error. Returns at once."""
        if self._ended_by is None and not self.finished.is_set():
            self._ended_by = reason
            if self._process is not None:
                _signal(self._process, signal.SIGTERM)
            asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._kill)

    def _kill(self) -> None:
        if self._process is not None and not self.finished.is_set():
            _signal(self._process, _KILL)

    def close(self, code: int) -> None:
        """Take note of the child's end."""
        if self.result is None and self.failure is None:
            self.failure = JobFailed(self._ended_by or _cause(code))
        self.job.end(None if self.failure is None else _described(self.failure, self.request_id))
        self.finished.set()
        self._news.set()


class Runner:
    """One job of a kind at a time, here and in every process that shares the folder of models."""

    def __init__(self, settings: Settings, worker: Sequence[str] = WORKER) -> None:
        self._settings = settings
        self._worker = tuple(worker)
        self._running: dict[Kind, Running] = {}
        self._threads: dict[Kind, threading.Thread] = {}
        self._ledgers: dict[Kind, Ledger] = {}
        self._written = 0.0

    def state(self, kind: Kind) -> dict[str, Any] | None:
        """The running job of a kind or the last one, whichever process ran it; None where that cannot be read."""
        own = self._running.get(kind)
        if own is not None and not own.finished.is_set():
            return asdict(own.job)
        try:
            return self._ledger(kind).read()
        except OSError as wrong:
            logger.warning("the state of the last %s cannot be read: %s", kind, wrong)
            return None

    def start(self, kind: Kind, request: dict[str, Any], request_id: str) -> Running:
        """Begin a job. Raises TrainingInProgress, BacktestInProgress, or JobFailed where it cannot begin."""
        self._ledgers.pop(kind, None)
        job = Job.begin(kind)
        try:
            lock = self._ledger(kind).claim(job)
        except OSError as wrong:
            raise JobFailed(f"the job cannot be noted in the folder of models: {wrong.strerror}") from wrong
        running = Running(job, request_id)
        self._running[kind] = running
        settings = as_texts(self._settings)
        message = {"kind": kind, "settings": settings, "request": request, "request_id": request_id}
        loop = asyncio.get_running_loop()
        follow = threading.Thread(target=self._follow, args=(running, lock, message, loop), daemon=True)
        self._threads[kind] = follow
        follow.start()
        running.watch()
        return running

    async def stop(self) -> None:
        """End all jobs of this process, children included."""
        for running in self._running.values():
            running.end("the service was stopped")
        await asyncio.gather(*(running.finished.wait() for running in self._running.values()))
        await asyncio.gather(*(asyncio.to_thread(thread.join) for thread in self._threads.values()))

    def _ledger(self, kind: Kind) -> Ledger:
        if kind not in self._ledgers:
            self._ledgers[kind] = Ledger(kind, folder_for(self._settings.model_dir))
        return self._ledgers[kind]

    def _follow(
        self, running: Running, lock: FileLock, message: dict[str, Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        """In a thread: start the child and hand its lines to the event loop."""
        code, process = -1, None
        try:
            with self._child(lock) as process:
                running.attach(process)
                for line in _spoken(process, message):
                    _call(loop, self._take, running, json.loads(line))
                code = process.wait()
        except (OSError, ValueError):
            logger.exception("the child of job %s cannot be followed", running.job.job_id)
        finally:
            _call(loop, self._finish, running, lock, code)
        if process is not None:
            _end_rest(process)

    def _child(self, lock: FileLock) -> subprocess.Popen[bytes]:
        """The child, leader of a process group of its own, holding the lock as long as it lives."""
        environment = {**os.environ, **thread_environment(self._settings.threads)}
        options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": ROOT}
        if sys.platform != "win32":
            options |= {"pass_fds": (lock.descriptor,), "start_new_session": True}
        return subprocess.Popen(self._worker, env=environment, **options)  # noqa: S603  our own module

    def _take(self, running: Running, message: dict[str, Any]) -> None:
        """A line of the child."""
        running.hear()
        if message["type"] == "result":
            running.result = message["result"]
        elif message["type"] == "error":
            running.failure = revive(message["error"])
        elif message["type"] == "progress":
            self._advance(running, message["stage"], message["fraction"])

    def _advance(self, running: Running, stage: str, fraction: float) -> None:
        job = running.job
        if stage != job.stage:
            logger.info("job %s: %s (%.0f%%)", job.job_id, stage, 100.0 * fraction)
        running.advance(stage, fraction)
        if time.monotonic() - self._written > WRITE_SECONDS:
            self._written = time.monotonic()
            self._write(job)

    def _finish(self, running: Running, lock: FileLock, code: int) -> None:
        running.close(code)
        job = running.job
        if job.kind == "train":
            self._tidy()
        self._write(job)
        lock.release()
        error = f": {job.error['message']}" if job.error else ""
        logger.info("job %s %s%s", job.job_id, job.status, error)

    def _tidy(self) -> None:
        """Remove what a killed training left half-written."""
        try:
            ModelStore(self._settings.model_dir).sweep()
        except OSError as wrong:
            logger.warning("the folder of models cannot be tidied: %s", wrong)

    def _write(self, job: Job) -> None:
        try:
            self._ledger(job.kind).write(job)
        except OSError as wrong:
            logger.warning("the state of job %s cannot be noted: %s", job.job_id, wrong)


def _spoken(process: subprocess.Popen[bytes], message: dict[str, Any]) -> IO[bytes]:
    """Tell the child its job; what it has to say. Its stdin stays open: the child ends when it closes."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the child was started without pipes")
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    return process.stdout


def thread_environment(threads: int) -> dict[str, str]:
    """OpenMP's settings: so many threads, which sleep while they wait instead of spinning."""
    return {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"}


def as_texts(settings: Settings) -> dict[str, str]:
    """Settings as one would write them in the environment."""
    return {item.name.upper(): _text(getattr(settings, item.name)) for item in fields(Settings)}


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def revive(error: dict[str, Any]) -> ServiceError:
    """The error that a child reported, as one of its class."""
    kinds = {kind.code: kind for kind in reversed(_below(ServiceError)) if kind.code != ServiceError.code}
    kind = kinds.get(error["code"], JobFailed)
    revived = kind.__new__(kind)
    ServiceError.__init__(revived, error["message"], hint=error["hint"], fields=error["fields"])
    return revived


def _below(root: type[ServiceError]) -> list[type[ServiceError]]:
    return [kind for child in root.__subclasses__() for kind in (child, *_below(child))]


def _described(failure: ServiceError, request_id: str) -> dict[str, Any]:
    return {
        "code": failure.code,
        "message": failure.message,
        "hint": failure.hint,
        "fields": failure.fields,
        "request_id": request_id,
    }


def _cause(code: int) -> str:
    if code == -_KILL:
        return "its process was killed; the machine may have run out of memory"
    return f"its process ended without a result (status {code}); the log may say why"


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: Any) -> None:
    """Call on the event loop, unless the service is gone."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(function, *arguments)


_KILL = int(getattr(signal, "SIGKILL", signal.SIGTERM))


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Signal the child's whole group while its leader lives."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.terminate()
    else:
        os.killpg(process.pid, number)


def _end_rest(process: subprocess.Popen[bytes]) -> None:
    """End what the child left behind in its group; joblib's janitor, which hears no signal but SIGKILL, is
    given the time to tidy up."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing that lives is left
        for _ in range(_LOOKS):
            os.killpg(process.pid, signal.SIGTERM)
            time.sleep(_BETWEEN_LOOKS_SECONDS)
        os.killpg(process.pid, _KILL)
