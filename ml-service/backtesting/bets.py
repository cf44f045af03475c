"""Which bets are made: at most one a match, the one of highest expected value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from markets.odds import expected_value

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_BET = -1
_ROUNDING = 1e-12


def choose(probabilities: Array, implied: Array, odds: Array, min_edge: float) -> Ints:
    """Outcome to bet on in each match, `NO_BET` where none is worth it, shape (n,).

    `probabilities` are the model's, `implied` the market's without margin, `odds` decimal, all (n, k), NaN rows
    where there is no price. A bet needs an edge of at least `min_edge` and an expected value above 0.
    """
    value = expected_value(probabilities, odds)
    with np.errstate(invalid="ignore"):
        worth = (probabilities - implied >= min_edge - _ROUNDING) & (value > 0.0)
    best = np.argmax(np.where(worth, value, -np.inf), axis=1)
    return np.where(worth.any(axis=1), best, NO_BET)


def favourites(odds: Array) -> Ints:
    """The outcome of lowest odds in each row (n, k), the first of equals."""
    return np.asarray(np.argmin(odds, axis=1), dtype=np.int64)


def of_each(values: Array, outcomes: Ints) -> Array:
    """The value of each row's outcome: `values` (n, k) and `outcomes` (n,) give (n,)."""
    return np.asarray(values[np.arange(len(outcomes)), outcomes])
