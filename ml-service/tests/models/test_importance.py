"""shap and the service agree on what moved a prediction."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import numpy as np
import pytest

from config import Settings
from db.reader import Reader
from models.importance import importance, shap_values
from models.lightgbm import lgb
from models.market_model import MarketModel
from models.serving import ServingModel
from models.store import ModelStore, load_serving
from models.trainer import TrainResult
from models.training_data import TrainingData, data_by_market


@pytest.fixture(scope="module")
def model(settings: Settings, trained: TrainResult) -> MarketModel:
    assert trained.promoted
    return ServingModel(load_serving(ModelStore(settings.model_dir))[0]).of("1x2", priced=True)


@pytest.fixture(scope="module")
def data(settings: Settings) -> TrainingData:
    with closing(Reader(settings.db_path)) as reader:
        return data_by_market(reader.load(), settings.bookmakers)["1x2"]


def test_shap_gives_the_same_exact_values_as_an_explanation(model: MarketModel, data: TrainingData) -> None:
    some = data.only(data.priced)
    values = shap_values(model, model.tree_inputs(some.features, some.implied, some.deviations))
    parts = model.contributions(some.features, some.implied, some.deviations)
    for place, name in enumerate(model.columns):
        np.testing.assert_allclose(values[:, :, place].T, parts[name], atol=1e-9)


def test_importance_ranks_every_column_of_the_model(model: MarketModel, data: TrainingData) -> None:
    ranked = importance(model, data.only(data.priced))
    assert {entry["feature"] for entry in ranked} == set(model.columns)
    sizes = [entry["mean_abs_shap"] for entry in ranked]
    assert sizes == sorted(sizes, reverse=True)


def test_shap_predicts_by_one_thread_so_that_fits_in_other_threads_keep_theirs(
    model: MarketModel, data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    predict = lgb.Booster.predict

    def spy(booster: lgb.Booster, *arguments: Any, **options: Any) -> Any:
        threads.append(options["num_threads"])
        return predict(booster, *arguments, **options)

    monkeypatch.setattr(lgb.Booster, "predict", spy)
    importance(model, data.only(data.priced))
    assert set(threads) == {1}
