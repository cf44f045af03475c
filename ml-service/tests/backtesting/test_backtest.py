"""The backtest end to end, on simulated leagues whose true probabilities are known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from backtesting import leakage, walk_forward
from backtesting.answer import BacktestResult, compose
from backtesting.engine import BacktestRequest, Staking, compute, evaluate, run
from backtesting.leakage import LeakageError
from backtesting.settlement import Settlement
from backtesting.workers import Workers
from config import Settings
from db.dataset import Dataset
from db.schema import FINISHED, OPEN, POSTPONED, VOID
from errors import InsufficientData, InvalidRequest, LeagueNotFound
from evaluation.intervals import mean_interval
from evaluation.metrics import log_losses
from features.builder import build
from markets.offer import Offer
from markets.prices import Quotes
from models.fitting import FEWEST_MATCHES
from models.market_model import WITH_ODDS, WITHOUT_ODDS
from models.training_data import offer_on
from testing.leagues import World, create
from testing.simulated import BOOKMAKER, DAY, Plan, Simulation, simulate

ONE_PROCESS = Settings(threads=1, bookmakers=(BOOKMAKER,))
TWO_YEARS = BacktestRequest(date(2019, 1, 1), date(2020, 12, 31))
BOLD = replace(TWO_YEARS, use_odds=False, min_edge=0.01)
FAIR = Plan(teams=16, seasons=6)


def silent(_stage: str, _fraction: float) -> None:
    """Progress that nobody watches."""


def backtest(simulation: Simulation, request: BacktestRequest = TWO_YEARS) -> BacktestResult:
    return compute(simulation.dataset, request, ONE_PROCESS, silent)


def answer(simulation: Simulation, request: BacktestRequest = TWO_YEARS) -> dict[str, Any]:
    return evaluate(simulation.dataset, request, ONE_PROCESS, silent)


def true_yield(simulation: Simulation, result: BacktestResult) -> float:
    """What the bets were worth by the true probabilities, as a share of turnover."""
    book = result.book
    chance = simulation.truth[book.row, book.outcome]
    return float((book.stake * (chance * book.odds_taken - 1.0)).sum() / book.stake.sum())


@pytest.fixture(scope="module")
def fair() -> Simulation:
    return simulate(FAIR)


@pytest.fixture(scope="module")
def fair_result(fair: Simulation) -> BacktestResult:
    return backtest(fair)


@pytest.fixture(scope="module")
def fair_answer(fair_result: BacktestResult) -> dict[str, Any]:
    return compose(fair_result, ONE_PROCESS.bookmakers)


@pytest.fixture(scope="module")
def bold_result(fair: Simulation) -> BacktestResult:
    """A model that has not seen the prices finds many edges that are none."""
    return backtest(fair, BOLD)


@pytest.fixture(scope="module")
def bold_answer(bold_result: BacktestResult) -> dict[str, Any]:
    return compose(bold_result, ONE_PROCESS.bookmakers)


def test_the_log_loss_agrees_with_that_of_the_truth(fair: Simulation, fair_result: BacktestResult) -> None:
    matches, rows = fair_result.evaluated, fair_result.inputs.candidates
    of_truth = log_losses(fair.truth[rows], matches.label)
    interval = compose(fair_result, (BOOKMAKER,))["metrics"]["model"]["log_loss_ci95"]
    assert interval[0] < of_truth.mean() < interval[1]


def test_the_model_is_worse_than_the_truth_by_little(fair: Simulation, fair_result: BacktestResult) -> None:
    matches = fair_result.evaluated
    of_truth = log_losses(fair.truth[fair_result.inputs.candidates], matches.label)
    interval = mean_interval(log_losses(matches.model, matches.label) - of_truth, matches.day)
    assert interval is not None
    assert interval[1] > 0.0
    assert interval[0] < 0.005
    assert interval[1] < 0.02


def test_without_prices_the_model_lies_between_base_rates_and_the_market(fair: Simulation) -> None:
    body = answer(fair, replace(TWO_YEARS, use_odds=False))
    metrics = body["metrics"]
    assert metrics["market"]["log_loss"] < metrics["model"]["log_loss"] < metrics["base_rate"]["log_loss"]
    assert body["matches"]["basis"] == {"with_odds": 0, "without_odds": body["matches"]["evaluated"]}
    assert body["bets"]["count"] > 0


def test_a_known_edge_gives_its_yield() -> None:
    tilted = simulate(replace(FAIR, tilt=(0.75, 1.1, 1.1)))
    result = backtest(tilted)
    body = compose(result, (BOOKMAKER,))
    edge = true_yield(tilted, result)
    assert edge > 0.05
    assert body["bets"]["yield_ci95"][0] < edge < body["bets"]["yield_ci95"][1]
    assert body["bets"]["closing_line_value"]["ci95"][0] > 0.0
    assert body["verdict"].startswith("The bets made money beyond luck")


def test_without_an_edge_betting_loses_the_margin(fair: Simulation) -> None:
    result = backtest(fair, replace(TWO_YEARS, use_odds=False, min_edge=0.01))
    body = compose(result, (BOOKMAKER,))
    expected = true_yield(fair, result)
    assert -0.12 < expected < -0.02
    assert body["bets"]["yield_ci95"][0] < expected < body["bets"]["yield_ci95"][1]


def test_the_verdict_says_whether_it_could_be_luck_and_how_many_matches_it_takes(
    fair_answer: dict[str, Any],
) -> None:
    assert fair_answer["evidence"]["market"]["could_be_luck"] is True
    assert fair_answer["evidence"]["market"]["needed_to_know"] > 0
    assert re.search(r"could be luck.*take about [\d,]+ matches", fair_answer["verdict"])


def test_every_match_of_the_range_is_accounted_for(fair: Simulation) -> None:
    kickoff = fair.dataset.fixtures["kickoff"].to_numpy()
    days = (kickoff >= 1546300800) & (kickoff < 1609459200)
    rows = np.flatnonzero(days)
    changed = fair.finished_as(VOID, rows[-90:-60]).finished_as(POSTPONED, rows[-50:-40])
    changed = changed.finished_as(OPEN, rows[-7:])
    body = answer(changed)
    assert body["matches"]["not_evaluated"] == {"void": 30, "postponed": 10, "no_result_yet": 7}
    assert body["matches"]["evaluated"] + 47 == days.sum()
    assert sum(period["evaluated"] for period in body["periods"]) == body["matches"]["evaluated"]
    assert sum(row["evaluated"] for row in body["by_league"]) == body["matches"]["evaluated"]


def test_void_and_postponed_bets_return_their_stakes(fair: Simulation, bold_result: BacktestResult) -> None:
    bet_on = bold_result.book.row
    last, before = bet_on[-5:], bet_on[-10:-5]
    result = backtest(fair.finished_as(VOID, last).finished_as(POSTPONED, before), BOLD)
    book = result.book
    void = int(book.void.sum())
    assert void > 5
    assert set(book.row[book.void]) <= {*last, *before}
    body = compose(result, (BOOKMAKER,))
    assert body["bets"]["void"] == void
    assert body["bets"]["staked"] == pytest.approx((body["bets"]["count"] - void) * 10.0)
    assert book.profit[book.void].tolist() == [0.0] * void


def test_the_first_matches_ever_are_left_out_with_their_reason() -> None:
    young = simulate(replace(FAIR, seasons=3))
    body = answer(young, BacktestRequest(date(2015, 8, 1), date(2016, 12, 31)))
    left_out = body["matches"]["not_evaluated"]["too_few_earlier_matches"]
    assert left_out + body["matches"]["evaluated"] == (young.dataset.fixtures["kickoff"] < 1483228800).sum()
    assert body["periods"][0]["evaluated"] == 0
    assert body["periods"][0]["log_loss"] is None


def test_nothing_to_evaluate_is_insufficient_data(fair: Simulation) -> None:
    with pytest.raises(InsufficientData):
        answer(fair, BacktestRequest(date(2030, 1, 1), date(2030, 12, 31)))
    with pytest.raises(InsufficientData) as too_few:
        answer(fair, BacktestRequest(date(2015, 8, 1), date(2015, 9, 1)))
    assert too_few.value.there_are < too_few.value.it_takes


def test_an_unknown_league_is_not_found(fair: Simulation) -> None:
    with pytest.raises(LeagueNotFound, match="77"):
        answer(fair, replace(TWO_YEARS, league_ids=(1, 77)))


def test_a_league_without_matches_is_refused_before_anything_is_computed(fair: Simulation) -> None:
    leagues = fair.dataset.leagues
    empty = leagues.tail(1).assign(league_id=77, name="Ligue 1", country="Elsewhere")
    dataset = replace(fair.dataset, leagues=pd.concat([leagues, empty], ignore_index=True))
    with pytest.raises(InvalidRequest, match=r"77 is Ligue 1 \(Elsewhere\), without matches"):
        answer(replace(fair, dataset=dataset), replace(TWO_YEARS, league_ids=(1, 77)))


def test_a_bad_request_names_each_bad_field() -> None:
    with pytest.raises(InvalidRequest) as wrong:
        BacktestRequest(date(2020, 1, 2), date(2020, 1, 1), market="1X2", staking=Staking(cap=2.0))
    assert wrong.value.fields is not None
    assert set(wrong.value.fields) == {"from", "market", "staking.cap"}


def test_only_the_leagues_asked_for_are_evaluated_while_all_train(fair: Simulation) -> None:
    one = answer(fair, replace(TWO_YEARS, league_ids=(2,)))
    both = answer(fair)
    assert [row["league_id"] for row in one["by_league"]] == [2]
    assert one["scope"]["league_ids"] == [2]
    assert one["periods"][0]["trained_on"] == both["periods"][0]["trained_on"]
    of_two = next(row for row in both["by_league"] if row["league_id"] == 2)
    assert one["metrics"]["model"]["log_loss"] == pytest.approx(of_two["log_loss"], abs=1e-12)


def test_leagues_without_odds_are_scored_and_not_bet_on() -> None:
    body = answer(simulate(replace(FAIR, priced=False)))
    assert body["metrics"]["market"] is None
    assert body["versus_market"] is None
    assert body["bets"]["count"] == 0
    assert body["bets"]["yield"] is None
    assert body["bets"]["closing_line_value"] is None
    assert body["matches"]["basis"]["without_odds"] == body["matches"]["evaluated"] > 0


def test_markets_of_two_outcomes_have_no_rps(fair: Simulation) -> None:
    body = answer(fair, replace(TWO_YEARS, market="btts"))
    assert body["metrics"]["model"]["rps"] is None
    assert {row["outcome"] for row in body["calibration"]} == {"yes", "no"}


def test_a_bookmaker_without_prices_takes_no_bets_and_the_best_price_is_the_highest(fair: Simulation) -> None:
    quotes = fair.dataset.quotes
    dearer = Quotes(
        quotes.fixture_id, quotes.market, np.full(len(quotes), 99), quotes.captured_at, quotes.odds * 1.02
    )
    two = Simulation(replace(fair.dataset, quotes=Quotes.joined([quotes, dearer])), fair.truth)
    best = backtest(two, replace(TWO_YEARS, bookmaker_id="best", min_edge=0.0))
    assert (
        best.book.odds_taken.tolist()
        == best.inputs.offer.board.of(99).odds[best.book.row, best.book.outcome].tolist()
    )
    assert answer(two, replace(TWO_YEARS, bookmaker_id=5))["bets"]["count"] == 0
    named = backtest(two, replace(TWO_YEARS, bookmaker_id=99, min_edge=0.0))
    assert set(named.inputs.offer.taken.bookmaker_id[named.book.row]) == {99}


def test_bets_are_decided_when_their_price_is_captured(fair_result: BacktestResult) -> None:
    offer = fair_result.inputs.offer
    assert (offer.as_of == offer.taken.captured_at).all()
    kickoff = fair_result.inputs.column("kickoff")
    assert (kickoff - offer.as_of == DAY).all()


def test_the_closing_line_of_prices_that_do_not_move_costs_the_margin(bold_answer: dict[str, Any]) -> None:
    value = bold_answer["bets"]["closing_line_value"]
    assert value["n"] == bold_answer["bets"]["count"]
    assert -0.15 < value["ci95"][0] < value["mean"] < value["ci95"][1] < 0.0


def test_each_model_is_trained_on_results_known_before_its_bets(fair_result: BacktestResult) -> None:
    folds, as_of = fair_result.forecasts.folds, fair_result.inputs.offer.as_of[fair_result.inputs.candidates]
    assert all(as_of[fold.rows].min() >= fold.cutoff for fold in folds)
    known_at = fair_result.inputs.data.known_at
    trained = [fair_result.forecasts.trained_on[number, "with_odds"] for number in range(len(folds))]
    assert trained == [int((known_at <= fold.cutoff).sum()) for fold in folds]


def test_a_later_future_changes_nothing_of_what_was_bet(
    fair: Simulation, fair_result: BacktestResult
) -> None:
    end = 1577836800
    frame = fair.dataset.fixtures
    ended = replace(
        fair.dataset,
        fixtures=frame[frame["kickoff"] < end].reset_index(drop=True),
        quotes=fair.dataset.quotes.only(fair.dataset.quotes.captured_at < end),
    )
    short = compute(ended, BacktestRequest(date(2019, 1, 1), date(2019, 12, 31)), ONE_PROCESS, silent)
    first = fair_result.inputs.column("kickoff")[fair_result.inputs.candidates] < end
    assert np.array_equal(short.forecasts.probabilities, fair_result.forecasts.probabilities[first])


def a_day_later(function: Callable[..., NDArray[Any]]) -> Callable[..., NDArray[Any]]:
    """The feature pass with every look a day late."""
    return lambda dataset, as_of, bookmakers: function(dataset, as_of + DAY, bookmakers)


def test_features_that_know_one_day_too_much_raise_the_alarm(
    fair: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backtesting.inputs.build", a_day_later(build))
    monkeypatch.setattr("backtesting.leakage.build", a_day_later(build))
    with pytest.raises(LeakageError, match="depend on their future"):
        backtest(fair)


def test_training_on_one_day_too_much_raises_the_alarm(
    fair: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainable = walk_forward.trainable
    monkeypatch.setattr(
        walk_forward, "trainable", lambda data, basis, cutoff: trainable(data, basis, cutoff + 8 * DAY)
    )
    with pytest.raises(LeakageError, match="knew later results"):
        backtest(fair)


def test_a_moment_after_kick_off_raises_the_alarm(fair: Simulation, monkeypatch: pytest.MonkeyPatch) -> None:

    def late(*args: Any, **options: Any) -> Offer:
        offer = offer_on(*args, **options)
        return replace(offer, as_of=offer.as_of + 2 * DAY)

    monkeypatch.setattr("backtesting.inputs.offer_on", late)
    with pytest.raises(LeakageError, match="after their bet"):
        backtest(fair)


def test_a_price_later_than_its_bet_raises_the_alarm() -> None:
    moments = np.array([100, 100, 100])
    leakage.forbid_later_prices(np.array([-1, 90, 100]), moments, moments + 1)
    with pytest.raises(LeakageError, match="1 prices"):
        leakage.forbid_later_prices(np.array([-1, 90, 101]), moments, moments + 50)
    with pytest.raises(LeakageError, match="1 prices"):
        leakage.forbid_later_prices(np.array([-1, 90, 100]), moments, moments)


def test_a_result_among_the_features_is_too_good_to_be_true(
    fair: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:

    def leaking(dataset: Dataset, as_of: Any, bookmakers: Any) -> NDArray[np.float32]:
        features = build(dataset, as_of, bookmakers)
        noise = np.random.default_rng(3).normal(0.0, 0.5, len(features))
        frame = dataset.fixtures
        features[:, 0] = (frame["goals_home"] - frame["goals_away"]).to_numpy() + noise
        return features

    monkeypatch.setattr("backtesting.inputs.build", leaking)
    with pytest.raises(LeakageError, match="depend on their future"):
        backtest(fair)
    monkeypatch.setattr("backtesting.inputs.audit_features", lambda *_: None)
    assert "before believing it" in answer(fair, replace(TWO_YEARS, use_odds=False))["warnings"][0]


def test_only_gains_beyond_chance_and_beyond_belief_are_suspicious() -> None:
    assert "more than any honest model" in str(leakage.suspicion(-0.03, (-0.04, -0.02), saw_prices=True))
    assert leakage.suspicion(-0.005, (-0.008, -0.002), saw_prices=True) is None
    assert leakage.suspicion(-0.03, (-0.07, 0.01), saw_prices=False) is None
    assert "has not seen the prices" in str(leakage.suspicion(-0.002, (-0.003, -0.001), saw_prices=False))


def test_an_honest_model_raises_no_suspicion(fair_answer: dict[str, Any]) -> None:
    assert fair_answer["warnings"] == []


def test_two_processes_give_the_numbers_of_one(fair: Simulation, fair_answer: dict[str, Any]) -> None:
    two = evaluate(fair.dataset, TWO_YEARS, replace(ONE_PROCESS, threads=2), silent)
    assert json.dumps(two) == json.dumps(fair_answer)


def test_the_answer_is_strict_json_of_finite_numbers(fair_answer: dict[str, Any]) -> None:
    text = json.dumps(fair_answer, allow_nan=False)
    assert json.loads(text) == fair_answer


def test_the_answer_has_every_field_of_the_contract(fair_answer: dict[str, Any]) -> None:
    assert set(fair_answer) >= {
        *("scope", "matches", "metrics", "versus_market", "calibration", "bets"),
        *("favourite", "equity", "periods"),
    }
    assert set(fair_answer["metrics"]) == {"model", "base_rate", "elo", "market"}
    for scores in fair_answer["metrics"].values():
        assert set(scores) >= {"n", "log_loss", "brier", "rps", "ece", "accuracy"}
    assert set(fair_answer["bets"]) >= {
        *("count", "won", "void", "staked", "profit", "yield", "yield_ci95"),
        *("ending_bankroll", "max_drawdown", "closing_line_value"),
    }
    assert set(fair_answer["periods"][0]) >= {
        *("from", "to", "trained_on", "evaluated", "log_loss", "market_log_loss", "bets", "profit")
    }
    assert set(fair_answer["versus_market"]) >= {
        *("n", "log_loss_difference", "ci95", "rps_difference", "rps_ci95")
    }


def test_profit_adds_up_in_every_breakdown(bold_answer: dict[str, Any]) -> None:
    bets = bold_answer["bets"]
    for part in ("periods", "by_league", "by_edge", "by_price"):
        assert sum(row["profit"] for row in bold_answer[part]) == pytest.approx(bets["profit"])
    assert bets["ending_bankroll"] == pytest.approx(1000.0 + bets["profit"])
    assert bold_answer["equity"][-1]["bankroll"] == pytest.approx(bets["ending_bankroll"])
    assert max(point["drawdown"] for point in bold_answer["equity"]) == bets["max_drawdown"]


def test_notable_bets_are_explained_by_what_moved_the_model(bold_answer: dict[str, Any]) -> None:
    losses = bold_answer["notable"]["losses"]
    assert len(losses) == 10
    assert losses == sorted(losses, key=lambda bet: bet["profit"])
    assert all(len(bet["explanation"]) == 3 for bet in losses)
    assert all(abs(sum(reason["impact"].values())) < 1e-9 for bet in losses for reason in bet["explanation"])


def test_season_refits_train_once_a_season(fair: Simulation) -> None:
    body = answer(fair, replace(TWO_YEARS, refit="season"))
    assert [(period["from"][:4], period["to"][:4]) for period in body["periods"]] == [
        ("2019", "2019"),
        ("2019", "2020"),
        ("2020", "2020"),
    ]


def test_monthly_refits_may_end_in_the_middle_of_a_season(fair: Simulation) -> None:
    body = answer(fair, replace(TWO_YEARS, refit="month", last=date(2019, 12, 15)))
    assert body["periods"][-1]["to"] == "2019-12-15"
    assert all(period["evaluated"] > 0 for period in body["periods"])
    assert len(body["periods"]) > 5


def test_kelly_bets_from_what_the_bankroll_is(fair: Simulation) -> None:
    body = answer(fair, replace(TWO_YEARS, min_edge=0.0, staking=Staking("kelly", 0.25, 0.02, 500.0)))
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


def test_a_ruined_bettor_is_told_so_and_ends_with_nothing(bold_result: BacktestResult) -> None:
    lost = np.zeros(len(bold_result.book))
    lost[:4] = 250.0
    book = replace(bold_result.book, stake=lost, profit=-lost).select(lost > 0.0)
    ruined = replace(bold_result, book=book, settlement=Settlement(lost, -lost, ruined_on=17_900))
    body = compose(ruined, ONE_PROCESS.bookmakers)
    assert body["bets"]["ending_bankroll"] == 0.0
    assert body["bets"]["max_drawdown"] == 1.0
    assert body["bets"]["ruined_on"] == "2019-01-04"
    assert "The bankroll was gone by 2019-01-04 and betting stopped" in body["verdict"]


def test_a_match_after_extra_time_without_its_score_after_ninety_minutes_settles_no_bet(
    fair: Simulation, bold_result: BacktestResult
) -> None:
    rows = bold_result.book.row[:20]
    unknown = backtest(fair.finished_as(FINISHED, rows), BOLD)
    assert not np.isin(unknown.book.row, rows).any()
    counted = compose(unknown, ONE_PROCESS.bookmakers)["matches"]["not_evaluated"]
    assert counted["no_result_yet"] == len(set(rows.tolist()))


def test_what_a_model_with_prices_is_fitted_on_does_not_depend_on_prices_of_later_matches(
    fair_result: BacktestResult,
) -> None:
    """Only from some day on it was seen how prices move: earlier models had to take those that did not."""
    data, cutoff = fair_result.inputs.data, int(np.datetime64("2018-07-01", "s").astype(int))
    begun = replace(data, closed_later=data.kickoff > cutoff)
    past = data.known_at <= cutoff
    whole, ended = (walk_forward.trainable(one, WITH_ODDS, cutoff) for one in (begun, begun.only(past)))
    assert (begun.closed_later & begun.labelled).sum() >= FEWEST_MATCHES
    np.testing.assert_array_equal(whole[past], ended)
    assert ended.any()


def test_forecasts_do_not_depend_on_the_order_in_which_they_are_asked_for(
    fair_result: BacktestResult,
) -> None:
    """Nothing is handed on from a later cutoff to an earlier one."""
    inputs, cutoffs = fair_result.inputs, ("2020-01-01", "2018-01-01", "2018-02-01")
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


def test_a_range_may_reach_from_the_first_day_of_all_to_the_last(fair: Simulation) -> None:
    request = BacktestRequest(date.min, date.max, refit="season", league_ids=(1,))
    found = answer(fair, request)
    assert found["matches"]["evaluated"] > 0
    assert (found["periods"][0]["from"] > "2015", found["equity"][0]["date"]) == (True, "0001-01-01")
