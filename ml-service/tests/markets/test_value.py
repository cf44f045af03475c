"""Value bets: their outcome and their expected value."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.market import Market
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER
from markets.value import KELLY_CAP, NO_BET, BestBet, choose, value_bets

Row = tuple[float, ...]


def one(market: Market, model: Row, implied: Row, odds: Row, min_edge: float = 0.03) -> BestBet | None:
    (bet,) = value_bets(market, np.array([model]), np.array([implied]), np.array([odds]), min_edge)
    return bet


def test_the_bet_is_the_one_of_highest_expected_value_among_those_with_edge() -> None:
    odds = np.array([[2.0, 3.5, 5.0]])
    model = np.array([[0.55, 0.20, 0.25]])
    implied = np.array([[0.50, 0.29, 0.21]])
    assert choose(model, implied, odds, 0.03).tolist() == [2]
    assert choose(model, implied, odds, 0.045).tolist() == [0]
    assert choose(model, implied, odds, 0.06).tolist() == [NO_BET]


def test_an_edge_without_expected_value_is_no_bet() -> None:
    odds, implied = np.array([[1.60, 2.00]]), np.array([[0.555, 0.445]])
    assert choose(np.array([[0.60, 0.40]]), implied, odds, 0.03).tolist() == [NO_BET]


def test_without_a_price_or_a_forecast_there_is_no_bet() -> None:
    nothing = np.array([[np.nan, np.nan]])
    something = np.array([[0.5, 0.5]])
    assert choose(something, nothing, nothing, 0.0).tolist() == [NO_BET]
    assert choose(nothing, something, something * 6.0, 0.0).tolist() == [NO_BET]


def test_an_edge_equal_to_the_minimum_counts() -> None:
    """0.53 - 0.50 is a little less than 0.03 in binary."""
    chosen = choose(np.array([[0.53, 0.47]]), np.array([[0.50, 0.50]]), np.array([[2.0, 2.0]]), 0.03)
    assert chosen.tolist() == [0]


def test_a_bet_names_all_that_the_contract_lists() -> None:
    bet = one(OVER_UNDER, (0.6, 0.4), (0.5, 0.5), (2.0, 2.0))
    assert bet is not None
    assert asdict(bet) == {
        "market": "ou25",
        "outcome": "over",
        "probability": 0.6,
        "odds": 2.0,
        "edge": pytest.approx(0.1),
        "expected_value": pytest.approx(0.2),
        "kelly_fraction": pytest.approx(0.05),
    }


def test_bets_stand_where_their_matches_do() -> None:
    nothing = [np.nan] * 3
    model = np.array([[0.4, 0.3, 0.3], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.5, 0.3, 0.2]])
    implied = np.array([[0.4, 0.3, 0.3], [0.4, 0.3, 0.3], nothing, [0.4, 0.3, 0.3]])
    odds = np.array([[2.4, 3.2, 3.2], [2.4, 3.2, 3.2], nothing, [2.5, 3.2, 3.2]])
    first, second, third, fourth = value_bets(MATCH_WINNER, model, implied, odds, 0.03)
    assert (first, third) == (None, None)
    assert second is not None
    assert fourth is not None
    assert (second.odds, fourth.odds) == (2.4, 2.5)


def test_kelly_fraction_is_a_quarter_of_the_formula_below_the_cap() -> None:
    bet = one(OVER_UNDER, (0.4, 0.6), (0.35, 0.65), (3.0, 1.4))
    assert bet is not None
    assert bet.kelly_fraction == pytest.approx(0.25 * 0.2 / 2.0)


def test_no_bet_is_worth_more_than_a_twentieth_of_the_bankroll() -> None:
    bet = one(OVER_UNDER, (0.9, 0.1), (0.5, 0.5), (2.0, 2.0))
    assert bet is not None
    assert bet.kelly_fraction == 0.05


@given(
    st.lists(st.floats(0.01, 1.0), min_size=2, max_size=2),
    st.lists(st.floats(0.01, 1.0), min_size=2, max_size=2),
    st.floats(0.0, 0.2),
)
def test_every_bet_found_has_the_edge_wanted_a_profit_to_expect_and_a_stake_below_the_cap(
    forecast: list[float], market: list[float], min_edge: float
) -> None:
    model, implied = (tuple(value / sum(pair) for value in pair) for pair in (forecast, market))
    bet = one(OVER_UNDER, model, implied, tuple(0.95 / p + 0.06 for p in implied), min_edge)
    if bet is not None:
        assert bet.edge >= min_edge - 1e-12
        assert bet.expected_value > 0.0
        assert 0.0 < bet.kelly_fraction <= KELLY_CAP
