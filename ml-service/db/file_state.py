"""The state of the database's files, which differs after every write."""

from __future__ import annotations

import os
import time
from pathlib import Path

FileState = tuple[int, ...]

CLOCK_TICK_NS = 20_000_000
"""Resolution of file times: two writes within it may leave the same modification time."""


def file_state(path: Path) -> FileState | None:
    """Identity, size and times of the database and of its write-ahead log, if that holds anything.

    None where there is no file, or where it was written so recently that another write might leave the same times.
    """
    try:
        database = path.stat()
    except OSError:
        return None
    try:
        log = path.with_name(f"{path.name}-wal").stat()
    except OSError:
        log = None
    files = [database] if log is None or log.st_size == 0 else [database, log]
    if any(abs(time.time_ns() - file.st_mtime_ns) < CLOCK_TICK_NS for file in files):
        return None
    # Not that of the log, whose owner SQLite sets whenever an administrator's process opens it.
    return database.st_ctime_ns, *(number for file in files for number in _numbers(file))


def _numbers(status: os.stat_result) -> FileState:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
