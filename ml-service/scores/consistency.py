"""Whether forecasts of the three markets can all be true of one distribution of scores, and what to do if not.

A 1-1 draw is the only score under 2.5 goals in which both teams score, and every draw over 2.5 goals is one in which
both score. So P(both score) - P(over 2.5) lies between P(draw) - 1 and P(draw), and any three forecasts within those
bounds are true of some distribution.
"""

from __future__ import annotations

import numpy as np

from common.arrays import Floats, Mask

MAX_SHARE = 0.98
"""How far towards a bound forecasts may go: at the bound itself every draw is 1-1, and 0-0 is impossible."""
_STEPS = 60
_MAX_SHIFT = 40.0


def contradicts(winner: Floats, over_under: Floats, both_score: Floats) -> Mask:
    """Which matches (n,) have forecasts past MAX_SHARE of the way to a bound.

    `winner` (n, 3) are home, draw, away; `over_under` and `both_score` (n, 2) have over and yes first.
    """
    excess, draw = both_score[:, 0] - over_under[:, 0], winner[:, 1]
    return np.asarray((excess > MAX_SHARE * draw) | (-excess > MAX_SHARE * (1.0 - draw)))


def reconciled(winner: Floats, over_under: Floats, both_score: Floats) -> tuple[Floats, Floats]:
    """`over_under` and `both_score` (n, 2) moved to the bound where they contradict `winner` (n, 3), else as they are.

    The log-odds of both move by the same amount in opposite directions, which is the least that they can move in
    Kullback-Leibler divergence, added over the two. The match winner, the best evidenced of the three, stays.
    """
    rows = contradicts(winner, over_under, both_score)
    if not rows.any():
        return over_under, both_score
    over, yes = _moved(winner[rows, 1], over_under[rows], both_score[rows])
    over_under, both_score = over_under.copy(), both_score.copy()
    over_under[rows] = np.column_stack([over, 1.0 - over])
    both_score[rows] = np.column_stack([yes, 1.0 - yes])
    return over_under, both_score


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
