"""A database whose odds are some weeks old: forecasts with odds are the margin-free price, and answers say why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from backtesting.engine import BacktestRequest, evaluate
from backtesting.request import StakingRules
from config import Settings
from db.reader import Reader
from errors import ModelInvalid
from markets.odds import implied_probabilities
from markets.prices import Quotes
from models import fitting
from models.market_model import WITH_ODDS, MarketModel
from models.predictor import Forecaster
from models.promotion import decide
from models.query import PredictQuery, TrainRequest
from models.store import ModelStore, StoredModel
from models.trainer import TrainResult, train
from models.training_data import data_by_market
from testing.leagues import World, create
from testing.simulated import BOOKMAKER, Plan, Simulation, simulate
from tests.conftest import silent

PRICED = 60
COMING = 712


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A service over the world with prices of its newest finished matches and the coming ones, none of btts."""
    folder = tmp_path_factory.mktemp("young")
    with closing(create(folder / "database.sqlite", World())) as node:
        old = (
            "SELECT fixture_id FROM V3_Fixtures WHERE status_short = 'FT'"
            f" ORDER BY timestamp DESC, fixture_id LIMIT -1 OFFSET {PRICED}"
        )
        for table in ("V3_Odds", "V3_Odds_History"):
            node.execute(f"DELETE FROM {table} WHERE fixture_id IN ({old}) OR market_id = 8")
    return Settings(db_path=folder / "database.sqlite", model_dir=folder / "models", threads=1)


@pytest.fixture(scope="module")
def result(young: Settings) -> TrainResult:
    return train(TrainRequest(), young, silent)


@pytest.fixture(scope="module")
def forecaster(young: Settings, result: TrainResult) -> Iterator[Forecaster]:
    assert result.promoted
    with closing(Forecaster(young)) as one:
        one.warm_up()
        yield one


@pytest.mark.parametrize("market", ["1x2", "ou25"])
def test_the_card_says_with_both_counts_why_there_are_no_trees(market: str, result: TrainResult) -> None:
    card = result.meta["models"]["with_odds"][market]
    assert (card["rounds"], card["weight"], card["features"], card["importance"]) == (0, 0.0, [], [])
    assert "60 finished matches with prices" in card["reason"]
    assert "500" in card["reason"]
    assert card["metrics"]["n"] == PRICED
    assert card["metrics"]["market"]["difference"] == 0.0
    assert card["metrics"]["log_loss"] == card["metrics"]["market"]["log_loss_market"]


def test_the_trainings_reason_and_the_current_model_say_so_too(
    result: TrainResult, forecaster: Forecaster
) -> None:
    for text in (result.reason, forecaster.current_meta()["promotion"]["reason"]):
        assert "1x2 60 of 500 finished matches with prices" in text
        assert "btts 0 of 500 finished matches with prices" in text


def test_a_market_without_any_price_has_no_card(result: TrainResult) -> None:
    assert result.meta["models"]["with_odds"]["btts"] is None


def test_a_coming_match_gets_its_price_without_the_margin_and_no_edge(forecaster: Forecaster) -> None:
    answer: Any = forecaster.predict(PredictQuery(COMING))
    for market in ("1x2", "ou25"):
        odds = np.array([list(answer["odds"][market].values())])
        assert answer["basis"][market] == "with_odds"
        assert list(answer["prediction"][market].values()) == implied_probabilities(odds)[0].tolist()
        assert set(answer["edge"][market].values()) == {0.0}
    assert answer["basis"]["btts"] == "without_odds"
    assert forecaster.predict(PredictQuery(COMING, use_odds=False))["basis"]["1x2"] == "without_odds"


def test_a_price_that_comes_along_answers_where_no_finished_match_has_one(forecaster: Forecaster) -> None:
    answer: Any = forecaster.predict(PredictQuery(COMING, odds={"btts": (1.8, 2.0)}))
    assert answer["basis"]["btts"] == "with_odds"
    assert list(answer["prediction"]["btts"].values()) == pytest.approx([0.5272, 0.4728], abs=2e-3)
    assert set(answer["edge"]["btts"].values()) == {0.0}


def test_no_value_is_invented_even_where_no_evidence_is_asked_for(
    young: Settings, result: TrainResult
) -> None:
    assert result.promoted
    with closing(Forecaster(replace(young, require_evidence=False, min_edge=0.001))) as bold:
        assert bold.predict(PredictQuery(COMING))["value_bets"] == []


def test_the_explanation_is_the_price_alone(forecaster: Forecaster) -> None:
    answer: Any = forecaster.predict(PredictQuery(COMING, explain=True))
    (entry,) = answer["explanation"]
    assert entry["feature"] == "price"
    logs = np.log(list(answer["prediction"]["1x2"].values()))
    assert list(entry["impact"].values()) == pytest.approx(logs.tolist())


def test_the_price_itself_comes_back_from_its_file(young: Settings, result: TrainResult) -> None:
    plain = ModelStore(young.model_dir).load(result.meta["model_id"]).content["models"]["with_odds"]["1x2"]
    assert MarketModel.from_plain(plain).is_price


def test_a_model_with_trees_is_compared_with_the_price_that_served_before(result: TrainResult) -> None:
    """On the test matches of both, like any two models."""
    ids, days = np.arange(600), np.repeat(np.arange(60), 10)
    labels = np.tile(np.array([0, 0, 1], dtype=np.int8), 200)

    def content(probability: float) -> dict[str, Any]:
        probabilities = np.column_stack([np.full(600, probability), np.full(600, 1.0 - probability)])
        plain = {
            "fixture_ids": ids.tobytes(),
            "days": days.tobytes(),
            "labels": labels.tobytes(),
            "probabilities": probabilities.tobytes(),
        }
        return {"tests": {WITH_ODDS: {"ou25": plain}}}

    price = StoredModel(result.meta, content(0.66))
    assert not decide("if_better", result.meta, content(0.9), price).promoted
    assert decide("if_better", result.meta, content(0.66), price).promoted


def young_backtest(simulation: Simulation, priced_from: int) -> Any:
    """The backtest of two years of a simulation whose prices begin some days before its last season."""
    dataset = simulation.dataset
    quotes: Quotes = dataset.quotes
    young = replace(dataset, quotes=quotes.only(quotes.captured_at >= priced_from))
    settings = Settings(bookmakers=(BOOKMAKER,), threads=1)
    request = BacktestRequest(date(2020, 1, 1), date(2020, 12, 31), min_edge=0.001, staking=StakingRules())
    return evaluate(young, request, settings, silent)


def test_a_period_with_too_few_priced_matches_before_it_is_forecast_by_the_price() -> None:
    body = young_backtest(simulate(Plan()), priced_from=1_596_240_000)  # August 2020
    autumn = body["periods"][-2:]
    assert body["matches"]["basis"]["with_odds"] == body["versus_market"]["n"] > 100
    assert [period["log_loss"] for period in autumn if period["evaluated"]] == [
        period["market_log_loss"] for period in autumn if period["evaluated"]
    ]
    assert body["versus_market"]["log_loss_difference"] == 0.0
    assert body["bets"]["count"] == 0


def fitted(tilt: tuple[float, float, float]) -> MarketModel:
    simulation = simulate(Plan(tilt=tilt))
    return fitting.fit(data_by_market(simulation.dataset, (BOOKMAKER,))["1x2"], WITH_ODDS, 1)


def test_trees_on_few_prices_count_by_their_number_where_the_price_is_right() -> None:
    model = fitted((1.0, 1.0, 1.0))
    assert 0.0 < model.weight < 0.05
    assert model.calibration.method == "none"


def test_trees_on_few_prices_count_in_full_where_the_price_is_plainly_wrong() -> None:
    assert fitted((0.75, 1.1, 1.1)).weight == 1.0


def test_what_trees_say_in_part_is_what_their_margins_say(young: Settings) -> None:
    model = fitted((1.0, 1.0, 1.0))
    with closing(Reader(young.db_path)) as reader:
        data = data_by_market(reader.load(), young.bookmakers)["1x2"]
    priced = data.only(data.priced)
    probabilities = model.predict(priced.features, priced.implied, priced.deviations)
    whole = replace(model, weight=1.0).predict(priced.features, priced.implied, priced.deviations)
    moved, most = np.log(probabilities / priced.implied), np.log(whole / priced.implied)
    assert np.abs(moved).max() < 0.06 * np.abs(most).max()
    parts = model.contributions(priced.features, priced.implied, priced.deviations)
    total = np.sum(list(parts.values()), axis=0)
    np.testing.assert_allclose(
        total, model.margins(priced.features, priced.implied, priced.deviations), atol=1e-6
    )


def test_a_model_without_trees_must_be_the_price(young: Settings, result: TrainResult) -> None:

    plain = ModelStore(young.model_dir).load(result.meta["model_id"]).content["models"]["without_odds"]["1x2"]
    with pytest.raises(ModelInvalid):
        MarketModel.from_plain({**plain, "trees": ""})
