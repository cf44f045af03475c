"""The grid nearest to a prior among those that agree with given forecasts of the three markets.

Nearest in Kullback-Leibler divergence: the I-projection of Csiszar (1975). It multiplies the prior by one factor an
outcome, so cells that settle the three markets alike keep their proportions, and the sums over those nine groups of
cells are all that has to be solved for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats
from markets.both_score import BOTH_SCORE
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER
from scores.cells import AWAY_GOALS, HOME_GOALS, by_row

TOLERANCE = 1e-10
"""Largest difference between a forecast and the grid's."""
_MAX_ITERATIONS = 100
_MAX_HALVINGS = 40
_MAX_STEP = 8.0
_SLOPE_SHARE = 1e-4
_ROUNDING = 1e-14
_RIDGE: Floats = 1e-13 * np.eye(4)
"""Keeps the curvature regular where a group of cells is all but impossible."""


def _groups() -> tuple[NDArray[np.int8], NDArray[np.intp]]:
    """The outcomes (g, 3) of each group of cells, and the group (CELLS,) of each cell."""
    markets = (MATCH_WINNER, OVER_UNDER, BOTH_SCORE)
    outcomes = np.column_stack([market.settle(HOME_GOALS, AWAY_GOALS) for market in markets])
    groups, group_of = np.unique(outcomes, axis=0, return_inverse=True)
    return groups, group_of.reshape(-1)


_OUTCOMES, _GROUP_OF = _groups()
_MEMBERS: Floats = np.eye(len(_OUTCOMES))[_GROUP_OF]
_CONSTRAINTS: Floats = np.stack(
    [_OUTCOMES[:, 0] == 0, _OUTCOMES[:, 0] == 1, _OUTCOMES[:, 1] == 0, _OUTCOMES[:, 2] == 0]
).astype(np.float64)
"""Which groups (4, g) are a home win, a draw, over 2.5 goals and a match in which both score."""
_PRODUCTS: Floats = np.einsum("ig,jg->gij", _CONSTRAINTS, _CONSTRAINTS)


def project(reference: Floats, winner: Floats, over_under: Floats, both_score: Floats) -> Floats:
    """Grids (n, CELLS) nearest to `reference` (n, CELLS), all above 0, that sum to 1 and have the forecast markets.

    `winner` (n, 3) are home, draw and away, `over_under` and `both_score` (n, 2) have over and yes first; they do not
    contradict each other (see `scores.consistency`).
    """
    target = np.column_stack([winner[:, :2], over_under[:, 0], both_score[:, 0]])
    before = by_row(reference, _MEMBERS)
    after = _solved(np.log(before), target)
    return np.asarray(reference * (after / before)[:, _GROUP_OF])


def _solved(log_prior: Floats, target: Floats) -> Floats:
    """Sums over groups (n, g) by Newton's method with step halving on the dual, convex in 4 multipliers a match.

    A match that has converged is left alone, so that what it gets does not depend on others.
    """
    multipliers = np.zeros_like(target)
    value, sums = _dual(log_prior, multipliers, target)
    solved, rows = sums, np.arange(len(target))
    for _ in range(_MAX_ITERATIONS):
        still = np.abs(_expected(sums) - target).max(axis=1) > TOLERANCE
        if not still.any():
            break
        state = rows, log_prior, target, multipliers, value, sums
        rows, log_prior, target, multipliers, value, sums = (each[still] for each in state)
        multipliers, value, sums = _descended(log_prior, target, multipliers, value, sums)
        solved[rows] = sums
    return solved


def _descended(
    log_prior: Floats, target: Floats, multipliers: Floats, value: Floats, sums: Floats
) -> tuple[Floats, Floats, Floats]:
    """The multipliers, value of the dual and sums after a step.

    It is halved for each match until the dual falls enough (Armijo 1966).
    """
    expected = _expected(sums)
    gradient = expected - target
    products = (sums[:, :, None, None] * _PRODUCTS).sum(axis=1)
    curvature = products - expected[:, :, None] * expected[:, None, :]
    step = np.linalg.solve(curvature + _RIDGE, gradient[:, :, None])[:, :, 0]
    step *= np.minimum(1.0, _MAX_STEP / np.abs(step).max(axis=1, keepdims=True))
    length, slope = np.ones(len(step)), (step * gradient).sum(axis=1)
    for _ in range(_MAX_HALVINGS):
        moved = multipliers - length[:, None] * step
        lower, sums = _dual(log_prior, moved, target)
        too_far = lower > value - _SLOPE_SHARE * length * slope + _ROUNDING
        if not too_far.any():
            break
        length[too_far] /= 2.0
    return moved, lower, sums


def _expected(sums: Floats) -> Floats:
    """Probabilities (n, 4) of the constraints' outcomes by the sums over groups (n, g)."""
    return np.asarray((sums[:, None, :] * _CONSTRAINTS).sum(axis=2))


def _dual(log_prior: Floats, multipliers: Floats, target: Floats) -> tuple[Floats, Floats]:
    """The dual function (n,) and the sums over groups (n, g) that the multipliers (n, 4) give."""
    logs = log_prior + (multipliers[:, :, None] * _CONSTRAINTS).sum(axis=1)
    highest = logs.max(axis=1, keepdims=True)
    powers = np.exp(logs - highest)
    total = powers.sum(axis=1, keepdims=True)
    value = (highest + np.log(total))[:, 0] - (multipliers * target).sum(axis=1)
    return value, np.asarray(powers / total)
