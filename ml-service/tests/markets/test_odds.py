"""Odds arithmetic for all valid odds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from markets.odds import expected_value, implied_probabilities, is_price, kelly_stake, margin

Book = NDArray[np.float64]

ANY_PRICE = st.floats(1.0, 1e6, exclude_min=True)
USUAL_PRICE = st.floats(1.02, 501.0)
SHARE = st.floats(0.0, 1.0)


def books(prices: st.SearchStrategy[float]) -> st.SearchStrategy[Book]:
    """One row of two or three prices."""
    return st.lists(prices, min_size=2, max_size=3).map(lambda row: np.array([row]))


@given(books(ANY_PRICE))
def test_probabilities_without_margin_sum_to_one_and_stay_inside_zero_and_one(odds: Book) -> None:
    implied = implied_probabilities(odds)
    assert abs(implied.sum() - 1.0) < 1e-9
    assert np.all((implied > 0.0) & (implied <= 1.0))


@given(books(USUAL_PRICE))
def test_a_longer_price_is_never_the_likelier_outcome(odds: Book) -> None:
    implied = implied_probabilities(odds)[0]
    by_price = np.argsort(odds[0])
    assert np.all(np.diff(implied[by_price]) <= 1e-12)


@given(books(USUAL_PRICE))
def test_removing_a_margin_lowers_and_removing_a_discount_raises_every_probability(odds: Book) -> None:
    change = implied_probabilities(odds)[0] - 1.0 / odds[0]
    assert np.all(change * np.sign(margin(odds)[0]) <= 1e-9)


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=3))
def test_fair_odds_are_left_as_they_are(weights: list[float]) -> None:
    truth = np.array([weights]) / sum(weights)
    assert implied_probabilities(1.0 / truth) == pytest.approx(truth, abs=1e-9)


@given(st.floats(0.02, 0.98), st.floats(0.8, 1.2))
def test_the_power_that_a_bookmaker_applied_is_undone(home: float, power: float) -> None:
    truth = np.array([[home, 1.0 - home]])
    assert implied_probabilities(truth**-power) == pytest.approx(truth, abs=1e-9)


@pytest.mark.parametrize("bad", [1.0, 0.0, -2.0, np.nan, np.inf])
def test_a_row_with_one_price_that_is_none_has_no_probabilities(bad: float) -> None:
    odds = np.array([[2.0, 3.0, bad], [2.0, 3.5, 4.0]])
    assert [all(map(is_price, row)) for row in odds.tolist()] == [False, True]
    assert np.isnan(implied_probabilities(odds)[0]).all()
    assert np.isfinite(implied_probabilities(odds)[1]).all()


def test_the_margin_is_what_the_book_sums_to_above_one() -> None:
    assert margin(np.array([[2.0, 2.0], [1.9, 1.9], [2.1, 2.1]])) == pytest.approx(
        [0.0, 0.05263, -0.04762], abs=1e-5
    )


@given(SHARE, ANY_PRICE)
def test_kelly_stakes_exactly_where_the_expected_value_is_positive(p: float, odds: float) -> None:
    stake = kelly_stake(np.array(p), np.array(odds), 0.25, 0.05)
    assert (stake > 0.0) == (expected_value(np.array(p), np.array(odds)) > 0.0)


@given(SHARE, ANY_PRICE, SHARE, SHARE)
def test_kelly_stays_between_nothing_and_its_cap(p: float, odds: float, fraction: float, cap: float) -> None:
    assert 0.0 <= kelly_stake(np.array(p), np.array(odds), fraction, cap) <= cap


@given(st.floats(0.05, 0.95), st.floats(1.1, 50.0))
def test_full_kelly_maximises_the_growth_of_the_bankroll(p: float, odds: float) -> None:
    stake = float(kelly_stake(np.array(p), np.array(odds), 1.0, 1.0))

    def growth(share: float) -> float:
        return float(p * np.log1p(share * (odds - 1.0)) + (1.0 - p) * np.log1p(-share))

    others = [growth(share) for share in np.linspace(0.0, 0.999, 200)]
    assert growth(min(stake, 0.999)) >= max(others) - 1e-9


def test_odds_just_above_one_are_a_price_and_one_is_none() -> None:
    books_of_two = np.array([[1.01, 1.02], [1.0, 5.0], [5.0, 1.0], [np.inf, 2.0], [np.nan, 2.0]])
    assert [all(map(is_price, row)) for row in books_of_two.tolist()] == [True, False, False, False, False]
