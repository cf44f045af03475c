"""State of the running or last job of each kind, shared by all processes with the same model folder."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from pathlib import Path

from contract.error import describe
from contract.job import JobAnswer, Kind
from errors import BacktestInProgress, JobFailed, JobInProgress, TrainingInProgress
from jobs.job import Job
from jobs.locks import FileLock

_IN_PROGRESS: dict[Kind, type[JobInProgress]] = {"train": TrainingInProgress, "backtest": BacktestInProgress}
_LOCK_ATTEMPTS = 5
_RETRY_SECONDS = 0.01


def folder_for(model_dir: Path) -> Path:
    """Folder of locks and states: `model_dir`, or, if that is read-only, a temporary folder derived from its path."""
    try:
        model_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=model_dir):
            return model_dir
    except OSError:
        name = hashlib.sha256(str(model_dir).encode()).hexdigest()[:16]
        fallback = Path(tempfile.gettempdir()) / f"statfoot-jobs-{name}"
        fallback.mkdir(mode=0o700, exist_ok=True)
        return fallback


class JobState:
    """Lock and state file of one kind of job, of which at most one runs."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self._kind = kind
        self._lock = folder / f".{kind}.lock"
        self._state = folder / f".{kind}.json"

    def claim(self, job: Job) -> FileLock:
        """Lock out other jobs and record `job`; release the lock at its end. Raises the kind's JobInProgress."""
        # A reader holds the lock briefly to check for a dead holder, so one failure does not mean a running job.
        for _ in range(_LOCK_ATTEMPTS):
            lock = FileLock.take(self._lock)
            if lock is not None:
                self.write(job)
                return lock
            time.sleep(_RETRY_SECONDS)
        running = self._read()
        raise _IN_PROGRESS[self._kind](running["job_id"] if running else "unknown")

    def write(self, job: Job) -> None:
        """Record `job`; only for the holder of the lock."""
        self._replace(job.to_plain())

    def read(self) -> JobAnswer | None:
        """The running job or the last one; a job whose process died has failed."""
        state = self._read()
        if state is None or state["status"] != "running":
            return state
        lock = FileLock.take(self._lock)
        if lock is None:
            return state
        try:
            return self._mark_dead()
        finally:
            lock.release()

    def _mark_dead(self) -> JobAnswer | None:
        """With the lock held: a job recorded as running has no process."""
        state = self._read()
        if state is not None and state["status"] == "running":
            job = Job(**state)
            job.end(describe(JobFailed("the job's process ended without a result"), job.job_id))
            self.write(job)
            return job.to_plain()
        return state

    def _read(self) -> JobAnswer | None:
        try:
            state = json.loads(self._state.read_bytes())
            return Job(**state).to_plain()
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            return None

    def _replace(self, state: JobAnswer) -> None:
        """Write and rename, so that readers see a complete state."""
        temporary = self._state.with_name(f"{self._state.name}.tmp")
        try:
            temporary.write_text(json.dumps(state), encoding="utf-8")
            temporary.replace(self._state)
        finally:
            temporary.unlink(missing_ok=True)
