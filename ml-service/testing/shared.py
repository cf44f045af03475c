"""What tests make once, whichever of pytest-xdist's processes comes first."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.locks import FileLock
from testing.server import until


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills once a run; no test changes what is in it."""
    base = factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = root / f"shared-{name}"
    lock = _lock(root / f"{made.name}.lock")
    try:
        if not made.exists():
            making = factory.mktemp(name)
            make(making)
            making.rename(made)
    finally:
        lock.release()
    return made


def _lock(path: Path) -> FileLock:
    taken: list[FileLock] = []

    def is_taken() -> bool:
        lock = FileLock.take(path)
        if lock is not None:
            taken.append(lock)
        return lock is not None

    until(is_taken, "another process has made what is shared")
    return taken[0]
