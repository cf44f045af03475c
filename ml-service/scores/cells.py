"""The cells of a grid of scores: home goals by row, away goals by column, the last of each "10 or more"."""

from __future__ import annotations

import numpy as np

from common.arrays import Floats

SIZE = 11
"""Rows and columns of a grid: 0 to 9 goals, and 10 or more."""
CELLS = SIZE * SIZE

HOME_GOALS: Floats = np.repeat(np.arange(float(SIZE)), SIZE)
AWAY_GOALS: Floats = np.tile(np.arange(float(SIZE)), SIZE)
"""Goals of each cell, shape (CELLS,), in the order of a grid's rows."""

_MAX_COUNT = 30
COUNTS: Floats = np.arange(_MAX_COUNT + 1.0)
LOG_FACTORIALS: Floats = np.concatenate([[0.0], np.cumsum(np.log(COUNTS[1:]))])
"""Counts of goals from 0 to far beyond what a grid tells apart, and the logarithms of their factorials."""


def by_row(rows: Floats, weights: Floats) -> Floats:
    """The product (n, k) of `rows` (n, m) and `weights` (m, k), row by row.

    One product of all rows would round a row's last digits differently by how many rows there are.
    """
    return np.asarray(np.matmul(rows[:, None, :], weights)[:, 0])
