"""The bets of a backtest as they were placed, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting.bets import favourites, of_each
from backtesting.curve import Curve, Outcomes, draw
from backtesting.days import days_of
from evaluation.intervals import day_bootstrap

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Book:
    """Placed bets in order of kick-off, (b,) or (b, k). Money in units of the bankroll, times in epoch seconds.

    `row` is the match's place among the fixtures, `label` the outcome that came true (-1 when void), `odds` and
    `implied` the taken prices and their margin-free probabilities, `closing` the margin-free probability of the
    outcome at the last price before kick-off, NaN where no price followed the one taken.
    """

    row: Ints
    kickoff: Ints
    settled_at: Ints
    outcome: Ints
    label: Ints
    probability: Array
    odds: Array
    implied: Array
    closing: Array
    stake: Array
    profit: Array
    void: Mask

    def __len__(self) -> int:
        return len(self.row)

    def only(self, which: Mask) -> Book:
        """The bets that `which` admits."""
        return Book(**{item.name: getattr(self, item.name)[which] for item in fields(Book)})

    @property
    def days(self) -> Ints:
        """UTC day number of kick-off of each bet."""
        return days_of(self.kickoff)

    @property
    def taken(self) -> Array:
        """Odds of the outcome bet on."""
        return of_each(self.odds, self.outcome)

    @property
    def edge(self) -> Array:
        """Model's probability less the market's, of the outcome bet on."""
        return np.asarray(self.probability - of_each(self.implied, self.outcome))

    @property
    def turnover(self) -> Array:
        """Stakes that were at risk: those of void bets are not."""
        return np.where(self.void, 0.0, self.stake)


def summary(book: Book, curve: Curve) -> dict[str, Any]:
    """The answer's `bets`."""
    return {
        "count": len(book),
        "won": int((book.label == book.outcome).sum()),
        "void": int(book.void.sum()),
        **totals(book),
        "ending_bankroll": float(curve.bankroll[-1]),
        "growth": float(curve.bankroll[-1] / curve.bankroll[0] - 1.0),
        "max_drawdown": float(curve.drawdown.max()),
        "closing_line_value": closing_line_value(book),
    }


def totals(book: Book) -> dict[str, Any]:
    """Turnover, profit and yield of some bets, with the interval of the yield."""
    staked, profit = float(book.turnover.sum()), float(book.profit.sum())
    at_risk = book.only(~book.void)
    interval = day_bootstrap(at_risk.profit, at_risk.stake, at_risk.days)
    return {
        "staked": staked,
        "profit": profit,
        "yield": profit / staked if staked > 0.0 else None,
        "yield_ci95": list(interval) if interval else None,
    }


def closing_line_value(book: Book) -> dict[str, Any] | None:
    """Stake-weighted mean of odds taken times closing probability less 1; None where no price closed later.

    Only prices captured after the one taken count: a bet at the last price has no line to compare with.
    """
    bets = book.only(np.isfinite(book.closing) & ~book.void)
    if len(bets) == 0:
        return None
    gains = bets.stake * (bets.taken * bets.closing - 1.0)
    interval = day_bootstrap(gains, bets.stake, bets.days)
    return {
        "n": len(bets),
        "mean": float(gains.sum() / bets.stake.sum()),
        "ci95": list(interval) if interval else None,
    }


def favourite(book: Book) -> dict[str, Any]:
    """The same stakes on the favourite of the same matches."""
    chosen = favourites(book.odds)
    won = (chosen == book.label).astype(np.float64)
    return _alternative(book, won * of_each(book.odds, chosen))


def at_random(book: Book) -> dict[str, Any]:
    """The same stakes on an outcome drawn at random in the same matches: the exact expectation over the draws."""
    outcomes = book.odds.shape[1]
    happened = book.odds[np.arange(len(book)), np.maximum(book.label, 0)]
    return _alternative(book, happened / outcomes)


def _alternative(book: Book, returned: Array) -> dict[str, Any]:
    """Profit of a bettor whose unit stakes `returned` so much, stakes included."""
    profit = float((book.turnover * (returned - 1.0)).sum())
    staked = float(book.turnover.sum())
    return {"count": len(book), "profit": profit, "yield": profit / staked if staked > 0.0 else None}


def curve_of(book: Book, bankroll: float, first_day: int) -> Curve:
    """The bankroll over time, void bets left out since they change nothing."""
    bets = book.only(~book.void)
    chance = of_each(bets.implied, bets.outcome)
    outcomes = Outcomes(bets.settled_at, bets.stake, bets.profit, bets.taken, chance)
    return draw(outcomes, bankroll, first_day)
