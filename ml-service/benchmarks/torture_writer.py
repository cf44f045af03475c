"""Stands in for Node, the only writer: commits until a line comes on stdin, then prints how long commits took.

Every transaction moves the prices of two markets of the last fixture together, and changes an old result and its
shots.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import statistics
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

COMING = 720
OLD = 5
BETWEEN_SECONDS = {"wal": 0.01, "rollback": 0.02, "rename": 0.5}
MAX_MINUTES = 120
MAX_WAIT_SECONDS = 5.0


def main() -> None:
    """Write to the database of the first argument in the mode of the second."""
    database, mode = Path(sys.argv[1]), sys.argv[2]
    stop = threading.Event()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    write = _renaming(database) if mode == "rename" else _committing(database, mode == "wal")
    took, held, refused, end = [0.0], [0.0], 0, time.monotonic() + 60 * MAX_MINUTES
    write(0)
    print("begun", flush=True)
    number = 0
    while not stop.wait(BETWEEN_SECONDS[mode]) and time.monotonic() < end:
        number += 1
        started = time.perf_counter()
        try:
            held.append(write(number) * 1e3)
        except sqlite3.OperationalError:
            refused += 1
        took.append((time.perf_counter() - started) * 1e3)
    report = {"commits": number, "held_ms": max(held), "longest_ms": max(took), "refused": refused}
    print(json.dumps({**report, "median_ms": statistics.median(took)}))


def _listen(stop: threading.Event) -> None:
    sys.stdin.readline()
    stop.set()


def _committing(database: Path, wal: bool) -> Callable[[int], float]:
    connection = sqlite3.connect(database, isolation_level=None, timeout=0.0)
    connection.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}")
    connection.execute("PRAGMA synchronous=OFF")  # the disk of this machine is not what is measured
    return lambda number: _transact(connection, number)


def _renaming(database: Path) -> Callable[[int], float]:
    """As sql.js does: write a whole new file and rename it into place. A reader can hold up only the rename."""
    spare = database.with_suffix(".new")

    def write(number: int) -> float:
        shutil.copy(database, spare)
        with closing(sqlite3.connect(spare, isolation_level=None)) as connection:
            _transact(connection, number)
        started = time.perf_counter()
        spare.replace(database)
        return time.perf_counter() - started

    return write


def _transact(connection: sqlite3.Connection, number: int) -> float:
    """Commit one transaction; returns the seconds for which a reader's lock held it up."""
    moved, goals = number % 400 / 1000, number % 5
    held = _patiently(connection, "BEGIN IMMEDIATE")
    for table in ("V3_Odds", "V3_Odds_History"):
        for market, price in ((1, 2.8 + moved), (5, 1.8 + moved)):
            connection.execute(
                f"UPDATE {table} SET value_home_over = ? WHERE fixture_id = ? AND market_id = ?",  # noqa: S608
                (price, COMING, market),
            )
    connection.execute(
        "UPDATE V3_Fixtures SET goals_home = ?, score_fulltime_home = ? WHERE fixture_id = ?",
        (goals, goals, OLD),
    )
    connection.execute("UPDATE V3_Fixture_Stats SET shots_on_goal = ? WHERE fixture_id = ?", (goals, OLD))
    return held + _patiently(connection, "COMMIT")


def _patiently(connection: sqlite3.Connection, statement: str) -> float:
    """Retry until no lock is in the way; returns seconds since the first refusal: a busy machine does not count."""
    refused = None
    while True:
        try:
            connection.execute(statement)
            return 0.0 if refused is None else time.perf_counter() - refused
        except sqlite3.OperationalError:
            refused = refused or time.perf_counter()
            if time.perf_counter() - refused > MAX_WAIT_SECONDS:
                raise
            time.sleep(0.0005)


if __name__ == "__main__":
    main()
