"""Teams that change league: how each comes to a match, where that places it, and what leagues are worth.

Strengths are relative to the team's league. What one league is worth beside another is learnt from the teams that
move between them and from cup matches. A team from outside the database enters at a level learnt for its league.
"""

from __future__ import annotations

from common.numba_cache import njit_in_place
from features.ratings.state import (
    DAY_S,
    ENTRIES,
    FIRST_SEASON,
    LAST_KICKOFF,
    LAST_SEASON,
    LEAGUE_MATCHES,
    LEAGUE_OF,
    LEAGUE_PLAYED,
    LEVEL,
    MEAN,
    NEWCOMER_LEVEL,
    ORIGIN,
    OUTSIDE,
    PLAYED,
    SEASON_BEFORE,
    SEASON_OF,
    SEASON_PLAYED,
    SEASON_POINTS,
    VARIANCE,
    Fixture,
    Floats,
    State,
)
from features.ratings.strength_settings import (
    CUP_RATE,
    DAY_VARIANCE,
    GOALS,
    LEVEL_RATE,
    LOG_RATIO_TO_RATES,
    MIN_SHARED_STEP,
    MOVE_KEEP,
    MOVE_VARIANCE,
    NEWCOMER_RATE,
    RESUMED_KEEP,
    RETURN_KEEP,
    SEASON_KEEP,
    SEASON_VARIANCE,
    SETTLING_MATCHES,
    SIGN,
    START_VARIANCE,
)

# How a team comes to a match.
SETTLED, MOVED, RETURNED, NEWCOMER, RESUMED = range(5)

ABSENT_DAYS = 300.0


@njit_in_place
def arrival(state: State, team: int, fixture: Fixture) -> int:
    """Whether the team plays where it last did, or enters this league with the match.

    A team moves at most once a season, so that one with matches in two leagues does not move to and fro. A league
    in its first known season has no newcomers: all its teams are new. A team has been away where its league played
    a season without it; where the whole league is missing for as long, the team goes on in it.
    """
    if not fixture.in_league:
        return SETTLED
    old = int(state.teams[team, LEAGUE_OF])
    if old < 0:
        mature = state.leagues[fixture.league, LEAGUE_MATCHES] > 0
        return (
            NEWCOMER if mature and fixture.season > state.leagues[fixture.league, FIRST_SEASON] else SETTLED
        )
    if old != fixture.league:
        return MOVED if fixture.season > state.teams[team, SEASON_OF] else SETTLED
    if idle_days(state, team, fixture.kickoff) <= ABSENT_DAYS:
        return SETTLED
    return RETURNED if season_before(state, fixture) > state.teams[team, SEASON_OF] else RESUMED


@njit_in_place
def stays(arrival: int) -> bool:
    """Whether a team that arrives so is in the league that it was in."""
    return arrival in (SETTLED, RESUMED)


@njit_in_place
def season_before(state: State, fixture: Fixture) -> float:
    """The latest season before the match's of which its league has matches."""
    last = state.leagues[fixture.league, LAST_SEASON]
    return float(last if fixture.season > last else state.leagues[fixture.league, SEASON_BEFORE])


@njit_in_place
def idle_days(state: State, team: int, kickoff: int) -> float:
    """Days since the team's last known kick-off, 0 for a team without one."""
    if state.teams[team, PLAYED] == 0:
        return 0.0
    return float(max((kickoff - state.teams[team, LAST_KICKOFF]) / DAY_S, 0.0))


@njit_in_place
def home_league(state: State, team: int, fixture: Fixture, arrival: int) -> int:
    """League whose level the team's strength is relative to in this match, -1 if it has none."""
    if fixture.in_league and (arrival != SETTLED or state.teams[team, LEAGUE_OF] < 0):
        return fixture.league
    return int(state.teams[team, LEAGUE_OF])


@njit_in_place
def level_of(state: State, league: int, f: int) -> float:
    """What a team of average strength in `league` is worth, 0 for a team without league matches."""
    return state.leagues[league, LEVEL + f] if league >= 0 else 0.0


@njit_in_place
def starts_season(state: State, team: int, fixture: Fixture) -> bool:
    """Whether this is the team's first league match of a season that is not its first."""
    return (
        fixture.in_league
        and state.teams[team, LEAGUE_OF] >= 0
        and fixture.season > state.teams[team, SEASON_OF]
    )


@njit_in_place
def mean_after_transfer(
    state: State, settings: Floats, f: int, team: int, fixture: Fixture, arrival: int
) -> float:
    """Mean of strength `f` of a team at the start of the match, relative to the league it plays in."""
    p = settings[f]
    if arrival == NEWCOMER:
        return float(state.leagues[fixture.league, NEWCOMER_LEVEL + f])
    mean = state.teams[team, MEAN + f]
    if arrival == RESUMED:
        return float(RESUMED_KEEP * mean)
    if starts_season(state, team, fixture):
        mean *= p[SEASON_KEEP]
    if arrival == MOVED:
        gap = level_of(state, int(state.teams[team, LEAGUE_OF]), f) - state.leagues[fixture.league, LEVEL + f]
        return float(p[MOVE_KEEP] * (mean + gap))
    if arrival == RETURNED:
        return float(state.leagues[fixture.league, NEWCOMER_LEVEL + f] + p[RETURN_KEEP] * mean)
    return float(mean)


@njit_in_place
def variance_now(state: State, settings: Floats, f: int, team: int, fixture: Fixture, arrival: int) -> float:
    """Variance of strength `f` of a team at the start of the match: a random walk since its last one."""
    p = settings[f]
    if arrival in (NEWCOMER, RETURNED, RESUMED):
        return float(p[START_VARIANCE])
    variance = state.teams[team, VARIANCE + f] + p[DAY_VARIANCE] * idle_days(state, team, fixture.kickoff)
    if starts_season(state, team, fixture):
        variance += p[SEASON_VARIANCE]
    if arrival == MOVED:
        variance += p[MOVE_VARIANCE]
    return float(min(variance, p[START_VARIANCE]))


@njit_in_place
def log_rate_shift(state: State, settings: Floats, team: int, fixture: Fixture, arrival: int) -> float:
    """How far a change of league moves the log rates of a team: attack up, defence up, by half the log ratio."""
    if stays(arrival):
        return 0.0
    mean = mean_after_transfer(state, settings, GOALS, team, fixture, arrival)
    return float(0.5 * LOG_RATIO_TO_RATES * (mean - state.teams[team, MEAN + GOALS]))


@njit_in_place
def enroll(state: State, team: int, fixture: Fixture, arrival: int) -> None:
    """Book the team into the league and season of a league match."""
    if not fixture.in_league:
        return
    if not stays(arrival):
        state.teams[team, ORIGIN] = state.teams[team, LEAGUE_OF] if arrival == MOVED else OUTSIDE
        state.teams[team, LEAGUE_PLAYED] = 0
        state.leagues[fixture.league, ENTRIES] += 1
    if not stays(arrival) or state.teams[team, LEAGUE_OF] < 0:
        state.teams[team, LEAGUE_OF] = fixture.league
    if fixture.season > state.teams[team, SEASON_OF]:
        state.teams[team, SEASON_OF] = fixture.season
        state.teams[team, SEASON_PLAYED] = 0
        state.teams[team, SEASON_POINTS] = 0.0


@njit_in_place
def update_levels(
    state: State, settings: Floats, f: int, fixture: Fixture, home_of: int, away_of: int, error: float
) -> None:
    """Move what leagues are worth, by a match between two of them or of a team that lately changed.

    `home_of` and `away_of` are the leagues of the two teams, -1 where a team has none.
    """
    if home_of != away_of:
        if home_of >= 0 and away_of >= 0:
            state.leagues[home_of, LEVEL + f] += settings[f, CUP_RATE] * error
            state.leagues[away_of, LEVEL + f] -= settings[f, CUP_RATE] * error
        return
    update_levels_of_mover(state, settings, f, fixture.home, fixture, error)
    update_levels_of_mover(state, settings, f, fixture.away, fixture, settings[f, SIGN] * error)


@njit_in_place
def update_levels_of_mover(
    state: State, settings: Floats, f: int, team: int, fixture: Fixture, error: float
) -> None:
    """A team new to its league that does better than expected (`error` > 0) says that the league is weaker.

    All that came this season share one step, so that many of them do not overshoot.
    """
    if not fixture.in_league or state.teams[team, LEAGUE_PLAYED] >= settings[f, SETTLING_MATCHES]:
        return
    step = error / max(state.leagues[fixture.league, ENTRIES], MIN_SHARED_STEP)
    origin = int(state.teams[team, ORIGIN])
    if origin == OUTSIDE:
        state.leagues[fixture.league, NEWCOMER_LEVEL + f] += settings[f, NEWCOMER_RATE] * step
    elif origin >= 0:
        state.leagues[fixture.league, LEVEL + f] -= 0.5 * settings[f, LEVEL_RATE] * step
        state.leagues[origin, LEVEL + f] += 0.5 * settings[f, LEVEL_RATE] * step
