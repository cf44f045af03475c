"""What goes into the pass and what it remembers: matches as arrays, one match, and the state's columns."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit_in_place
from features.ratings.strength_settings import N_STRENGTHS, NEWCOMER_START, START_VARIANCE, STRENGTHS

Floats = NDArray[np.float64]
Features = NDArray[np.float32]
Ints = NDArray[np.int32]
Times = NDArray[np.int64]
Flags = NDArray[np.int8]

UPDATE, READ = 0, 1

DAY_S = 86_400.0

# Rates of the online Poisson models, in the order of their columns in `ATTACK` and `DEFENCE`.
POISSON_GOALS, POISSON_GOALS_FAST, POISSON_SHOTS = range(3)
N_POISSON = 3

# Exponential averages a team, in the order of their columns in `AVERAGE`.
(
    SHOTS_FOR, SHOTS_AGAINST, ON_TARGET_FOR, ON_TARGET_AGAINST, CORNERS_FOR, CORNERS_AGAINST,
    SURPRISE, SURPRISE_SLOW, DRIFT, LAST_DRIFT,
) = range(10)  # fmt: skip
N_AVERAGES = 10

# Moves of prices, in the order of their columns in `MOVE`.
SUPREMACY_MOVE, EXCESS_MOVE, GOALS_MOVE = range(3)
N_MOVES = 3

# The last matches of a team that form and fatigue look at.
RING = 10

# Where a team's present league membership came from, beside the index of a former league.
UNMOVED = -1
OUTSIDE = -2

ELO_START = 1500.0


class MatchArrays(NamedTuple):
    """Matches as parallel arrays of length n; float arrays hold NaN where a value is missing.

    `league`, `country`, `home`, `away` are dense indices (country -1 = none); times are epoch seconds UTC with
    as_of <= kickoff; goals count 90 minutes; `close` (n, 3) and `close_over` (n) are probabilities of the last
    price known before kick-off, margin removed, of home/draw/away and of over 2.5 goals; `moves` (n, 3) are
    how far supremacy, draw's excess and goals had moved since the price of a bet (`features.closings`); `rated` is 1
    where the match is finished and counts.
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
    moves: Floats
    is_cup: Flags
    rated: Flags


class Fixture(NamedTuple):
    """One match as it is known before it is played; `kickoff` in epoch seconds UTC."""

    league: int
    country: int
    home: int
    away: int
    kickoff: int
    season: int
    in_league: bool


class Result(NamedTuple):
    """What happened in a match, home less away where so named, the last price before it and how that had moved."""

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
    supremacy_move: float
    excess_move: float
    goals_move: float
    xg_home: float = math.nan
    xg_away: float = math.nan


@njit_in_place
def result_of(matches: MatchArrays, m: int) -> Result:
    """What happened in match `m`."""
    return Result(
        matches.goals_home[m], matches.goals_away[m],
        matches.shots_on_target_home[m], matches.shots_on_target_away[m],
        matches.shots_home[m], matches.shots_away[m],
        matches.corners_home[m], matches.corners_away[m],
        matches.reds_home[m] - matches.reds_away[m],
        matches.close[m, 0], matches.close[m, 1], matches.close[m, 2], matches.close_over[m],
        matches.moves[m, 0], matches.moves[m, 1], matches.moves[m, 2],
        matches.xg_home[m], matches.xg_away[m],
    )  # fmt: skip


@njit_in_place
def fixture_of(matches: MatchArrays, m: int) -> Fixture:
    """What is known of match `m` before it is played."""
    return Fixture(
        matches.league[m], matches.country[m], matches.home[m], matches.away[m],
        matches.kickoff[m], matches.season[m], matches.is_cup[m] == 0,
    )  # fmt: skip


class State(NamedTuple):
    """All that the pass remembers, float64: one row a team, a league, a country, and a last one for the world.

    The columns are those named below; counts, seasons, indices and epoch seconds are whole numbers.
    """

    teams: Floats
    leagues: Floats
    countries: Floats


class MatchView(NamedTuple):
    """A match beside the state that its features are read from.

    `settings` is the filter's table (`STRENGTHS`), `base` the averages that stand for the match's league (`BASE_…`),
    and `home_arrival` and `away_arrival` say how each team comes to the match (`transfers.arrival`).
    """

    state: State
    settings: Floats
    fixture: Fixture
    base: Floats
    home_arrival: int
    away_arrival: int


class _Columns:
    """Hands out the columns of a matrix in blocks, one after the other."""

    def __init__(self) -> None:
        self.count = 0

    def block(self, size: int = 1) -> int:
        """The first of the next `size` columns."""
        first = self.count
        self.count += size
        return first


# League averages, in the order of their columns in `BASE`: the strengths' (home advantage for those that are
# differences), then Elo's home advantage, the Poisson models' log rates, and plain averages.
_base = _Columns()
BASE_STRENGTHS = _base.block(N_STRENGTHS)
BASE_ELO = _base.block()
BASE_LOG_HOME = _base.block(N_POISSON)
BASE_LOG_AWAY = _base.block(N_POISSON)
BASE_TOTAL_GOALS = _base.block()
BASE_GOAL_MARGIN = _base.block()
BASE_DRAWS = _base.block()
N_BASES = _base.count

# Columns of `State.teams`.
_team = _Columns()
MEAN = _team.block(N_STRENGTHS)
VARIANCE = _team.block(N_STRENGTHS)
OBSERVED = _team.block(N_STRENGTHS)
ATTACK = _team.block(N_POISSON)
DEFENCE = _team.block(N_POISSON)
AVERAGE = _team.block(N_AVERAGES)
AVERAGED = _team.block(N_AVERAGES)  # how many values each average has had
MOVE = _team.block(N_MOVES)  # how far a team's prices moved lately
MOVES = _team.block(N_MOVES)  # how many moves each has had
MOVED_AT = _team.block(N_MOVES)  # kick-off of the last of them
RING_KICKOFF = _team.block(RING)  # the last matches, slot played % RING
RING_FOR = _team.block(RING)
RING_AGAINST = _team.block(RING)
RING_HOME = _team.block(RING)
ELO = _team.block()
LAST_KICKOFF = _team.block()
LEAGUE_OF = _team.block()  # index of the league of the last league match, -1 before the first
ORIGIN = _team.block()  # index of the league before it, UNMOVED or OUTSIDE
SEASON_OF = _team.block()  # season of the last league match
PLAYED = _team.block()
LEAGUE_PLAYED = _team.block()  # league matches since the team came to its league
SEASON_PLAYED = _team.block()
SEASON_POINTS = _team.block()
N_TEAM_COLUMNS = _team.count

# Columns of `State.leagues`.
_league = _Columns()
BASE = _league.block(N_BASES)
LEVEL = _league.block(N_STRENGTHS)  # what an average team of the league is worth
NEWCOMER_LEVEL = _league.block(N_STRENGTHS)  # of a team from outside the database, relative to the league
ELO_MEAN = _league.block()
LEAGUE_MATCHES = _league.block()
FIRST_SEASON = _league.block()
LAST_SEASON = _league.block()
SEASON_BEFORE = _league.block()  # the season that the league played before its last one
ROUNDS = _league.block()  # most matches a team has played in the league's present season
ROUNDS_BEFORE = _league.block()  # and in the season before
ENTRIES = _league.block()  # teams that came to the league this season
N_LEAGUE_COLUMNS = _league.count

# Columns of `State.countries`, of which the first are those of `BASE`.
_country = _Columns()
COUNTRY_BASE = _country.block(N_BASES)
COUNTRY_MATCHES = _country.block()
HOME_LEVEL = _country.block(N_STRENGTHS)  # in the world's row: what home advantage changed by everywhere
N_COUNTRY_COLUMNS = _country.count

BASE_START: Floats = np.array(
    [0.45, 0.45, 0.5, 0.0, 0.45, 0.45, 0.45, 0.45, 65.0, 0.35, 0.35, 1.55, 0.10, 0.10, 1.35, 2.6, 0.35, 0.27]
)


def new_state(n_teams: int, n_leagues: int, n_countries: int) -> State:
    """State before the first match, of `n_teams` teams, `n_leagues` leagues and `n_countries` countries."""
    return State(_new_teams(n_teams), _new_leagues(n_leagues), _new_countries(n_countries + 1))


def copy(state: State) -> State:
    """An independent copy."""
    return State(*(array.copy() for array in state))


def grow(state: State, n_teams: int, n_leagues: int, n_countries: int) -> State:
    """A copy with room for more teams, leagues and countries; those already in it keep their indices and numbers."""
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
    countries[:, COUNTRY_BASE : COUNTRY_BASE + N_BASES] = BASE_START
    return countries


@njit_in_place
def nan_unless(count: float, value: float) -> float:
    """The value, or NaN where the count of what it was learnt from is 0."""
    return value if count > 0 else math.nan


@njit_in_place
def matches_played(state: State, fixture: Fixture) -> float:
    """Matches that both teams together have behind them."""
    return float(state.teams[fixture.home, PLAYED] + state.teams[fixture.away, PLAYED])


@njit_in_place
def fill(out: Features, at: int, values: tuple[float, ...]) -> int:
    """Write the values into `out` from column `at` on; returns the column after them."""
    for value in values:
        out[at] = value
        at += 1
    return at
