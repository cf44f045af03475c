"""A new market takes one file and one line: here over/under 3.5 goals, in a copy of the service."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backtesting.engine import run
from backtesting.request import BacktestRequest
from config import Settings
from db.reader import Reader
from markets.registry import MARKETS
from models.predictor import Forecaster
from models.query import PredictQuery
from models.trainer import TrainResult
from testing.leagues import add_fixture
from tests.conftest import silent
from tests.db.test_price_tables import EARLY, SELECTIONS, add_captures

ROOT = Path(__file__).parents[2]
NOT_COPIED = ("venv", "saved_models", "tests", "benchmarks", ".*_cache", ".env")

NEW_FILE = '''"""More or fewer than 3.5 goals of both teams together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from markets.market import Column, Floats, Market, two_outcomes

_LINE = 3.5


def _settle(home: Floats, away: Floats) -> NDArray[np.int64]:
    return np.where(home + away > _LINE, 0, 1)


def _from_results(column: Column) -> Floats:
    mean = column("home_expected_goals") + column("away_expected_goals")
    return two_outcomes(1.0 - np.exp(-mean) * (1.0 + mean + mean**2 / 2.0 + mean**3 / 6.0))


OVER_UNDER_35 = Market(
    key="ou35",
    name="over_under_35",
    title="Over/under 3.5 goals",
    subject="more and of fewer than 3.5 goals",
    outcomes=("over", "under"),
    meanings=("four goals or more", "three goals or fewer"),
    market_id=5,
    api_name="Goals Over/Under",
    line=_LINE,
    rule=_settle,
    base_rates=(0.3, 0.7),
    past_price_features=(),
    from_results=_from_results,
    comparison_features=("market_over", "poisson_over"),
    training_share=1.0,
)
'''
NEW_LINE = '    "over_under_35",\n'

QUOTES = """
import json, sys
from contextlib import closing
from pathlib import Path
from db.reader import Reader
from markets.registry import MARKETS

with closing(Reader(Path(sys.argv[1]))) as reader:
    quotes = reader.load().quotes
answer = {}
for market in MARKETS:
    some = quotes.of(market)
    columns = some.fixture_id, some.bookmaker_id, some.captured_at, some.odds[:, : market.size]
    answer[market.key] = [column.tolist() for column in columns]
json.dump(answer, sys.stdout)
"""
SERVICE = """
import json, sys
from contextlib import closing
from datetime import date
from pathlib import Path
from api.schemas import PredictBody
from backtesting.engine import run
from backtesting.request import BacktestRequest
from config import Settings
from models.predictor import Forecaster
from models.query import TrainRequest
from models.trainer import train

database, models, fixtures, first, last = sys.argv[1:]
settings = Settings(db_path=Path(database), model_dir=Path(models), threads=1)
silent = lambda stage, done: None
body = PredictBody.model_validate({"fixture_id": 1, "odds": {"ou35": {"over": 3.1, "under": 1.4}}})
meta = train(TrainRequest(), settings, silent).meta
with closing(Forecaster(settings)) as forecaster:
    queries = [PredictBody(fixture_id=int(each)).query() for each in fixtures.split(",")]
    predictions = forecaster.predict_batch([*queries, body.query()])
tests = [BacktestRequest(date.fromisoformat(first), date.fromisoformat(last), market=key) for key in ("ou25", "ou35")]
json.dump({
    "markets": meta["markets"], "predictions": predictions,
    "backtests": {test.market: run(test, settings, silent) for test in tests},
}, sys.stdout)
"""
FIXTURES = tuple(range(1, 721, 9))
FIRST, LAST = date(2021, 8, 1), date(2021, 10, 31)


@dataclass(frozen=True)
class Extended:
    """The service with the new market, and `database`: the world with prices of 3.5 goals too."""

    service: Path
    database: Path

    def answer(self, script: str, *arguments: object) -> Any:
        """The JSON that a script prints."""
        done = subprocess.run(
            [sys.executable, "-c", script, *map(str, arguments)],
            cwd=self.service,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def copied(folder: Path) -> Path:
    """A copy of the service with one more file and one more line."""
    service = folder / "ml-service"
    shutil.copytree(ROOT, service, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (service / "markets" / "over_under_35.py").write_text(NEW_FILE, encoding="utf-8")
    registry = service / "markets" / "registry.py"
    before = registry.read_text(encoding="utf-8")
    after = before.replace('    "over_under",\n', f'    "over_under",\n{NEW_LINE}')
    assert after.splitlines() != before.splitlines()
    registry.write_text(after, encoding="utf-8")
    return service


def of_more_goals(odds: list[float]) -> list[float]:
    """The price of 3.5 goals that `add_prices_of_more_goals` makes of one of 2.5."""
    over = odds[1] / (odds[0] + odds[1])
    return [1.0 / (1.02 * over * over), 1.0 / (1.02 * (1.0 - over * over))]


def add_prices_of_more_goals(database: Path) -> None:
    """Add to every price of 2.5 goals one of 3.5, of the same bookmaker and moment."""
    with closing(sqlite3.connect(database)) as node, node:
        for table, moment in (("V3_Odds_History", "capture_timestamp"), ("V3_Odds", "updated_at")):
            node.execute(
                f"INSERT INTO {table} (fixture_id, bookmaker_id, market_id, value_home_over, value_away_under,"
                f" handicap_value, {moment}) SELECT fixture_id, bookmaker_id, 5, 1.0 / (1.02 * p * p),"
                f" 1.0 / (1.02 * (1.0 - p * p)), '3.5', {moment} FROM (SELECT *, value_away_under"
                f" / (value_home_over + value_away_under) AS p FROM {table} WHERE market_id = 5)"
            )


@pytest.fixture(scope="module")
def extended(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Extended:
    folder = tmp_path_factory.mktemp("extended")
    database = folder / "database.sqlite"
    shutil.copy(world, database)
    add_prices_of_more_goals(database)
    return Extended(copied(folder), database)


@pytest.fixture(scope="module")
def quotes(extended: Extended) -> Any:
    """By market: fixtures, bookmakers, captures and odds of all prices."""
    return extended.answer(QUOTES, extended.database)


@pytest.fixture(scope="module")
def answers(extended: Extended, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The training, the predictions and the backtest of the service with the new market."""
    models, fixtures = tmp_path_factory.mktemp("models"), ",".join(map(str, FIXTURES))
    return extended.answer(SERVICE, extended.database, models, fixtures, FIRST, LAST)


@pytest.fixture(scope="module")
def forecaster(settings: Settings, trained: TrainResult) -> Iterator[Forecaster]:
    """The service as it is, over the world without the other prices."""
    assert trained.promoted
    with closing(Forecaster(settings)) as one:
        yield one


def test_the_new_market_stands_where_its_line_does(answers: Any) -> None:
    assert answers["markets"] == ["1x2", "ou25", "ou35", "btts"]


def test_every_price_is_filed_under_its_own_line(quotes: Any, world: Path) -> None:
    with closing(Reader(world)) as reader:
        without = reader.load().quotes
    for market in MARKETS:
        some = without.of(market)
        assert quotes[market.key] == [
            column.tolist()
            for column in (
                some.fixture_id,
                some.bookmaker_id,
                some.captured_at,
                some.odds[:, : market.size],
            )
        ]
    fixtures, bookmakers, captures, odds = quotes["ou35"]
    assert [fixtures, bookmakers, captures] == quotes["ou25"][:3]
    expected = [of_more_goals(each) for each in quotes["ou25"][3]]
    np.testing.assert_allclose(odds, expected, rtol=1e-12)


def test_every_selection_is_filed_under_the_line_of_its_label(
    extended: Extended, node: sqlite3.Connection, database: Path
) -> None:
    node.executescript(SELECTIONS)
    fixture = add_fixture(node)
    prices = {"Over 2.5": 1.8, "Over 3.5": 2.9, "Under 2.5": 2.1, "Under 3.5": 1.4}
    add_captures(node, fixture, "Goals Over/Under", prices, EARLY)
    read = extended.answer(QUOTES, database)
    assert {key: columns[3] for key, columns in read.items()} == {
        "1x2": [],
        "ou25": [[1.8, 2.1]],
        "ou35": [[2.9, 1.4]],
        "btts": [],
    }


def test_without_the_new_market_its_prices_are_left_out(extended: Extended, world: Path) -> None:
    with closing(Reader(extended.database)) as reader, closing(Reader(world)) as before:
        np.testing.assert_array_equal(reader.load().quotes.odds, before.load().quotes.odds)


def test_the_other_markets_are_predicted_as_before(answers: Any, forecaster: Forecaster) -> None:
    before = forecaster.predict_batch([PredictQuery(fixture_id) for fixture_id in FIXTURES])
    for old, new in zip(before, answers["predictions"], strict=False):
        assert isinstance(old, dict)
        for part in ("prediction", "odds", "odds_source", "basis"):
            assert json.loads(json.dumps(old[part])) == {
                key: value for key, value in new[part].items() if key != "ou35"
            }


def test_the_new_market_is_predicted_with_its_own_prices(answers: Any) -> None:
    *of_database, of_request = answers["predictions"]
    for answer in of_database:
        assert answer["prediction"]["ou35"]["over"] < answer["prediction"]["ou25"]["over"]
        assert sum(answer["prediction"]["ou35"].values()) == pytest.approx(1.0)
        expected = of_more_goals(list(answer["odds"]["ou25"].values()))
        assert list(answer["odds"]["ou35"].values()) == pytest.approx(expected)
    assert of_request["odds"]["ou35"] == {"over": 3.1, "under": 1.4}
    assert of_request["odds"]["ou25"] == of_database[0]["odds"]["ou25"]


def test_the_new_market_is_backtested_and_the_old_one_as_before(answers: Any, settings: Settings) -> None:
    before = run(BacktestRequest(FIRST, LAST, market="ou25"), settings, silent)
    old, new = (answers["backtests"][key] for key in ("ou25", "ou35"))
    assert json.loads(json.dumps({**before, "seconds": 0})) == {**old, "seconds": 0}
    assert new["scope"]["market"] == "ou35"
    assert new["metrics"]["market"]["n"] == new["matches"]["evaluated"] == old["matches"]["evaluated"]
    assert new["metrics"]["model"] != old["metrics"]["model"]
