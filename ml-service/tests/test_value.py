"""Value bets: which outcome, and what it is worth."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.outcomes import MATCH_WINNER, OVER_UNDER
from markets.value import KELLY_CAP, bet, value_bet


def test_the_outcome_of_highest_expected_value_is_chosen_not_of_highest_edge() -> None:
    found = value_bet(MATCH_WINNER, (0.55, 0.20, 0.25), (0.50, 0.30, 0.20), (1.9, 3.2, 4.9), 0.03)
    assert found is not None
    assert found.outcome == "away"


def test_an_edge_below_the_smallest_wanted_is_no_bet_and_at_it_is_one() -> None:
    args = (OVER_UNDER, (0.5625, 0.4375), (0.5, 0.5), (2.0, 2.0))
    assert value_bet(*args, min_edge=0.0626) is None
    assert value_bet(*args, min_edge=0.0625) is not None


def test_an_edge_that_the_margin_eats_is_no_bet() -> None:
    assert value_bet(OVER_UNDER, (0.54, 0.46), (0.5, 0.5), (1.8, 1.8), 0.03) is None


def test_a_bet_names_all_that_the_contract_lists() -> None:
    assert asdict(bet("ou25", "over", 0.6, 2.0, 0.1)) == {
        "market": "ou25",
        "outcome": "over",
        "probability": 0.6,
        "odds": 2.0,
        "edge": 0.1,
        "expected_value": pytest.approx(0.2),
        "kelly_fraction": pytest.approx(0.05),
    }


def test_kelly_fraction_is_a_quarter_of_the_formula_below_the_cap() -> None:
    assert bet("ou25", "over", 0.4, 3.0, 0.1).kelly_fraction == pytest.approx(0.25 * 0.2 / 2.0)


@given(st.floats(0.0, 1.0), st.floats(1.0, 1e6, exclude_min=True))
def test_kelly_fraction_never_leaves_zero_to_its_cap(probability: float, odds: float) -> None:
    assert 0.0 <= bet("1x2", "home", probability, odds, 0.0).kelly_fraction <= KELLY_CAP


@given(
    st.lists(st.floats(0.01, 1.0), min_size=2, max_size=2),
    st.lists(st.floats(0.01, 1.0), min_size=2, max_size=2),
    st.floats(0.0, 0.2),
)
def test_every_bet_found_has_the_edge_wanted_and_a_profit_to_expect(
    said: list[float], market: list[float], min_edge: float
) -> None:
    model, fair = ([value / sum(pair) for value in pair] for pair in (said, market))
    found = value_bet(OVER_UNDER, model, fair, [0.95 / p + 0.06 for p in fair], min_edge)
    if found is not None:
        assert found.edge >= min_edge
        assert found.expected_value > 0.0
        assert found.kelly_fraction > 0.0
