"""One pass over all matches in time order: every rating moves with a result, every feature row is read on the way.

Two kinds of event arrive sorted by time. An UPDATE, at the moment the result is known, moves the ratings by that
match alone; a READ, at the moment a forecast is made, writes the match's features and moves nothing. Matches that
overlap are read before either is known, so they know nothing of each other.

Eight strengths share one scalar Kalman filter (`observe`; Kalman 1960, for football Knorr-Held 2000 and Koopman and
Lit 2015): a team has a mean and a variance, the variance grows with idle days, matches and season breaks, and the
gain is the team's share of the total variance, so that a new or long-idle team is vague and learns fast. Strengths
are relative to the team's league; what one league is worth beside another is learnt from the teams that move
between them and from cup matches, and places a promoted team. Teams from outside the database enter at a level
learnt for their league.

All arithmetic is scalar float64 in loops without fastmath: with NUMBA_DISABLE_JIT=1 plain Python gives the same
numbers. All of it is in this one file because Numba, asked whether what it once compiled still holds, looks at the
file of the function that is called and at no other.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit

Floats = NDArray[np.float64]
Features = NDArray[np.float32]
Ints = NDArray[np.int32]
Times = NDArray[np.int64]
Flags = NDArray[np.int8]

UPDATE = 0
READ = 1

# The strengths under the shared filter, in the order of their columns in `State.mean`.
(
    MARKET, MARKET_FAST, MARKET_TOTAL, MARKET_DRAW,
    PERFORMANCE, PERFORMANCE_FAST, PERFORMANCE_SLOW, GOALS,
) = range(8)  # fmt: skip
N_STRENGTHS = 8

# Rates of the online Poisson models, in the order of their columns in `State.attack`.
POISSON_GOALS, POISSON_GOALS_FAST, POISSON_SHOTS = range(3)
N_POISSON = 3

# League levels, in the order of their columns in `State.base`: the strengths' averages (home advantage for those
# that are differences), then Elo's home advantage, the Poisson models' log rates, and plain averages.
BASE_ELO = N_STRENGTHS
BASE_LOG_HOME = BASE_ELO + 1
BASE_LOG_AWAY = BASE_LOG_HOME + N_POISSON
BASE_TOTAL_GOALS = BASE_LOG_AWAY + N_POISSON
BASE_GOAL_MARGIN = BASE_TOTAL_GOALS + 1
BASE_DRAWS = BASE_GOAL_MARGIN + 1
N_BASES = BASE_DRAWS + 1

# Exponential averages a team, in the order of their columns in `State.average`.
(
    SHOTS_FOR, SHOTS_AGAINST, ON_TARGET_FOR, ON_TARGET_AGAINST, CORNERS_FOR, CORNERS_AGAINST,
    SURPRISE, SURPRISE_SLOW, DRIFT, LAST_DRIFT, GOAL_LUCK,
) = range(11)  # fmt: skip
N_AVERAGES = 11

# The last matches of a team that form and fatigue look at.
RING = 10

# Where a team's present league membership came from, beside the index of a former league.
UNMOVED = -1
OUTSIDE = -2

DAY_S = 86_400.0
ABSENT_DAYS = 300.0


class MatchArrays(NamedTuple):
    """Matches as parallel arrays of length n; float arrays hold NaN where a value is missing.

    `league`, `country`, `home`, `away` are dense indices (country -1 = none); times are epoch seconds UTC with
    as_of <= kickoff; goals count 90 minutes; `close` (n, 3) and `close_over` (n) are probabilities of the last
    price known before kick-off, margin removed, of home/draw/away and of over 2.5 goals; `rated` is 1 where the
    match is finished and counts.
    """

    league: Ints
    country: Ints
    home: Ints
    away: Ints
    kickoff: Times
    as_of: Times
    known_at: Times
    season: Ints
    goals_home: Floats
    goals_away: Floats
    shots_on_target_home: Floats
    shots_on_target_away: Floats
    shots_home: Floats
    shots_away: Floats
    corners_home: Floats
    corners_away: Floats
    reds_home: Floats
    reds_away: Floats
    xg_home: Floats
    xg_away: Floats
    close: Floats
    close_over: Floats
    is_cup: Flags
    rated: Flags


class State(NamedTuple):
    """All that the pass remembers, float64: one row a team, a league, a country, and a last one for the world.

    The columns are those named below; counts, seasons, indices and epoch seconds are whole numbers.
    """

    teams: Floats
    leagues: Floats
    countries: Floats


# Columns of `State.teams`; the first are blocks: one column a strength, a Poisson model, an average, a slot.
MEAN = 0
VARIANCE = MEAN + N_STRENGTHS
OBSERVED = VARIANCE + N_STRENGTHS
ATTACK = OBSERVED + N_STRENGTHS
DEFENCE = ATTACK + N_POISSON
AVERAGE = DEFENCE + N_POISSON
AVERAGED = AVERAGE + N_AVERAGES
RING_KICKOFF = AVERAGED + N_AVERAGES  # the last matches, slot played % RING
RING_FOR = RING_KICKOFF + RING
RING_AGAINST = RING_FOR + RING
RING_HOME = RING_AGAINST + RING
ELO = RING_HOME + RING
LAST_KICKOFF = ELO + 1
LEAGUE_OF = LAST_KICKOFF + 1  # index of the league of the last league match, -1 before the first
ORIGIN = LEAGUE_OF + 1  # index of the league before it, UNMOVED or OUTSIDE
SEASON_OF = ORIGIN + 1  # season of the last league match
PLAYED = SEASON_OF + 1
LEAGUE_PLAYED = PLAYED + 1  # league matches since the team came to its league
SEASON_PLAYED = LEAGUE_PLAYED + 1
SEASON_POINTS = SEASON_PLAYED + 1
N_TEAM_COLUMNS = SEASON_POINTS + 1

# Columns of `State.leagues`, the first of which are blocks; `BASE` alone is also what `State.countries` holds.
BASE = 0
LEVEL = BASE + N_BASES  # what an average team of the league is worth, a column a strength
NEWCOMER_LEVEL = LEVEL + N_STRENGTHS  # strength of a team from outside the database, relative to the league
ELO_MEAN = NEWCOMER_LEVEL + N_STRENGTHS
LEAGUE_MATCHES = ELO_MEAN + 1
FIRST_SEASON = LEAGUE_MATCHES + 1
LAST_SEASON = FIRST_SEASON + 1
SEASON_BEFORE = LAST_SEASON + 1  # the season that the league played before its last one
ROUNDS = SEASON_BEFORE + 1  # most matches a team has played in the league's present season
ROUNDS_BEFORE = ROUNDS + 1  # and in the season before
ENTRIES = ROUNDS_BEFORE + 1  # teams that came to the league this season
N_LEAGUE_COLUMNS = ENTRIES + 1
COUNTRY_MATCHES = N_BASES
HOME_LEVEL = (
    COUNTRY_MATCHES + 1
)  # a block in the world's row: what home advantage changed by everywhere, a strength
N_COUNTRY_COLUMNS = HOME_LEVEL + N_STRENGTHS


class Fixture(NamedTuple):
    """One match as the rating functions see it before they look at what happened in it."""

    league: int
    country: int
    home: int
    away: int
    kickoff: int
    season: int
    in_league: bool


# Columns of `STRENGTHS`, the filter's settings, one row a strength.
(
    SIGN,  # -1: home minus away; +1: the two teams add up
    START_VARIANCE,  # of a team never seen, and the most that any team can have
    NOISE,  # variance of one observation
    NOISE_SQUARED,  # relative growth of the noise with the square of the observation
    DAY_VARIANCE,  # random walk, a day
    MATCH_VARIANCE,  # random walk, a match
    SEASON_KEEP,  # share of the mean that a season break leaves
    SEASON_VARIANCE,  # random walk, a season break
    BASE_RATE,  # learning rate of the league's base
    LEVEL_RATE,  # learning rate of league levels, from teams that moved
    CUP_RATE,  # learning rate of league levels, from matches between leagues
    MOVE_KEEP,  # share of the mean that a change of league leaves
    MOVE_VARIANCE,  # added by a change of league
    NEWCOMER_START,  # first guess for a team from outside the database
    NEWCOMER_RATE,  # learning rate of that guess
    RETURN_KEEP,  # share of its old mean that a team absent for a season keeps
    SETTLING_MATCHES,  # matches after a move that teach league levels
    NUDGE,  # how far a performance other than the price foretold moves the mean
) = range(18)

# Tuned by coordinate descent on the squared distance to the closing price, seasons 2014-15 to 2018-19; the last
# four, which know results only, on that of all of them together, in all divisions and the five biggest leagues alike.
STRENGTHS: Floats = np.array(
    [
        [-1, 0.25, 0.03, 0.15, 7.7e-5, 0.002, 0.9, 0.08, 0.007, 0.42, 0.02, 0.7, 0.06, -0.4, 0.3, 0.1, 5, 0.00875],
        [-1, 0.125, 0.014, 0.3, 2.8e-4, 0.0028, 0.72, 0.1, 0.007, 0.3, 0.02, 0.7, 0.06, -0.4, 0.15, 0.1, 5, 0.1],
        [1, 0.005, 0.01, 0, 8e-5, 3e-4, 0.6, 0.005, 0.004, 0, 0, 0.85, 0.01, 0, 0.05, 0.2, 5, 0.008],
        [1, 0.002, 0.003, 0, 1e-5, 1e-4, 0.5, 0.002, 0.04, 0, 0, 0.75, 0.003, 0, 0.05, 0.2, 5, -0.002],
        [-1, 0.21, 0.4, 0, 1.2e-4, 2.6e-4, 0.938, 0.06, 0.0016, 0.03, 0.005, 0.72, 0.063, -0.4, 0.03, 0.1, 20, 0],
        [-1, 0.42, 1.2, 0, 0.0014, 0.005, 0.93, 0.024, 2.6e-4, 0.0084, 0.005, 0.86, 0.015, -0.4, 0.06, 0.11, 20, 0],
        [-1, 0.75, 21, 0, 6.5e-6, 2e-5, 0.995, 0.004, 0.001, 0.0126, 0.005, 0.972, 0.0084, -0.4, 0.0084, 0.7, 20, 0],
        [-1, 0.21, 1.6, 0, 8.4e-6, 8e-5, 0.997, 0.15, 0.0037, 0.015, 0.005, 0.983, 0.015, -0.4, 0.015, 0.1, 112, 0],
    ],
    dtype=np.float64,
)  # fmt: skip

# Learning rates: Poisson strengths (log rate a goal), exponential averages, Elo.
POISSON_RATES: Floats = np.array([0.012, 0.035, 0.006])
POISSON_START: Floats = np.array([0.30, 0.30, 1.50])
AVERAGE_RATES: Floats = np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.06, 0.3, 1.0, 0.1])
BASE_START: Floats = np.array(
    [0.45, 0.45, 0.5, 0.0, 0.45, 0.45, 0.45, 0.45, 65.0, 0.35, 0.35, 1.55, 0.10, 0.10, 1.35, 2.6, 0.35, 0.27]
)
SHARED_STEP = 3.0
# What a team keeps of its mean where its whole league is missing for a season or more: instead of RETURN_KEEP that
# took 0.0120 [0.0090, 0.0149] off the log-loss by results in the eleven weeks after a hidden season (22 divisions).
RESUMED_KEEP = 0.75
# Learning rate of the home level common to the world: 0.0017 [0.0007, 0.0025] less in 2020-21, behind closed doors,
# and 0.00004 [-0.00004, 0.00011] more in 2012 to 2018.
WORLD_RATE = 1.0 / 4000.0
ELO_START = 1500.0
ELO_STEP = 20.0
ELO_NEWCOMER = -100.0
EARNED_NOISE = (
    1.45  # of a margin half of expected goals, on `performance`'s scale, where goals alone have 2.6
)
LOG_RATIO_TO_RATES = 0.587  # slope of the log ratio of goal rates on that of winning chances, closes 2014-19


def new_state(n_teams: int, n_leagues: int, n_countries: int) -> State:
    """State before the first match, of `n_teams` teams, `n_leagues` leagues and `n_countries` countries."""
    return State(_new_teams(n_teams), _new_leagues(n_leagues), _new_countries(n_countries + 1))


def copy(state: State) -> State:
    """An independent copy."""
    return State(*(array.copy() for array in state))


def grow(state: State, n_teams: int, n_leagues: int, n_countries: int) -> State:
    """A copy with room for more teams, leagues and countries; the known ones keep their indices and numbers."""
    fresh = new_state(n_teams, n_leagues, n_countries)
    fresh.teams[: len(state.teams)] = state.teams
    fresh.leagues[: len(state.leagues)] = state.leagues
    fresh.countries[: len(state.countries) - 1] = state.countries[:-1]
    fresh.countries[-1] = state.countries[-1]
    return fresh


def _new_teams(n: int) -> Floats:
    teams = np.zeros((n, N_TEAM_COLUMNS))
    teams[:, VARIANCE : VARIANCE + N_STRENGTHS] = STRENGTHS[:, START_VARIANCE]
    teams[:, ELO] = ELO_START
    teams[:, [LEAGUE_OF, SEASON_OF]] = -1.0
    teams[:, ORIGIN] = UNMOVED
    return teams


def _new_leagues(n: int) -> Floats:
    leagues = np.zeros((n, N_LEAGUE_COLUMNS))
    leagues[:, BASE : BASE + N_BASES] = BASE_START
    leagues[:, NEWCOMER_LEVEL : NEWCOMER_LEVEL + N_STRENGTHS] = STRENGTHS[:, NEWCOMER_START]
    leagues[:, ELO_MEAN] = ELO_START
    return leagues


def _new_countries(n: int) -> Floats:
    countries = np.zeros((n, N_COUNTRY_COLUMNS))
    countries[:, :N_BASES] = BASE_START
    return countries


class Result(NamedTuple):
    """What happened in a match, home less away where so named, and the last price before it."""

    scored: float
    conceded: float
    on_target_home: float
    on_target_away: float
    shots_home: float
    shots_away: float
    corners_home: float
    corners_away: float
    reds: float
    close_home: float
    close_draw: float
    close_away: float
    close_over: float
    xg_home: float = math.nan
    xg_away: float = math.nan


@njit
def result_of(matches: MatchArrays, m: int) -> Result:
    """What match `m` says once it is over."""
    return Result(
        matches.goals_home[m], matches.goals_away[m],
        matches.shots_on_target_home[m], matches.shots_on_target_away[m],
        matches.shots_home[m], matches.shots_away[m],
        matches.corners_home[m], matches.corners_away[m],
        matches.reds_home[m] - matches.reds_away[m],
        matches.close[m, 0], matches.close[m, 1], matches.close[m, 2], matches.close_over[m],
        matches.xg_home[m], matches.xg_away[m],
    )  # fmt: skip


@njit
def fixture_of(matches: MatchArrays, m: int) -> Fixture:
    """What is known of match `m` before it is played."""
    return Fixture(
        matches.league[m], matches.country[m], matches.home[m], matches.away[m],
        matches.kickoff[m], matches.season[m], matches.is_cup[m] == 0,
    )  # fmt: skip


# How a team comes to a match.
SETTLED, MOVED, RETURNED, NEWCOMER, RESUMED = range(5)


@njit
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


@njit
def season_before(state: State, fixture: Fixture) -> float:
    """The latest season before the match's of which its league has matches."""
    last = state.leagues[fixture.league, LAST_SEASON]
    return float(last if fixture.season > last else state.leagues[fixture.league, SEASON_BEFORE])


@njit
def idle_days(state: State, team: int, kickoff: int) -> float:
    """Days since the team's last known kick-off, 0 for a team without one."""
    if state.teams[team, PLAYED] == 0:
        return 0.0
    return float(max((kickoff - state.teams[team, LAST_KICKOFF]) / DAY_S, 0.0))


@njit
def home_league(state: State, team: int, fixture: Fixture, how: int) -> int:
    """League whose level the team's strength is relative to in this match, -1 if it has none."""
    if fixture.in_league and (how != SETTLED or state.teams[team, LEAGUE_OF] < 0):
        return fixture.league
    return int(state.teams[team, LEAGUE_OF])


@njit
def level_of(state: State, league: int, f: int) -> float:
    """What a team of average strength in `league` is worth, 0 for a team without league matches."""
    return state.leagues[league, LEVEL + f] if league >= 0 else 0.0


@njit
def new_season(state: State, team: int, fixture: Fixture) -> bool:
    """Whether this is the team's first league match of a season that is not its first."""
    return (
        fixture.in_league
        and state.teams[team, LEAGUE_OF] >= 0
        and fixture.season > state.teams[team, SEASON_OF]
    )


@njit
def placed(state: State, table: Floats, f: int, team: int, fixture: Fixture, how: int) -> float:
    """Mean of strength `f` of a team at the start of the match, moved to the league it plays in."""
    p = table[f]
    if how == NEWCOMER:
        return float(state.leagues[fixture.league, NEWCOMER_LEVEL + f])
    mean = state.teams[team, MEAN + f]
    if how == RESUMED:
        return float(RESUMED_KEEP * mean)
    if new_season(state, team, fixture):
        mean *= p[SEASON_KEEP]
    if how == MOVED:
        gap = level_of(state, int(state.teams[team, LEAGUE_OF]), f) - state.leagues[fixture.league, LEVEL + f]
        return float(p[MOVE_KEEP] * (mean + gap))
    if how == RETURNED:
        return float(state.leagues[fixture.league, NEWCOMER_LEVEL + f] + p[RETURN_KEEP] * mean)
    return float(mean)


@njit
def spread(state: State, table: Floats, f: int, team: int, fixture: Fixture, how: int) -> float:
    """Variance of strength `f` of a team at the start of the match: a random walk since its last one."""
    p = table[f]
    if how in (NEWCOMER, RETURNED, RESUMED):
        return float(p[START_VARIANCE])
    variance = state.teams[team, VARIANCE + f] + p[DAY_VARIANCE] * idle_days(state, team, fixture.kickoff)
    if new_season(state, team, fixture):
        variance += p[SEASON_VARIANCE]
    if how == MOVED:
        variance += p[MOVE_VARIANCE]
    return float(min(variance, p[START_VARIANCE]))


@njit
def base_row(state: State, fixture: Fixture) -> Floats:
    """Averages of the match's league; of its country, or of the world, where it has no match yet."""
    if state.leagues[fixture.league, LEAGUE_MATCHES] > 0:
        return state.leagues[fixture.league, :N_BASES]
    if fixture.country >= 0 and state.countries[fixture.country, COUNTRY_MATCHES] > 0:
        return state.countries[fixture.country, :N_BASES]
    return state.countries[-1, :N_BASES]


@njit
def expectation(
    state: State, table: Floats, f: int, fixture: Fixture, base: Floats, how_home: int, how_away: int
) -> float:
    """Expected observation of strength `f`: base + home + sign * away, each with its league's level.

    The base of a difference is the league's home advantage, to which is added what changed of it everywhere.
    """
    home = placed(state, table, f, fixture.home, fixture, how_home)
    away = placed(state, table, f, fixture.away, fixture, how_away)
    home += level_of(state, home_league(state, fixture.home, fixture, how_home), f)
    away += level_of(state, home_league(state, fixture.away, fixture, how_away), f)
    return float(base[f] + state.countries[-1, HOME_LEVEL + f] + home + table[f, SIGN] * away)


@njit
def placement_shift(state: State, table: Floats, team: int, fixture: Fixture, how: int) -> float:
    """How far a change of league moves the log rates of a team: attack up, defence up, by half the log ratio."""
    if how in (SETTLED, RESUMED):
        return 0.0
    moved = placed(state, table, GOALS, team, fixture, how) - state.teams[team, MEAN + GOALS]
    return float(0.5 * LOG_RATIO_TO_RATES * moved)


@njit
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


@njit
def elo_expectation(difference: float) -> float:
    """Expected score of a side `difference` Elo points stronger, in [0, 1] (Elo 1978)."""
    return 1.0 / (1.0 + math.pow(10.0, -difference / 400.0))


@njit
def elo_margin(goals: float) -> float:
    """World Football Elo's weight of a win by `goals`: 1, 1.5, 1.75, then 1.75 + (goals - 3) / 8."""
    if goals <= 1.0:
        return 1.0
    if goals <= 2.0:
        return 1.5
    return 1.75 + (goals - 3.0) / 8.0


@njit
def elo_score(scored: float, conceded: float) -> float:
    """1 for a win, 0.5 for a draw, 0 for a defeat."""
    if scored == conceded:
        return 0.5
    return 1.0 if scored > conceded else 0.0


@njit
def elo_before(state: State, team: int, fixture: Fixture, how: int) -> float:
    """Elo of a team before the match; one from outside the database starts below its league's mean."""
    if how == NEWCOMER:
        return float(state.leagues[fixture.league, ELO_MEAN] + ELO_NEWCOMER)
    return float(state.teams[team, ELO])


@njit
def log_total(over: float, supremacy: float) -> float:
    """log(rate home) + log(rate away) behind the price of over 2.5 goals.

    The total of two Poisson variables is Poisson: its mean T solves P(N > 2; T) = over, by Newton's method. With
    the log ratio d of the rates, the sum of their logs is 2 log(T / 2) - 2 log cosh(d / 2).
    """
    mean = 2.6
    for _ in range(6):
        tail = math.exp(-mean) * (1.0 + mean + 0.5 * mean * mean)
        mean -= (1.0 - tail - over) / (0.5 * math.exp(-mean) * mean * mean)
        mean = min(max(mean, 0.5), 8.0)
    ratio = LOG_RATIO_TO_RATES * supremacy
    return 2.0 * math.log(0.5 * mean) - 2.0 * math.log(math.cosh(0.5 * ratio))


@njit
def draw_excess(home: float, draw: float, away: float) -> float:
    """log(draw / sqrt(home * away)) less what is usual at that supremacy (fitted to closing prices 2010-14)."""
    square = math.log(home / away) ** 2
    usual = -0.19758 - 0.029739 * square - 0.0011916 * square * square
    return math.log(draw / math.sqrt(home * away)) - usual


@njit
def earned(result: Result) -> tuple[float, float]:
    """Goals of both teams; where both teams' expected goals are known, the mean of goals and expected goals.

    Half a weight each took a Dixon-Coles' log-loss from 0.9959 to 0.9867 (GoalIQ 2026, five leagues).
    """
    if math.isnan(result.xg_home + result.xg_away):
        return result.scored, result.conceded
    return 0.5 * (result.scored + result.xg_home), 0.5 * (result.conceded + result.xg_away)


@njit
def margin_of(home: float, away: float) -> float:
    """Home less away, within four goals: what goes beyond says no more."""
    return min(max(home - away, -4.0), 4.0)


@njit
def performance(result: Result) -> tuple[float, float]:
    """How a match went, on the scale of log(P home / P away), and the noise relative to the best case.

    Expected goals stand in for goals by half and are weighed against the statistics, each by the other's noise.
    """
    went, noise = statistics_performance(result)
    if math.isnan(result.xg_home + result.xg_away):
        return went, noise
    home, away = earned(result)
    chances = 0.035 + 1.43 * margin_of(home, away) + 0.28 * reds_of(result)
    weight = EARNED_NOISE / (EARNED_NOISE + noise)
    return weight * went + (1.0 - weight) * chances, 0.9 * min(noise, EARNED_NOISE)


@njit
def reds_of(result: Result) -> float:
    """Red cards of the home team less the away team's, within two; 0 where unknown."""
    return 0.0 if math.isnan(result.reds) else min(max(result.reds, -2.0), 2.0)


@njit
def statistics_performance(result: Result) -> tuple[float, float]:
    """`performance` without expected goals.

    Linear in goals, shots, corners and red cards, with the weights that foretell the closing price best (least
    squares, 2010 to 2014), rescaled to be unbiased; fewer statistics make it noisier.
    """
    goals, reds = margin_of(result.scored, result.conceded), reds_of(result)
    shots = result.shots_home - result.shots_away
    corners = result.corners_home - result.corners_away
    if not math.isnan(shots + corners):
        return -0.114 + 0.533 * goals + 0.135 * shots + 0.104 * corners + 0.564 * reds, 1.0
    on_target = result.on_target_home - result.on_target_away
    if not math.isnan(on_target):
        return -0.041 + 0.54 * goals + 0.341 * on_target + 0.454 * reds, 1.5
    return 0.035 + 1.43 * goals + 0.28 * reds, 2.6


@njit
def teach_levels(
    state: State, table: Floats, f: int, fixture: Fixture, home_of: int, away_of: int, error: float
) -> None:
    """Moves what leagues are worth, by a match between two of them or of a team that lately changed."""
    if home_of != away_of:
        if home_of >= 0 and away_of >= 0:
            state.leagues[home_of, LEVEL + f] += table[f, CUP_RATE] * error
            state.leagues[away_of, LEVEL + f] -= table[f, CUP_RATE] * error
        return
    teach_from_mover(state, table, f, fixture.home, fixture, error)
    teach_from_mover(state, table, f, fixture.away, fixture, table[f, SIGN] * error)


@njit
def teach_from_mover(state: State, table: Floats, f: int, team: int, fixture: Fixture, error: float) -> None:
    """A team new to its league that does better than expected (`error` > 0) says that the league is weaker.

    All that came this season share one step, so that many of them do not overshoot.
    """
    if not fixture.in_league or state.teams[team, LEAGUE_PLAYED] >= table[f, SETTLING_MATCHES]:
        return
    step = error / max(state.leagues[fixture.league, ENTRIES], SHARED_STEP)
    origin = int(state.teams[team, ORIGIN])
    if origin == OUTSIDE:
        state.leagues[fixture.league, NEWCOMER_LEVEL + f] += table[f, NEWCOMER_RATE] * step
    elif origin >= 0:
        state.leagues[fixture.league, LEVEL + f] -= 0.5 * table[f, LEVEL_RATE] * step
        state.leagues[origin, LEVEL + f] += 0.5 * table[f, LEVEL_RATE] * step


@njit
def base_rate(state: State, fixture: Fixture, rate: float) -> float:
    """Learning rate of a league's base: fast in its first matches, then `rate`."""
    return float(rate + 0.5 / (state.leagues[fixture.league, LEAGUE_MATCHES] + 20.0))


@njit
def observe(state: State, table: Floats, f: int, fixture: Fixture, value: float, noise: float) -> float:
    """Kalman's update of strength `f` of both teams by an observation; returns what was unexpected in it."""
    p = table[f]
    home, away = fixture.home, fixture.away
    home_of = home_league(state, home, fixture, SETTLED)
    away_of = home_league(state, away, fixture, SETTLED)
    error = value - expectation(
        state, table, f, fixture, state.leagues[fixture.league, :N_BASES], SETTLED, SETTLED
    )
    var_home, var_away = state.teams[home, VARIANCE + f], state.teams[away, VARIANCE + f]
    total = var_home + var_away + noise
    state.teams[home, MEAN + f] += var_home / total * error
    state.teams[away, MEAN + f] += p[SIGN] * var_away / total * error
    state.teams[home, VARIANCE + f] = var_home - var_home * var_home / total + p[MATCH_VARIANCE]
    state.teams[away, VARIANCE + f] = var_away - var_away * var_away / total + p[MATCH_VARIANCE]
    state.teams[home, OBSERVED + f] += 1
    state.teams[away, OBSERVED + f] += 1
    state.leagues[fixture.league, BASE + f] += base_rate(state, fixture, p[BASE_RATE]) * error
    if p[SIGN] < 0.0:
        state.countries[-1, HOME_LEVEL + f] += WORLD_RATE * error
    teach_levels(state, table, f, fixture, home_of, away_of, error)
    return error


@njit
def nudge(state: State, table: Floats, f: int, fixture: Fixture, surprise: float) -> None:
    """Moves both means by what the match itself said beyond its price."""
    step = table[f, NUDGE] * surprise
    state.teams[fixture.home, MEAN + f] += step
    state.teams[fixture.away, MEAN + f] += table[f, SIGN] * step


@njit
def feed(state: State, team: int, a: int, value: float) -> None:
    """Moves exponential average `a` of a team by a value, the first of which it starts from; NaN is no value."""
    if math.isnan(value):
        return
    rate = max(AVERAGE_RATES[a], 1.0 / (state.teams[team, AVERAGED + a] + 1.0))
    state.teams[team, AVERAGE + a] += rate * (value - state.teams[team, AVERAGE + a])
    state.teams[team, AVERAGED + a] += 1


@njit
def feed_sides(state: State, fixture: Fixture, a: int, home: float, away: float) -> None:
    """Feeds average `a` of the home team and of the away team."""
    feed(state, fixture.home, a, home)
    feed(state, fixture.away, a, away)


@njit
def market_update(result: Result, state: State, table: Floats, fixture: Fixture) -> None:
    """Follows the closing price, then takes in how the match went beside it."""
    home, draw, away = result.close_home, result.close_draw, result.close_away
    if math.isnan(home + draw + away):
        return
    supremacy = math.log(home / away)
    drift = 0.0
    for f in (MARKET_FAST, MARKET):
        noise = table[f, NOISE] * (1.0 + table[f, NOISE_SQUARED] * supremacy * supremacy)
        drift = observe(state, table, f, fixture, supremacy, noise)
    observe(state, table, MARKET_DRAW, fixture, draw_excess(home, draw, away), table[MARKET_DRAW, NOISE])
    went, noise = performance(result)
    surprise = (went - supremacy) / noise
    nudge(state, table, MARKET, fixture, surprise)
    nudge(state, table, MARKET_FAST, fixture, surprise)
    for a in (SURPRISE, SURPRISE_SLOW):
        feed_sides(state, fixture, a, surprise, -surprise)
    for a in (DRIFT, LAST_DRIFT):
        feed_sides(state, fixture, a, drift, -drift)
    total_update(result, state, table, fixture, supremacy)


@njit
def total_update(result: Result, state: State, table: Floats, fixture: Fixture, supremacy: float) -> None:
    """Follows the closing price of over 2.5 goals, then the goals themselves."""
    if math.isnan(result.close_over):
        return
    total = log_total(result.close_over, supremacy)
    observe(state, table, MARKET_TOTAL, fixture, total, table[MARKET_TOTAL, NOISE])
    mean = 2.0 * math.exp(0.5 * total) * math.cosh(0.5 * LOG_RATIO_TO_RATES * supremacy)
    home, away = earned(result)
    surprise = min(home + away, 8.0) - mean
    nudge(state, table, MARKET_TOTAL, fixture, surprise)
    nudge(state, table, MARKET_DRAW, fixture, surprise)


@njit
def strength_update(result: Result, state: State, table: Floats, fixture: Fixture) -> None:
    """Moves the strengths that know results only: three speeds from all statistics, one from goals."""
    went, noise = performance(result)
    for f in (PERFORMANCE, PERFORMANCE_FAST, PERFORMANCE_SLOW):
        observe(state, table, f, fixture, went, noise * table[f, NOISE])
    goals = 1.43 * margin_of(*earned(result))
    observe(state, table, GOALS, fixture, goals, table[GOALS, NOISE])


@njit
def poisson_update(state: State, k: int, fixture: Fixture, scored: float, conceded: float) -> None:
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
    step = base_rate(state, fixture, 0.002) * 0.5 / math.exp(BASE_START[BASE_LOG_HOME + k])
    base[BASE_LOG_HOME + k] += step * error_home
    base[BASE_LOG_AWAY + k] += step * error_away


@njit
def elo_update(state: State, fixture: Fixture, scored: float, conceded: float) -> None:
    """Elo with World Football Elo's margin weights; the league's home advantage follows ClubElo's idea."""
    home, away, league = state.teams[fixture.home], state.teams[fixture.away], state.leagues[fixture.league]
    expected = elo_expectation(home[ELO] - away[ELO] + league[BASE_ELO])
    moved = ELO_STEP * elo_margin(abs(scored - conceded)) * (elo_score(scored, conceded) - expected)
    home[ELO] += moved
    away[ELO] -= moved
    league[BASE_ELO] += 0.02 * moved
    league[ELO_MEAN] += 0.02 * (0.5 * (home[ELO] + away[ELO]) - league[ELO_MEAN])


@njit
def averages_update(result: Result, state: State, fixture: Fixture) -> None:
    """Shots, shots on target and corners of both teams."""
    shots_home, shots_away = result.shots_home, result.shots_away
    target_home, target_away = result.on_target_home, result.on_target_away
    corners_home, corners_away = result.corners_home, result.corners_away
    feed_sides(state, fixture, SHOTS_FOR, shots_home, shots_away)
    feed_sides(state, fixture, SHOTS_AGAINST, shots_away, shots_home)
    feed_sides(state, fixture, ON_TARGET_FOR, target_home, target_away)
    feed_sides(state, fixture, ON_TARGET_AGAINST, target_away, target_home)
    feed_sides(state, fixture, CORNERS_FOR, corners_home, corners_away)
    feed_sides(state, fixture, CORNERS_AGAINST, corners_away, corners_home)


@njit
def remember(
    state: State, team: int, fixture: Fixture, at_home: float, scored: float, conceded: float
) -> None:
    """Puts the match into the team's ring of last matches and counts it."""
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


@njit
def points(scored: float, conceded: float) -> float:
    """Three for a win, one for a draw."""
    if scored == conceded:
        return 1.0
    return 3.0 if scored > conceded else 0.0


@njit
def enter(state: State, table: Floats, team: int, fixture: Fixture) -> None:
    """Brings a team to the start of the match: strengths moved to its league, variances grown, books opened."""
    how = arrival(state, team, fixture)
    shift = placement_shift(state, table, team, fixture, how)
    elo = elo_before(state, team, fixture, how)
    for f in range(N_STRENGTHS):
        mean = placed(state, table, f, team, fixture, how)
        state.teams[team, VARIANCE + f] = spread(state, table, f, team, fixture, how)
        state.teams[team, MEAN + f] = mean
    for k in range(N_POISSON):
        state.teams[team, ATTACK + k] += shift
        state.teams[team, DEFENCE + k] += shift
    state.teams[team, ELO] = elo
    if fixture.in_league:
        enroll(state, team, fixture, how)


@njit
def enroll(state: State, team: int, fixture: Fixture, how: int) -> None:
    """Books the team into the league and season of a league match."""
    if how not in (SETTLED, RESUMED):
        state.teams[team, ORIGIN] = state.teams[team, LEAGUE_OF] if how == MOVED else OUTSIDE
        state.teams[team, LEAGUE_PLAYED] = 0
        state.leagues[fixture.league, ENTRIES] += 1
    if how not in (SETTLED, RESUMED) or state.teams[team, LEAGUE_OF] < 0:
        state.teams[team, LEAGUE_OF] = fixture.league
    if fixture.season > state.teams[team, SEASON_OF]:
        state.teams[team, SEASON_OF] = fixture.season
        state.teams[team, SEASON_PLAYED] = 0
        state.teams[team, SEASON_POINTS] = 0.0


@njit
def open_league(state: State, fixture: Fixture) -> None:
    """Starts a league's books with its first match, and a new season's with that season's first."""
    league = fixture.league
    if state.leagues[league, LEAGUE_MATCHES] == 0:
        state.leagues[league, :N_BASES] = base_row(state, fixture)
        state.leagues[league, FIRST_SEASON] = fixture.season
        state.leagues[league, LAST_SEASON] = fixture.season
        state.leagues[league, SEASON_BEFORE] = -1.0
    elif fixture.season > state.leagues[league, LAST_SEASON]:
        state.leagues[league, SEASON_BEFORE] = state.leagues[league, LAST_SEASON]
        state.leagues[league, LAST_SEASON] = fixture.season
        state.leagues[league, ROUNDS_BEFORE] = state.leagues[league, ROUNDS]
        state.leagues[league, ROUNDS] = 0
        state.leagues[league, ENTRIES] = 0


@njit
def league_update(state: State, fixture: Fixture, scored: float, conceded: float) -> None:
    """Moves the league's plain averages, then its country's and the world's copies of its base."""
    row = state.leagues[fixture.league, :N_BASES]
    rate = base_rate(state, fixture, 0.003)
    row[BASE_TOTAL_GOALS] += rate * (scored + conceded - row[BASE_TOTAL_GOALS])
    row[BASE_GOAL_MARGIN] += rate * (scored - conceded - row[BASE_GOAL_MARGIN])
    row[BASE_DRAWS] += rate * ((1.0 if scored == conceded else 0.0) - row[BASE_DRAWS])
    state.leagues[fixture.league, LEAGUE_MATCHES] += 1
    if fixture.country >= 0:
        follow(state, fixture.country, row)
    follow(state, len(state.countries) - 1, row)


@njit
def follow(state: State, country: int, row: Floats) -> None:
    """Moves a country's base towards that of a league that just played."""
    rate = max(0.005, 1.0 / (state.countries[country, COUNTRY_MATCHES] + 1.0))
    for b in range(N_BASES):
        state.countries[country, b] += rate * (row[b] - state.countries[country, b])
    state.countries[country, COUNTRY_MATCHES] += 1


@njit
def update_match(result: Result, state: State, table: Floats, fixture: Fixture) -> None:
    """Moves every rating by the result of one match."""
    open_league(state, fixture)
    enter(state, table, fixture.home, fixture)
    enter(state, table, fixture.away, fixture)
    market_update(result, state, table, fixture)
    strength_update(result, state, table, fixture)
    home, away = earned(result)
    poisson_update(state, POISSON_GOALS, fixture, home, away)
    poisson_update(state, POISSON_GOALS_FAST, fixture, home, away)
    poisson_update(state, POISSON_SHOTS, fixture, result.on_target_home, result.on_target_away)
    elo_update(state, fixture, result.scored, result.conceded)
    averages_update(result, state, fixture)
    remember(state, fixture.home, fixture, 1.0, result.scored, result.conceded)
    remember(state, fixture.away, fixture, 0.0, result.conceded, result.scored)
    league_update(state, fixture, result.scored, result.conceded)


class Scores(NamedTuple):
    """Probabilities of two independent Poisson counts: home win, draw, away win, over 2.5, both score."""

    home: float
    draw: float
    away: float
    over: float
    both: float


@njit
def score_grid(rate_home: float, rate_away: float) -> Scores:
    """Sums the grid of scores up to 15 goals a side of two independent Poisson counts (Maher 1982)."""
    mass_home, mass_away = math.exp(-rate_home), math.exp(-rate_away)
    below_home, below_away, home, draw, away = 0.0, 0.0, 0.0, 0.0, 0.0
    for goals in range(16):
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
    return Scores(home, draw, away, over, both)


@njit
def known(count: float, value: float) -> float:
    """The value, or NaN where nothing has been observed."""
    return value if count > 0 else math.nan


@njit
def write_elo(
    state: State, fixture: Fixture, base: Floats, how_home: int, how_away: int, out: Features, at: int
) -> int:
    """elo_home, elo_away, elo_difference (home advantage added), elo_expected_score."""
    home = elo_before(state, fixture.home, fixture, how_home)
    away = elo_before(state, fixture.away, fixture, how_away)
    out[at] = known(state.teams[fixture.home, PLAYED], home)
    out[at + 1] = known(state.teams[fixture.away, PLAYED], away)
    out[at + 2] = home - away + base[BASE_ELO]
    out[at + 3] = elo_expectation(home - away + base[BASE_ELO])
    return at + 4


@njit
def write_strengths(
    state: State,
    table: Floats,
    fixture: Fixture,
    base: Floats,
    how_home: int,
    how_away: int,
    out: Features,
    at: int,
) -> int:
    """The supremacies of four strengths, their uncertainty, then the Poisson models' columns."""
    seen = teams_played(state, fixture)
    for i, f in enumerate((GOALS, PERFORMANCE, PERFORMANCE_FAST, PERFORMANCE_SLOW)):
        out[at + i] = known(seen, expectation(state, table, f, fixture, base, how_home, how_away))
    at += 4
    out[at] = uncertainty(state, table, PERFORMANCE, fixture, how_home, how_away)
    shift_home = placement_shift(state, table, fixture.home, fixture, how_home)
    shift_away = placement_shift(state, table, fixture.away, fixture, how_away)
    write_attack(state.teams[fixture.home], shift_home, out, at + 1)
    write_attack(state.teams[fixture.away], shift_away, out, at + 3)
    return write_poisson(state, fixture, base, shift_home - shift_away, out, at + 5)


@njit
def write_attack(team: Floats, shift: float, out: Features, at: int) -> None:
    """Attack and defence of a team, moved by a change of league."""
    out[at] = known(team[PLAYED], team[ATTACK + POISSON_GOALS] + shift)
    out[at + 1] = known(team[PLAYED], team[DEFENCE + POISSON_GOALS] + shift)


@njit
def teams_played(state: State, fixture: Fixture) -> float:
    """Matches that both teams together have behind them."""
    return float(state.teams[fixture.home, PLAYED] + state.teams[fixture.away, PLAYED])


@njit
def uncertainty(state: State, table: Floats, f: int, fixture: Fixture, how_home: int, how_away: int) -> float:
    """Standard deviation of the difference (or sum) of the two teams' strengths."""
    home = spread(state, table, f, fixture.home, fixture, how_home)
    away = spread(state, table, f, fixture.away, fixture, how_away)
    return math.sqrt(home + away)


@njit
def write_poisson(state: State, fixture: Fixture, base: Floats, shift: float, out: Features, at: int) -> int:
    """Expected goals and shots on target of both teams, and what the slow goal rates say of each market."""
    played = teams_played(state, fixture)
    home, away = state.teams[fixture.home], state.teams[fixture.away]
    shots = home[AVERAGED + ON_TARGET_FOR] + away[AVERAGED + ON_TARGET_FOR]
    for k in range(N_POISSON):
        rate_home, rate_away = expected_counts(state, k, fixture, base, shift)
        seen = shots if k == POISSON_SHOTS else played
        out[at + 2 * k] = known(seen, rate_home)
        out[at + 2 * k + 1] = known(seen, rate_away)
    rate_home, rate_away = expected_counts(state, POISSON_GOALS, fixture, base, shift)
    return write_scores(played, rate_home, rate_away, out, at + 2 * N_POISSON)


@njit
def write_scores(seen: float, rate_home: float, rate_away: float, out: Features, at: int) -> int:
    """Home win, draw, over 2.5 and both score by the two goal rates."""
    scores = score_grid(rate_home, rate_away)
    out[at] = known(seen, scores.home)
    out[at + 1] = known(seen, scores.draw)
    out[at + 2] = known(seen, scores.over)
    out[at + 3] = known(seen, scores.both)
    return at + 4


class Form(NamedTuple):
    """A team's last matches: means over the last five, points over ten and at this venue, and how many when."""

    points: float
    scored: float
    conceded: float
    points_long: float
    points_venue: float
    last_30_days: float


FORM_MATCHES = 5


@njit
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
        if kickoff - state.teams[team, RING_KICKOFF + slot] <= 30.0 * DAY_S:
            recent += 1
    if played == 0:
        return Form(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
    n = float(min(played, FORM_MATCHES))
    at_venue = known(venues, venue / max(venues, 1))
    return Form(short / n, scored / n, conceded / n, long / min(played, RING), at_venue, float(recent))


@njit
def season_points_a_match(state: State, team: int, fixture: Fixture) -> float:
    """Points a league match so far this season, NaN before the first."""
    if fixture.season > state.teams[team, SEASON_OF] or state.teams[team, SEASON_PLAYED] == 0:
        return math.nan
    return float(state.teams[team, SEASON_POINTS] / state.teams[team, SEASON_PLAYED])


@njit
def write_form(state: State, fixture: Fixture, out: Features, at: int) -> int:
    """Form columns of the home team and of the away team, then fatigue of both."""
    home = form_of(state, fixture.home, 1.0, fixture.kickoff)
    away = form_of(state, fixture.away, 0.0, fixture.kickoff)
    for i in range(5):
        out[at + 2 * i] = home[i]
        out[at + 2 * i + 1] = away[i]
    out[at + 10] = season_points_a_match(state, fixture.home, fixture)
    out[at + 11] = season_points_a_match(state, fixture.away, fixture)
    out[at + 12] = known(state.teams[fixture.home, PLAYED], idle_days(state, fixture.home, fixture.kickoff))
    out[at + 13] = known(state.teams[fixture.away, PLAYED], idle_days(state, fixture.away, fixture.kickoff))
    out[at + 14] = home.last_30_days
    out[at + 15] = away.last_30_days
    return at + 16


@njit
def write_averages(state: State, fixture: Fixture, first: int, last: int, out: Features, at: int) -> int:
    """Averages `first` to `last` inclusive, home and away in turn."""
    for a in range(first, last + 1):
        out[at] = known(state.teams[fixture.home, AVERAGED + a], state.teams[fixture.home, AVERAGE + a])
        out[at + 1] = known(state.teams[fixture.away, AVERAGED + a], state.teams[fixture.away, AVERAGE + a])
        at += 2
    return at


@njit
def priced(state: State, f: int, fixture: Fixture) -> float:
    """Positive where strength `f` has been observed of both teams."""
    return float(min(state.teams[fixture.home, OBSERVED + f], state.teams[fixture.away, OBSERVED + f]))


@njit
def write_market(
    state: State,
    table: Floats,
    fixture: Fixture,
    base: Floats,
    how_home: int,
    how_away: int,
    out: Features,
    at: int,
) -> int:
    """What past closing prices foretell of this match's: supremacy, draw, total, and the probabilities of them."""
    supremacy = expectation(state, table, MARKET, fixture, base, how_home, how_away)
    draw = expectation(state, table, MARKET_DRAW, fixture, base, how_home, how_away)
    seen = priced(state, MARKET, fixture)
    out[at] = known(seen, supremacy)
    out[at + 1] = known(seen, expectation(state, table, MARKET_FAST, fixture, base, how_home, how_away))
    out[at + 2] = known(seen, uncertainty(state, table, MARKET, fixture, how_home, how_away))
    out[at + 3] = known(seen, draw)
    home, tie, away = three_way(supremacy, draw)
    out[at + 4] = known(seen, home)
    out[at + 5] = known(seen, tie)
    out[at + 6] = known(seen, away)
    total = expectation(state, table, MARKET_TOTAL, fixture, base, how_home, how_away)
    return write_total(priced(state, MARKET_TOTAL, fixture), total, supremacy, out, at + 7)


@njit
def three_way(supremacy: float, excess: float) -> tuple[float, float, float]:
    """Probabilities of home, draw and away from log(home / away) and the draw's excess: inverse of `draw_excess`."""
    square = supremacy * supremacy
    draw = math.exp(excess - 0.19758 - 0.029739 * square - 0.0011916 * square * square)
    home, away = math.exp(0.5 * supremacy), math.exp(-0.5 * supremacy)
    total = home + draw + away
    return home / total, draw / total, away / total


@njit
def write_total(seen: float, total: float, supremacy: float, out: Features, at: int) -> int:
    """Goal rates of both teams behind past prices, and over 2.5 and both to score from them."""
    ratio = LOG_RATIO_TO_RATES * supremacy
    rate_home, rate_away = math.exp(0.5 * (total + ratio)), math.exp(0.5 * (total - ratio))
    scores = score_grid(min(rate_home, 12.0), min(rate_away, 12.0))
    out[at] = known(seen, rate_home)
    out[at + 1] = known(seen, rate_away)
    out[at + 2] = known(seen, scores.over)
    out[at + 3] = known(seen, scores.both)
    return at + 4


@njit
def write_league(state: State, fixture: Fixture, base: Floats, out: Features, at: int) -> int:
    """League averages, how far the season is, cup flag, and what the teams have behind them."""
    seen = state.leagues[fixture.league, LEAGUE_MATCHES]
    out[at] = known(seen, base[BASE_TOTAL_GOALS])
    out[at + 1] = known(seen, base[BASE_GOAL_MARGIN])
    out[at + 2] = known(seen, base[BASE_DRAWS])
    out[at + 3] = season_progress(state, fixture)
    out[at + 4] = 0.0 if fixture.in_league else 1.0
    out[at + 5] = state.teams[fixture.home, PLAYED]
    out[at + 6] = state.teams[fixture.away, PLAYED]
    out[at + 7] = matches_in_league(state, fixture.home, fixture)
    out[at + 8] = matches_in_league(state, fixture.away, fixture)
    return at + 9


@njit
def season_progress(state: State, fixture: Fixture) -> float:
    """Matches the teams have played this season as a share of a whole season of the league before, at most 1."""
    before = state.leagues[fixture.league, ROUNDS_BEFORE]
    if fixture.season > state.leagues[fixture.league, LAST_SEASON]:
        before = state.leagues[fixture.league, ROUNDS]
    home = (
        state.teams[fixture.home, SEASON_PLAYED]
        if fixture.season <= state.teams[fixture.home, SEASON_OF]
        else 0
    )
    away = (
        state.teams[fixture.away, SEASON_PLAYED]
        if fixture.season <= state.teams[fixture.away, SEASON_OF]
        else 0
    )
    return float(min(0.5 * (home + away) / before, 1.0)) if before > 0 else math.nan


@njit
def matches_in_league(state: State, team: int, fixture: Fixture) -> float:
    """League matches since the team came to this league, 0 where it is new to it."""
    how = arrival(state, team, fixture)
    stays = state.teams[team, LEAGUE_OF] == fixture.league and how in (SETTLED, RESUMED)
    return float(state.teams[team, LEAGUE_PLAYED]) if stays else 0.0


@njit
def read_row(state: State, table: Floats, fixture: Fixture, out: Features) -> int:
    """Writes a match's features into `out`, in the order of `features.catalogue`; returns how many."""
    base = base_row(state, fixture)
    how_home, how_away = arrival(state, fixture.home, fixture), arrival(state, fixture.away, fixture)
    at = write_elo(state, fixture, base, how_home, how_away, out, 0)
    at = write_strengths(state, table, fixture, base, how_home, how_away, out, at)
    at = write_form(state, fixture, out, at)
    at = write_averages(state, fixture, SHOTS_FOR, CORNERS_AGAINST, out, at)
    at = write_market(state, table, fixture, base, how_home, how_away, out, at)
    at = write_averages(state, fixture, SURPRISE, LAST_DRIFT, out, at)
    return write_league(state, fixture, base, out, at)


N_FEATURES = 4 + 5 + 4 + 2 * N_POISSON + 4 + 16 + 12 + 11 + 8 + 9


@njit
def replay_events(
    matches: MatchArrays, match: Ints, kind: Flags, state: State, table: Floats, out: Features
) -> None:
    """`replay` with the filter's settings as an argument."""
    for event in range(len(match)):
        m = match[event]
        fixture = fixture_of(matches, m)
        if kind[event] == UPDATE:
            update_match(result_of(matches, m), state, table, fixture)
        else:
            read_row(state, table, fixture, out[m])


def replay(matches: MatchArrays, match: Ints, kind: Flags, state: State, out: Features) -> None:
    """Runs the events in the order given: moves `state` in place, fills row `match[i]` of `out` at every READ.

    `match` (e,) holds match indices and `kind` (e,) UPDATE or READ, sorted by time with updates first at equal
    times; only rated matches may be updated with. `out` is float32 (n, N_FEATURES); a missing value is NaN.
    """
    replay_events(matches, match, kind, state, STRENGTHS, out)
