"""What tests make once, whichever of pytest-xdist's processes comes first."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.locks import FileLock


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
    """The lock on `path`, as soon as whoever holds it has released it or is dead."""
    while (lock := FileLock.take(path)) is None:
        time.sleep(0.02)
    return lock
