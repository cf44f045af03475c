"""Stakes and settlement: one bankroll, walked through in order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtesting.days import DAY_SECONDS, days_of
from backtesting.request import FLAT_SHARE, Staking
from markets.odds import kelly_stake

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_RUINED = 1e-9
"""Share of the first bankroll below which what is left is rounding."""


@dataclass(frozen=True)
class Slips:
    """Bets as chosen, all arrays (b,): model's probability, decimal odds, how they ended, times in epoch seconds.

    A void bet gets its stake back. `settled_at` is when the result is known.
    """

    kickoff: Ints
    settled_at: Ints
    probability: Array
    odds: Array
    won: Mask
    void: Mask

    def return_on(self, stakes: Array) -> Array:
        """Profit of `stakes` (b,): stake times odds less stake when won, 0 when void, the stake lost otherwise."""
        settled = np.where(self.won, stakes * (self.odds - 1.0), -stakes)
        return np.where(self.void, 0.0, settled)


@dataclass(frozen=True)
class Ledger:
    """What was staked on each slip and came of it, (b,), in money; a stake of 0 means no bet was placed."""

    stakes: Array
    profits: Array
    ruined_on: int | None

    @property
    def placed(self) -> Mask:
        """Which slips became bets."""
        return np.asarray(self.stakes > 0.0)


def play(slips: Slips, staking: Staking) -> Ledger:
    """Stake and settle `slips` day by day, in order of time.

    All bets of a UTC day of kick-off are staked from the bankroll at its start, less the stakes that are then
    unsettled, and scaled down together where they would exceed it. When nothing is left, betting stops.
    """
    stakes = np.zeros(len(slips.odds))
    days = days_of(slips.kickoff)
    ruined_on = None
    for day in np.unique(days):
        today = np.flatnonzero(days == day)
        bankroll, free = _bankroll(slips, stakes, staking, int(day) * DAY_SECONDS)
        if bankroll <= _RUINED * staking.bankroll:
            ruined_on = int(day)
            break
        stakes[today] = _within(_wanted(slips, today, staking, free), free)
    return Ledger(stakes, slips.return_on(stakes), ruined_on)


def _bankroll(slips: Slips, stakes: Array, staking: Staking, now: int) -> tuple[float, float]:
    """The bankroll at `now` from settled bets, and what of it is not at stake."""
    settled = slips.settled_at <= now
    bankroll = staking.bankroll + float(slips.return_on(stakes)[settled].sum())
    return bankroll, max(bankroll - float(stakes[~settled].sum()), 0.0)


def _wanted(slips: Slips, today: NDArray[np.intp], staking: Staking, free: float) -> Array:
    if staking.method == "flat":
        return np.full(len(today), FLAT_SHARE * staking.bankroll)
    share = kelly_stake(slips.probability[today], slips.odds[today], staking.fraction, staking.cap)
    return np.asarray(share * free)


def _within(wanted: Array, free: float) -> Array:
    total = float(wanted.sum())
    return wanted if total <= free else wanted * (free / total)
