"""The placed bets of a backtest and what they add up to: profit, bankroll over time, yield by class of bets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from backtesting.inputs import BacktestInputs
from backtesting.request import BacktestRequest
from backtesting.settlement import Bets, Settlement, stake_and_settle
from backtesting.walk_forward import Forecasts
from common.arrays import Floats, Ints, Mask
from common.times import DAY_SECONDS, date_of, day_number
from contract.backtest import Alternative, BetSummary, ByEdge, ByPrice, ClosingLineValue, EquityPoint, Totals
from db.schema import FINISHED
from evaluation.intervals import Z95, day_bootstrap
from markets.value import NO_BET, choose

EDGE_LIMITS = (0.0, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 1.0)
ODDS_LIMITS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, math.inf)

_FIRST_DAY = day_number(date.min)


@dataclass(frozen=True)
class Book:
    """Placed bets in order of kick-off, (b,) or (b, k). Money in units of the bankroll, times in epoch seconds UTC.

    `row` is the match's place among the fixtures, `label` the outcome that came true (-1 when void), `odds` and
    `implied` the prices taken and their margin-free probabilities, `closing` the margin-free probability of the
    outcome at the last price before kick-off, NaN where no price followed the one taken.
    """

    row: Ints
    kickoff: Ints
    settled_at: Ints
    outcome: Ints
    label: Ints
    probability: Floats
    odds: Floats
    implied: Floats
    closing: Floats
    stake: Floats
    profit: Floats
    void: Mask

    def __len__(self) -> int:
        return len(self.row)

    def select(self, rows: Mask) -> Book:
        """The bets that the mask `rows` (b,) admits."""
        return Book(**{item.name: getattr(self, item.name)[rows] for item in fields(Book)})

    @property
    def days(self) -> Ints:
        """UTC day number of kick-off of each bet, (b,)."""
        return self.kickoff // DAY_SECONDS

    @property
    def odds_taken(self) -> Floats:
        """Decimal odds of the outcome bet on, (b,)."""
        return pick(self.odds, self.outcome)

    @property
    def edge(self) -> Floats:
        """The model's probability less the market's, of the outcome bet on, (b,)."""
        return np.asarray(self.probability - pick(self.implied, self.outcome))

    @property
    def turnover(self) -> Floats:
        """Stakes that were at risk, (b,): 0 for void bets."""
        return np.where(self.void, 0.0, self.stake)


def pick(values: Floats, outcomes: Ints) -> Floats:
    """The value of each row's outcome: `values` (n, k) and `outcomes` (n,) give (n,)."""
    return np.asarray(values[np.arange(len(outcomes)), outcomes])


def favourite_outcomes(odds: Floats) -> Ints:
    """The outcome of lowest odds in each row (n, k), the first of equals."""
    return np.asarray(np.argmin(odds, axis=1), dtype=np.int64)


def place_bets(
    inputs: BacktestInputs, forecasts: Forecasts, request: BacktestRequest
) -> tuple[Book, Settlement]:
    """Choose, stake and settle the bets on all candidates; the book leaves out those without a stake."""
    candidates, offer = inputs.candidates, inputs.offer
    implied, odds = inputs.implied[candidates], offer.taken.odds[candidates]
    chosen = choose(forecasts.probabilities, implied, odds, request.min_edge)
    bet_on = np.flatnonzero(chosen != NO_BET)
    rows, outcome = candidates[bet_on], chosen[bet_on]
    bets = _bets(inputs, rows, outcome, pick(forecasts.probabilities[bet_on], outcome))
    settlement = stake_and_settle(bets, request.staking)
    return _book(inputs, rows, outcome, bets, settlement).select(settlement.placed), settlement


def _bets(inputs: BacktestInputs, rows: Ints, outcome: Ints, probability: Floats) -> Bets:
    kickoff = inputs.column("kickoff")[rows]
    return Bets(
        kickoff=kickoff,
        settled_at=np.maximum(inputs.column("known_at")[rows], kickoff),
        probability=probability,
        odds=pick(inputs.offer.taken.odds[rows], outcome),
        won=inputs.data.labels[rows] == outcome,
        void=inputs.column("state")[rows] != FINISHED,
    )


def _book(inputs: BacktestInputs, rows: Ints, outcome: Ints, bets: Bets, settlement: Settlement) -> Book:
    return Book(
        row=rows,
        kickoff=bets.kickoff,
        settled_at=bets.settled_at,
        outcome=outcome,
        label=inputs.data.labels[rows].astype(np.int64),
        probability=bets.probability,
        odds=inputs.offer.taken.odds[rows],
        implied=inputs.implied[rows],
        closing=pick(inputs.offer.closing_line()[rows], outcome),
        stake=settlement.stakes,
        profit=settlement.profits,
        void=bets.void,
    )


@dataclass(frozen=True)
class EquityCurve:
    """One point a UTC day on which bets were settled, after an opening one; all arrays (d,).

    `drawdown` is the share of the running peak that is lost. `low` and `high` bound 95% of what the same stakes
    at the same odds give a bettor whom the margin-free market probabilities describe.
    """

    day: Ints
    bankroll: Floats
    drawdown: Floats
    low: Floats
    high: Floats

    def points(self) -> list[EquityPoint]:
        """The answer's `equity`."""
        return [
            {
                "date": date_of(self.day[i]).isoformat(),
                "bankroll": float(self.bankroll[i]),
                "drawdown": float(self.drawdown[i]),
                "no_skill_low": float(self.low[i]),
                "no_skill_high": float(self.high[i]),
            }
            for i in range(len(self.day))
        ]


def equity_curve(book: Book, bankroll: float, first_day: int) -> EquityCurve:
    """The bankroll over time; the opening point is the day before day number `first_day`, if there is one."""
    bets = book.select(~book.void)
    implied, odds = pick(bets.implied, bets.outcome), bets.odds_taken
    settled_days = bets.settled_at // DAY_SECONDS
    days = np.unique(settled_days)
    which = np.searchsorted(days, settled_days)
    profit = _running_total(bets.profit, which, len(days))
    expected = _running_total(bets.stake * (implied * odds - 1.0), which, len(days))
    variance = _running_total((bets.stake * odds) ** 2 * implied * (1.0 - implied), which, len(days))
    level = np.maximum(bankroll + profit, 0.0)  # at ruin, rounding may leave a little less than nothing
    return EquityCurve(
        day=np.concatenate([np.array([max(first_day - 1, _FIRST_DAY)], dtype=np.int64), days]),
        bankroll=level,
        drawdown=drawdowns(level),
        low=np.maximum(bankroll + expected - Z95 * np.sqrt(variance), 0.0),
        high=bankroll + expected + Z95 * np.sqrt(variance),
    )


def drawdowns(bankroll: Floats) -> Floats:
    """Share of the highest bankroll so far that is lost at each moment, 0 to 1, shape (d,)."""
    return np.asarray(1.0 - bankroll / np.maximum.accumulate(bankroll))


def _running_total(values: Floats, which: NDArray[np.intp], size: int) -> Floats:
    """Running total of daily sums, with a 0 before the first day: (size + 1,)."""
    daily = np.bincount(which, weights=values, minlength=size)
    return np.concatenate([[0.0], np.cumsum(daily)])


def summary(book: Book, curve: EquityCurve) -> BetSummary:
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


def totals(book: Book) -> Totals:
    """Turnover, profit and yield of some bets, with the interval of the yield."""
    staked, profit = float(book.turnover.sum()), float(book.profit.sum())
    at_risk = book.select(~book.void)
    interval = day_bootstrap(at_risk.profit, at_risk.stake, at_risk.days)
    return {
        "staked": staked,
        "profit": profit,
        "yield": profit / staked if staked > 0.0 else None,
        "yield_ci95": list(interval) if interval else None,
    }


def closing_line_value(book: Book) -> ClosingLineValue | None:
    """Stake-weighted mean of odds taken times closing probability less 1; None without a later closing price.

    Only prices captured after the one taken count: a bet at the last price has no line to compare with.
    """
    bets = book.select(np.isfinite(book.closing) & ~book.void)
    if len(bets) == 0:
        return None
    gains = bets.stake * (bets.odds_taken * bets.closing - 1.0)
    interval = day_bootstrap(gains, bets.stake, bets.days)
    return {
        "n": len(bets),
        "mean": float(gains.sum() / bets.stake.sum()),
        "ci95": list(interval) if interval else None,
    }


def favourite(book: Book) -> Alternative:
    """The same stakes on the favourite of the same matches."""
    chosen = favourite_outcomes(book.odds)
    won = (chosen == book.label).astype(np.float64)
    return _benchmark(book, won * pick(book.odds, chosen))


def at_random(book: Book) -> Alternative:
    """The same stakes on an outcome drawn at random in the same matches: the exact expectation over the draws."""
    outcomes = book.odds.shape[1]
    winning_odds = book.odds[np.arange(len(book)), np.maximum(book.label, 0)]
    return _benchmark(book, winning_odds / outcomes)


def _benchmark(book: Book, returned: Floats) -> Alternative:
    """Profit of a bettor to whom each unit staked returns `returned` (b,), the stake included."""
    profit = float((book.turnover * (returned - 1.0)).sum())
    staked = float(book.turnover.sum())
    return {"count": len(book), "profit": profit, "yield": profit / staked if staked > 0.0 else None}


def by_edge(book: Book) -> list[ByEdge]:
    """Bets by their edge in probability, empty classes left out."""
    return [
        {"from": low, "to": high, "count": len(bets), **totals(bets)}
        for low, high, bets in _classes(book, book.edge, EDGE_LIMITS)
    ]


def by_price(book: Book) -> list[ByPrice]:
    """Bets by the decimal odds taken, empty classes left out; the last class has no upper end (`to` null)."""
    return [
        {"from": low, "to": high if math.isfinite(high) else None, "count": len(bets), **totals(bets)}
        for low, high, bets in _classes(book, book.odds_taken, ODDS_LIMITS)
    ]


def _classes(book: Book, values: Floats, limits: tuple[float, ...]) -> Iterator[tuple[float, float, Book]]:
    """Lower limit, upper limit and bets of each class that has any."""
    which = np.searchsorted(np.array(limits), values + 1e-12, side="right") - 1
    for index, (low, high) in enumerate(pairwise(limits)):
        if (which == index).any():
            yield low, high, book.select(which == index)
