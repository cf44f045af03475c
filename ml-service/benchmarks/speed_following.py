"""Rows about Node's database: how soon a commit shows, and how long Node's writer waits for a reader."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.speed_load import ClientConnection, requests
from benchmarks.speed_processes import PLAIN, ROOT, SERVICE, Uvicorn, serving
from benchmarks.speed_setup import Settings, SpeedBench
from benchmarks.speed_table import Measurement, ms

HIDDEN = 400
COMMITS = 9
TEN = 10
SMALL = "2022-07-01"
STALL_SECONDS = 15.0
PAUSE_SECONDS = 0.002


class Node:
    """A writer like Node, to a database whose newest results it takes away first and brings later."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._results = self._hide()
        self._brought: list[int] = []
        self._corrections = itertools.count()

    def _hide(self) -> Iterator[tuple[int, int, int]]:
        """Take the newest results away; returns one for each moment of kick-off, in order."""
        rows = self._connection.execute(
            'SELECT "date", fixture_id, score_fulltime_home, score_fulltime_away FROM V3_Fixtures'
            " WHERE status_short = 'FT' ORDER BY \"date\" DESC LIMIT ?",
            (HIDDEN,),
        ).fetchall()
        self._connection.executemany(
            "UPDATE V3_Fixtures SET status_short = 'NS', goals_home = NULL, goals_away = NULL,"
            " score_fulltime_home = NULL, score_fulltime_away = NULL WHERE fixture_id = ?",
            [(row[1],) for row in rows],
        )
        by_moment = {row[0]: (row[2], row[3], row[1]) for row in rows}
        return iter([by_moment[moment] for moment in sorted(by_moment)])

    def commit(self, count: int) -> None:
        """Commit the next `count` results in one transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        for home, away, fixture in itertools.islice(self._results, count):
            self._connection.execute(
                "UPDATE V3_Fixtures SET status_short = 'FT', goals_home = ?, goals_away = ?,"
                " score_fulltime_home = ?, score_fulltime_away = ? WHERE fixture_id = ?",
                (home, away, home, away, fixture),
            )
            self._brought.append(fixture)
        self._connection.execute("COMMIT")

    def correct(self) -> None:
        """Change the score of a committed result, a different one each time."""
        number = next(self._corrections)
        self._connection.execute(
            "UPDATE V3_Fixtures SET goals_home = ?, score_fulltime_home = ? WHERE fixture_id = ?",
            (number % 7, number % 7, self._brought[number % len(self._brought)]),
        )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def commit(bench: SpeedBench) -> Iterator[Measurement]:
    """From Node's commit to the first answer that shows it, in databases of two sizes."""
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "whole.sqlite", Path(folder) / "small.sqlite"
        shutil.copy(bench.database, whole)
        _copy_recent(bench.database, small)
        large, little = (_delays(bench, path) for path in (whole, small))
    quiet, one, ten = large
    yield Measurement(
        f"Node commits a result: the next prediction shows it, {bench.finished():,} matches played",
        f"{ms(quiet)} a prediction without a commit",
        f"{ms(one)}; ten results in one commit {ms(ten)}; in a database of two seasons {ms(little[1])}",
        "50 ms, whatever the size",
        one <= 0.05,
        "by stage: prices of the newest results (24%), fixtures as columns (23%), rows, statistics and teams out of"
        " SQLite (18%), closing prices (12%)",
    )


def _copy_recent(source: Path, target: Path) -> None:
    shutil.copy(source, target)
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute(
            'CREATE TEMP TABLE old AS SELECT fixture_id FROM V3_Fixtures WHERE "date" < ?', (SMALL,)
        )
        for table in ("V3_Odds", "V3_Odds_History", "V3_Fixture_Stats", "V3_Fixtures"):
            connection.execute(f"DELETE FROM {table} WHERE fixture_id IN (SELECT fixture_id FROM old)")  # noqa: S608
        connection.execute("VACUUM")


def _delays(bench: SpeedBench, path: Path) -> tuple[float, float, float]:
    """Seconds of a prediction without a commit, from a commit of one result to an answer with it, and of ten."""
    node = Node(path)
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder) / "models"
        shutil.copytree(bench.models, models, ignore=shutil.ignore_patterns(".base*", ".fixtures*"))
        with serving(SERVICE, PLAIN, bench.settings(DB_PATH=str(path), MODEL_DIR=str(models))) as service:
            watch = Watch(service, bench.newest(1)[0])
            quiet = statistics.median(watch.once() for _ in range(50))
            one = statistics.median(watch.until_shown(lambda: node.commit(1)) for _ in range(COMMITS))
            ten = statistics.median(watch.until_shown(lambda: node.commit(TEN)) for _ in range(COMMITS))
    node.close()
    return quiet, one, ten


class Watch:
    """Requests the same upcoming fixture again and again."""

    def __init__(self, service: Uvicorn, fixture_id: int) -> None:
        self._connection = ClientConnection(service.port)
        (self._request,) = requests("/predict", [json.dumps({"fixture_id": fixture_id})])
        self._as_of = ""
        self.once()

    def once(self) -> float:
        """Seconds of one answer."""
        seconds, raw = self._connection.exchange(self._request)
        self._as_of = json.loads(raw)["data_as_of"]
        return seconds

    def until_shown(self, change: Callable[[], None]) -> float:
        """Seconds from `change` to the first answer that shows a newer result."""
        before = self._as_of
        change()
        started = time.perf_counter()
        while self._as_of == before:
            self.once()
        return time.perf_counter() - started


def stall(bench: SpeedBench) -> Iterator[Measurement]:
    """The longest wait of a writer while the whole database is read, in either journal mode."""
    waits = {}
    for mode in ("wal", "delete"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "database.sqlite"
            shutil.copy(bench.database, path)
            waits[mode] = _longest_waits(path, mode, bench)
    longest = max(read for _, read in waits.values())
    yield Measurement(
        "Node's writer while all is read, longest stall (WAL; rollback journal)",
        "; ".join(ms(alone) for alone, _ in waits.values()) + " with nobody reading",
        "; ".join(ms(read) for _, read in waits.values()),
        "50 ms",
        longest <= 0.05,
        "the disk's flush at each commit; in rollback mode one page of rows",
    )


def _longest_waits(path: Path, mode: str, bench: SpeedBench) -> tuple[float, float]:
    """Longest commit, in seconds, without a reader and while a reader reads everything over and over."""
    with closing(sqlite3.connect(path, timeout=30.0, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
        alone = _longest_wait(connection, STALL_SECONDS / 2)
        with _reading(bench.settings(DB_PATH=str(path))):
            return alone, _longest_wait(connection, STALL_SECONDS)


@contextmanager
def _reading(settings: Settings) -> Iterator[None]:
    """Another process reads everything over and over, from the end of its imports on."""
    command = [sys.executable, "-m", "benchmarks.speed_child", "read"]
    environment = {**os.environ, **settings}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        if reader.stdin is None or reader.stdout is None:
            raise RuntimeError("the reader has no pipes")
        reader.stdin.write(b"{}\n")
        reader.stdin.close()
        reader.stdout.readline()
        try:
            yield
        finally:
            reader.kill()


def _longest_wait(connection: sqlite3.Connection, seconds: float) -> float:
    until = time.perf_counter() + seconds
    longest = 0.0
    for fixture in itertools.count(1):
        started = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE V3_Fixtures SET elapsed = ? WHERE fixture_id = ?", (fixture % 90, fixture))
        connection.execute("COMMIT")
        longest = max(longest, time.perf_counter() - started)
        if time.perf_counter() > until:
            break
        time.sleep(PAUSE_SECONDS)
    return longest
