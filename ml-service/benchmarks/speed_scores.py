"""Rows about what scores cost: processor time of answers with and without them, in one process and in turn."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.speed_processes import child
from benchmarks.speed_setup import SpeedBench
from benchmarks.speed_table import Measurement, ms

FIXTURES, PLAYED = 1_000, 60_000
RUNS = 5
MAX_RATIO = 2.0
OFFERS = (
    *((4, line) for line in (-1.0, -0.75, -0.5, -0.25, 0.0)),
    *((5, line) for line in (1.5, 3.5)),
    (12, None),
)
"""Eight further prices: ids of markets, and lines."""
BOOKMAKERS = (8, 52)
CAPTURES = ("-24 hours", "-1 hours")


def scores(bench: SpeedBench) -> Iterator[Measurement]:
    """A thousand fixtures played, with scores and without; then the same with prices of further markets."""
    ids = bench.newest(PLAYED, "FT")
    ids = sorted(random.Random(FIXTURES).sample(ids, FIXTURES))  # noqa: S311  nothing secret
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        database, models = Path(folder) / "database.sqlite", Path(folder) / "models"
        shutil.copy(bench.database, database)
        shutil.copytree(bench.models, models)
        settings = bench.settings(DB_PATH=str(database), MODEL_DIR=str(models), OMP_NUM_THREADS="1")
        request = {"fixture_ids": ids, "runs": RUNS}
        yield _row("no further price", child("scores", request, settings))
        add_further_prices(database, ids)
        yield _row(f"{len(OFFERS)} further prices a match", child("scores", request, settings))


def _row(what: str, seconds: dict[str, float]) -> Measurement:
    ratio = seconds["scores"] / seconds["plain"]
    return Measurement(
        f"`/predict` with {FIXTURES:,} fixtures played and `scores`, {what}",
        f"{ms(seconds['plain'])} CPU without `scores`",
        f"{ms(seconds['scores'])} CPU, {ratio:.2f} times",
        f"{MAX_RATIO} times",
        ratio <= MAX_RATIO,
        "JSON of 270 numbers a match, grids, and with further prices their rows out of SQLite",
    )


def add_further_prices(database: Path, fixture_ids: Sequence[int]) -> None:
    """Insert prices of OFFERS for these fixtures: of two bookmakers, two captures of each and the last.

    Rows of a fixture stand together, as Node writes them.
    """
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TEMP TABLE offers (bookmaker_id, market_id, line, home, draw, away)")
        connection.executemany(
            "INSERT INTO offers VALUES (?, ?, ?, ?, ?, ?)",
            [
                (bookmaker, market_id, line, *_prices(line))
                for bookmaker in BOOKMAKERS
                for market_id, line in OFFERS
            ],
        )
        for table, moment, shifts in (
            ("V3_Odds_History", "capture_timestamp", CAPTURES),
            ("V3_Odds", "updated_at", CAPTURES[-1:]),
        ):
            connection.execute(
                f"INSERT INTO {table} (fixture_id, bookmaker_id, market_id, value_home_over, value_draw,"  # noqa: S608
                f" value_away_under, handicap_value, {moment})"
                " SELECT fixture_id, bookmaker_id, market_id, home, draw, away, line,"
                " strftime('%Y-%m-%dT%H:%M:%S+00:00', \"date\", shift.value)"
                " FROM V3_Fixtures, offers, json_each(:shifts) AS shift"
                " WHERE fixture_id IN (SELECT value FROM json_each(:ids)) ORDER BY fixture_id",
                {"shifts": json.dumps(shifts), "ids": json.dumps(fixture_ids)},
            )


def _prices(line: float | None) -> tuple[float, float | None, float]:
    if line is None:
        return 1.3, 1.28, 1.7
    home = 1.9 + 0.3 * abs(line + 0.5)
    return home, None, 1.0 / (1.04 - 1.0 / home)
