"""What closing prices of the match winner get wrong, so that trees with odds, which learn from them, need not.

A few numbers learnt from the outcomes of the same matches put closing prices right: a logit whose margins start from
the price, in terms of what past results, prices and moves say beyond the price of a bet. Mostly, prices follow goals
too far and moves not far enough. Outcomes say too little for more than a few numbers: trees that learn from them
directly are worse. RESULTS.md, closing prices put right, has what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit
from common.probabilities import softmax
from markets.market import Labels
from models.columns import AGAINST_PRICE, inputs
from models.training_data import TrainingData

Array = NDArray[np.float64]

SUPREMACY: tuple[str, ...] = (
    "market_supremacy" + AGAINST_PRICE,
    "market_supremacy_recent" + AGAINST_PRICE,
    "performance_supremacy" + AGAINST_PRICE,
    "performance_supremacy_recent" + AGAINST_PRICE,
    "goals_supremacy" + AGAINST_PRICE,
    "supremacy_move",
)
"""Columns that move log(P home / P away)."""
EXCESS: tuple[str, ...] = ("market_draw" + AGAINST_PRICE, "draw_move")
"""Columns that move log(P draw / sqrt(P home * P away))."""

PRIOR_INFORMATION = 10_000.0
"""Of a coefficient whose column has mean square 1: it is 0 with standard deviation 0.01 before any match is seen.
Seasons 2014-15 to 2018-19 cannot tell 5,000 and 20,000 from it."""

_FIRST_EXCESS = len(SUPREMACY) + 1
_SIZE = _FIRST_EXCESS + len(EXCESS) + 1
_NEWTON_STEPS = 4


@dataclass(frozen=True)
class ClosingErrors:
    """By how much each of SUPREMACY and a constant, then each of EXCESS and a constant, moves a closing price."""

    coefficients: Array

    @classmethod
    def of(cls, data: TrainingData) -> ClosingErrors:
        """Learnt from the match winner's `data`: its matches with a result and a price that moved until kick-off."""
        matches = data.only(data.labelled & data.priced & data.closed_later)
        columns = _columns(matches)
        scale = np.sqrt((columns**2).sum(axis=0) / max(len(matches), 1))
        scale[scale == 0.0] = 1.0
        return cls(_fitted(columns / scale, np.log(matches.closing), matches.labels) / scale)

    def corrected(self, data: TrainingData) -> Array:
        """The closing probabilities (n, 3) of `data` put right, NaN where there are none."""
        parts = _columns(data) * self.coefficients
        supremacy, excess = parts[:, :_FIRST_EXCESS].sum(axis=1), parts[:, _FIRST_EXCESS:].sum(axis=1)
        return softmax(np.log(data.closing) + np.column_stack([0.5 * supremacy, excess, -0.5 * supremacy]))


def _columns(data: TrainingData) -> Array:
    """SUPREMACY, ones, EXCESS and ones of each match, (n, _SIZE); what is unknown says nothing."""
    named = inputs((*SUPREMACY, *EXCESS), data.market, data.features, data.implied, data.deviations)
    values = np.nan_to_num(named.astype(np.float64))
    return np.insert(values, [len(SUPREMACY), values.shape[1]], 1.0, axis=1)


def _fitted(columns: Array, margins: Array, labels: Labels) -> Array:
    """The most likely coefficients (_SIZE,) beside PRIOR_INFORMATION, by Newton's method.

    They are so small that the log-likelihood is all but quadratic: the second step is the last that changes anything.
    """
    coefficients = np.zeros(_SIZE)
    for _ in range(_NEWTON_STEPS):
        slope, curvature = _derivatives(columns, margins, labels, coefficients)
        slope += PRIOR_INFORMATION * coefficients
        coefficients -= np.linalg.solve(curvature + PRIOR_INFORMATION * np.eye(_SIZE), slope)
    return coefficients


@njit
def _derivatives(columns: Array, margins: Array, labels: Labels, coefficients: Array) -> tuple[Array, Array]:
    """First and second derivatives, (_SIZE,) and (_SIZE, _SIZE), of the log-loss summed over matches.

    In plain loops: matrix products by several threads would not give the same model to the byte.
    """
    slope, curvature = np.zeros(_SIZE), np.zeros((_SIZE, _SIZE))
    for row in range(len(columns)):
        values = columns[row]
        supremacy = (values[:_FIRST_EXCESS] * coefficients[:_FIRST_EXCESS]).sum()
        excess = (values[_FIRST_EXCESS:] * coefficients[_FIRST_EXCESS:]).sum()
        home = np.exp(margins[row, 0] + 0.5 * supremacy)
        draw = np.exp(margins[row, 1] + excess)
        away = np.exp(margins[row, 2] - 0.5 * supremacy)
        total = home + draw + away
        home, draw, away = home / total, draw / total, away / total
        label = labels[row]
        gaps = 0.5 * (home - away - (label == 0) + (label == 2)), draw - (label == 1)
        shared = -0.5 * draw * (home - away)
        own = 0.25 * (home + away - (home - away) ** 2), draw * (1.0 - draw)
        for i in range(_SIZE):
            of_draw = int(i >= _FIRST_EXCESS)
            slope[i] += values[i] * gaps[of_draw]
            for j in range(_SIZE):
                weight = own[of_draw] if of_draw == int(j >= _FIRST_EXCESS) else shared
                curvature[i, j] += values[i] * values[j] * weight
    return slope, curvature
