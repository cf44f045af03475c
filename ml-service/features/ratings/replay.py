"""The pass itself: every result moves the groups in turn, every look writes their columns side by side."""

from __future__ import annotations

from common.numba_cache import njit_in_place
from features.ratings import elo, form, league, market, moves, poisson, shots, strengths
from features.ratings.state import (
    BASE,
    COUNTRY_BASE,
    LEAGUE_MATCHES,
    N_BASES,
    UPDATE,
    Features,
    Fixture,
    Flags,
    Floats,
    Ints,
    MatchArrays,
    MatchView,
    Result,
    State,
    fixture_of,
    result_of,
)
from features.ratings.strength_settings import STRENGTHS
from features.ratings.transfers import arrival, enroll, log_rate_shift

COLUMNS = (
    *elo.COLUMNS,
    *strengths.COLUMNS,
    *poisson.COLUMNS,
    *form.COLUMNS,
    *shots.COLUMNS,
    *market.COLUMNS,
    *moves.COLUMNS,
    *league.COLUMNS,
)


@njit_in_place
def update_match(result: Result, state: State, settings: Floats, fixture: Fixture) -> None:
    """Move every rating by the result of one match."""
    league.enter(state, fixture)
    enter(state, settings, fixture.home, fixture)
    enter(state, settings, fixture.away, fixture)
    market.update(result, state, settings, fixture)
    moves.update(result, state, fixture)
    strengths.update(result, state, settings, fixture)
    poisson.update(result, state, fixture)
    elo.update(result, state, fixture)
    shots.update(result, state, fixture)
    form.update(result, state, fixture)
    league.update(result, state, fixture)


@njit_in_place
def enter(state: State, settings: Floats, team: int, fixture: Fixture) -> None:
    """Bring a team to the start of the match: ratings moved to its league, books opened."""
    how = arrival(state, team, fixture)
    poisson.enter(state, team, log_rate_shift(state, settings, team, fixture, how))
    strengths.enter(state, settings, team, fixture, how)
    elo.enter(state, team, fixture, how)
    enroll(state, team, fixture, how)


@njit_in_place
def view_of(state: State, settings: Floats, fixture: Fixture) -> MatchView:
    """A match beside the state before it."""
    home, away = arrival(state, fixture.home, fixture), arrival(state, fixture.away, fixture)
    base = state.leagues[fixture.league, BASE : BASE + N_BASES]
    if state.leagues[fixture.league, LEAGUE_MATCHES] == 0:
        base = state.countries[league.country_for(state, fixture), COUNTRY_BASE : COUNTRY_BASE + N_BASES]
    return MatchView(state, settings, fixture, base, home, away)


@njit_in_place
def write_row(view: MatchView, out: Features) -> int:
    """Write a match's features into `out` in the order of COLUMNS; returns how many."""
    at = elo.write(view, out, 0)
    at = strengths.write(view, out, at)
    at = poisson.write(view, out, at)
    at = form.write(view, out, at)
    at = shots.write(view, out, at)
    at = market.write(view, out, at)
    at = moves.write(view, out, at)
    return league.write(view, out, at)


@njit_in_place
def replay_events(
    matches: MatchArrays, match: Ints, kind: Flags, state: State, settings: Floats, out: Features
) -> None:
    """`replay` with the filter's settings as an argument."""
    for event in range(len(match)):
        m = match[event]
        fixture = fixture_of(matches, m)
        if kind[event] == UPDATE:
            update_match(result_of(matches, m), state, settings, fixture)
        else:
            write_row(view_of(state, settings, fixture), out[m])


def replay(matches: MatchArrays, match: Ints, kind: Flags, state: State, out: Features) -> None:
    """Runs the events in the order given: moves `state` in place, fills row `match[i]` of `out` at every READ.

    `match` (e,) holds match indices and `kind` (e,) UPDATE or READ, sorted by time with updates first at equal
    times; only rated matches may be updated with. `out` is float32 (n, len(COLUMNS)); a missing value is NaN.
    """
    replay_events(matches, match, kind, state, STRENGTHS, out)
