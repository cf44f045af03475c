"""A service with a constant predictor, for tests of HTTP and processes."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import config
from api.predictor_host import PredictorFactory
from common.times import NEVER
from config import Settings
from contract.health import DatabaseHealth, ModelHealth, PredictorHealth
from contract.model import MetaAnswer
from contract.prediction import PredictionAnswer
from contract.values import Basis
from errors import FixtureNotFound, NoCurrentModel, ServiceError
from main import create_app
from markets.market import Market
from markets.registry import BY_KEY
from models.answer import Answer, Standing, Unchanged, Validity
from models.query import PredictQuery

MAX_FIXTURE_ID = 1_000_000
API_ID_OFFSET = 5_000_000
WORKER = "testing.worker"
STANDING = cast(
    Standing,
    SimpleNamespace(model=SimpleNamespace(model_id="constant")),
)
ALWAYS = Validity(STANDING, 0, NEVER)
BASIS: Basis = "without_odds"


class ConstantForecaster:
    """Has fixtures 1 to `MAX_FIXTURE_ID` and predicts the same for each."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    is_complete = True

    def complete(self) -> None:
        """Nothing is put off."""

    def warm_up(self) -> None:
        time.sleep(0.05)

    loaded = True

    def load(self) -> None: ...

    def keep_up(self) -> None: ...

    def close(self) -> None: ...

    def refresh_model(self) -> None: ...

    def health(self) -> PredictorHealth:
        database: DatabaseHealth = {
            "status": "ok",
            "fixtures": MAX_FIXTURE_ID,
            "rejected_rows": 0,
            "rejected_by_reason": {},
            "unused_by_reason": {},
            "latest_result": None,
            "detail": None,
        }
        model: ModelHealth = {"status": "ok", "model_id": "constant", "detail": None}
        return {"ready": True, "database": database, "model": model}

    def check_leagues(self, league_ids: Sequence[int]) -> None: ...

    def predict_batch(self, queries: Sequence[PredictQuery]) -> list[PredictionAnswer | ServiceError]:
        return [
            prediction(query)
            if query.match or 1 <= _fixture_id(query) <= MAX_FIXTURE_ID
            else FixtureNotFound(f"there is no fixture {_fixture_id(query)}")
            for query in queries
        ]

    def standing(self) -> Standing:
        return STANDING

    def coming_ids(self) -> list[int]:
        return []

    def renew_batch(
        self, queries: Sequence[PredictQuery], tags: Sequence[bytes | None]
    ) -> list[Answer | Unchanged | ServiceError]:
        assert len(tags) == len(queries)
        return [
            answer if isinstance(answer, ServiceError) else Answer(answer, ALWAYS, b"constant")
            for answer in self.predict_batch(queries)
        ]

    def current_meta(self) -> MetaAnswer:
        raise NoCurrentModel("no model has been trained yet")


def _fixture_id(query: PredictQuery) -> int:
    """Ids of API-Football are fixture ids plus `API_ID_OFFSET`."""
    return (query.fixture_id or 0) if query.api_id is None else query.api_id - API_ID_OFFSET


def prediction(query: PredictQuery) -> PredictionAnswer:
    """The contract's prediction, the same for every match."""
    match = query.match
    return {
        "fixture_id": None if match else _fixture_id(query),
        "match": {
            "api_id": None if match else _fixture_id(query) + API_ID_OFFSET,
            "league_id": match.league_id if match else 1,
            "league": "League",
            "country": "Land",
            "home_team_id": match.home_team_id if match else 1,
            "home_team": "Home",
            "away_team_id": match.away_team_id if match else 2,
            "away_team": "Málaga",
            "date": "2030-01-01T15:00:00Z",
        },
        "prediction": {
            "1x2": {"home": 0.5, "draw": 0.25, "away": 0.25},
            "ou25": {"over": 0.5, "under": 0.5},
            "btts": {"yes": 0.5, "no": 0.5},
        },
        "basis": dict.fromkeys(BY_KEY, BASIS),
        "odds": {key: _odds(query, market) for key, market in BY_KEY.items()},
        "odds_source": dict.fromkeys(BY_KEY),
        "edge": None,
        "value_bets": [],
        "explanation": [] if query.explain else None,
        "scores": None,
        "warnings": ["odds_missing"],
        "model_id": "constant",
        "data_as_of": "2029-12-31T15:00:00Z",
    }


def _odds(query: PredictQuery, market: Market) -> dict[str, float] | None:
    prices = query.odds.get(market.key)
    return None if prices is None else dict(zip(market.outcomes, prices, strict=True))


def constant_app(settings: Settings | None = None) -> Any:
    """The application with the constant predictor, its jobs run by `testing.worker`."""
    return create_app(
        settings or config.load(), cast(PredictorFactory, ConstantForecaster), (sys.executable, "-m", WORKER)
    )
