"""A market's model as it is stored and read again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from config import Settings
from contract.prediction import ImpactOfFeature
from errors import ModelInvalid
from features.catalogue import FEATURES
from markets.market_features import DEVIATIONS
from markets.match_winner import MATCH_WINNER
from models.explanation import explain
from models.market_model import MarketModel
from models.store import ModelStore
from models.trainer import TrainResult


@pytest.fixture(scope="module")
def plain(settings: Settings, trained: TrainResult) -> dict[str, Any]:
    content = ModelStore(settings.model_dir).load(trained.meta["model_id"]).content
    return dict(content["models"]["without_odds"]["1x2"])


@pytest.mark.parametrize(
    "damage",
    [
        {"start": "moon"},
        {"shift": [0.0]},
        {"calibration": {"method": "platt", "parameters": {}}},
        {"columns": ["nobody_computes_this"]},
        {"market": "corners"},
    ],
)
def test_a_model_that_wants_what_is_not_known_is_refused(
    plain: dict[str, Any], damage: dict[str, Any]
) -> None:
    with pytest.raises(ModelInvalid):
        MarketModel.from_plain({**plain, **damage})


def test_impacts_on_a_neutral_ground_are_the_same_whoever_is_named_first(plain: dict[str, Any]) -> None:
    model = MarketModel.from_plain(plain)
    generator = np.random.default_rng(3)
    first, second = generator.normal(size=(2, 1, len(FEATURES))).astype(np.float32)
    implied, deviations = np.full((1, 3), 1 / 3), np.zeros((1, len(DEVIATIONS)), dtype=np.float32)
    one = explain(model, first, implied, deviations, (second, implied, deviations))
    other = explain(model, second, implied, deviations, (first, implied, deviations))

    def total(entries: list[ImpactOfFeature], outcome: str) -> float:
        return float(sum(entry["impact"][outcome] for entry in entries))

    assert total(one, "home") == pytest.approx(total(other, "away"))
    assert model.market is MATCH_WINNER
