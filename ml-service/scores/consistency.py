"""Whether forecasts of the three markets can all be true of one distribution of scores, and what to do if not.

A 1-1 draw is the only score under 2.5 goals in which both teams score, and every draw over 2.5 goals is one in which
both score. So P(both score) - P(over 2.5) lies between P(draw) - 1 and P(draw), and any three forecasts within those
bounds are true of some distribution.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.arrays import Floats, Mask
from markets.both_score import BOTH_SCORE
from markets.market import two_outcomes
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER

MAX_SHARE = 0.98
"""How far towards a bound forecasts may go: at the bound itself every draw is 1-1, and 0-0 is impossible."""
_STEPS = 60
_MAX_SHIFT = 40.0


def contradicts(probabilities: Mapping[str, Floats]) -> Mask:
    """Which matches (n,) have forecasts (n, k) of the three markets, by key, past MAX_SHARE of the way to a bound."""
    draw = probabilities[MATCH_WINNER.key][:, 1]
    excess = probabilities[BOTH_SCORE.key][:, 0] - probabilities[OVER_UNDER.key][:, 0]
    return np.asarray((excess > MAX_SHARE * draw) | (-excess > MAX_SHARE * (1.0 - draw)))


def reconciled(probabilities: Mapping[str, Floats]) -> dict[str, Floats]:
    """Forecasts (n, k) by market, over/under and both score moved to the bound where they contradict the winner.

    The log-odds of both move by the same amount in opposite directions, which is the least that they can move in
    Kullback-Leibler divergence, added over the two. The match winner, the best evidenced of the three, stays.
    """
    agreed = dict(probabilities)
    rows = contradicts(probabilities)
    if rows.any():
        draw, over_under, both_score = (
            probabilities[market.key][rows] for market in (MATCH_WINNER, OVER_UNDER, BOTH_SCORE)
        )
        moved = _moved(draw[:, 1], over_under, both_score)
        for market, first in zip((OVER_UNDER, BOTH_SCORE), moved, strict=True):
            agreed[market.key] = probabilities[market.key].copy()
            agreed[market.key][rows] = two_outcomes(first)
    return agreed


def _moved(draw: Floats, over_under: Floats, both_score: Floats) -> tuple[Floats, Floats]:
    """Over and yes (n,) at the bound that they are past, by bisection of the shift of their log-odds."""
    over, yes = (np.log(pair[:, 0] / pair[:, 1]) for pair in (over_under, both_score))
    high = over_under[:, 0] < both_score[:, 0]
    bound = MAX_SHARE * np.where(high, draw, draw - 1.0)
    low_shift, high_shift = np.zeros_like(draw), np.full_like(draw, _MAX_SHIFT)
    sign = np.where(high, 1.0, -1.0)
    for _ in range(_STEPS):
        shift = sign * (low_shift + high_shift) / 2.0
        past = sign * (_sigmoid(yes - shift) - _sigmoid(over + shift) - bound) > 0.0
        low_shift, high_shift = (
            np.where(past, np.abs(shift), low_shift),
            np.where(past, high_shift, np.abs(shift)),
        )
    shift = sign * high_shift
    return _sigmoid(over + shift), _sigmoid(yes - shift)


def _sigmoid(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
