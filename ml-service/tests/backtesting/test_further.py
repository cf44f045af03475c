"""Backtests of Asian handicaps, double chance and totals on simulated leagues; one claim per test."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from backtesting.answer import BacktestResult, FurtherResult, compose
from backtesting.engine import compute
from backtesting.leakage import LeakageError
from backtesting.report.page import render
from backtesting.request import BacktestRequest, StakingRules
from common.arrays import Floats
from contract.backtest import BacktestFindings
from db.schema import VOID
from errors import InsufficientData
from evaluation.metrics import log_losses
from features.builder import build
from markets.further import ASIAN_HANDICAP
from markets.prices import Quotes
from scores.settlement import cover_probability, shares
from testing.contract import check_shape
from testing.leagues import poisson_grid
from testing.simulated import BOOKMAKER, DAY, Plan, Simulation, simulate
from testing.simulated_lines import LinePlan, with_lines
from tests.backtesting.simulations import ONE_PROCESS, silent
from tests.backtesting.test_report import Page, at

ONE_YEAR = BacktestRequest(date(2019, 1, 1), date(2020, 6, 30), market="ah", refit="season", min_edge=0.005)
PLAN = Plan(teams=14, seasons=6)
NOISY = LinePlan(noise=0.12)


@pytest.fixture(scope="module")
def lined() -> Simulation:
    return with_lines(simulate(PLAN), NOISY)


def backtest(simulation: Simulation, request: BacktestRequest) -> FurtherResult:
    result = compute(simulation.dataset, request, ONE_PROCESS, silent)
    assert isinstance(result, FurtherResult)
    return result


def answered(result: BacktestResult | FurtherResult) -> dict[str, Any]:
    return {**compose(result, (BOOKMAKER,))}


@pytest.fixture(scope="module")
def handicap(lined: Simulation) -> FurtherResult:
    return backtest(lined, ONE_YEAR)


@pytest.fixture(scope="module")
def handicap_answer(handicap: FurtherResult) -> dict[str, Any]:
    return answered(handicap)


def halves(margin: float, line: float, odds: float, stake: float) -> float:
    """Profit of a bet on the home team: a quarter line is half a stake on either neighbour."""
    neighbours = [line] if line * 2 % 1 == 0 else [line - 0.25, line + 0.25]
    part = stake / len(neighbours)
    gains = {1.0: part * (odds - 1.0), 0.0: 0.0, -1.0: -part}
    return float(sum(gains[float(np.sign(margin + one))] for one in neighbours))


def test_every_bet_is_settled_by_the_rule_of_the_books(handicap: FurtherResult) -> None:
    book, inputs = handicap.book, handicap.inputs
    margin = (inputs.column("goals_home") - inputs.column("goals_away"))[book.row]
    for index in range(len(book)):
        side = 1.0 if book.outcome[index] == 0 else -1.0
        line = side * float(inputs.line[book.row[index]])
        odds, stake = float(book.odds_taken[index]), float(book.stake[index])
        profit = halves(side * float(margin[index]), line, odds, stake)
        assert book.profit[index] == pytest.approx(profit), index
    assert {float(line * 4 % 4) for line in inputs.line[book.row]} == {0.0, 1.0, 2.0, 3.0}


def test_a_match_is_judged_on_its_most_even_line(handicap: FurtherResult) -> None:
    implied = handicap.inputs.offer.taken.implied()[handicap.inputs.candidates]
    assert np.abs(implied[:, 0] - 0.5).max() < 0.11


def test_the_turnover_has_neither_pushed_stakes_nor_pushed_halves(handicap_answer: dict[str, Any]) -> None:
    settled = handicap_answer["bets"]["settled"]
    halved = settled["half_win"] + settled["half_loss"]
    whole = settled["win"] + settled["loss"]
    assert settled["push"] > 0 < halved
    assert handicap_answer["bets"]["staked"] == pytest.approx(10.0 * whole + 5.0 * halved)
    assert sum(settled.values()) == handicap_answer["bets"]["count"]
    assert handicap_answer["bets"]["won"] == settled["win"] + settled["half_win"]


def test_the_figures_of_the_lines_add_up(handicap_answer: dict[str, Any]) -> None:
    lines, bets = handicap_answer["by_line"], handicap_answer["bets"]
    assert [row["line"] for row in lines] == sorted({row["line"] for row in lines})
    assert sum(row["evaluated"] for row in lines) == handicap_answer["matches"]["evaluated"]
    assert sum(row["profit"] for row in lines) == pytest.approx(bets["profit"])
    assert sum(row["staked"] for row in lines) == pytest.approx(bets["staked"])


def true_covers(simulation: Simulation, result: FurtherResult) -> Floats:
    rows = result.inputs.candidates
    grids = np.stack([poisson_grid(*rates) for rates in simulation.rates[rows]])
    return cover_probability(shares(ASIAN_HANDICAP, grids, result.inputs.line[rows]))


def test_the_model_is_near_the_truth(lined: Simulation, handicap: FurtherResult) -> None:
    gaps = handicap.forecasts.probabilities - true_covers(lined, handicap)
    assert np.abs(gaps).mean() < 0.05
    assert np.abs(gaps.mean()) < 0.01


def test_pushed_matches_are_not_evaluated_and_counted(handicap_answer: dict[str, Any]) -> None:
    matches = handicap_answer["matches"]
    assert matches["not_evaluated"]["pushed"] > 0
    assert matches["evaluated"] == handicap_answer["metrics"]["model"]["n"]


def test_a_match_settled_by_halves_weighs_half(handicap: FurtherResult) -> None:
    matches = handicap.evaluated
    assert set(matches.weight.tolist()) == {0.5, 1.0}
    losses = log_losses(matches.model, matches.label)
    mean = (losses * matches.weight).sum() / matches.weight.sum()
    assert answered(handicap)["metrics"]["model"]["log_loss"] == pytest.approx(mean)


def test_there_is_no_baseline_of_lines(handicap_answer: dict[str, Any]) -> None:
    assert handicap_answer["metrics"]["base_rate"] is None
    assert handicap_answer["metrics"]["elo"] is None
    assert handicap_answer["versus_market"]["n"] == handicap_answer["matches"]["evaluated"]


def test_the_closing_price_of_a_moved_line_is_that_of_the_line_taken(
    lined: Simulation, handicap: FurtherResult
) -> None:
    """The close is the truth here on any line, so it gives the true price of the line taken."""
    book, offer = handicap.book, handicap.inputs.offer
    moved = offer.closing.line[book.row] != handicap.inputs.line[book.row]
    truth = true_covers(lined, handicap)[np.searchsorted(handicap.inputs.candidates, book.row), book.outcome]
    assert moved.sum() > 5
    assert book.closing[~moved] == pytest.approx(truth[~moved], abs=1e-6)
    same_line = offer.closing.implied()[book.row, book.outcome]
    errors = np.abs(np.stack([book.closing, same_line]) - truth)[:, moved].mean(axis=1)
    assert errors[0] < 0.02 < 0.05 < errors[1]


def test_bets_at_prices_off_the_truth_have_value_at_the_close(handicap_answer: dict[str, Any]) -> None:
    assert handicap_answer["bets"]["closing_line_value"]["ci95"][0] > 0.0


def test_the_answer_is_strict_json_as_described(handicap_answer: dict[str, Any]) -> None:
    assert json.loads(json.dumps(handicap_answer, allow_nan=False)) == handicap_answer
    check_shape(BacktestFindings, handicap_answer)


def test_the_page_shows_the_lines(handicap_answer: dict[str, Any]) -> None:
    page = render(handicap_answer)
    figures = Page(page).figures
    assert all(at(handicap_answer, path) == value for path, value in figures)
    assert "<h1>Asian handicap, " in page
    assert 'data-path="by_line.0.line"' in page
    assert 'data-path="notable.wins.0.line"' in page
    assert 'data-path="bets.settled.half_win"' in page


def test_double_chance_is_scored_like_the_match_winner_that_it_is(lined: Simulation) -> None:
    double = answered(backtest(lined, replace(ONE_YEAR, market="dc")))
    winner = answered(compute(lined.dataset, replace(ONE_YEAR, market="1x2"), ONE_PROCESS, silent))
    for name in ("model", "base_rate", "elo"):
        assert double["metrics"][name]["log_loss"] == pytest.approx(
            winner["metrics"][name]["log_loss"], abs=1e-5
        )
        assert double["metrics"][name]["rps"] == pytest.approx(winner["metrics"][name]["rps"], abs=1e-5)
    assert double["bets"]["settled"]["push"] == 0
    assert double["by_line"] == []
    outcomes = {row["outcome"] for row in double["calibration"]}
    assert outcomes == {"home_or_draw", "home_or_away", "draw_or_away"}
    check_shape(BacktestFindings, double)


@pytest.mark.parametrize("market", ["ou3", "ou3.25", "ou3.5"])
def test_a_total_is_judged_on_the_line_of_the_request(market: str, lined: Simulation) -> None:
    result = backtest(lined, replace(ONE_YEAR, market=market, use_odds=False))
    line = float(market.removeprefix("ou"))
    assert set(result.inputs.line[result.inputs.candidates].tolist()) == {line}
    pushes = answered(result)["matches"]["not_evaluated"].get("pushed", 0)
    assert (pushes > 0) == (line % 1 == 0)


@pytest.fixture(scope="module")
def half_time(lined: Simulation) -> FurtherResult:
    return backtest(lined, replace(ONE_YEAR, market="ht_ft"))


def test_both_halves_settle_a_bet_on_half_time_and_full_time(half_time: FurtherResult) -> None:
    book, goals = half_time.book, half_time.inputs.dataset.goals()
    margins = np.sign([goals.half_home - goals.half_away, goals.home - goals.away])[:, book.row]
    names = {1.0: "home", 0.0: "draw", -1.0: "away"}
    pairs = [f"{names[half]}/{names[full]}" for half, full in margins.T.tolist()]
    outcomes = half_time.inputs.choice.market.outcomes
    won = np.array([pair == outcomes[outcome] for pair, outcome in zip(pairs, book.outcome, strict=True)])
    assert 0 < won.sum() < len(won)
    assert book.profit == pytest.approx(np.where(won, book.stake * (book.odds_taken - 1.0), -book.stake))


def test_half_time_and_full_time_is_scored_on_its_nine_outcomes(half_time: FurtherResult) -> None:
    body = answered(half_time)
    check_shape(BacktestFindings, body)
    assert body["metrics"]["base_rate"] is None
    assert len({row["outcome"] for row in body["calibration"]}) == 9
    assert abs(body["versus_market"]["log_loss_difference"]) < 0.05
    assert "<h1>Half-time/full-time, " in render(body)


def test_matches_without_a_half_time_score_are_counted_and_their_stakes_returned(lined: Simulation) -> None:
    frame = lined.dataset.fixtures
    unknown = frame.assign(half_home=frame["half_home"].where(frame["fixture_id"] % 3 > 0))
    result = backtest(
        replace(lined, dataset=replace(lined.dataset, fixtures=unknown)),
        replace(ONE_YEAR, market="ht_1x2"),
    )
    body = answered(result)
    counts = body["matches"]["not_evaluated"]
    assert counts["without_half_time"] > 20
    assert "pushed" not in counts
    assert sum(counts.values()) + body["matches"]["evaluated"] == int(result.inputs.in_scope.sum())
    returned = result.book.profit[frame["fixture_id"].to_numpy()[result.book.row] % 3 == 0]
    assert returned.tolist() == [0.0] * body["bets"]["settled"]["push"]


def test_a_market_without_prices_has_nothing_to_judge_a_handicap_on(lined: Simulation) -> None:
    bare = replace(lined, dataset=replace(lined.dataset, further_quotes=Quotes.none()))
    with pytest.raises(InsufficientData, match="matches with a price of Asian handicap"):
        backtest(bare, ONE_YEAR)


def test_matches_without_a_line_are_counted(lined: Simulation) -> None:
    quotes = lined.dataset.further_quotes
    fewer = replace(
        lined, dataset=replace(lined.dataset, further_quotes=quotes.only(quotes.fixture_id % 7 > 0))
    )
    result = backtest(fewer, ONE_YEAR)
    body = answered(result)
    assert body["matches"]["not_evaluated"]["without_line"] > 20
    total = sum(body["matches"]["not_evaluated"].values()) + body["matches"]["evaluated"]
    assert total == int(result.inputs.in_scope.sum())


def test_a_void_match_gives_back_the_stake(lined: Simulation, handicap: FurtherResult) -> None:
    rows = handicap.book.row[:12]
    result = backtest(lined.finished_as(VOID, rows), ONE_YEAR)
    body = answered(result)
    assert body["bets"]["void"] > 0
    assert result.book.profit[result.book.void].tolist() == [0.0] * body["bets"]["void"]
    assert sum(body["bets"]["settled"].values()) == body["bets"]["count"] - body["bets"]["void"]


def test_kelly_stakes_know_of_halves(lined: Simulation) -> None:
    staking = StakingRules("kelly", 1.0, 1.0, 1000.0)
    result = backtest(lined, replace(ONE_YEAR, staking=staking, last=date(2019, 3, 31)))
    first = result.book.kickoff // DAY == result.book.kickoff[0] // DAY
    place = np.searchsorted(result.inputs.candidates, result.book.row[first])
    settled = result.further.settled[place, result.book.outcome[first]]
    desired = np.array(
        [_best_share(*one) for one in zip(settled, result.book.odds_taken[first], strict=True)]
    )
    scale = min(1.0, 1.0 / desired.sum())
    assert result.book.stake[first] == pytest.approx(1000.0 * scale * desired, rel=1e-3)


def _best_share(settled: Floats, odds: float) -> float:
    returns = np.array([odds - 1.0, (odds - 1.0) / 2.0, 0.0, -0.5, -1.0])
    grid = np.linspace(0.0, 0.99, 200_001)
    return float(grid[np.argmax(np.log(1.0 + grid[:, None] * returns) @ settled)])


def test_prices_after_the_bet_change_no_forecast(lined: Simulation, handicap: FurtherResult) -> None:
    quotes = lined.dataset.further_quotes
    kickoffs = dict(
        zip(
            lined.dataset.fixtures["fixture_id"].tolist(),
            lined.dataset.fixtures["kickoff"].tolist(),
            strict=True,
        )
    )
    before = np.array([kickoffs[fixture] for fixture in quotes.fixture_id.tolist()]) - quotes.captured_at
    early = replace(lined, dataset=replace(lined.dataset, further_quotes=quotes.only(before >= DAY)))
    result = backtest(early, ONE_YEAR)
    assert np.array_equal(result.forecasts.probabilities, handicap.forecasts.probabilities)
    assert result.book.odds_taken.tolist() == handicap.book.odds_taken.tolist()
    assert answered(result)["bets"]["closing_line_value"] is None


def test_features_of_the_day_after_raise_the_alarm(
    lined: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "backtesting.leakage.build", lambda dataset, as_of, *others: build(dataset, as_of + DAY, *others)
    )
    with pytest.raises(LeakageError, match="depend on their future"):
        backtest(lined, ONE_YEAR)
