"""How goals fall into halves in the matches of a database, newer ones weighing more."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np

from common.arrays import Floats, Ints
from common.times import DAY_SECONDS
from markets.further import HALF_TIME_FULL_TIME, Goals
from scores.cells import CELLS, SIZE
from scores.first_half import FULL_TIME, HALF_TIME, STATISTICS, USUAL, Halves

HALF_LIFE_DAYS = 2.5 * 365.25
"""Age at which a match weighs half as much as the newest, chosen on past seasons: see RESULTS.md."""
USUAL_MATCHES = 2_500.0
"""Matches that the usual constants count for, so that few matches move them little."""
_ITERATIONS = 25
_CLOSE = 1e-9


def fitted_halves(goals: Goals, kickoffs: Ints) -> Halves:
    """The constants of highest likelihood in matches (n,) that kicked off at `kickoffs`, epoch seconds UTC.

    Matches without a score at half-time or in the end are left out; without any, the usual constants are returned.
    The likelihood is that of an exponential family, concave, and Newton's method climbs it.
    """
    rows = np.flatnonzero(HALF_TIME_FULL_TIME.is_known(goals))
    if not len(rows):
        return USUAL
    ages = (kickoffs[rows].max() - kickoffs[rows]) / DAY_SECONDS
    counts = _counts(goals.only(rows), 0.5 ** (ages / HALF_LIFE_DAYS))
    totals = np.bincount(FULL_TIME, counts)
    pseudo = USUAL_MATCHES * totals / totals.sum()
    counts, totals = counts + pseudo[FULL_TIME] * USUAL.chances(), totals + pseudo
    constants = np.array(astuple(USUAL))
    for _ in range(_ITERATIONS):
        gradient, curvature = _slopes(Halves(*constants), counts, totals)
        step = np.linalg.solve(curvature, gradient)
        constants += step
        if np.abs(step).max() < _CLOSE:
            break
    return Halves(*constants.tolist())


def _counts(goals: Goals, weights: Floats) -> Floats:
    """Weights of matches by pair of scores, in the order of FULL_TIME and HALF_TIME."""
    full, half = (_cells(*sides) for sides in ((goals.home, goals.away), (goals.half_home, goals.half_away)))
    pairs = np.zeros((CELLS, CELLS), dtype=np.int64)
    pairs[FULL_TIME, HALF_TIME] = np.arange(len(FULL_TIME))
    return np.bincount(pairs[full, half], weights, minlength=len(FULL_TIME)).astype(np.float64)


def _cells(home: Floats, away: Floats) -> Ints:
    row, column = (np.minimum(side, SIZE - 1.0).astype(np.int64) for side in (home, away))
    return np.asarray(row * SIZE + column)


def _slopes(halves: Halves, counts: Floats, totals: Floats) -> tuple[Floats, Floats]:
    """Gradient (5,) of the log-likelihood by the constants, and its negative second derivative (5, 5)."""
    chances = halves.chances()
    expected = totals[FULL_TIME] * chances
    means = np.stack([np.bincount(FULL_TIME, chances * each) for each in STATISTICS])
    curvature = (STATISTICS * expected) @ STATISTICS.T - (means * totals) @ means.T
    return STATISTICS @ (counts - expected), curvature
