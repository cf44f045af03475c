"""LightGBM's library gives the same contributions without its Python package."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from config import Settings
from models.market_model import BASES
from models.store import ModelStore
from models.trainer import TrainResult
from models.tree_contributions import TreeContributions


def test_values_are_those_of_the_package_to_the_last_bit(settings: Settings, trained: TrainResult) -> None:
    content = ModelStore(settings.model_dir).load(trained.meta["model_id"]).content
    plains = [plain for basis in BASES for plain in content["models"][basis].values() if plain["trees"]]
    assert len(plains) >= 3
    for plain in plains:
        rows = np.random.default_rng(5).normal(size=(40, len(plain["columns"]))).astype(np.float32)
        rows[rows < -1.5] = np.nan
        booster = lgb.Booster(model_str=plain["trees"], params={"num_threads": 1, "verbosity": -1})
        expected = booster.predict(rows, pred_contrib=True, num_threads=1)
        assert TreeContributions(plain["trees"]).of(rows).tobytes() == np.asarray(expected).tobytes()


def test_no_row_has_no_value(settings: Settings, trained: TrainResult) -> None:
    content = ModelStore(settings.model_dir).load(trained.meta["model_id"]).content
    plain = content["models"]["without_odds"]["1x2"]
    assert len(TreeContributions(plain["trees"]).of(np.empty((0, len(plain["columns"])), np.float32))) == 0


def test_rows_of_another_width_are_refused(settings: Settings, trained: TrainResult) -> None:
    content = ModelStore(settings.model_dir).load(trained.meta["model_id"]).content
    plain = content["models"]["without_odds"]["1x2"]
    columns = len(plain["columns"])
    with pytest.raises(ValueError, match=f"the rows have {columns - 1} columns, the trees {columns}"):
        TreeContributions(plain["trees"]).of(np.zeros((1, columns - 1), np.float32))


def test_a_text_that_is_no_model_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\S"):
        TreeContributions("no trees at all")


def test_a_service_that_explains_imports_neither_the_package_nor_what_that_imports() -> None:
    code = (
        "import sys, main, models.predictor, models.tree_contributions as t; t.load_library();"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'lightgbm', 'sklearn', 'shap', 'joblib'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
