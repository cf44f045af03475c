"""The bankroll over time, its drawdown, and where a bettor without skill would have been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting.days import day_number, days_of, written

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_Z95 = 1.959964
_FIRST_DAY = day_number(date.min)


@dataclass(frozen=True)
class Curve:
    """One point a UTC day on which bets were settled, after an opening one; all arrays (d,).

    `drawdown` is the share of the running peak that is lost. `low` and `high` hold 95% of what the same stakes
    at the same odds give a bettor whom the margin-free market probabilities describe.
    """

    day: Ints
    bankroll: Array
    drawdown: Array
    low: Array
    high: Array

    def points(self) -> list[dict[str, Any]]:
        """The curve as rows of the answer."""
        return [
            {
                "date": written(int(self.day[i])),
                "bankroll": float(self.bankroll[i]),
                "drawdown": float(self.drawdown[i]),
                "no_skill_low": float(self.low[i]),
                "no_skill_high": float(self.high[i]),
            }
            for i in range(len(self.day))
        ]


@dataclass(frozen=True)
class Outcomes:
    """Placed bets that were not void, (b,): when settled (epoch seconds), stake, profit, odds, market probability."""

    settled_at: Ints
    stake: Array
    profit: Array
    odds: Array
    market_probability: Array


def draw(bets: Outcomes, bankroll: float, first_day: int) -> Curve:
    """The curve of `bets` from `bankroll`; the opening point is the day before `first_day`, if there is one."""
    settled_days = days_of(bets.settled_at)
    days = np.unique(settled_days)
    which = np.searchsorted(days, settled_days)
    chance = bets.market_probability
    profit = _summed(bets.profit, which, len(days))
    expected = _summed(bets.stake * (chance * bets.odds - 1.0), which, len(days))
    spread = _Z95 * np.sqrt(
        _summed((bets.stake * bets.odds) ** 2 * chance * (1.0 - chance), which, len(days))
    )
    level = np.maximum(bankroll + profit, 0.0)  # at ruin, rounding may leave a little less than nothing
    return Curve(
        day=np.concatenate([np.array([max(first_day - 1, _FIRST_DAY)], dtype=np.int64), days]),
        bankroll=level,
        drawdown=drawdowns(level),
        low=np.maximum(bankroll + expected - spread, 0.0),
        high=bankroll + expected + spread,
    )


def drawdowns(level: Array) -> Array:
    """Share of the highest level so far that is lost at each moment, 0 to 1, shape (d,)."""
    return np.asarray(1.0 - level / np.maximum.accumulate(level))


def _summed(values: Array, which: NDArray[np.intp], size: int) -> Array:
    """Running total of daily sums, with a 0 before the first day: (size + 1,)."""
    daily = np.bincount(which, weights=values, minlength=size)
    return np.concatenate([[0.0], np.cumsum(daily)])
