"""How far prices move between the price of a bet and the closing one, learnt from both teams' past matches.

The money and the news that moved a team's last prices have not reached its next early price in full. Ratings that
follow closing prices see that late; how a closing price differs from its own early one says it in time.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from common.numba_cache import njit_in_place
from features.ratings.column import LOG_RATIO, RatingColumn
from features.ratings.state import (
    DAY_S,
    EXCESS_MOVE,
    GOALS_MOVE,
    MOVE,
    MOVED_AT,
    MOVES,
    N_MOVES,
    SUPREMACY_MOVE,
    Features,
    Fixture,
    Floats,
    MatchView,
    Result,
    State,
    nan_unless,
)

# What a team's expected move takes in of an error, and the days in which it fades to 1/e: by the correlation with the
# next move, 2013-14 to 2018-19 (45,000 matches), which is within 0.004 of itself from 0.05 to 0.1, 200 to 500 days.
LEARNING_RATE = 0.08
FADING_DAYS = 300.0
# How the away team's move enters that of a match, in the order of the moves.
AWAY_SIGN: Floats = np.array([-1.0, 1.0, 1.0])

_column = partial(RatingColumn, group="market_history", source="past_prices")

COLUMNS = (
    _column("supremacy_move", LOG_RATIO, "How far prices of both teams' past matches moved until kick-off"),
    _column("draw_move", "log ratio", "How far prices of their draws moved until kick-off"),
    _column("goals_move", "log odds", "How far prices of over 2.5 goals moved until kick-off"),
)


@njit_in_place
def update(result: Result, state: State, fixture: Fixture) -> None:
    """Take in how far the prices of a match moved."""
    learn(state, fixture, SUPREMACY_MOVE, result.supremacy_move)
    learn(state, fixture, EXCESS_MOVE, result.excess_move)
    learn(state, fixture, GOALS_MOVE, result.goals_move)


@njit_in_place
def learn(state: State, fixture: Fixture, m: int, move: float) -> None:
    """Move both teams towards what move `m` of their match was; NaN is no move."""
    if math.isnan(move):
        return
    home, away = remainder(state, fixture.home, m, fixture), remainder(state, fixture.away, m, fixture)
    step = LEARNING_RATE * (move - home - AWAY_SIGN[m] * away)
    remember(state, fixture.home, m, fixture, home + step)
    remember(state, fixture.away, m, fixture, away + AWAY_SIGN[m] * step)


@njit_in_place
def remember(state: State, team: int, m: int, fixture: Fixture, move: float) -> None:
    """Keep a team's move as of the fixture's kick-off."""
    state.teams[team, MOVE + m] = move
    state.teams[team, MOVES + m] += 1.0
    state.teams[team, MOVED_AT + m] = fixture.kickoff


@njit_in_place
def remainder(state: State, team: int, m: int, fixture: Fixture) -> float:
    """What is left of a team's move by the fixture's kick-off."""
    days = max(fixture.kickoff - state.teams[team, MOVED_AT + m], 0.0) / DAY_S
    return float(state.teams[team, MOVE + m] * math.exp(-days / FADING_DAYS))


@njit_in_place
def match_move(state: State, fixture: Fixture, m: int) -> float:
    """Move `m` that both teams together bring to a match, NaN unless prices of both have moved before."""
    both = min(state.teams[fixture.home, MOVES + m], state.teams[fixture.away, MOVES + m])
    home, away = remainder(state, fixture.home, m, fixture), remainder(state, fixture.away, m, fixture)
    return nan_unless(both, home + AWAY_SIGN[m] * away)


@njit_in_place
def write(view: MatchView, out: Features, at: int) -> int:
    """Write the values of COLUMNS from column `at` on; returns the column after them."""
    for m in range(N_MOVES):
        out[at + m] = match_move(view.state, view.fixture, m)
    return at + N_MOVES
