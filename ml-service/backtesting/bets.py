"""What bets and their benchmarks are taken from: one outcome of each match."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


def favourites(odds: Array) -> Ints:
    """The outcome of lowest odds in each row (n, k), the first of equals."""
    return np.asarray(np.argmin(odds, axis=1), dtype=np.int64)


def of_each(values: Array, outcomes: Ints) -> Array:
    """The value of each row's outcome: `values` (n, k) and `outcomes` (n,) give (n,)."""
    return np.asarray(values[np.arange(len(outcomes)), outcomes])
