"""The backtest end to end, on simulated leagues whose true probabilities are known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backtesting.answer import BacktestResult, compose
from backtesting.engine import BacktestRequest, StakingRules, evaluate, run
from db.schema import POSTPONED, VOID
from evaluation.intervals import mean_interval
from evaluation.metrics import log_losses
from testing.leagues import World, create
from testing.simulated import BOOKMAKER, Simulation, simulate
from tests.backtesting.simulations import (
    BOLD,
    EFFICIENT,
    ONE_PROCESS,
    TWO_YEARS,
    answer,
    backtest,
    silent,
    true_yield,
)


def test_the_log_loss_agrees_with_that_of_the_truth(
    efficient: Simulation, efficient_result: BacktestResult
) -> None:
    matches, rows = efficient_result.evaluated, efficient_result.inputs.candidates
    of_truth = log_losses(efficient.truth[rows], matches.label)
    body: Any = compose(efficient_result, (BOOKMAKER,))
    interval = body["metrics"]["model"]["log_loss_ci95"]
    assert interval[0] < of_truth.mean() < interval[1]


def test_the_model_is_worse_than_the_truth_by_little(
    efficient: Simulation, efficient_result: BacktestResult
) -> None:
    matches = efficient_result.evaluated
    of_truth = log_losses(efficient.truth[efficient_result.inputs.candidates], matches.label)
    interval = mean_interval(log_losses(matches.model, matches.label) - of_truth, matches.day)
    assert interval is not None
    assert interval[1] > 0.0
    assert interval[0] < 0.005
    assert interval[1] < 0.02


def test_without_prices_the_model_lies_between_base_rates_and_the_market(efficient: Simulation) -> None:
    body = answer(efficient, replace(TWO_YEARS, use_odds=False))
    metrics = body["metrics"]
    assert metrics["market"]["log_loss"] < metrics["model"]["log_loss"] < metrics["base_rate"]["log_loss"]
    assert body["matches"]["basis"] == {"with_odds": 0, "without_odds": body["matches"]["evaluated"]}
    assert body["bets"]["count"] > 0


def test_a_known_edge_gives_its_yield() -> None:
    tilted = simulate(replace(EFFICIENT, tilt=(0.75, 1.1, 1.1)))
    result = backtest(tilted)
    body: Any = compose(result, (BOOKMAKER,))
    edge = true_yield(tilted, result)
    assert edge > 0.05
    assert body["bets"]["yield_ci95"][0] < edge < body["bets"]["yield_ci95"][1]
    assert body["bets"]["closing_line_value"]["ci95"][0] > 0.0
    assert body["verdict"].startswith("The bets made money beyond luck")


def test_without_an_edge_betting_loses_the_margin(efficient: Simulation) -> None:
    result = backtest(efficient, replace(TWO_YEARS, use_odds=False, min_edge=0.01))
    body: Any = compose(result, (BOOKMAKER,))
    expected = true_yield(efficient, result)
    assert -0.12 < expected < -0.02
    assert body["bets"]["yield_ci95"][0] < expected < body["bets"]["yield_ci95"][1]


def test_void_and_postponed_bets_return_their_stakes(
    efficient: Simulation, bold_result: BacktestResult
) -> None:
    bet_on = bold_result.book.row
    last, before = bet_on[-5:], bet_on[-10:-5]
    result = backtest(efficient.finished_as(VOID, last).finished_as(POSTPONED, before), BOLD)
    book = result.book
    void = int(book.void.sum())
    assert void > 5
    assert set(book.row[book.void]) <= {*last, *before}
    body: Any = compose(result, (BOOKMAKER,))
    assert body["bets"]["void"] == void
    assert body["bets"]["staked"] == pytest.approx((body["bets"]["count"] - void) * 10.0)
    assert book.profit[book.void].tolist() == [0.0] * void


def test_leagues_without_odds_are_scored_and_not_bet_on() -> None:
    body = answer(simulate(replace(EFFICIENT, priced=False)))
    assert body["metrics"]["market"] is None
    assert body["versus_market"] is None
    assert body["bets"]["count"] == 0
    assert body["bets"]["yield"] is None
    assert body["bets"]["closing_line_value"] is None
    assert body["matches"]["basis"]["without_odds"] == body["matches"]["evaluated"] > 0


def test_the_closing_line_of_prices_that_do_not_move_costs_the_margin(bold_answer: dict[str, Any]) -> None:
    value = bold_answer["bets"]["closing_line_value"]
    assert value["n"] == bold_answer["bets"]["count"]
    assert -0.15 < value["ci95"][0] < value["mean"] < value["ci95"][1] < 0.0


def test_two_processes_give_the_numbers_of_one(
    efficient: Simulation, efficient_answer: dict[str, Any]
) -> None:
    two = evaluate(efficient.dataset, TWO_YEARS, replace(ONE_PROCESS, threads=2), silent)
    assert json.dumps(two) == json.dumps(efficient_answer)


def test_kelly_bets_from_what_the_bankroll_is(efficient: Simulation) -> None:
    body = answer(
        efficient, replace(TWO_YEARS, min_edge=0.0, staking=StakingRules("kelly", 0.25, 0.02, 500.0))
    )
    assert body["equity"][0]["bankroll"] == 500.0
    assert body["bets"]["ending_bankroll"] == pytest.approx(500.0 + body["bets"]["profit"])


def test_the_engine_reads_nodes_database_and_reports_progress(tmp_path: Path) -> None:
    create(tmp_path / "database.sqlite", World(seasons=5)).close()
    heard: list[tuple[str, float]] = []
    settings = replace(ONE_PROCESS, db_path=tmp_path / "database.sqlite")
    request = BacktestRequest(date(2021, 8, 1), date(2022, 12, 31))
    body = run(request, settings, lambda stage, fraction: heard.append((stage, fraction)))
    fractions = [fraction for _, fraction in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(heard) > 6
    assert body["seconds"] > 0.0
    assert body["matches"]["evaluated"] > 100


def test_a_range_may_reach_from_the_first_day_of_all_to_the_last(efficient: Simulation) -> None:
    request = BacktestRequest(date.min, date.max, refit="season", league_ids=(1,))
    body = answer(efficient, request)
    assert body["matches"]["evaluated"] > 0
    assert (body["periods"][0]["from"] > "2015", body["equity"][0]["date"]) == (True, "0001-01-01")
