"""Contributions of trees are those that LightGBM gives."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from numpy.typing import NDArray

from config import Settings
from models.market_model import BASES
from models.quickscorer import Trees
from models.store import ModelStore
from models.trainer import TrainResult
from models.tree_contributions import TreeContributions
from tests.models.test_trees import COLUMNS, ROWS, grown, rows

SOME = 300


def contributions(text: str, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    return TreeContributions.parse(text, Trees.parse(text)).of(inputs)


def by_lightgbm(booster: lgb.Booster, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    values = booster.predict(inputs, pred_contrib=True, num_threads=1)
    return np.asarray(values).reshape(len(inputs), -1, inputs.shape[1] + 1)


@pytest.mark.parametrize("objective", ["binary", "multiclass"])
@pytest.mark.parametrize("leaves", [2, 6, 64])
@pytest.mark.parametrize("missing", [True, False])
def test_values_are_lightgbms(objective: str, leaves: int, missing: bool) -> None:
    booster = grown(objective, leaves, missing)
    some = rows(2)[:SOME]
    values = contributions(booster.model_to_string(), some)
    np.testing.assert_allclose(values, by_lightgbm(booster, some), rtol=0.0, atol=1e-12)


def test_values_of_paths_with_many_columns_add_up_where_lightgbms_lose_digits() -> None:
    inputs = np.random.default_rng(11).normal(size=(ROWS, 40)).astype(np.float32)
    first_low = np.argmax(inputs < -1.3, axis=1)
    settings = {"num_leaves": 64, "min_data_in_leaf": 1, "verbosity": -1, "num_threads": 1, "seed": 3}
    booster = lgb.train(settings, lgb.Dataset(inputs, first_low**2), num_boost_round=20)
    text, some = booster.model_to_string(), inputs[:SOME]
    trees = Trees.parse(text)
    assert TreeContributions.parse(text, trees).orders.max() > 15
    values = contributions(text, some)
    np.testing.assert_allclose(values, by_lightgbm(booster, some), rtol=0.0, atol=1e-6)
    np.testing.assert_allclose(values.sum(axis=2), trees.predict(some), rtol=0.0, atol=1e-10)


def test_trees_that_never_split_say_the_same_of_every_row() -> None:
    booster = grown("binary", min_data_in_leaf=ROWS)
    some = rows(2)[:SOME]
    values = contributions(booster.model_to_string(), some)
    np.testing.assert_allclose(values, by_lightgbm(booster, some), rtol=0.0, atol=1e-12)
    assert not values[:, :, :-1].any()


def test_values_add_up_to_the_score() -> None:
    text = grown("multiclass", 16).model_to_string()
    trees = Trees.parse(text)
    values = TreeContributions.parse(text, trees).of(rows(2))
    np.testing.assert_allclose(values.sum(axis=2), trees.predict(rows(2)), rtol=0.0, atol=1e-12)


def test_values_of_a_trained_model_are_lightgbms(settings: Settings, trained: TrainResult) -> None:
    content = ModelStore(settings.model_dir).load(trained.meta["model_id"]).content
    plains = [plain for basis in BASES for plain in content["models"][basis].values() if plain["trees"]]
    assert len(plains) >= 3
    for plain in plains:
        inputs = np.random.default_rng(5).normal(size=(40, len(plain["columns"]))).astype(np.float32)
        inputs[inputs < -1.5] = np.nan
        booster = lgb.Booster(model_str=plain["trees"], params={"num_threads": 1, "verbosity": -1})
        expected = by_lightgbm(booster, inputs)
        np.testing.assert_allclose(contributions(plain["trees"], inputs), expected, rtol=0.0, atol=1e-12)


def test_no_row_has_no_value() -> None:
    assert contributions(grown("binary").model_to_string(), rows(2)[:0]).shape == (0, 1, COLUMNS + 1)
