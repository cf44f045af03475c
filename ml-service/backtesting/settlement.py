"""Stakes and settlement: one bankroll, followed through the bets in order of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtesting.request import FLAT_SHARE, StakingRules
from common.arrays import Floats, Ints, Mask
from common.times import DAY_SECONDS

_RUIN_SHARE = 1e-9
"""Share of the first bankroll below which what is left is rounding."""


@dataclass(frozen=True)
class Bets:
    """Bets before staking, all arrays (b,): Kelly's share of the bankroll and how each ends.

    Times are in epoch seconds UTC; `settled_at` is when the result becomes known. `gain` is the profit of a unit
    stake: odds less 1 when won, -1 when lost, half of either by halves, 0 when pushed or void.
    """

    kickoff: Ints
    settled_at: Ints
    kelly: Floats
    gain: Floats

    def __len__(self) -> int:
        return len(self.kickoff)

    def profit_on(self, stakes: Floats) -> Floats:
        """Profit of `stakes` (b,)."""
        return stakes * self.gain


@dataclass(frozen=True)
class Settlement:
    """Stake and profit of each bet, (b,), in units of the bankroll; a stake of 0 means the bet is not placed.

    `ruined_on` is the UTC day number on which betting stopped for want of money.
    """

    stakes: Floats
    profits: Floats
    ruined_on: int | None

    @property
    def placed(self) -> Mask:
        """Which bets are placed, shape (b,)."""
        return np.asarray(self.stakes > 0.0)


def stake_and_settle(bets: Bets, staking: StakingRules) -> Settlement:
    """Stake and settle `bets` day by day, in order of time.

    All bets of a UTC day of kick-off are staked from the bankroll at its start, less the stakes that are then
    unsettled, and scaled down together where they would exceed it. When nothing is left, betting stops.
    """
    stakes = np.zeros(len(bets))
    days = bets.kickoff // DAY_SECONDS
    ruined_on = None
    for day in np.unique(days):
        today = np.flatnonzero(days == day)
        bankroll, free = _bankroll(bets, stakes, staking, int(day) * DAY_SECONDS)
        if bankroll <= _RUIN_SHARE * staking.bankroll:
            ruined_on = int(day)
            break
        stakes[today] = _scaled_to(free, _desired_stakes(bets, today, staking, free))
    return Settlement(stakes, bets.profit_on(stakes), ruined_on)


def _bankroll(bets: Bets, stakes: Floats, staking: StakingRules, now: int) -> tuple[float, float]:
    """The bankroll at `now` by the bets settled so far, and the part of it that is not at stake."""
    settled = bets.settled_at <= now
    bankroll = staking.bankroll + float(bets.profit_on(stakes)[settled].sum())
    return bankroll, max(bankroll - float(stakes[~settled].sum()), 0.0)


def _desired_stakes(bets: Bets, today: NDArray[np.intp], staking: StakingRules, free: float) -> Floats:
    if staking.method == "flat":
        return np.full(len(today), FLAT_SHARE * staking.bankroll)
    share = np.clip(staking.fraction * bets.kelly[today], 0.0, staking.cap)
    return np.asarray(share * free)


def _scaled_to(free: float, stakes: Floats) -> Floats:
    total = float(stakes.sum())
    return stakes if total <= free else stakes * (free / total)
