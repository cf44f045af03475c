"""Every answer is as recorded, number by number, so that refactoring changes none.

`RECORD_GOLDEN=1 python -m pytest tests/test_golden.py` records them again after a deliberate change of numbers.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from backtesting.engine import run
from backtesting.request import BacktestRequest
from config import Settings
from main import create_app
from markets.registry import MARKETS
from models.predictor import Forecaster
from models.query import MatchQuery, PredictQuery
from models.trainer import TrainResult
from testing.server import Client, in_thread
from tests.conftest import silent

FOLDER = Path(__file__).parent / "golden"
OF_THE_MOMENT = {
    "model_id",
    "created_at",
    "seconds",
    "sha256",
    "file",
    "versions",
    "request_id",
    "features_digest",
}
"""Fields that are of the run, the machine or the code, not of the numbers."""
FIRST_ID, LAST_ID = 1, 720


def check(name: str, answer: Any) -> None:
    """Compare with the record: texts exactly, numbers except for the last digits, in which machines differ."""
    path = FOLDER / f"{name}.json.gz"
    answer = json.loads(json.dumps(without_moments(answer)))
    if os.environ.get("RECORD_GOLDEN"):
        raw = json.dumps(answer, indent=1, sort_keys=True).encode()
        path.write_bytes(gzip.compress(raw, mtime=0))
    differences = list(differing(json.loads(gzip.decompress(path.read_bytes())), answer, name))
    assert differences[:10] == []


def without_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_moments(item) for key, item in value.items() if key not in OF_THE_MOMENT}
    return [without_moments(item) for item in value] if isinstance(value, list) else value


def differing(old: Any, new: Any, place: str) -> Iterator[str]:
    """The differences between two answers, in words."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for key in old:
            yield from differing(old[key], new[key], f"{place}.{key}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from differing(*pair, f"{place}[{index}]")
    elif isinstance(old, float) and isinstance(new, (float, int)):
        if new != pytest.approx(old, rel=1e-9, abs=1e-12):
            yield f"{place}: {old} became {new}"
    elif old != new:
        yield f"{place}: {old!r} became {new!r}"


def queries() -> list[PredictQuery]:
    """A thousand queries: every fixture with and without prices, some explained, and matches on neutral ground."""
    ids = range(FIRST_ID, LAST_ID + 1)
    neutral = datetime(2021, 12, 4, 15, tzinfo=timezone.utc)
    return [
        *(PredictQuery(fixture_id) for fixture_id in ids[::2]),
        *(PredictQuery(fixture_id, use_odds=False) for fixture_id in ids[1::2]),
        *(PredictQuery(fixture_id, explain=True, use_odds=fixture_id % 2 == 0) for fixture_id in ids[::18]),
        *(
            PredictQuery(
                match=MatchQuery(1, home, away, neutral + timedelta(days=day), neutral=home % 2 == 0)
            )
            for day, (home, away) in enumerate((home, away) for home in range(1, 17) for away in range(1, 17))
            if home != away
        ),
    ]


def test_a_thousand_predictions_are_as_recorded(forecaster: Forecaster) -> None:
    answers = forecaster.predict_batch(queries())
    assert len(answers) == 1000
    check("predictions", answers)


def test_scores_are_as_recorded(forecaster: Forecaster) -> None:
    score_queries = [PredictQuery(fixture_id, scores=True) for fixture_id in range(FIRST_ID, LAST_ID + 1, 60)]
    answers = forecaster.predict_batch(score_queries)
    check("scores", [answer["scores"] for answer in answers if isinstance(answer, dict)])


def test_the_meta_of_a_model_is_as_recorded(trained: TrainResult) -> None:
    check("meta", trained.meta)


@pytest.mark.parametrize("market", [market.key for market in MARKETS])
def test_a_backtest_of_each_market_is_as_recorded(market: str, settings: Settings) -> None:
    request = BacktestRequest(date(2021, 8, 1), date(2021, 11, 30), market=market, min_edge=0.01)
    check(f"backtest-{market}", run(request, settings, silent))


ERRORS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "malformed": ("POST", "/predict", {"data": "{", "headers": {"content-type": "application/json"}}),
    "two ways at once": ("POST", "/predict", {"json": {"fixture_id": 1, "fixture_ids": [2]}}),
    "nothing asked": ("POST", "/predict", {"json": {}}),
    "unknown fixture": ("POST", "/predict", {"json": {"fixture_id": 99_999}}),
    "unknown api id": ("POST", "/predict", {"json": {"api_id": 99_999_999}}),
    "unknown league": (
        "POST",
        "/predict",
        {
            "json": {
                "match": {
                    "league_id": 99,
                    "home_team_id": 1,
                    "away_team_id": 2,
                    "date": "2030-01-01T15:00:00Z",
                }
            }
        },
    ),
    "unknown team": (
        "POST",
        "/predict",
        {
            "json": {
                "match": {
                    "league_id": 1,
                    "home_team_id": 1,
                    "away_team_id": 999,
                    "date": "2030-01-01T15:00:00Z",
                }
            }
        },
    ),
    "impossible odds": ("POST", "/predict", {"json": {"fixture_id": 1, "odds": {"1x2": {"home": 0.5}}}}),
    "unknown route": ("GET", "/nothing", {}),
    "wrong method": ("DELETE", "/model/current", {}),
    "wrong media type": ("POST", "/predict", {"data": "a", "headers": {"content-type": "text/plain"}}),
    "foreign host": ("GET", "/health", {"headers": {"host": "elsewhere.example"}}),
    "foreign origin": ("POST", "/train", {"json": {}, "headers": {"origin": "http://elsewhere.example"}}),
    "dates missing": ("POST", "/backtest", {"json": {}}),
    "dates changed over": ("POST", "/backtest", {"json": {"from": "2021-01-01", "to": "2020-01-01"}}),
    "league without matches": ("POST", "/train", {"json": {"league_ids": [77]}}),
}


@pytest.fixture(scope="module")
def client(settings: Settings, trained: TrainResult) -> Iterator[Client]:
    assert trained.promoted
    with in_thread(create_app(settings)) as one:
        yield one


def test_the_bodies_of_errors_are_as_recorded(client: Client) -> None:
    bodies = {}
    for name, (method, path, options) in ERRORS.items():
        answer = client.request(method, path, **options)
        bodies[name] = {"status": answer.status_code, **answer.json()}
    check("errors", bodies)
