"""What a missing index on fixture_id costs: one prediction, and the time from Node's commit to a prediction with it.

`python -m benchmarks.speed_no_index [ROWS ...]` makes a database of ten leagues for each number of rows of
V3_Odds_History (default 360000 and 10000000), once with an index on fixture_id and once with its keys alone, as the
real application leaves it, and prints medians and ratios. Takes 3 GB of disk and some minutes.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from config import Settings
from models.predictor import Forecaster
from models.query import PredictQuery, TrainRequest
from models.trainer import train
from testing.leagues import World, add_price, create, finish

WORLD = World(leagues=10, teams=20, seasons=8, first_year=2018)
PREDICTIONS, COMMITS = 200, 20
_INDEXES = ("odds_fixture", "history_fixture")
_SNAPSHOTS = """
WITH RECURSIVE capture (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM capture WHERE number < ?)
INSERT INTO V3_Odds_History (fixture_id, bookmaker_id, market_id, value_home_over, value_draw, value_away_under,
  handicap_value, capture_timestamp)
SELECT o.fixture_id, o.bookmaker_id, o.market_id, o.value_home_over, o.value_draw, o.value_away_under,
  o.handicap_value, datetime(f.timestamp - 3600 * capture.number, 'unixepoch')
FROM capture CROSS JOIN V3_Fixtures f JOIN V3_Odds o ON o.fixture_id = f.fixture_id
ORDER BY f.timestamp - 3600 * capture.number, f.fixture_id, o.id"""


@dataclass(frozen=True)
class Costs:
    """Seconds to the first prediction; milliseconds of one of a coming and of an old match, and after a commit."""

    start: float
    coming: float
    old: float
    commit: float


def main(sizes: Sequence[int]) -> None:
    """Print the table."""
    print(
        "| rows | index | start, s | coming match, ms | old match, ms | commit, ms |\n|---|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings(), db_path=Path(folder) / "with.sqlite", model_dir=Path(folder))
        create(settings.db_path, WORLD).close()
        train(TrainRequest(league_ids=(1,)), settings, lambda _stage, _fraction: None)
        for rows in sizes:
            _compare(rows, settings)


def _compare(rows: int, settings: Settings) -> None:
    path = settings.db_path
    with closing(sqlite3.connect(path, isolation_level=None)) as node:
        ((stored,),) = node.execute("SELECT COUNT(*) FROM V3_Odds_History").fetchall()
        ((last,),) = node.execute("SELECT COUNT(*) FROM V3_Odds").fetchall()
        if rows > stored + last:
            node.execute(_SNAPSHOTS, ((rows - stored) // last,))
        ((stored,),) = node.execute("SELECT COUNT(*) FROM V3_Odds_History").fetchall()
    bare = path.with_name("without.sqlite")
    with closing(sqlite3.connect(path)) as node:
        node.execute("VACUUM INTO ?", (str(bare),))
    with closing(sqlite3.connect(bare, isolation_level=None)) as node:
        node.execute("PRAGMA journal_mode=WAL")
        for name in _INDEXES:
            node.execute(f"DROP INDEX {name}")
    indexed, plain = _costs(settings), _costs(replace(settings, db_path=bare))
    bare.unlink()
    for name, costs in (("yes", indexed), ("no", plain)):
        print(
            f"| {stored:,} | {name} | {costs.start:.1f} | {costs.coming:.2f} | {costs.old:.2f} | {costs.commit:.1f} |"
        )
    ratios = [getattr(plain, name) / getattr(indexed, name) for name in ("start", "coming", "old", "commit")]
    print(f"| | ratio | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |", flush=True)


def _costs(settings: Settings) -> Costs:
    forecaster = Forecaster(settings)
    with closing(forecaster), closing(sqlite3.connect(settings.db_path, isolation_level=None)) as node:
        node.execute("PRAGMA synchronous=OFF")
        ids = [row[0] for row in node.execute("SELECT fixture_id FROM V3_Fixtures WHERE status_short = 'NS'")]
        past = [
            row[0] for row in node.execute("SELECT fixture_id FROM V3_Fixtures WHERE status_short = 'FT'")
        ]
        start = (_timed(forecaster.warm_up) + _timed(partial(_predict, forecaster, ids[0]))) / 1000
        forecaster.complete()
        coming, old = (
            [_timed(partial(_predict, forecaster, of[n * 7 % len(of)])) for n in range(PREDICTIONS)]
            for of in (ids, past)
        )
        commits = [_commit(node, forecaster, ids[n]) for n in range(COMMITS)]
    return Costs(start, *(statistics.median(times) for times in (coming, old, commits)))


def _predict(forecaster: Forecaster, fixture_id: int) -> None:
    (answer,) = forecaster.predict_batch([PredictQuery(fixture_id)])
    if isinstance(answer, Exception):
        raise answer


def _commit(node: sqlite3.Connection, forecaster: Forecaster, fixture_id: int) -> float:
    """Milliseconds of the first prediction after Node stores a snapshot of the fixture's prices and a result."""
    add_price(node, fixture_id, (2.0, 3.4, 3.9), datetime.now(timezone.utc))
    finish(node, fixture_id, 1, 0)
    return _timed(lambda: _predict(forecaster, fixture_id))


def _timed(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main([int(rows) for rows in sys.argv[1:]] or [360_000, 10_000_000])
