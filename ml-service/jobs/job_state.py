"""Jobs as every process sees that shares a folder of models: who runs one, and how the last one ended."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from errors import BacktestInProgress, JobFailed, JobInProgress, TrainingInProgress
from jobs.job import Job, Kind
from jobs.locks import FileLock

_IN_PROGRESS: dict[Kind, type[JobInProgress]] = {"train": TrainingInProgress, "backtest": BacktestInProgress}
_LOOKS = 5
_BETWEEN_LOOKS_SECONDS = 0.01


def folder_for(model_dir: Path) -> Path:
    """Where locks and states lie: with the models, or, where nothing can be written there, in a place of the
    machine's own that the same `model_dir` always leads to."""
    try:
        model_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=model_dir):
            return model_dir
    except OSError:
        name = hashlib.sha256(str(model_dir).encode()).hexdigest()[:16]
        elsewhere = Path(tempfile.gettempdir()) / f"statfoot-jobs-{name}"
        elsewhere.mkdir(mode=0o700, exist_ok=True)
        return elsewhere


class Ledger:
    """The one job of a kind that may run, and the state it left."""

    def __init__(self, kind: Kind, folder: Path) -> None:
        self._kind = kind
        self._lock = folder / f".{kind}.lock"
        self._state = folder / f".{kind}.json"

    def claim(self, job: Job) -> FileLock:
        """The right to run `job`, held until the lock is released. Raises the kind's JobInProgress."""
        # Another process looks at the lock for a moment where a holder may have died; that is no job.
        for _ in range(_LOOKS):
            lock = FileLock.take(self._lock)
            if lock is not None:
                self.write(job)
                return lock
            time.sleep(_BETWEEN_LOOKS_SECONDS)
        running = self._read()
        raise _IN_PROGRESS[self._kind](running["job_id"] if running else "not yet named")

    def write(self, job: Job) -> None:
        """Let every process see `job` as it is now. Only for the holder of the lock."""
        self._replace(asdict(job))

    def read(self) -> dict[str, Any] | None:
        """The running job or the last one; one whose holder died has failed."""
        state = self._read()
        if state is None or state["status"] != "running":
            return state
        lock = FileLock.take(self._lock)
        if lock is None:
            return state
        try:
            return self._bury()
        finally:
            lock.release()

    def _bury(self) -> dict[str, Any] | None:
        """Under the lock: what still calls itself running has no holder."""
        state = self._read()
        if state is not None and state["status"] == "running":
            job = Job(**state)
            job.end(_died(job.job_id))
            self.write(job)
            return asdict(job)
        return state

    def _read(self) -> dict[str, Any] | None:
        try:
            state = json.loads(self._state.read_bytes())
            return asdict(Job(**state))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            return None

    def _replace(self, state: dict[str, Any]) -> None:
        """Readers see the old state or the new one, never half of one."""
        whole = self._state.with_name(f"{self._state.name}.tmp")
        try:
            whole.write_text(json.dumps(state), encoding="utf-8")
            whole.replace(self._state)
        finally:
            whole.unlink(missing_ok=True)


def _died(job_id: str) -> dict[str, Any]:
    return {
        "code": JobFailed.code,
        "message": "the process that ran it ended without a result",
        "hint": None,
        "fields": None,
        "request_id": job_id,
    }
