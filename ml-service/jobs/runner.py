"""Starts trainings and backtests in child processes and follows them to their end."""

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
from dataclasses import fields
from typing import IO, Any

from config import ROOT, Settings
from contract.error import describe
from contract.job import JobAnswer, Kind
from errors import JobFailed, ServiceError
from jobs.job import Job
from jobs.job_state import JobState, folder_for
from jobs.locks import FileLock
from models.store import ModelStore

WORKER = (sys.executable, "-m", "jobs.worker")
KILL_AFTER_SECONDS = 2.0
MAX_SILENCE_SECONDS = 60.0
"""A child reports every few seconds; one that is silent for so long hangs, for example without memory."""
SILENCE_CHECKS = 10
"""Checks in that time. Checks are counted, not seconds, since the service itself may have been suspended."""
MIN_WRITE_INTERVAL_SECONDS = 0.5

_TERM_ATTEMPTS, _TERM_INTERVAL_SECONDS = 20, 0.05

logger = logging.getLogger("statfoot")


class Running:
    """A job that runs in a child of this process. `result` or `failure` is set before `finished`."""

    def __init__(self, job: Job, request_id: str) -> None:
        self.job = job
        self.request_id = request_id
        self.result: dict[str, Any] | None = None
        self.failure: ServiceError | None = None
        self.finished = asyncio.Event()
        self._news = asyncio.Event()
        self._began = time.monotonic()
        self._silent_checks = 0
        self._expected_end: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._end_reason: str | None = None

    def note_alive(self) -> None:
        """Note a sign of life from the child, and update the remaining time."""
        self._silent_checks = 0
        if self._expected_end is not None:
            self.job.eta_seconds = round(max(0.0, self._expected_end - time.monotonic()), 1)

    def watch(self) -> None:
        """End the child after `MAX_SILENCE_SECONDS` without a report."""
        if self.finished.is_set():
            return
        self._silent_checks += 1
        if self._silent_checks > SILENCE_CHECKS:
            self.end("its process stopped responding; the machine may have run out of memory")
        asyncio.get_running_loop().call_later(MAX_SILENCE_SECONDS / SILENCE_CHECKS, self.watch)

    def advance(self, stage: str, fraction: float) -> None:
        """Update the job's progress."""
        now = time.monotonic()
        self.job.advance(stage, fraction, now - self._began)
        if self.job.eta_seconds is not None:
            self._expected_end = now + self.job.eta_seconds
        self._news.set()

    async def news(self, timeout_seconds: float) -> None:
        """Wait for progress or the end, at most `timeout_seconds`."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._news.wait(), timeout_seconds)
        self._news.clear()

    async def outcome(self) -> dict[str, Any]:
        """The result, at the end of the job; raises the error that ended it."""
        await self.finished.wait()
        if self.result is None:
            raise self.failure or JobFailed("the job ended without a result")
        return self.result

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        """Note the child's process."""
        self._process = process
        if self._end_reason is not None:
            _signal(process, signal.SIGTERM)

    def end(self, reason: str) -> None:
        """Stop the child without waiting for it; `reason` becomes the message of the job's error."""
        if self._end_reason is None and not self.finished.is_set():
            self._end_reason = reason
            if self._process is not None:
                _signal(self._process, signal.SIGTERM)
            asyncio.get_running_loop().call_later(KILL_AFTER_SECONDS, self._kill)

    def _kill(self) -> None:
        if self._process is not None and not self.finished.is_set():
            _signal(self._process, _KILL)

    def close(self, code: int) -> None:
        """Record the end of the child, which exited with status `code`."""
        if self.result is None and self.failure is None:
            self.failure = JobFailed(self._end_reason or _cause(code))
        self.job.end(None if self.failure is None else describe(self.failure, self.request_id))
        self.finished.set()
        self._news.set()


class Runner:
    """Runs at most one job of a kind at a time across all processes that share the model folder."""

    def __init__(self, settings: Settings, worker: Sequence[str] = WORKER) -> None:
        self._settings = settings
        self._worker = tuple(worker)
        self._running: dict[Kind, Running] = {}
        self._threads: dict[Kind, threading.Thread] = {}
        self._job_states: dict[Kind, JobState] = {}
        self._written = 0.0

    def state(self, kind: Kind) -> JobAnswer | None:
        """The running or last job of a kind, of any process; None without one or if it cannot be read."""
        own = self._running.get(kind)
        if own is not None and not own.finished.is_set():
            return own.job.to_plain()
        try:
            return self._job_state(kind).read()
        except OSError as error:
            logger.warning("the state of the last %s cannot be read: %s", kind, error)
            return None

    def start(self, kind: Kind, request: dict[str, Any], request_id: str) -> Running:
        """Begin a job. Raises TrainingInProgress, BacktestInProgress, or JobFailed if its state cannot be written."""
        self._job_states.pop(kind, None)
        job = Job.begin(kind)
        try:
            lock = self._job_state(kind).claim(job)
        except OSError as error:
            raise JobFailed(f"the job's state cannot be written: {error.strerror}") from error
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
        """Stop all jobs of this process and wait for their end."""
        for running in self._running.values():
            running.end("the service stopped")
        await asyncio.gather(*(running.finished.wait() for running in self._running.values()))
        await asyncio.gather(*(asyncio.to_thread(thread.join) for thread in self._threads.values()))

    def _job_state(self, kind: Kind) -> JobState:
        if kind not in self._job_states:
            self._job_states[kind] = JobState(kind, folder_for(self._settings.model_dir))
        return self._job_states[kind]

    def _follow(
        self, running: Running, lock: FileLock, message: dict[str, Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        """Thread: start the child and pass its lines to the event loop."""
        code, process = -1, None
        try:
            with self._child(lock) as process:
                running.attach(process)
                for line in _send_job(process, message):
                    _call(loop, self._take, running, json.loads(line))
                code = process.wait()
        except (OSError, ValueError):
            logger.exception("the process of job %s cannot be followed", running.job.job_id)
        finally:
            _call(loop, self._finish, running, lock, code)
        if process is not None:
            _end_descendants(process)

    def _child(self, lock: FileLock) -> subprocess.Popen[bytes]:
        """The child process, leader of its own group, which holds the lock while it lives."""
        environment = {**os.environ, **thread_environment(self._settings.threads)}
        options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": ROOT}
        if sys.platform != "win32":
            options |= {"pass_fds": (lock.descriptor,), "start_new_session": True}
        return subprocess.Popen(self._worker, env=environment, **options)  # noqa: S603  the service's own module

    def _take(self, running: Running, message: dict[str, Any]) -> None:
        """Handle a line from the child."""
        running.note_alive()
        if message["type"] == "result":
            running.result = message["result"]
        elif message["type"] == "error":
            running.failure = error_of(message["error"])
        elif message["type"] == "progress":
            self._advance(running, message["stage"], message["fraction"])

    def _advance(self, running: Running, stage: str, fraction: float) -> None:
        job = running.job
        if stage != job.stage:
            logger.info("job %s: %s (%.0f%%)", job.job_id, stage, 100.0 * fraction)
        running.advance(stage, fraction)
        if time.monotonic() - self._written > MIN_WRITE_INTERVAL_SECONDS:
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
        """Remove incomplete files of a killed training."""
        try:
            ModelStore(self._settings.model_dir).sweep()
        except OSError as error:
            logger.warning("incomplete files in the model folder cannot be removed: %s", error)

    def _write(self, job: Job) -> None:
        try:
            self._job_state(job.kind).write(job)
        except OSError as error:
            logger.warning("the state of job %s cannot be written: %s", job.job_id, error)


def _send_job(process: subprocess.Popen[bytes], message: dict[str, Any]) -> IO[bytes]:
    """Send the child its job and return its output. Its stdin stays open: the child ends when that closes."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the child was started without pipes")
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    return process.stdout


def thread_environment(threads: int) -> dict[str, str]:
    """OpenMP's settings: number of threads, which sleep while they wait instead of spinning."""
    return {"OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"}


def as_texts(settings: Settings) -> dict[str, str]:
    """Settings as environment variables."""
    return {item.name.upper(): _text(getattr(settings, item.name)) for item in fields(Settings)}


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def error_of(error: dict[str, Any]) -> ServiceError:
    """The error that a child reported, as an instance of the class of its code."""
    kinds = {
        kind.code: kind for kind in reversed(_subclasses(ServiceError)) if kind.code != ServiceError.code
    }
    kind = kinds.get(error["code"], JobFailed)
    instance = kind.__new__(kind)
    ServiceError.__init__(instance, error["message"], hint=error["hint"], fields=error["fields"])
    return instance


def _subclasses(root: type[ServiceError]) -> list[type[ServiceError]]:
    return [kind for child in root.__subclasses__() for kind in (child, *_subclasses(child))]


def _cause(code: int) -> str:
    if code == -_KILL:
        return "its process was killed; the machine may have run out of memory"
    return f"its process ended without a result (status {code}); see the service's log"


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: Any) -> None:
    """Call on the event loop, unless that is closed."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(function, *arguments)


_KILL = int(getattr(signal, "SIGKILL", signal.SIGTERM))


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Signal the child's process group if the child is alive."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.terminate()
    else:
        os.killpg(process.pid, number)


def _end_descendants(process: subprocess.Popen[bytes]) -> None:
    """End the processes left in the child's group; joblib's resource tracker ignores SIGTERM and gets time to clean
    up before SIGKILL."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # the group is empty
        for _ in range(_TERM_ATTEMPTS):
            os.killpg(process.pid, signal.SIGTERM)
            time.sleep(_TERM_INTERVAL_SECONDS)
        os.killpg(process.pid, _KILL)
