"""Sums over placed bets: one claim per test, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backtesting.book import (
    Book,
    at_random,
    closing_line_value,
    drawdowns,
    equity_curve,
    favourite,
    favourite_outcomes,
    totals,
)
from backtesting.settlement import Bets, Settlement, stake_and_settle
from common.times import DAY_SECONDS
from tests.backtesting.test_settlement import FLAT, bets


def test_the_favourite_has_the_lowest_odds() -> None:
    assert favourite_outcomes(np.array([[2.0, 3.0, 4.0], [5.0, 3.0, 1.5]])).tolist() == [0, 2]


def book(settlement: Settlement, made: Bets, odds: list[float], closing: list[float] | None = None) -> Book:
    """A book of bets on the first of two outcomes at equal implied probabilities."""
    size, void = len(made), made.gain == 0.0
    won, prices = made.gain > 0.0, np.column_stack([odds, np.full(len(made), 1.8)])
    return Book(
        row=np.arange(size),
        kickoff=made.kickoff,
        settled_at=made.settled_at,
        outcome=np.zeros(size, dtype=np.int64),
        probability=np.full(size, 0.6),
        odds=prices,
        implied=np.full((size, 2), 0.5),
        closing=np.array(closing if closing else [np.nan] * size),
        returned=np.column_stack([won, ~(won | void)]) * prices,
        at_risk=np.where(void, 0.0, 1.0),
        stake=settlement.stakes,
        profit=settlement.profits,
        void=void,
    )


def test_closing_line_value_is_weighted_by_stake() -> None:
    made = bets((12, 0.6, 2.0, "lost"), (12, 0.6, 3.0, "lost"), (12, 0.6, 4.0, "lost"))
    settlement = Settlement(np.array([10.0, 30.0, 50.0]), np.array([-10.0, -30.0, -50.0]), None)
    value = closing_line_value(book(settlement, made, [2.0, 3.0, 4.0], [0.55, 0.40, np.nan]))
    assert value is not None
    assert value["n"] == 2
    assert value["mean"] == pytest.approx((10 * 0.10 + 30 * 0.20) / 40)
    assert value["ci95"] is None


def test_without_a_later_price_there_is_no_closing_line_value() -> None:
    made = bets((12, 0.6, 2.0, "won"))
    assert closing_line_value(book(stake_and_settle(made, FLAT), made, [2.0])) is None


def test_the_favourite_and_a_random_bettor_stake_the_same_on_the_same_matches() -> None:
    made = bets((12, 0.6, 3.0, "won"), (12, 0.6, 3.0, "lost"), (12, 0.6, 3.0, "void"))
    own = book(stake_and_settle(made, FLAT), made, [3.0] * 3)
    assert favourite(own) == {"count": 3, "profit": pytest.approx(-10.0 + 8.0), "yield": pytest.approx(-0.1)}
    assert at_random(own)["profit"] == pytest.approx(10 * (3.0 / 2 - 1) + 10 * (1.8 / 2 - 1))


def test_drawdown_is_measured_from_the_peak_so_far_not_from_a_later_one() -> None:
    assert drawdowns(np.array([100.0, 80.0, 200.0, 150.0, 300.0])).max() == pytest.approx(0.25)


def test_the_curve_starts_at_the_first_bankroll_and_ends_at_the_last() -> None:
    made = replace(
        bets((48, 0.5, 2.0, "won"), (48, 0.5, 2.0, "lost"), (96, 0.5, 2.0, "lost")),
        settled_at=np.array([3, 3, 5]) * DAY_SECONDS,
    )
    settlement = Settlement(np.full(3, 10.0), np.array([10.0, -10.0, -10.0]), None)
    curve = equity_curve(book(settlement, made, [2.0] * 3), 100.0, first_day=2)
    assert [(point["date"], point["bankroll"]) for point in curve.points()] == [
        ("1970-01-02", 100.0),
        ("1970-01-04", 100.0),
        ("1970-01-06", 90.0),
    ]
    assert curve.low[-1] == pytest.approx(100 - 1.959964 * 10 * np.sqrt(3))


def test_without_bets_the_curve_is_its_opening_point() -> None:
    nothing = bets((12, 0.6, 2.0, "won"))
    nobody = book(stake_and_settle(nothing, FLAT), nothing, [2.0]).select(np.zeros(1, dtype=np.bool_))
    curve = equity_curve(nobody, 100.0, first_day=2)
    assert curve.bankroll.tolist() == [100.0]
    assert curve.drawdown.tolist() == [0.0]


def test_a_void_bet_returns_its_stake_and_leaves_turnover() -> None:
    placed = bets((12, 0.5, 3.0, "void"), (12, 0.5, 3.0, "won"))
    made = book(stake_and_settle(placed, FLAT), placed, [3.0] * 2)
    assert made.profit.tolist() == [0.0, 20.0]
    assert totals(made)["staked"] == 10.0
    assert totals(made)["yield"] == 2.0
