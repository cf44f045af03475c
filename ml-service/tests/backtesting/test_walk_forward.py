"""Each fold is forecast by a model of earlier results, however the work is ordered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from backtesting import walk_forward
from backtesting.answer import BacktestResult
from backtesting.engine import BacktestRequest, compute
from backtesting.workers import Workers
from models.fitting import MIN_MATCHES
from models.market_model import WITH_ODDS, WITHOUT_ODDS
from testing.simulated import Simulation
from tests.backtesting.simulations import (
    ONE_PROCESS,
    TWO_YEARS,
    answer,
    silent,
)


def test_each_model_is_trained_on_results_known_before_its_bets(efficient_result: BacktestResult) -> None:
    folds, inputs = efficient_result.forecasts.folds, efficient_result.inputs
    as_of, known_at = inputs.offer.as_of[inputs.candidates], inputs.data.known_at
    assert all(as_of[fold.rows].min() >= fold.cutoff for fold in folds)
    trained = [efficient_result.forecasts.trained_on[number, "with_odds"] for number in range(len(folds))]
    assert trained == [int((known_at <= fold.cutoff).sum()) for fold in folds]


def test_a_later_future_changes_nothing_of_what_was_bet(
    efficient: Simulation, efficient_result: BacktestResult
) -> None:
    end = 1577836800
    frame = efficient.dataset.fixtures
    ended = replace(
        efficient.dataset,
        fixtures=frame[frame["kickoff"] < end].reset_index(drop=True),
        quotes=efficient.dataset.quotes.only(efficient.dataset.quotes.captured_at < end),
    )
    short = compute(ended, replace(TWO_YEARS, last=date(2019, 12, 31)), ONE_PROCESS, silent)
    first = efficient_result.inputs.column("kickoff")[efficient_result.inputs.candidates] < end
    assert np.array_equal(short.forecasts.probabilities, efficient_result.forecasts.probabilities[first])


def test_what_a_model_with_prices_is_fitted_on_does_not_depend_on_prices_of_later_matches(
    efficient_result: BacktestResult,
) -> None:
    """Prices have movements from some day on only; earlier models must use those without."""
    data, cutoff = efficient_result.inputs.data, int(np.datetime64("2018-07-01", "s").astype(int))
    begun = replace(data, closed_later=data.kickoff > cutoff)
    past = data.known_at <= cutoff
    whole, ended = (walk_forward.trainable(one, WITH_ODDS, cutoff) for one in (begun, begun.only(past)))
    assert (begun.closed_later & begun.labelled).sum() >= MIN_MATCHES
    np.testing.assert_array_equal(whole[past], ended)
    assert ended.any()


def test_forecasts_do_not_depend_on_the_order_in_which_they_are_asked_for(
    efficient_result: BacktestResult,
) -> None:
    """A later cutoff passes nothing on to an earlier one."""
    inputs, cutoffs = efficient_result.inputs, ("2020-01-01", "2018-01-01", "2018-02-01")
    moments = [int(np.datetime64(day, "s").astype(int)) for day in cutoffs]
    rows = inputs.candidates[-5:]
    tasks = [
        walk_forward.FoldTask(rows, inputs.offer.as_of[rows], moment, WITHOUT_ODDS) for moment in moments
    ]
    workers = Workers.of(ONE_PROCESS)

    def forecasts(order: tuple[int, ...]) -> dict[int, Any]:
        made = walk_forward.forecast_folds(inputs.data, [tasks[i] for i in order], workers, lambda _: None)
        return {place: forecast.probabilities for place, forecast in zip(order, made, strict=True)}

    as_asked, by_time = forecasts((0, 1, 2)), forecasts((1, 2, 0))
    for place, probabilities in as_asked.items():
        assert probabilities is not None
        assert probabilities.tolist() == by_time[place].tolist()


def test_trees_are_grown_where_matches_have_grown_enough_and_else_their_leaves_refitted(
    efficient_result: BacktestResult,
) -> None:
    """Whatever is reused comes from an earlier cutoff, and every model knows all matches until its own."""
    inputs, days = efficient_result.inputs, ("2019-01-01", "2019-01-08", "2019-10-01", "2020-12-01")
    moments = [int(np.datetime64(day, "s").astype(int)) for day in days]
    rows = inputs.candidates[-5:]
    tasks = [
        walk_forward.FoldTask(rows, inputs.offer.as_of[rows], moment, WITHOUT_ODDS) for moment in moments
    ]
    made = walk_forward.forecast_folds(inputs.data, tasks, Workers.of(ONE_PROCESS), lambda _: None)
    splits = [
        [line for line in each.model.trees.splitlines() if line.startswith("threshold=")]
        for each in made
        if each.model is not None
    ]
    counts = [each.trained_on for each in made]
    assert counts[0] < counts[1] < walk_forward.TREES_GROWTH * counts[0] < counts[2]
    assert splits[0] == splits[1]
    assert splits[1] != splits[2]
    assert splits[2] != splits[3]
    assert made[0].probabilities is not None
    assert made[1].probabilities is not None
    assert not np.array_equal(made[0].probabilities, made[1].probabilities)


def test_season_refits_train_once_a_season(efficient_answer: Any) -> None:
    assert [(period["from"][:4], period["to"][:4]) for period in efficient_answer["periods"]] == [
        ("2019", "2019"),
        ("2019", "2020"),
        ("2020", "2020"),
    ]


def test_refits_are_quarterly_where_nothing_else_is_said(efficient: Simulation) -> None:
    """No match is played from April to June."""
    body = answer(efficient, BacktestRequest(date(2019, 1, 1), date(2019, 12, 31)))
    assert [(period["from"], period["to"]) for period in body["periods"]] == [
        ("2019-01-01", "2019-03-31"),
        ("2019-07-01", "2019-09-30"),
        ("2019-10-01", "2019-12-31"),
    ]


def test_monthly_refits_may_end_in_the_middle_of_a_season(efficient: Simulation) -> None:
    body = answer(efficient, replace(TWO_YEARS, refit="month", last=date(2019, 12, 15)))
    assert body["periods"][-1]["to"] == "2019-12-15"
    assert all(period["evaluated"] > 0 for period in body["periods"])
    assert len(body["periods"]) > 5
