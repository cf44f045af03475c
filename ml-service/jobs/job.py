"""A job as /health shows it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timezone

from contract.error import Error
from contract.job import JobAnswer, Kind, Status

KINDS: tuple[Kind, ...] = ("train", "backtest")
_MIN_PROGRESS_FOR_ETA = 0.02


def utc_now() -> str:
    """Current time in UTC, such as 2024-08-17T14:00:00Z."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")


def new_id(kind: Kind) -> str:
    """An id that sorts by time within its kind."""
    return f"{kind}-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@dataclass
class Job:
    """One training or backtest. `progress` is the fraction done, 0 to 1; `error` the contract's Error."""

    job_id: str
    kind: Kind
    started_at: str
    status: Status = "running"
    stage: str = "starting"
    progress: float = 0.0
    finished_at: str | None = None
    eta_seconds: float | None = None
    error: Error | None = None

    @classmethod
    def begin(cls, kind: Kind) -> Job:
        """A job that starts now."""
        return cls(new_id(kind), kind, utc_now())

    def advance(self, stage: str, fraction: float, elapsed_seconds: float) -> None:
        """Update stage, progress (never backwards) and the estimate of the remaining time."""
        self.stage = stage
        self.progress = min(1.0, max(self.progress, round(fraction, 3)))
        if self.progress >= _MIN_PROGRESS_FOR_ETA:
            self.eta_seconds = round(elapsed_seconds * (1.0 - self.progress) / self.progress, 1)

    def end(self, error: Error | None) -> None:
        """Mark the end: failed with `error`, succeeded without."""
        self.status = "succeeded" if error is None else "failed"
        self.stage = "done" if error is None else self.stage
        self.progress = 1.0 if error is None else self.progress
        self.finished_at = utc_now()
        self.eta_seconds = None
        self.error = error

    def to_plain(self) -> JobAnswer:
        """The job as answers show it."""
        return {
            "job_id": self.job_id,
            "kind": self.kind,
            "started_at": self.started_at,
            "status": self.status,
            "stage": self.stage,
            "progress": self.progress,
            "finished_at": self.finished_at,
            "eta_seconds": self.eta_seconds,
            "error": self.error,
        }
