"""Inputs of the speed benchmark: the real matches, imported once, an upcoming season, and a model of them."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchmarks.speed_processes import ROOT, child

REPOSITORY = ROOT.parent
DEFAULT_DATA = REPOSITORY.parent / "shared" / "data" / "football-data"
YEAR = timedelta(days=364)
"""Whole weeks, so that Saturdays stay Saturdays."""

Settings = Mapping[str, str]
Say = Callable[[str], None]


@dataclass(frozen=True)
class SpeedBench:
    """Where the inputs are: `folder` stays between runs; `real` says whether matches are real or simulated."""

    folder: Path
    real: bool

    @property
    def database(self) -> Path:
        """All matches and an upcoming season."""
        return self.folder / "database.sqlite"

    @property
    def models(self) -> Path:
        """The model that serves."""
        return self.folder / "models"

    def settings(self, **others: str) -> Settings:
        """The service's settings for this database and model."""
        return {"DB_PATH": str(self.database), "MODEL_DIR": str(self.models), **others}

    def newest(self, count: int, status: str = "%") -> list[int]:
        """Ids of the `count` fixtures with the latest kick-off, of any status or of one."""
        statement = (
            'SELECT fixture_id FROM V3_Fixtures WHERE status_short LIKE ? ORDER BY "date" DESC LIMIT ?'
        )
        with closing(sqlite3.connect(self.database)) as connection:
            return [int(row[0]) for row in connection.execute(statement, (status, count))]

    def finished(self) -> int:
        """Number of played fixtures."""
        with closing(sqlite3.connect(self.database)) as connection:
            statement = "SELECT COUNT(*) FROM V3_Fixtures WHERE status_short = 'FT'"
            return int(connection.execute(statement).fetchone()[0])

    def matches(self) -> str:
        """How many matches have been played, in words."""
        return f"{self.finished():,} {'real' if self.real else 'simulated'} matches"


def prepare(fresh: bool, say: Say) -> SpeedBench:
    """The inputs, with a database made if there is none; `fresh` deletes the old database and model first."""
    data = Path(os.environ.get("FOOTBALL_DATA", DEFAULT_DATA)).resolve()
    real = data.is_dir()
    key = hashlib.sha256(str(data if real else "demo").encode()).hexdigest()[:8]
    bench = SpeedBench(Path(tempfile.gettempdir()) / f"statfoot-bench-{key}", real)
    if fresh:
        shutil.rmtree(bench.folder, ignore_errors=True)
    bench.models.mkdir(parents=True, exist_ok=True)
    if not bench.database.exists():
        say(f"making a database of {'real' if real else 'simulated'} matches in {bench.folder}")
        _make(bench, data)
    return bench


def ensure_model(bench: SpeedBench, say: Say) -> None:
    """Train a model if there is none that this code can serve."""
    if not child("served", {}, bench.settings())["valid"]:
        say("training the model that serves")
        child("train", {}, bench.settings())


def _make(bench: SpeedBench, data: Path) -> None:
    unfinished = bench.folder / "unfinished.sqlite"
    unfinished.unlink(missing_ok=True)
    script = ["db:import", "--", str(data)] if bench.real else ["db:demo", "--"]
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("error: npm, which makes the database, is not installed")
    subprocess.run([npm, "run", "--silent", *script, "--db", str(unfinished)], cwd=REPOSITORY, check=True)
    add_season_to_come(unfinished)
    unfinished.rename(bench.database)


def add_season_to_come(database: Path) -> int:
    """Copy the last season into the future, from next week on, with its prices; returns the number of fixtures."""
    with closing(sqlite3.connect(database)) as connection, connection:
        (last,) = connection.execute("SELECT MAX(season_year) FROM V3_Fixtures").fetchone()
        (first,) = connection.execute(
            'SELECT MIN("date") FROM V3_Fixtures WHERE season_year = ?', (last,)
        ).fetchone()
        shift = _into_the_future(datetime.fromisoformat(first)).days
        connection.execute(
            "CREATE TEMP TABLE old AS SELECT * FROM V3_Fixtures WHERE season_year = ?", (last,)
        )
        (highest,) = connection.execute("SELECT MAX(fixture_id) FROM V3_Fixtures").fetchone()
        connection.execute(
            "UPDATE old SET fixture_id = fixture_id + ?, api_id = api_id - 1000000000, season_year = season_year + ?,"
            ' "date" = strftime(\'%Y-%m-%dT%H:%M:%S+00:00\', "date", ?), timestamp = timestamp + ?,'
            " status_short = 'NS', goals_home = NULL, goals_away = NULL,"
            " score_fulltime_home = NULL, score_fulltime_away = NULL",
            (highest, shift // 364, f"+{shift} days", shift * 86_400),
        )
        connection.execute("INSERT INTO V3_Fixtures SELECT * FROM old")
        _announce_prices(connection, highest)
        return int(connection.execute("SELECT COUNT(*) FROM old").fetchone()[0])


def _announce_prices(connection: sqlite3.Connection, highest: int) -> None:
    """Insert prices of the upcoming season, captured an hour ago: the last ones of the season that it copies."""
    columns = "bookmaker_id, market_id, value_home_over, value_draw, value_away_under, handicap_value"
    captured = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    for table, moment in (("V3_Odds", "updated_at"), ("V3_Odds_History", "capture_timestamp")):
        connection.execute(
            f"INSERT INTO {table} (fixture_id, {columns}, {moment}) SELECT fixture_id + ?, {columns}, ?"  # noqa: S608
            " FROM V3_Odds WHERE fixture_id + ? IN (SELECT fixture_id FROM old)",
            (highest, captured, highest),
        )


def _into_the_future(first: datetime) -> timedelta:
    earliest = datetime.now(timezone.utc) + timedelta(days=7)
    years = 1
    while first + years * YEAR < earliest:
        years += 1
    return years * YEAR
