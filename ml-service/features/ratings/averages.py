"""Exponential averages of a team's matches, each with its learning rate."""

from __future__ import annotations

import math

import numpy as np

from common.numba_cache import njit_in_place
from features.ratings.state import AVERAGE, AVERAGED, Features, Fixture, Floats, State, nan_unless

# Learning rates, in the order of the averages: shots, shots on target, corners, then surprises and drifts.
AVERAGE_RATES: Floats = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.06, 0.3, 1.0])


@njit_in_place
def update_average(state: State, team: int, a: int, value: float) -> None:
    """Move average `a` of a team by a value, the first of which it starts from; NaN is no value."""
    if math.isnan(value):
        return
    rate = max(AVERAGE_RATES[a], 1.0 / (state.teams[team, AVERAGED + a] + 1.0))
    state.teams[team, AVERAGE + a] += rate * (value - state.teams[team, AVERAGE + a])
    state.teams[team, AVERAGED + a] += 1


@njit_in_place
def update_both_sides(state: State, fixture: Fixture, a: int, home: float, away: float) -> None:
    """Move average `a` of the home team and of the away team."""
    update_average(state, fixture.home, a, home)
    update_average(state, fixture.away, a, away)


@njit_in_place
def write_averages(state: State, fixture: Fixture, first: int, last: int, out: Features, at: int) -> int:
    """Averages `first` to `last` inclusive, home and away in turn; returns the column after them."""
    home, away = state.teams[fixture.home], state.teams[fixture.away]
    for a in range(first, last + 1):
        out[at] = nan_unless(home[AVERAGED + a], home[AVERAGE + a])
        out[at + 1] = nan_unless(away[AVERAGED + a], away[AVERAGE + a])
        at += 2
    return at
