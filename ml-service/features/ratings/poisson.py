"""Attack and defence of teams as log rates of Poisson counts, learnt online from goals and shots on target."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

import numpy as np

from common.numba_cache import njit_in_place
from features.ratings.column import RatingColumn, both_sides
from features.ratings.league import base_rate
from features.ratings.performance import goals_and_chances
from features.ratings.state import (
    ATTACK,
    AVERAGED,
    BASE_LOG_AWAY,
    BASE_LOG_HOME,
    BASE_START,
    DEFENCE,
    N_POISSON,
    ON_TARGET_FOR,
    PLAYED,
    POISSON_GOALS,
    POISSON_GOALS_FAST,
    POISSON_SHOTS,
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
from features.ratings.transfers import log_rate_shift

POISSON_RATES: Floats = np.array([0.012, 0.035, 0.006])  # learning rates, log rate a count
BASE_LEARNING_RATE = 0.002
MAX_GOALS = 15

_in_price = partial(RatingColumn, group="strength", source="results", in_price=True)

COLUMNS = (
    _in_price("home_attack", "log goals", "Home team: attack against the league's average"),
    _in_price("home_defence", "log goals", "Home team: defence against the league's average"),
    _in_price("away_attack", "log goals", "Away team: attack against the league's average"),
    _in_price("away_defence", "log goals", "Away team: defence against the league's average"),
    *both_sides(_in_price, "expected_goals", "goals", "goals expected of the strengths"),
    *both_sides(_in_price, "expected_goals_recent", "goals", "goals expected of the latest strengths"),
    *both_sides(_in_price, "expected_on_target", "shots", "shots on target expected"),
    _in_price("poisson_home_win", "0..1", "Chance of a home win by the goals expected"),
    _in_price("poisson_draw", "0..1", "Chance of a draw by the goals expected"),
    _in_price("poisson_over", "0..1", "Chance of over 2.5 goals by the goals expected"),
    _in_price("poisson_both_score", "0..1", "Chance that both score by the goals expected"),
)


@njit_in_place
def enter(state: State, team: int, shift: float) -> None:
    """Move a team's log rates by what its change of league is worth (`transfers.log_rate_shift`)."""
    for k in range(N_POISSON):
        state.teams[team, ATTACK + k] += shift
        state.teams[team, DEFENCE + k] += shift


@njit_in_place
def expected_counts(
    state: State, k: int, fixture: Fixture, base: Floats, shift: float
) -> tuple[float, float]:
    """Expected counts of both teams, exp(base + attack - defence) (Maher 1982), kept within [0.05, 30].

    `shift` is how much a change of league moves the home team's log rates, less the away team's.
    """
    home, away = state.teams[fixture.home], state.teams[fixture.away]
    log_home = base[BASE_LOG_HOME + k] + shift + home[ATTACK + k] - away[DEFENCE + k]
    log_away = base[BASE_LOG_AWAY + k] - shift + away[ATTACK + k] - home[DEFENCE + k]
    return min(max(math.exp(log_home), 0.05), 30.0), min(max(math.exp(log_away), 0.05), 30.0)


@njit_in_place
def update(result: Result, state: State, fixture: Fixture) -> None:
    """Move the rates of goals at two speeds, and of shots on target."""
    home, away = goals_and_chances(result)
    update_rates(state, POISSON_GOALS, fixture, home, away)
    update_rates(state, POISSON_GOALS_FAST, fixture, home, away)
    update_rates(state, POISSON_SHOTS, fixture, result.on_target_home, result.on_target_away)


@njit_in_place
def update_rates(state: State, k: int, fixture: Fixture, scored: float, conceded: float) -> None:
    """One step of the Poisson log-likelihood's gradient for both teams' attack and defence.

    Rates are exp(base + attack - defence); the gradient by the log rate is count - rate (score-driven models:
    Koopman and Lit 2019).
    """
    if math.isnan(scored + conceded):
        return
    base, home, away = state.leagues[fixture.league], state.teams[fixture.home], state.teams[fixture.away]
    rate_home, rate_away = expected_counts(state, k, fixture, base, 0.0)
    error_home, error_away, rate = scored - rate_home, conceded - rate_away, POISSON_RATES[k]
    home[ATTACK + k] += rate * error_home
    away[DEFENCE + k] -= rate * error_home
    away[ATTACK + k] += rate * error_away
    home[DEFENCE + k] -= rate * error_away
    step = base_rate(state, fixture, BASE_LEARNING_RATE) * 0.5 / math.exp(BASE_START[BASE_LOG_HOME + k])
    base[BASE_LOG_HOME + k] += step * error_home
    base[BASE_LOG_AWAY + k] += step * error_away


class PoissonProbabilities(NamedTuple):
    """Probabilities of two independent Poisson counts: home win, draw, away win, over 2.5, both score."""

    home: float
    draw: float
    away: float
    over: float
    both: float


@njit_in_place
def score_grid(rate_home: float, rate_away: float) -> PoissonProbabilities:
    """Sum the grid of scores up to 15 goals a side of two independent Poisson counts (Maher 1982)."""
    mass_home, mass_away = math.exp(-rate_home), math.exp(-rate_away)
    below_home, below_away, home, draw, away = 0.0, 0.0, 0.0, 0.0, 0.0
    for goals in range(MAX_GOALS + 1):
        home += mass_home * below_away
        away += mass_away * below_home
        draw += mass_home * mass_away
        below_home += mass_home
        below_away += mass_away
        mass_home *= rate_home / (goals + 1.0)
        mass_away *= rate_away / (goals + 1.0)
    total = rate_home + rate_away
    over = 1.0 - math.exp(-total) * (1.0 + total + 0.5 * total * total)
    both = (1.0 - math.exp(-rate_home)) * (1.0 - math.exp(-rate_away))
    return PoissonProbabilities(home, draw, away, over, both)


@njit_in_place
def write(view: MatchView, out: Features, at: int) -> int:
    """Write the values of COLUMNS from column `at` on; returns the column after them."""
    fixture, state = view.fixture, view.state
    home = log_rate_shift(state, view.settings, fixture.home, fixture, view.home_arrival)
    away = log_rate_shift(state, view.settings, fixture.away, fixture, view.away_arrival)
    at = write_strengths(state.teams[fixture.home], home, out, at)
    at = write_strengths(state.teams[fixture.away], away, out, at)
    return write_expectations(view, home - away, out, at)


@njit_in_place
def write_strengths(team: Floats, shift: float, out: Features, at: int) -> int:
    """Attack and defence of a team, moved by a change of league."""
    attack = nan_unless(team[PLAYED], team[ATTACK + POISSON_GOALS] + shift)
    defence = nan_unless(team[PLAYED], team[DEFENCE + POISSON_GOALS] + shift)
    return fill(out, at, (attack, defence))


@njit_in_place
def write_expectations(view: MatchView, shift: float, out: Features, at: int) -> int:
    """Expected goals and shots on target of both teams, and the chances that the slow goal rates give each market."""
    state, fixture, base = view.state, view.fixture, view.base
    played, shots = matches_played(state, fixture), shots_observed(state, fixture)
    home, away = expected_counts(state, POISSON_GOALS, fixture, base, shift)
    home_fast, away_fast = expected_counts(state, POISSON_GOALS_FAST, fixture, base, shift)
    home_shots, away_shots = expected_counts(state, POISSON_SHOTS, fixture, base, shift)
    scores = score_grid(home, away)
    return fill(
        out,
        at,
        (
            nan_unless(played, home),
            nan_unless(played, away),
            nan_unless(played, home_fast),
            nan_unless(played, away_fast),
            nan_unless(shots, home_shots),
            nan_unless(shots, away_shots),
            nan_unless(played, scores.home),
            nan_unless(played, scores.draw),
            nan_unless(played, scores.over),
            nan_unless(played, scores.both),
        ),
    )


@njit_in_place
def shots_observed(state: State, fixture: Fixture) -> float:
    """Matches with shots on target that both teams together have behind them."""
    column = AVERAGED + ON_TARGET_FOR
    return float(state.teams[fixture.home, column] + state.teams[fixture.away, column])
