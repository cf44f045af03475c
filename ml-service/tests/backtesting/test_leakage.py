"""Every way in which the future could reach a forecast stops the backtest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from backtesting import leakage, walk_forward
from backtesting.leakage import LeakageError
from db.dataset import Dataset
from features.builder import build
from features.catalogue import FEATURES
from features.closings import Closings, sharpness_of
from markets.offer import Offer
from models.training_data import offer_on
from testing.simulated import DAY, Plan, Simulation, simulate
from tests.backtesting.simulations import (
    ONE_PROCESS,
    TWO_YEARS,
    answer,
    backtest,
)


def a_day_later(function: Callable[..., NDArray[Any]]) -> Callable[..., NDArray[Any]]:
    """The feature pass with every look a day late."""
    return lambda dataset, as_of, *others: function(dataset, as_of + DAY, *others)


def test_features_that_know_one_day_too_much_raise_the_alarm(
    efficient: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backtesting.leakage.build", a_day_later(build))
    with pytest.raises(LeakageError, match="depend on their future"):
        backtest(efficient)


def test_training_on_one_day_too_much_raises_the_alarm(
    efficient: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainable = walk_forward.trainable
    monkeypatch.setattr(
        walk_forward, "trainable", lambda data, basis, cutoff: trainable(data, basis, cutoff + 8 * DAY)
    )
    with pytest.raises(LeakageError, match="knew later results"):
        backtest(efficient)


def test_a_moment_after_kick_off_raises_the_alarm(
    efficient: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:

    def late(*args: Any, **options: Any) -> Offer:
        offer = offer_on(*args, **options)
        return replace(offer, as_of=offer.as_of + 2 * DAY)

    monkeypatch.setattr("backtesting.inputs.offer_on", late)
    with pytest.raises(LeakageError, match="after their bet"):
        backtest(efficient)


def test_a_price_later_than_its_bet_raises_the_alarm() -> None:
    moments = np.array([100, 100, 100])
    leakage.forbid_later_prices(np.array([-1, 90, 100]), moments, moments + 1)
    with pytest.raises(LeakageError, match=r"1 prices were captured after.*; expected none") as stopped:
        leakage.forbid_later_prices(np.array([-1, 90, 101]), moments, moments + 50)
    assert "report this error" in str(stopped.value.hint)
    with pytest.raises(LeakageError, match="1 prices"):
        leakage.forbid_later_prices(np.array([-1, 90, 100]), moments, moments)


def test_a_result_among_the_features_is_too_good_to_be_true(
    efficient: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:

    def leaking(dataset: Dataset, as_of: Any, *others: Any) -> NDArray[np.float32]:
        features = build(dataset, as_of, *others)
        noise = np.random.default_rng(3).normal(0.0, 0.5, len(features))
        frame = dataset.fixtures
        features[:, 0] = (frame["goals_home"] - frame["goals_away"]).to_numpy() + noise
        return features

    monkeypatch.setattr("backtesting.leakage.build", leaking)
    with pytest.raises(LeakageError, match="depend on their future"):
        backtest(efficient)
    monkeypatch.setattr("backtesting.leakage.forbid_changed_features", lambda *_: None)
    assert "before believing it" in answer(efficient, replace(TWO_YEARS, use_odds=False))["warnings"][0]


@pytest.mark.parametrize(("name", "place"), [("supremacy_move", 0), ("draw_move", 1)])
def test_the_move_of_a_match_itself_among_its_features_raises_the_alarm(
    name: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = simulate(Plan(seasons=2, noise=0.05)).dataset
    frame, bookmakers = dataset.fixtures, ONE_PROCESS.bookmakers
    as_of, rows = frame["kickoff"].to_numpy() - DAY, np.arange(len(frame) // 2, len(frame))
    sharpness = sharpness_of(dataset)
    (feature,) = [feature for feature in FEATURES if feature.name == name]

    def leaking(history: Dataset, as_of: Any, *others: Any) -> NDArray[np.float32]:
        features = build(history, as_of, *others)
        ids = history.fixtures["fixture_id"].to_numpy()
        features[:, feature.column] += Closings.of(history, bookmakers).aligned(ids).moves[:, place]
        return features

    honest = leakage.audited_features(dataset, as_of, rows, bookmakers, sharpness)
    assert np.array_equal(honest, build(dataset, as_of, bookmakers), equal_nan=True)
    monkeypatch.setattr(leakage, "build", leaking)
    with pytest.raises(LeakageError, match="depend on their future"):
        leakage.audited_features(dataset, as_of, rows, bookmakers, sharpness)


def test_only_gains_beyond_chance_and_beyond_belief_are_suspicious() -> None:
    assert "more than any honest model" in str(leakage.suspicion(-0.03, (-0.04, -0.02), saw_prices=True))
    assert leakage.suspicion(-0.005, (-0.008, -0.002), saw_prices=True) is None
    assert leakage.suspicion(-0.03, (-0.07, 0.01), saw_prices=False) is None
    assert "has not seen the prices" in str(leakage.suspicion(-0.002, (-0.003, -0.001), saw_prices=False))


def test_an_honest_model_raises_no_suspicion(efficient_answer: dict[str, Any]) -> None:
    assert efficient_answer["warnings"] == []
