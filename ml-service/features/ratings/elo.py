"""Elo ratings with a multiplier for the goal difference and a home advantage a league."""

from __future__ import annotations

import math
from functools import partial

from common.numba_cache import njit_in_place
from features.ratings.column import RatingColumn, both_sides
from features.ratings.state import (
    BASE_ELO,
    ELO,
    ELO_MEAN,
    PLAYED,
    Features,
    Fixture,
    MatchView,
    Result,
    State,
    fill,
    nan_unless,
)
from features.ratings.transfers import NEWCOMER

ELO_K = 20.0  # the logit of markets/match_winner.py weighs Elo differences as they are at this K
ELO_PROMOTED_OFFSET = -100.0  # of a team from outside the database, from the mean of its new league
LEAGUE_RATE = 0.02  # learning rate of the league's home advantage and mean

_in_price = partial(RatingColumn, group="elo", source="results", in_price=True)

COLUMNS = (
    *both_sides(_in_price, "elo", "Elo points", "Elo rating before the match"),
    _in_price("elo_difference", "Elo points", "Home Elo minus away Elo plus the league's home advantage"),
    _in_price("elo_expected_score", "0..1", "Home team's expected score by Elo, a draw counting half"),
)


@njit_in_place
def expected_score(difference: float) -> float:
    """Expected score of a side `difference` Elo points stronger, in [0, 1] (Elo 1978)."""
    return 1.0 / (1.0 + math.pow(10.0, -difference / 400.0))


@njit_in_place
def goal_difference_multiplier(goals: float) -> float:
    """World Football Elo's weight of a win by `goals`: 1, 1.5, 1.75, then 1.75 + (goals - 3) / 8."""
    if goals <= 1.0:
        return 1.0
    if goals <= 2.0:
        return 1.5
    return 1.75 + (goals - 3.0) / 8.0


@njit_in_place
def score_of(scored: float, conceded: float) -> float:
    """1 for a win, 0.5 for a draw, 0 for a defeat."""
    if scored == conceded:
        return 0.5
    return 1.0 if scored > conceded else 0.0


@njit_in_place
def elo_after_transfer(state: State, team: int, fixture: Fixture, arrival: int) -> float:
    """Elo of a team before the match; one from outside the database starts below its league's mean."""
    if arrival == NEWCOMER:
        return float(state.leagues[fixture.league, ELO_MEAN] + ELO_PROMOTED_OFFSET)
    return float(state.teams[team, ELO])


@njit_in_place
def enter(state: State, team: int, fixture: Fixture, arrival: int) -> None:
    """Bring a team's Elo to the start of the match."""
    state.teams[team, ELO] = elo_after_transfer(state, team, fixture, arrival)


@njit_in_place
def update(result: Result, state: State, fixture: Fixture) -> None:
    """Elo with World Football Elo's goal-difference weights; the league's home advantage follows ClubElo's idea."""
    home, away, league = state.teams[fixture.home], state.teams[fixture.away], state.leagues[fixture.league]
    expected = expected_score(home[ELO] - away[ELO] + league[BASE_ELO])
    multiplier = goal_difference_multiplier(abs(result.scored - result.conceded))
    moved = ELO_K * multiplier * (score_of(result.scored, result.conceded) - expected)
    home[ELO] += moved
    away[ELO] -= moved
    league[BASE_ELO] += LEAGUE_RATE * moved
    league[ELO_MEAN] += LEAGUE_RATE * (0.5 * (home[ELO] + away[ELO]) - league[ELO_MEAN])


@njit_in_place
def write(view: MatchView, out: Features, at: int) -> int:
    """Write the values of COLUMNS from column `at` on; returns the column after them."""
    teams, fixture = view.state.teams, view.fixture
    home = elo_after_transfer(view.state, fixture.home, fixture, view.home_arrival)
    away = elo_after_transfer(view.state, fixture.away, fixture, view.away_arrival)
    difference = home - away + view.base[BASE_ELO]
    return fill(
        out,
        at,
        (
            nan_unless(teams[fixture.home, PLAYED], home),
            nan_unless(teams[fixture.away, PLAYED], away),
            difference,
            expected_score(difference),
        ),
    )
