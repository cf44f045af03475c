"""A service whose model is too simple to be wrong, for what is about sockets and processes alone."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any, cast

import config
from api.serving import Bring
from config import Settings
from errors import FixtureNotFound, NoCurrentModel, ServiceError
from main import create_app
from models.query import PredictQuery

KNOWN = 1_000_000
WORKER = "tests.support_worker"


class ConstantForecaster:
    """Knows fixtures from 1 to `KNOWN` and expects the same of each."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def warm_up(self) -> None:
        time.sleep(0.05)

    def prepare_explanations(self) -> None: ...

    loaded = True

    def load(self) -> None: ...

    def keep_up(self) -> None: ...

    def close(self) -> None: ...

    def refresh_model(self) -> None: ...

    def health(self) -> dict[str, Any]:
        database = {
            "status": "ok",
            "fixtures": KNOWN,
            "rejected_rows": 0,
            "latest_result": None,
            "detail": None,
        }
        model = {"status": "ok", "model_id": "constant", "detail": None}
        return {"ready": True, "database": database, "model": model}

    def predict_batch(self, queries: Sequence[PredictQuery]) -> list[dict[str, Any] | ServiceError]:
        return [
            FixtureNotFound(f"there is no fixture {query.fixture_id}")
            if query.fixture_id is not None and not 1 <= query.fixture_id <= KNOWN
            else prediction(query)
            for query in queries
        ]

    def predict_many(self, fixture_ids: Sequence[int], use_odds: bool, explain: bool) -> dict[str, Any]:
        asked = [PredictQuery(fixture_id, None, {}, use_odds, explain) for fixture_id in fixture_ids]
        answers = list(zip(fixture_ids, self.predict_batch(asked), strict=True))
        return {
            "predictions": [answer for _, answer in answers if not isinstance(answer, ServiceError)],
            "errors": [{"fixture_id": i, "error": a} for i, a in answers if isinstance(a, ServiceError)],
            "model_id": "constant",
        }

    def current_meta(self) -> dict[str, Any]:
        raise NoCurrentModel("no model has been trained yet")


def prediction(query: PredictQuery) -> dict[str, Any]:
    """The contract's dict, the same for every match."""
    match = query.match
    nothing: dict[str, Any] = {"1x2": None, "ou25": None, "btts": None}
    return {
        "fixture_id": query.fixture_id,
        "match": {
            "league_id": match.league_id if match else 1,
            "league": "League",
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
        "basis": dict.fromkeys(nothing, "without_odds"),
        "odds": {**nothing, **{key: list(odds) for key, odds in query.odds.items()}},
        "odds_source": nothing,
        "edge": None,
        "value_bets": [],
        "explanation": [] if query.explain else None,
        "warnings": ["odds_missing"],
        "model_id": "constant",
        "data_as_of": "2029-12-31T15:00:00Z",
    }


def constant_app(settings: Settings | None = None) -> Any:
    """The application around the constant forecaster, its jobs done by `tests.support_worker`."""
    return create_app(
        settings or config.load(), cast(Bring, ConstantForecaster), (sys.executable, "-m", WORKER)
    )
