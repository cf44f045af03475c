"""Trees walked here say what LightGBM says of them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from models.lightgbm import lgb
from models.quickscorer import Trees

ROWS, COLUMNS = 3_000, 8


def rows(seed: int) -> NDArray[np.float32]:
    """Few distinct values, so that many lie on thresholds, and a tenth missing."""
    generator = np.random.default_rng(seed)
    values = generator.integers(-6, 7, (ROWS, COLUMNS)) / 2.0
    values[generator.random(values.shape) < 0.1] = np.nan
    return values.astype(np.float32)


def grown(objective: str, leaves: int = 6, missing: bool = True, **others: object) -> lgb.Booster:
    generator = np.random.default_rng(7)
    seen = rows(1) if missing else np.nan_to_num(rows(1))
    labels = (np.nansum(seen[:, :3], axis=1) + generator.normal(size=ROWS) > 0).astype(np.int64)
    labels += (objective == "multiclass") * (generator.random(ROWS) < 0.3)
    settings = {"objective": objective, "num_leaves": leaves, "verbosity": -1, "num_threads": 1, "seed": 3}
    if objective == "multiclass":
        settings["num_class"] = 3
    return lgb.train({**settings, **others}, lgb.Dataset(seen, labels), num_boost_round=40)


@pytest.mark.parametrize("objective", ["binary", "multiclass"])
@pytest.mark.parametrize("leaves", [2, 6, 64])
@pytest.mark.parametrize("missing", [True, False])
def test_scores_equal_lightgbms_to_the_last_bit(objective: str, leaves: int, missing: bool) -> None:
    booster = grown(objective, leaves, missing)
    expected = booster.predict(rows(2), raw_score=True, num_threads=1).reshape(ROWS, -1)
    assert np.array_equal(Trees.parse(booster.model_to_string()).predict(rows(2)), expected)


@pytest.mark.parametrize("size", [1, 7, 64, 65, 130])
def test_a_score_does_not_depend_on_the_rows_beside_it(size: int) -> None:
    trees = Trees.parse(grown("multiclass", 16).model_to_string())
    assert np.array_equal(trees.predict(rows(2)[:size]), trees.predict(rows(2))[:size])


def test_thresholds_that_no_value_can_equal_split_as_lightgbm_does() -> None:
    seen = (rows(1) / 3.0).astype(np.float32)
    labels = (np.nan_to_num(seen[:, 0]) > 0.1).astype(np.int64)
    booster = lgb.train(
        {"objective": "binary", "verbosity": -1, "num_threads": 1}, lgb.Dataset(seen, labels), 30
    )
    trees = Trees.parse(booster.model_to_string())
    near = np.nextafter(trees.threshold, np.float32(np.inf))
    values = np.tile(np.concatenate([trees.threshold, near])[:, None], (1, COLUMNS))
    expected = booster.predict(values, raw_score=True, num_threads=1).reshape(len(values), -1)
    assert np.array_equal(trees.predict(values), expected)


def test_trees_that_never_split_add_their_only_leaf() -> None:
    booster = grown("binary", min_data_in_leaf=ROWS)
    expected = booster.predict(rows(2), raw_score=True).reshape(ROWS, -1)
    assert np.array_equal(Trees.parse(booster.model_to_string()).predict(rows(2)), expected)


def test_trees_that_are_walked_otherwise_are_refused() -> None:
    with pytest.raises(ValueError, match="65 leaves"):
        Trees.parse(grown("binary", 65, min_data_in_leaf=1).model_to_string())
    with pytest.raises(ValueError, match="zeros that mean missing"):
        Trees.parse(grown("binary", zero_as_missing=True).model_to_string())
    with pytest.raises(KeyError):
        Trees.parse("no model at all")


def test_trees_that_split_by_a_column_that_there_is_not_are_refused() -> None:
    text = grown("binary").model_to_string()
    assert Trees.parse(text).columns == COLUMNS
    with pytest.raises(ValueError, match="column"):
        Trees.parse(text.replace(f"max_feature_idx={COLUMNS - 1}", "max_feature_idx=0"))


def test_what_predicts_does_without_lightgbm() -> None:
    refused = "import sys; sys.modules['lightgbm'] = None; import models.predictor"
    assert subprocess.run([sys.executable, "-c", refused], check=False).returncode == 0
