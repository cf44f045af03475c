"""Faults of the database under a running service, and a Node that writes beside it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.torture_ground import (
    BACKTEST,
    FaultRow,
    Ground,
    Tally,
    code_of,
    predict,
    service,
    train,
    wait,
)
from testing.server import ROOT, Server

MAX_STALL_MS = 50.0
MAX_NOTICE_SECONDS = 30.0
PAGE = 4096


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def _spill_garbage(path: Path) -> None:
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        file.seek(pages // 4 * PAGE)
        file.write(os.urandom(pages // 2 * PAGE))


def _change(statement: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)

    return change


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


FORMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(), "database_missing"),
    "empty": (lambda path: path.write_bytes(b""), "database_invalid_schema"),
    "a directory": (_folder, "database_unreadable"),
    "not SQLite": (lambda path: path.write_text("fixture;home;away\n" * 9999), "database_unreadable"),
    "truncated": (_truncate, "database_unreadable"),
    "garbage in the middle": (_spill_garbage, "database_unreadable"),
    "a column gone": (
        _change("ALTER TABLE V3_Fixtures RENAME COLUMN status_short TO status"),
        "database_invalid_schema",
    ),
    "a table gone": (_change("DROP TABLE V3_Teams"), "database_invalid_schema"),
}


def broken(ground: Ground) -> Iterator[FaultRow]:
    """The database replaced by each broken form, then by the good one again."""
    folder = ground.place("broken")
    with service(folder) as server:
        prediction = predict(server).json()["prediction"]
        for form, (spoil, code) in FORMS.items():
            tally, error_codes = Tally(f"database: {form}"), set[str]()
            for _ in range(ground.times(10, 1)):
                tally.attempt(_broken_once(ground, folder, server, spoil, code, prediction, error_codes))
            yield tally.row(
                f"503 {', '.join(sorted(error_codes))}; answers again at once when the file is good"
            )


def _broken_once(
    ground: Ground,
    folder: Path,
    server: Server,
    spoil: Callable[[Path], object],
    code: str,
    prediction: Any,
    error_codes: set[str],
) -> list[str]:
    spare = folder / "spare.sqlite"
    _clear(spare)
    shutil.copy(ground.good_database, spare)
    spoil(spare)
    _swap(spare, folder / "database.sqlite")
    wait(lambda: predict(server).status_code != 200, MAX_NOTICE_SECONDS)
    answer = predict(server)
    error_codes.add(code_of(answer))
    faults = [] if (answer.status_code, code_of(answer)) == (503, code) else [f"got {code_of(answer)}"]
    health = requests.get(f"{server.url}/health", timeout=10)
    if not health.ok or health.json()["ready"]:
        faults.append("/health calls it ready")
    shutil.copy(ground.good_database, spare)
    _swap(spare, folder / "database.sqlite")
    again = predict(server)
    if not again.ok or again.json()["prediction"] != prediction:
        faults.append(f"the good file is not served again: {again.text[:80]}")
    return faults


def _clear(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)


def _swap(spare: Path, database: Path) -> None:
    """Put `spare` in the database's place, or nothing if it does not exist; by a rename if possible."""
    if not spare.exists() or spare.is_dir() or database.is_dir():
        _clear(database)
    if spare.exists():
        spare.replace(database)


_COPY = (
    "INSERT INTO V3_Fixtures (api_id, season_year, league_id, date, timestamp, status_short, home_team_id,"
    " away_team_id, goals_home, goals_away, score_fulltime_home, score_fulltime_away)"
    " SELECT ?, season_year, league_id, {} FROM V3_Fixtures WHERE fixture_id = 699"
)
BAD_ROWS = {
    "text for goals": "date, timestamp, 'FT', home_team_id, away_team_id, 'two', 1, 'two', 1",
    "no date": "NULL, NULL, 'FT', home_team_id, away_team_id, 1, 1, 1, 1",
    "31 June": "'2021-06-31T15:00:00Z', NULL, 'FT', home_team_id, away_team_id, 1, 1, 1, 1",
    "no such team": "date, timestamp, 'FT', 99999, away_team_id, 1, 1, 1, 1",
    "a team playing itself": "date, timestamp, 'FT', 1, 1, 1, 1, 1, 1",
    "-1 goals": "date, timestamp, 'FT', home_team_id, away_team_id, -1, 1, -1, 1",
    "99 goals": "date, timestamp, 'FT', home_team_id, away_team_id, 99, 1, 99, 1",
}
_PRICE = (
    "INSERT INTO V3_Odds_History (fixture_id, bookmaker_id, market_id, value_home_over, value_draw,"
    " value_away_under, capture_timestamp) VALUES (1, ?, 1, ?, 3, 4, '2018-08-01T00:00:00Z')"
)
BAD_PRICES = (0, 1, float("inf"), "abc")


def bad_rows(ground: Ground) -> Iterator[FaultRow]:
    """Invalid rows among good ones, then removed again."""
    folder = ground.place("rows", wal=True)
    tally = Tally("database: rows that make no sense")
    with service(folder) as server, closing(_node(folder)) as node:
        wait(lambda: server.health()["database"]["rejected_rows"] is not None)
        before = server.health()["database"]["rejected_rows"]
        for place, values in enumerate(BAD_ROWS.values()):
            node.execute(_COPY.format(values), (-1 - place,))
        node.executemany(_PRICE, [(900 + place, price) for place, price in enumerate(BAD_PRICES)])
        expected = before + len(BAD_ROWS) + len(BAD_PRICES)
        wait(lambda: server.health()["database"]["rejected_rows"] == expected, MAX_NOTICE_SECONDS)
        health = server.health()["database"]
        rejected = health["rejected_rows"] - before
        for place in range(len(BAD_ROWS) + len(BAD_PRICES)):
            tally.check(f"{rejected} of {expected - before} rows counted", place < rejected)
        tally.check("/predict failed beside bad rows", predict(server).ok)
        node.execute("DELETE FROM V3_Fixtures WHERE api_id < 0")
        node.execute("DELETE FROM V3_Odds_History WHERE bookmaker_id >= 900")
        seconds = wait(lambda: server.health()["database"]["rejected_rows"] == before, MAX_NOTICE_SECONDS)
        tally.check("rows that were removed are still counted", seconds < MAX_NOTICE_SECONDS)
    yield tally.row(f"/health: {health['detail']}; everything else is served")


def _node(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "database.sqlite", isolation_level=None, timeout=5.0)


def untouched(ground: Ground) -> Iterator[FaultRow]:
    """The bytes of the file stay the same, whatever the service does."""
    tally = Tally("the service never writes the database")
    for wal in (False, True):
        folder = ground.place(f"untouched-{wal}", wal)
        before = _digest(folder)
        with service(folder) as server:
            tally.check("training failed", train(server).ok)
            tally.check("backtest failed", server.post("/backtest", BACKTEST).ok)
            answer = predict(server, explain=True)
            tally.check(f"prediction failed: {answer.text[:200]}", answer.ok)
        tally.check(f"the file differs (WAL: {wal})", _digest(folder) == before)
    yield tally.row("the same bytes, in WAL and in rollback mode")


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "database.sqlite").read_bytes()).hexdigest()


@dataclass(frozen=True)
class WriterReport:
    """A writer's report: commits, the longest time a reader held one up, longest and median commit, refusals."""

    commits: int
    held_ms: float
    longest_ms: float
    median_ms: float
    refused: int


@contextmanager
def writing(database: Path, mode: str) -> Iterator[list[WriterReport]]:
    """`benchmarks.torture_writer` stands in for Node in its own process; its report is in the list at the end."""
    command = [sys.executable, "-m", "benchmarks.torture_writer", str(database), mode]
    reports: list[WriterReport] = []
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise RuntimeError("the writer has no stdout")
        process.stdout.readline()
        try:
            yield reports
        finally:
            output, _ = process.communicate("stop\n", timeout=30)
            reports.append(WriterReport(**json.loads(output)))


def writer(ground: Ground) -> Iterator[FaultRow]:
    """Node commits steadily while the service trains, predicts and backtests."""
    for mode in ("wal", "rollback", "rename"):
        folder = ground.place(f"writer-{mode}", wal=mode == "wal")
        tally, answers = Tally(f"Node writes steadily: {mode}"), [0]
        with service(folder) as server, writing(folder / "database.sqlite", mode) as reports:
            stop = threading.Event()
            asker = threading.Thread(target=_ask_on, args=(server, stop, tally, answers))
            asker.start()
            for _ in range(ground.times(5, 1)):
                tally.check("a training failed", train(server).ok)
                backtest = server.post("/backtest", BACKTEST)
                tally.check(f"a backtest failed: {backtest.text[:80]}", backtest.ok)
            stop.set()
            asker.join()
        report = reports[0]
        tally.check(f"a commit was held up for {report.held_ms:.0f} ms", report.held_ms < MAX_STALL_MS)
        tally.check(f"{report.refused} commits were refused", report.refused == 0)
        yield tally.row(
            f"{report.commits} commits, held up for {report.held_ms:.1f} ms at most (the longest took"
            f" {report.longest_ms:.1f} ms in all, the middle one {report.median_ms:.2f});"
            f" {answers[0]} predictions, none of two moments; load average {os.getloadavg()[0]:.0f}"
        )


def _ask_on(server: Server, stop: threading.Event, tally: Tally, answers: list[int]) -> None:
    """Check that each answer has prices of one moment: the writer moves those of two markets in one transaction."""
    while not stop.wait(0.01):
        answer = predict(server)
        if answer.status_code == 503 and code_of(answer) == "busy":
            continue
        answers[0] += 1
        odds = answer.json()["odds"] if answer.ok else None
        if odds is None or round(odds["1x2"]["home"] - odds["ou25"]["over"], 6) != 1.0:
            tally.attempt([f"{answer.status_code}: {odds and (odds['1x2'], odds['ou25'])}"])
    tally.attempt([])
