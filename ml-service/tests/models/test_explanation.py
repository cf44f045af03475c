"""Explanations in words, whose impacts add up exactly to the margins."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from config import Settings
from db.reader import Reader
from features.catalogue import FEATURES
from markets.registry import MARKETS
from models.explanation import explain
from models.market_model import BASES, MarketModel
from models.store import ModelStore
from models.trainer import TrainResult
from models.training_data import TrainingData, data_by_market


@pytest.fixture(scope="module")
def matches(world: Path) -> dict[str, TrainingData]:
    with closing(Reader(world)) as reader:
        return data_by_market(reader.load(), Settings().bookmakers)


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("market", [market.key for market in MARKETS])
@pytest.mark.parametrize("row", [0, 300, 719])
def test_impacts_add_up_to_the_margins_of_the_match(
    row: int,
    market: str,
    basis: str,
    matches: dict[str, TrainingData],
    settings: Settings,
    trained: TrainResult,
) -> None:
    stored = ModelStore(settings.model_dir).load(trained.meta["model_id"])
    model = MarketModel.from_plain(stored.content["models"][basis][market])
    data = matches[market]
    one = data.features[[row]], data.implied[[row]], data.deviations[[row]]
    entries = explain(model, *one)
    total = np.sum([list(entry["impact"].values()) for entry in entries], axis=0)
    np.testing.assert_allclose(total, model.margins(*one)[0], atol=1e-6)


def test_every_entry_is_in_words_with_a_unit_and_a_finite_value_or_none(
    matches: dict[str, TrainingData], settings: Settings, trained: TrainResult
) -> None:
    stored = ModelStore(settings.model_dir).load(trained.meta["model_id"])
    first = matches["1x2"]
    for basis in BASES:
        model = MarketModel.from_plain(stored.content["models"][basis]["1x2"])
        for entry in explain(model, first.features[:1], first.implied[:1], first.deviations[:1]):
            assert entry["description"]
            assert entry["unit"]
            assert entry["value"] is None or np.isfinite(entry["value"])


def test_a_feature_is_shown_with_the_value_it_has(
    matches: dict[str, TrainingData], settings: Settings, trained: TrainResult
) -> None:
    stored = ModelStore(settings.model_dir).load(trained.meta["model_id"])
    model = MarketModel.from_plain(stored.content["models"]["without_odds"]["1x2"])
    data = matches["1x2"]
    values = {
        e["feature"]: e["value"]
        for e in explain(model, data.features[-1:], data.implied[-1:], data.deviations[-1:])
    }
    column = [feature.name for feature in FEATURES].index("elo_difference")
    assert values["elo_difference"] == pytest.approx(float(data.features[-1, column]))
