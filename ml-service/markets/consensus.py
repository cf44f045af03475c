"""What all bookmakers together say of a fixture, relative to the one whose price is taken.

Bookmaker ids differ between databases, so nothing here depends on which bookmaker is which: only on how many
there are, how they spread and which of them keeps the smallest margin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from markets.odds import implied_probabilities, margin
from markets.prices import Board

Array = NDArray[np.float64]

_OUTCOMES = ("first", "second", "third")
DEVIATIONS: tuple[str, ...] = (
    *(f"consensus_{place}" for place in _OUTCOMES),
    *(f"sharpest_{place}" for place in _OUTCOMES),
    *(f"best_{place}" for place in _OUTCOMES),
    "price_dispersion",
    "price_count",
    "price_margin",
)


def deviations(board: Board, prior: Array, taken: Array) -> NDArray[np.float32]:
    """How the board differs from the price taken, shape (board.size, len(DEVIATIONS)), NaN where unknown.

    `prior` (n, k) are that price's margin-free probabilities and `taken` (n, k) its odds. By outcome, in
    logarithms of margin-free probabilities: the mean bookmaker, the one of the smallest margin, the highest
    prices; then the standard deviation of the first outcome's between bookmakers, their number, and the margin of
    the price taken.
    """
    out = np.full((board.size, len(DEVIATIONS)), np.nan, dtype=np.float32)
    logs = np.log(implied_probabilities(board.odds))
    own = np.log(prior)
    quoting = np.bincount(board.position, minlength=board.size).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = _sums(board, logs) / quoting[:, None]
        spread = _sums(board, (logs - mean[board.position])[:, :1] ** 2)[:, 0] / quoting
    groups = (mean, _sharpest(board, logs), np.log(board.best().implied()))
    for place, group in enumerate(groups):
        start = place * len(_OUTCOMES)
        out[:, start : start + board.outcomes] = group - own
    out[:, -3] = np.sqrt(spread)
    out[:, -2] = quoting
    out[:, -1] = margin(taken)
    return out


def _sums(board: Board, values: Array) -> Array:
    """Sum over bookmakers by fixture, shape (board.size, columns)."""
    columns = [np.bincount(board.position, weights=column, minlength=board.size) for column in values.T]
    return np.column_stack(columns).astype(np.float64)


def _sharpest(board: Board, logs: Array) -> Array:
    """Log-probabilities of the bookmaker (aggregates, of negative ids, aside) with the smallest margin."""
    rows = np.flatnonzero(board.bookmaker_id > 0)
    by_margin = rows[np.lexsort((margin(board.odds[rows]), board.position[rows]))]
    positions, first = np.unique(board.position[by_margin], return_index=True)
    out = np.full((board.size, board.outcomes), np.nan)
    out[positions] = logs[by_margin[first]]
    return out
