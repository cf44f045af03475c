"""How a match's goals fall into its halves, and so what any distribution of full-time scores says of half-time.

Of the goals of a full-time score any may have been scored before the break, each side's with about the same chance:
0.442 of the home side's goals are, and 0.437 of the away side's. Given the score, goals spread over the halves a
little more evenly than at random, and more leads are lost, and level games decided, than the score alone says. A
side's strength, the league's goals and the state of the season move the share by less than 0.005: see RESULTS.md,
scores. On neutral ground neither side is at home, so both have the mean of the two shares.
"""

from __future__ import annotations

import numpy as np

from common.arrays import Floats, Mask
from markets.match_winner import MATCH_WINNER
from scores.cells import AWAY_GOALS, HOME_GOALS, LOG_FACTORIALS, by_row

_HOME_LOG_ODDS, _AWAY_LOG_ODDS = -0.2405, -0.2713
_EVENNESS, _LOST_LEAD, _LATE_DECISION = 0.0512, 0.0817, 0.0297
"""Fitted by likelihood to the 124,721 matches with half-time goals of the seasons 1995-96 to 2013-14."""


def _splits(home_log_odds: float, away_log_odds: float) -> Floats:
    full_home, full_away = HOME_GOALS[:, None], AWAY_GOALS[:, None]
    first_home, first_away = HOME_GOALS[None, :], AWAY_GOALS[None, :]
    second_home, second_away = full_home - first_home, full_away - first_away
    possible = (second_home >= 0) & (second_away >= 0)
    second_home, second_away = (np.maximum(goals, 0.0) for goals in (second_home, second_away))
    half_time, full_time = np.sign(first_home - first_away), np.sign(full_home - full_away)
    logs = (
        _log_choices(full_home, first_home, second_home)
        + _log_choices(full_away, first_away, second_away)
        + home_log_odds * first_home
        + away_log_odds * first_away
        + _EVENNESS * (first_home + first_away) * (second_home + second_away)
        + _LOST_LEAD * (half_time * full_time < 0)
        + _LATE_DECISION * ((half_time == 0) & (full_time != 0))
    )
    powers = np.where(possible, np.exp(logs), 0.0)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _log_choices(goals: Floats, first: Floats, second: Floats) -> Floats:
    """Log number of ways in which so many of a side's goals are those of the first half."""
    whole, early, late = (LOG_FACTORIALS[part.astype(np.intp)] for part in (goals, first, second))
    return np.asarray(whole - early - late)


_NEUTRAL_LOG_ODDS = (_HOME_LOG_ODDS + _AWAY_LOG_ODDS) / 2.0
SPLITS: Floats = _splits(_HOME_LOG_ODDS, _AWAY_LOG_ODDS)
NEUTRAL_SPLITS: Floats = _splits(_NEUTRAL_LOG_ODDS, _NEUTRAL_LOG_ODDS)
"""P(half-time score | full-time score), shape (CELLS, CELLS), full time by row; "10 or more" counts as 10."""

_RESULTS: Floats = np.eye(MATCH_WINNER.size)[MATCH_WINNER.settle(HOME_GOALS, AWAY_GOALS)]


def half_time_results(grids: Floats, neutral: Mask) -> Floats:
    """Probabilities (n, 3) of the results at half-time by grids (n, CELLS); `neutral` (n,) marks neutral ground."""
    return _by_ground(grids, neutral, _AT_HALF_TIME)


def half_time_full_time(grids: Floats, neutral: Mask) -> Floats:
    """Probabilities (n, 9) of pairs of results by grids (n, CELLS): home/home, home/draw, .. away/away."""
    return _by_ground(grids, neutral, _PAIRS)


def _by_ground(grids: Floats, neutral: Mask, weights: tuple[Floats, Floats]) -> Floats:
    at_home, on_neutral = weights
    chances = by_row(grids, at_home)
    if neutral.any():
        chances[neutral] = by_row(grids[neutral], on_neutral)
    return chances


def _pairs(splits: Floats) -> Floats:
    return np.asarray(((splits @ _RESULTS)[:, :, None] * _RESULTS[:, None, :]).reshape(len(splits), -1))


_AT_HALF_TIME = (SPLITS @ _RESULTS, NEUTRAL_SPLITS @ _RESULTS)
_PAIRS = (_pairs(SPLITS), _pairs(NEUTRAL_SPLITS))
