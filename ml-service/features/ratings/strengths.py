"""Team strengths under one scalar Kalman filter, and those of them that know results only.

`observe` is the filter (Kalman 1960, for football Knorr-Held 2000 and Koopman and Lit 2015): a team has a mean and a
variance, the variance grows with idle days, matches and season breaks, and the gain is the team's share of the total
variance, so that a new or long-idle team is vague and learns fast.
"""

from __future__ import annotations

import math
from functools import partial

from common.numba_cache import njit_in_place
from features.ratings.column import LOG_RATIO, RatingColumn
from features.ratings.league import base_rate
from features.ratings.performance import capped_difference, goals_and_chances, performance
from features.ratings.state import (
    BASE,
    BASE_STRENGTHS,
    HOME_LEVEL,
    MEAN,
    N_BASES,
    OBSERVED,
    VARIANCE,
    Features,
    Fixture,
    Floats,
    MatchView,
    Result,
    State,
    fill,
    matches_played,
    nan_unless,
)
from features.ratings.strength_settings import (
    BASE_RATE,
    GOALS,
    MATCH_VARIANCE,
    N_STRENGTHS,
    NOISE,
    PERFORMANCE,
    PERFORMANCE_FAST,
    PERFORMANCE_SLOW,
    SIGN,
    SURPRISE_WEIGHT,
    WORLD_RATE,
)
from features.ratings.transfers import (
    SETTLED,
    home_league,
    level_of,
    mean_after_transfer,
    update_levels,
    variance_now,
)

_in_price = partial(RatingColumn, group="strength", source="results", in_price=True)

COLUMNS = (
    _in_price("goals_supremacy", LOG_RATIO, "Strength difference learnt from goals"),
    _in_price("performance_supremacy", LOG_RATIO, "Strength difference from goals, shots, corners, reds"),
    _in_price("performance_supremacy_recent", LOG_RATIO, "The same, from the latest matches above all"),
    _in_price("performance_supremacy_lasting", LOG_RATIO, "The same, over years"),
    _in_price("performance_uncertainty", LOG_RATIO, "Standard deviation of that difference"),
)


@njit_in_place
def enter(state: State, settings: Floats, team: int, fixture: Fixture, arrival: int) -> None:
    """Bring a team's strengths to the start of the match: moved to its league, variances grown."""
    for f in range(N_STRENGTHS):
        mean = mean_after_transfer(state, settings, f, team, fixture, arrival)
        state.teams[team, VARIANCE + f] = variance_now(state, settings, f, team, fixture, arrival)
        state.teams[team, MEAN + f] = mean


@njit_in_place
def expectation(
    state: State,
    settings: Floats,
    f: int,
    fixture: Fixture,
    base: Floats,
    home_arrival: int,
    away_arrival: int,
) -> float:
    """Expected observation of strength `f`: base + home + sign * away, each with its league's level.

    The base of a difference is the league's home advantage, to which is added what changed of it everywhere.
    """
    home = mean_after_transfer(state, settings, f, fixture.home, fixture, home_arrival)
    away = mean_after_transfer(state, settings, f, fixture.away, fixture, away_arrival)
    home += level_of(state, home_league(state, fixture.home, fixture, home_arrival), f)
    away += level_of(state, home_league(state, fixture.away, fixture, away_arrival), f)
    advantage = base[BASE_STRENGTHS + f] + state.countries[-1, HOME_LEVEL + f]
    return float(advantage + home + settings[f, SIGN] * away)


@njit_in_place
def uncertainty(
    state: State, settings: Floats, f: int, fixture: Fixture, home_arrival: int, away_arrival: int
) -> float:
    """Standard deviation of the difference (or sum) of the two teams' strengths."""
    home = variance_now(state, settings, f, fixture.home, fixture, home_arrival)
    away = variance_now(state, settings, f, fixture.away, fixture, away_arrival)
    return math.sqrt(home + away)


@njit_in_place
def observe(state: State, settings: Floats, f: int, fixture: Fixture, value: float, noise: float) -> float:
    """Kalman's update of strength `f` of both teams by an observation; returns what was unexpected in it."""
    p = settings[f]
    home, away = fixture.home, fixture.away
    base = state.leagues[fixture.league, BASE : BASE + N_BASES]
    error = value - expectation(state, settings, f, fixture, base, SETTLED, SETTLED)
    var_home, var_away = state.teams[home, VARIANCE + f], state.teams[away, VARIANCE + f]
    total = var_home + var_away + noise
    state.teams[home, MEAN + f] += var_home / total * error
    state.teams[away, MEAN + f] += p[SIGN] * var_away / total * error
    state.teams[home, VARIANCE + f] = var_home - var_home * var_home / total + p[MATCH_VARIANCE]
    state.teams[away, VARIANCE + f] = var_away - var_away * var_away / total + p[MATCH_VARIANCE]
    state.teams[home, OBSERVED + f] += 1
    state.teams[away, OBSERVED + f] += 1
    base[BASE_STRENGTHS + f] += base_rate(state, fixture, p[BASE_RATE]) * error
    if p[SIGN] < 0.0:
        state.countries[-1, HOME_LEVEL + f] += WORLD_RATE * error
    home_of = home_league(state, home, fixture, SETTLED)
    update_levels(state, settings, f, fixture, home_of, home_league(state, away, fixture, SETTLED), error)
    return error


@njit_in_place
def add_surprise(state: State, settings: Floats, f: int, fixture: Fixture, surprise: float) -> None:
    """Move both means by what the match itself said beyond its price."""
    step = settings[f, SURPRISE_WEIGHT] * surprise
    state.teams[fixture.home, MEAN + f] += step
    state.teams[fixture.away, MEAN + f] += settings[f, SIGN] * step


@njit_in_place
def update(result: Result, state: State, settings: Floats, fixture: Fixture) -> None:
    """Move the strengths that know results only: three speeds from all statistics, one from goals."""
    value, noise = performance(result)
    for f in (PERFORMANCE, PERFORMANCE_FAST, PERFORMANCE_SLOW):
        observe(state, settings, f, fixture, value, noise * settings[f, NOISE])
    home, away = goals_and_chances(result)
    goals = 1.43 * capped_difference(home, away)
    observe(state, settings, GOALS, fixture, goals, settings[GOALS, NOISE])


@njit_in_place
def write(view: MatchView, out: Features, at: int) -> int:
    """Write the values of COLUMNS from column `at` on; returns the column after them."""
    state, settings, fixture, base = view.state, view.settings, view.fixture, view.base
    home, away = view.home_arrival, view.away_arrival
    played = matches_played(state, fixture)
    goals = expectation(state, settings, GOALS, fixture, base, home, away)
    usual = expectation(state, settings, PERFORMANCE, fixture, base, home, away)
    recent = expectation(state, settings, PERFORMANCE_FAST, fixture, base, home, away)
    lasting = expectation(state, settings, PERFORMANCE_SLOW, fixture, base, home, away)
    return fill(
        out,
        at,
        (
            nan_unless(played, goals),
            nan_unless(played, usual),
            nan_unless(played, recent),
            nan_unless(played, lasting),
            uncertainty(state, settings, PERFORMANCE, fixture, home, away),
        ),
    )
