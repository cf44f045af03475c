"""What all bookmakers together say of a fixture, relative to the one whose price is taken.

Bookmaker ids differ between databases, so nothing here depends on which bookmaker is which: only on how many
there are, how they spread and which of them keeps the smallest margin.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from markets.odds import implied_probabilities, margin
from markets.prices import Board

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_OUTCOMES = ("first", "second", "third")
DEVIATIONS: tuple[str, ...] = (
    *(f"consensus_{place}" for place in _OUTCOMES),
    *(f"sharpest_{place}" for place in _OUTCOMES),
    *(f"best_{place}" for place in _OUTCOMES),
    "price_dispersion",
    "price_count",
    "price_margin",
)
_CONSENSUS, _SHARPEST, _BEST, _DISPERSION, _COUNT, _MARGIN = 0, 3, 6, 9, 10, 11

SWAPPED = (2, 1, 0, 5, 4, 3, 8, 7, 6, _DISPERSION, _COUNT, _MARGIN)
"""Columns of DEVIATIONS for a match of three outcomes with its teams changed over."""


def deviations(board: Board, prior: Array, taken: Array) -> NDArray[np.float32]:
    """How the board differs from the price taken, shape (board.size, len(DEVIATIONS)), NaN where unknown.

    `prior` (n, k) are that price's margin-free probabilities and `taken` (n, k) its odds. By outcome, in
    logarithms of margin-free probabilities: the mean bookmaker, the one of the smallest margin, the highest
    prices; then the standard deviation of the first outcome's between bookmakers, their number, and the margin of
    the price taken.
    """
    out = np.full((board.size, len(DEVIATIONS)), np.nan, dtype=np.float32)
    fair = implied_probabilities(board.odds)
    best = implied_probabilities(board.best().odds)
    _fill(board.position, board.bookmaker_id, board.odds, fair, prior, best, out)
    out[:, _MARGIN] = margin(taken)
    return out


@njit(cache=True, nogil=True)
def _fill(
    position: Ints,
    bookmakers: Ints,
    odds: Array,
    fair: Array,
    prior: Array,
    best: Array,
    out: NDArray[np.float32],
) -> None:
    """The row of every fixture that somebody quotes; rows of a fixture stand together."""
    start = 0
    while start < len(position):
        end = start + 1
        while end < len(position) and position[end] == position[start]:
            end += 1
        fixture = position[start]
        for k in range(odds.shape[1]):
            own = np.log(prior[fixture, k])
            logs = np.log(fair[start:end, k])
            out[fixture, _CONSENSUS + k] = logs.mean() - own
            out[fixture, _BEST + k] = np.log(best[fixture, k]) - own
            if k == 0:
                out[fixture, _DISPERSION] = logs.std()
            sharpest = _smallest_margin(bookmakers[start:end], odds[start:end])
            if sharpest >= 0:
                out[fixture, _SHARPEST + k] = logs[sharpest] - own
        out[fixture, _COUNT] = end - start
        start = end


@njit(cache=True, nogil=True)
def _smallest_margin(bookmakers: Ints, odds: Array) -> int:
    """The row of the bookmaker with the smallest margin, aggregates (of negative ids) aside; -1 without one."""
    found, smallest = -1, np.inf
    for row in range(len(bookmakers)):
        total = (1.0 / odds[row]).sum()
        if bookmakers[row] > 0 and total < smallest:
            found, smallest = row, total
    return found
