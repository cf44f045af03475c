"""Where a model differs from the bookmaker, and by how much a bet on it would be worth its risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from markets.market import Market
from markets.odds import expected_value, kelly_stake

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

KELLY_FRACTION = 0.25
KELLY_CAP = 0.05
NO_BET = -1
_ROUNDING = 1e-12


@dataclass(frozen=True)
class BestBet:
    """A bet on `outcome` at decimal `odds`.

    `edge` is the model's probability minus the market's with the margin removed, `expected_value` the expected
    profit of a unit stake, `kelly_fraction` a quarter of Kelly's (1956) share of the bankroll, at most 0.05.
    """

    market: str
    outcome: str
    probability: float
    odds: float
    edge: float
    expected_value: float
    kelly_fraction: float


def is_worth(edges: Array, values: Array, min_edge: float) -> NDArray[np.bool_]:
    """Which bets have an edge of at least `min_edge` and an expected value above 0; NaN has neither."""
    with np.errstate(invalid="ignore"):
        return np.asarray((edges >= min_edge - _ROUNDING) & (values > 0.0))


def choose(probabilities: Array, implied: Array, odds: Array, min_edge: float) -> Ints:
    """Outcome to bet on in each match, `NO_BET` where none is worth it, shape (n,).

    `probabilities` are the model's, `implied` the market's without margin, `odds` decimal, all (n, k), NaN rows
    where there is no price. A bet needs an edge of at least `min_edge` and an expected value above 0; of several
    the one of highest expected value is chosen.
    """
    value = expected_value(probabilities, odds)
    worth = is_worth(probabilities - implied, value, min_edge)
    best = np.argmax(np.where(worth, value, -np.inf), axis=1)
    return np.where(worth.any(axis=1), best, NO_BET)


def value_bets(
    market: Market, probabilities: Array, implied: Array, odds: Array, min_edge: float
) -> list[BestBet | None]:
    """What `choose` finds in each match, with what it is worth; None without a bet."""
    chosen = choose(probabilities, implied, odds, min_edge)
    bets: list[BestBet | None] = [None] * len(chosen)
    rows = np.flatnonzero(chosen != NO_BET)
    if len(rows):
        at = rows, chosen[rows]
        worth = _worth(probabilities[at], implied[at], odds[at])
        for row, outcome, figures in zip(rows.tolist(), at[1].tolist(), worth.tolist(), strict=True):
            bets[row] = BestBet(market.key, market.outcomes[outcome], *figures)
    return bets


def _worth(probability: Array, implied: Array, odds: Array) -> Array:
    """The numbers of bets (n, 5) in the order of BestBet's fields."""
    value = expected_value(probability, odds)
    stake = kelly_stake(probability, odds, KELLY_FRACTION, KELLY_CAP)
    return np.column_stack([probability, odds, probability - implied, value, stake])
