"""Form and fatigue, from the last matches of a team."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

from common.numba_cache import njit_in_place
from features.ratings.column import RatingColumn, both_sides
from features.ratings.state import (
    DAY_S,
    LAST_KICKOFF,
    LEAGUE_PLAYED,
    PLAYED,
    RING,
    RING_AGAINST,
    RING_FOR,
    RING_HOME,
    RING_KICKOFF,
    ROUNDS,
    SEASON_OF,
    SEASON_PLAYED,
    SEASON_POINTS,
    Features,
    Fixture,
    MatchView,
    Result,
    State,
    fill,
    nan_unless,
)
from features.ratings.transfers import idle_days

FORM_MATCHES = 5
BUSY_DAYS = 30.0

_form = partial(RatingColumn, group="form", source="results", in_price=True)
_fatigue = partial(RatingColumn, group="fatigue", source="results", in_price=True)

COLUMNS = (
    *both_sides(_form, "points_last_5", "points a match", "points over the last 5 matches"),
    *both_sides(_form, "goals_for_last_5", "goals a match", "goals scored over the last 5 matches"),
    *both_sides(_form, "goals_against_last_5", "goals a match", "goals conceded over the last 5 matches"),
    *both_sides(_form, "points_last_10", "points a match", "points over the last 10 matches"),
    *both_sides(_form, "points_at_venue", "points a match", "points at this venue, of the last 10"),
    *both_sides(_form, "points_season", "points a match", "points this season"),
    *both_sides(_fatigue, "rest_days", "days", "days since the last match"),
    *both_sides(_fatigue, "matches_30_days", "matches", "matches in the last 30 days"),
)


class Form(NamedTuple):
    """A team's last matches: means over the last five, points over ten and at this venue, and how many when."""

    points: float
    scored: float
    conceded: float
    points_long: float
    points_venue: float
    last_30_days: float


@njit_in_place
def points(scored: float, conceded: float) -> float:
    """Three for a win, one for a draw."""
    if scored == conceded:
        return 1.0
    return 3.0 if scored > conceded else 0.0


@njit_in_place
def update(result: Result, state: State, fixture: Fixture) -> None:
    """Put the match into both teams' rings of last matches and count it."""
    remember(state, fixture.home, fixture, 1.0, result.scored, result.conceded)
    remember(state, fixture.away, fixture, 0.0, result.conceded, result.scored)


@njit_in_place
def remember(
    state: State, team: int, fixture: Fixture, at_home: float, scored: float, conceded: float
) -> None:
    """Put the match into a team's ring of last matches and count it."""
    slot = int(state.teams[team, PLAYED]) % RING
    state.teams[team, RING_KICKOFF + slot] = fixture.kickoff
    state.teams[team, RING_FOR + slot] = scored
    state.teams[team, RING_AGAINST + slot] = conceded
    state.teams[team, RING_HOME + slot] = at_home
    state.teams[team, LAST_KICKOFF] = max(fixture.kickoff, state.teams[team, LAST_KICKOFF])
    state.teams[team, PLAYED] += 1
    if fixture.in_league:
        state.teams[team, LEAGUE_PLAYED] += 1
        state.teams[team, SEASON_PLAYED] += 1
        state.teams[team, SEASON_POINTS] += points(scored, conceded)
        rounds = state.leagues[fixture.league, ROUNDS]
        state.leagues[fixture.league, ROUNDS] = max(rounds, state.teams[team, SEASON_PLAYED])


@njit_in_place
def form_of(state: State, team: int, at_home: float, kickoff: int) -> Form:
    """Form from the team's ring of last matches; NaN before its first one, or its first at this venue."""
    short, scored, conceded, long, venue, venues, recent = 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0
    played = int(state.teams[team, PLAYED])
    for back in range(min(played, RING)):
        slot = (played - 1 - back) % RING
        won = points(state.teams[team, RING_FOR + slot], state.teams[team, RING_AGAINST + slot])
        long += won
        if back < FORM_MATCHES:
            short += won
            scored += state.teams[team, RING_FOR + slot]
            conceded += state.teams[team, RING_AGAINST + slot]
        if state.teams[team, RING_HOME + slot] == at_home:
            venue += won
            venues += 1
        if kickoff - state.teams[team, RING_KICKOFF + slot] <= BUSY_DAYS * DAY_S:
            recent += 1
    if played == 0:
        return Form(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
    n = float(min(played, FORM_MATCHES))
    at_venue = nan_unless(venues, venue / max(venues, 1))
    return Form(short / n, scored / n, conceded / n, long / min(played, RING), at_venue, float(recent))


@njit_in_place
def season_points_a_match(state: State, team: int, fixture: Fixture) -> float:
    """Points a league match so far this season, NaN before the first."""
    if fixture.season > state.teams[team, SEASON_OF] or state.teams[team, SEASON_PLAYED] == 0:
        return math.nan
    return float(state.teams[team, SEASON_POINTS] / state.teams[team, SEASON_PLAYED])


@njit_in_place
def rest_days(state: State, team: int, fixture: Fixture) -> float:
    """Days since the team's last kick-off, NaN before its first."""
    return nan_unless(state.teams[team, PLAYED], idle_days(state, team, fixture.kickoff))


@njit_in_place
def write(view: MatchView, out: Features, at: int) -> int:
    """Write the values of COLUMNS from column `at` on; returns the column after them."""
    state, fixture = view.state, view.fixture
    home = form_of(state, fixture.home, 1.0, fixture.kickoff)
    away = form_of(state, fixture.away, 0.0, fixture.kickoff)
    return fill(
        out,
        at,
        (
            home.points,
            away.points,
            home.scored,
            away.scored,
            home.conceded,
            away.conceded,
            home.points_long,
            away.points_long,
            home.points_venue,
            away.points_venue,
            season_points_a_match(state, fixture.home, fixture),
            season_points_a_match(state, fixture.away, fixture),
            rest_days(state, fixture.home, fixture),
            rest_days(state, fixture.away, fixture),
            home.last_30_days,
            away.last_30_days,
        ),
    )
