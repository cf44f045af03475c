"""Which matches are evaluated, at which prices, and why the others are not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from backtesting.answer import BacktestResult, compose
from backtesting.engine import BacktestRequest
from db.schema import FINISHED, OPEN, POSTPONED, VOID
from errors import InsufficientData, InvalidRequest, LeagueNotFound
from markets.prices import Quotes
from testing.simulated import DAY, Simulation, simulate
from tests.backtesting.simulations import (
    BOLD,
    EFFICIENT,
    ONE_PROCESS,
    TWO_YEARS,
    answer,
    backtest,
)


def test_every_match_of_the_range_is_accounted_for(efficient: Simulation) -> None:
    kickoff = efficient.dataset.fixtures["kickoff"].to_numpy()
    days = (kickoff >= 1546300800) & (kickoff < 1609459200)
    rows = np.flatnonzero(days)
    changed = efficient.finished_as(VOID, rows[-90:-60]).finished_as(POSTPONED, rows[-50:-40])
    changed = changed.finished_as(OPEN, rows[-7:])
    body = answer(changed)
    assert body["matches"]["not_evaluated"] == {"void": 30, "postponed": 10, "no_result_yet": 7}
    assert body["matches"]["evaluated"] + 47 == days.sum()
    assert sum(period["evaluated"] for period in body["periods"]) == body["matches"]["evaluated"]
    assert sum(row["evaluated"] for row in body["by_league"]) == body["matches"]["evaluated"]


def test_nothing_to_evaluate_is_insufficient_data(efficient: Simulation) -> None:
    with pytest.raises(InsufficientData):
        answer(efficient, BacktestRequest(date(2030, 1, 1), date(2030, 12, 31)))
    with pytest.raises(InsufficientData) as too_few:
        answer(efficient, BacktestRequest(date(2015, 8, 1), date(2015, 9, 1)))
    assert too_few.value.available < too_few.value.required


def test_an_unknown_league_is_not_found(efficient: Simulation) -> None:
    with pytest.raises(LeagueNotFound, match="77"):
        answer(efficient, replace(TWO_YEARS, league_ids=(1, 77)))


def test_a_league_without_matches_is_refused_before_anything_is_computed(efficient: Simulation) -> None:
    leagues = efficient.dataset.leagues
    empty = leagues.tail(1).assign(league_id=77, name="Ligue 1", country="Elsewhere")
    dataset = replace(efficient.dataset, leagues=pd.concat([leagues, empty], ignore_index=True))
    with pytest.raises(InvalidRequest, match=r"league 77, Ligue 1 \(Elsewhere\), has no matches"):
        answer(replace(efficient, dataset=dataset), replace(TWO_YEARS, league_ids=(1, 77)))


def test_a_bookmaker_without_prices_takes_no_bets_and_the_best_price_is_the_highest(
    efficient: Simulation,
) -> None:
    quotes = efficient.dataset.quotes
    dearer = Quotes(
        quotes.fixture_id, quotes.market, np.full(len(quotes), 99), quotes.captured_at, quotes.odds * 1.02
    )
    two = Simulation(replace(efficient.dataset, quotes=Quotes.joined([quotes, dearer])), efficient.truth)
    best = backtest(two, replace(TWO_YEARS, bookmaker_id="best", min_edge=0.0))
    assert (
        best.book.odds_taken.tolist()
        == best.inputs.offer.board.of(99).odds[best.book.row, best.book.outcome].tolist()
    )
    assert answer(two, replace(TWO_YEARS, bookmaker_id=5))["bets"]["count"] == 0
    named = backtest(two, replace(TWO_YEARS, bookmaker_id=99, min_edge=0.0))
    assert set(named.inputs.offer.taken.bookmaker_id[named.book.row]) == {99}


def test_bets_are_decided_when_their_price_is_captured(efficient_result: BacktestResult) -> None:
    offer = efficient_result.inputs.offer
    assert (offer.as_of == offer.taken.captured_at).all()
    kickoff = efficient_result.inputs.column("kickoff")
    assert (kickoff - offer.as_of == DAY).all()


def test_a_match_after_extra_time_without_its_score_after_ninety_minutes_settles_no_bet(
    efficient: Simulation, bold_result: BacktestResult
) -> None:
    rows = bold_result.book.row[:20]
    unknown = backtest(efficient.finished_as(FINISHED, rows), BOLD)
    assert not np.isin(unknown.book.row, rows).any()
    counted = compose(unknown, ONE_PROCESS.bookmakers)["matches"]["not_evaluated"]
    assert counted["no_result_yet"] == len(set(rows.tolist()))


def test_the_first_matches_ever_are_left_out_with_their_reason() -> None:
    young = simulate(replace(EFFICIENT, seasons=3))
    body = answer(young, BacktestRequest(date(2015, 8, 1), date(2016, 12, 31)))
    left_out = body["matches"]["not_evaluated"]["too_few_earlier_matches"]
    assert left_out + body["matches"]["evaluated"] == (young.dataset.fixtures["kickoff"] < 1483228800).sum()
    assert body["periods"][0]["evaluated"] == 0
    assert body["periods"][0]["log_loss"] is None


def test_only_the_leagues_asked_for_are_evaluated_while_all_train(efficient: Simulation) -> None:
    one = answer(efficient, replace(TWO_YEARS, league_ids=(2,)))
    both = answer(efficient)
    assert [row["league_id"] for row in one["by_league"]] == [2]
    assert one["scope"]["league_ids"] == [2]
    assert one["periods"][0]["trained_on"] == both["periods"][0]["trained_on"]
    of_two = next(row for row in both["by_league"] if row["league_id"] == 2)
    assert one["metrics"]["model"]["log_loss"] == pytest.approx(of_two["log_loss"], abs=1e-12)
