"""What a league's matches average, how far its season is, and the matches that teams have behind them.

The averages are also what every other rating of a league stands on (`BASE_…`): a league without a match has those of
its country, or of the world.
"""

from __future__ import annotations

import math
from functools import partial

from common.numba_cache import njit_in_place
from features.ratings.column import RatingColumn, both_sides
from features.ratings.state import (
    BASE,
    BASE_DRAWS,
    BASE_GOAL_MARGIN,
    BASE_TOTAL_GOALS,
    COUNTRY_BASE,
    COUNTRY_MATCHES,
    ENTRIES,
    FIRST_SEASON,
    LAST_SEASON,
    LEAGUE_MATCHES,
    LEAGUE_OF,
    LEAGUE_PLAYED,
    N_BASES,
    PLAYED,
    ROUNDS,
    ROUNDS_BEFORE,
    SEASON_BEFORE,
    SEASON_OF,
    SEASON_PLAYED,
    Features,
    Fixture,
    Floats,
    MatchView,
    Result,
    State,
    fill,
    nan_unless,
)
from features.ratings.transfers import stays

AVERAGES_RATE = 0.003
MIN_COUNTRY_RATE = 0.005

_league = partial(RatingColumn, group="league", source="results")
_in_price = partial(RatingColumn, group="league", source="results", in_price=True)
_experience = partial(RatingColumn, group="experience", source="results", in_price=True)

COLUMNS = (
    _league("league_goals", "goals a match", "Goals a match in the league"),
    _in_price("league_home_margin", "goals a match", "Home goals minus away goals a match in the league"),
    _in_price("league_draws", "0..1", "Share of draws in the league"),
    _league("season_progress", "share", "Share of the season that the two teams have played"),
    RatingColumn("is_cup", "0 or 1", "Whether the match is of a cup", "league", "fixture", in_price=True),
    *both_sides(_experience, "matches", "matches", "matches known"),
    *both_sides(_experience, "matches_in_league", "matches", "league matches since it came to this league"),
)


@njit_in_place
def country_for(state: State, fixture: Fixture) -> int:
    """Which row of `State.countries` stands for a league without a match: its country's, or the world's."""
    if fixture.country >= 0 and state.countries[fixture.country, COUNTRY_MATCHES] > 0:
        return fixture.country
    return len(state.countries) - 1


@njit_in_place
def base_rate(state: State, fixture: Fixture, rate: float) -> float:
    """Learning rate of a league's base: fast in its first matches, then `rate`."""
    return float(rate + 0.5 / (state.leagues[fixture.league, LEAGUE_MATCHES] + 20.0))


@njit_in_place
def enter(state: State, fixture: Fixture) -> None:
    """Open a league's books with its first match, and a new season's with that season's first."""
    league = fixture.league
    if state.leagues[league, LEAGUE_MATCHES] == 0:
        country = country_for(state, fixture)
        for b in range(N_BASES):
            state.leagues[league, BASE + b] = state.countries[country, COUNTRY_BASE + b]
        state.leagues[league, FIRST_SEASON] = fixture.season
        state.leagues[league, LAST_SEASON] = fixture.season
        state.leagues[league, SEASON_BEFORE] = -1.0
    elif fixture.season > state.leagues[league, LAST_SEASON]:
        state.leagues[league, SEASON_BEFORE] = state.leagues[league, LAST_SEASON]
        state.leagues[league, LAST_SEASON] = fixture.season
        state.leagues[league, ROUNDS_BEFORE] = state.leagues[league, ROUNDS]
        state.leagues[league, ROUNDS] = 0
        state.leagues[league, ENTRIES] = 0


@njit_in_place
def update(result: Result, state: State, fixture: Fixture) -> None:
    """Move the league's plain averages, then its country's and the world's copies of its base."""
    row = state.leagues[fixture.league, BASE : BASE + N_BASES]
    rate, scored, conceded = base_rate(state, fixture, AVERAGES_RATE), result.scored, result.conceded
    row[BASE_TOTAL_GOALS] += rate * (scored + conceded - row[BASE_TOTAL_GOALS])
    row[BASE_GOAL_MARGIN] += rate * (scored - conceded - row[BASE_GOAL_MARGIN])
    row[BASE_DRAWS] += rate * ((1.0 if scored == conceded else 0.0) - row[BASE_DRAWS])
    state.leagues[fixture.league, LEAGUE_MATCHES] += 1
    if fixture.country >= 0:
        update_country(state, fixture.country, row)
    update_country(state, len(state.countries) - 1, row)


@njit_in_place
def update_country(state: State, country: int, row: Floats) -> None:
    """Move a country's base towards that of a league that just played."""
    rate = max(MIN_COUNTRY_RATE, 1.0 / (state.countries[country, COUNTRY_MATCHES] + 1.0))
    for b in range(N_BASES):
        state.countries[country, COUNTRY_BASE + b] += rate * (
            row[b] - state.countries[country, COUNTRY_BASE + b]
        )
    state.countries[country, COUNTRY_MATCHES] += 1


@njit_in_place
def season_progress(state: State, fixture: Fixture) -> float:
    """Matches the teams have played this season as a share of a whole season of the league before, at most 1."""
    before = state.leagues[fixture.league, ROUNDS_BEFORE]
    if fixture.season > state.leagues[fixture.league, LAST_SEASON]:
        before = state.leagues[fixture.league, ROUNDS]
    home = matches_this_season(state, fixture.home, fixture)
    away = matches_this_season(state, fixture.away, fixture)
    return float(min(0.5 * (home + away) / before, 1.0)) if before > 0 else math.nan


@njit_in_place
def matches_this_season(state: State, team: int, fixture: Fixture) -> float:
    """League matches that the team has played in the season of the match."""
    return float(state.teams[team, SEASON_PLAYED]) if fixture.season <= state.teams[team, SEASON_OF] else 0.0


@njit_in_place
def matches_in_league(state: State, team: int, fixture: Fixture, arrival: int) -> float:
    """League matches since the team came to this league, 0 where it is new to it."""
    is_in = state.teams[team, LEAGUE_OF] == fixture.league and stays(arrival)
    return float(state.teams[team, LEAGUE_PLAYED]) if is_in else 0.0


@njit_in_place
def write(view: MatchView, out: Features, at: int) -> int:
    """Write the values of COLUMNS from column `at` on; returns the column after them."""
    state, fixture, base = view.state, view.fixture, view.base
    played = state.leagues[fixture.league, LEAGUE_MATCHES]
    return fill(
        out,
        at,
        (
            nan_unless(played, base[BASE_TOTAL_GOALS]),
            nan_unless(played, base[BASE_GOAL_MARGIN]),
            nan_unless(played, base[BASE_DRAWS]),
            season_progress(state, fixture),
            0.0 if fixture.in_league else 1.0,
            state.teams[fixture.home, PLAYED],
            state.teams[fixture.away, PLAYED],
            matches_in_league(state, fixture.home, fixture, view.home_arrival),
            matches_in_league(state, fixture.away, fixture, view.away_arrival),
        ),
    )
