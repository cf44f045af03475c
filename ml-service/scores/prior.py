"""The grid of scores that two goal rates alone would give, and the rates that come nearest to the forecasts.

The probability of a score of h and a goals is in proportion to rate^h / h!^(1 + d) of one side, the same of the other
and exp(-m |h - a| - q (h + a)^2): Conway and Maxwell's (1962) generalisation of the Poisson distribution, and weights
by margin and total. With d below 0 either side's goals have a longer tail than at random, and the weights make large
margins and totals as rare as they are. The rates are those at which P(over 2.5) and the odds of a home win against an
away win are the forecast ones.
"""

from __future__ import annotations

import numpy as np

from common.arrays import Floats
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER
from scores.cells import AWAY_GOALS, COUNTS, HOME_GOALS, LOG_FACTORIALS, SIZE, by_row

HOME_EVENNESS, AWAY_EVENNESS = -0.062, -0.177
MARGIN_WEIGHT, TOTAL_WEIGHT = 0.112, 0.0172
"""The constants d of either side, m and q, fitted to the seasons 2005-06 to 2018-19: see RESULTS.md, scores."""
_ITERATIONS = 12
_MAX_STEP = 0.6
_USUAL_TOTAL = 2.6
_LOG_TOTALS = (np.log(0.02), np.log(20.0))
_LOG_RATIOS = (-6.0, 6.0)
_CLOSE = 1e-9

_LABELS = MATCH_WINNER.settle(HOME_GOALS, AWAY_GOALS)
_HOME, _AWAY = (np.asarray(label == _LABELS, dtype=np.float64) for label in (0, 2))
_OVER = np.asarray(OVER_UNDER.settle(HOME_GOALS, AWAY_GOALS) == 0, dtype=np.float64)
_MARGIN, _TOTAL = np.abs(HOME_GOALS - AWAY_GOALS), HOME_GOALS + AWAY_GOALS
_TOGETHER: Floats = np.exp(-MARGIN_WEIGHT * _MARGIN - TOTAL_WEIGHT * _TOTAL**2)
"""What the goals of both sides weigh together, by cell."""
_EVENTS = (_OVER, _HOME, _AWAY)
_MOMENTS: Floats = np.column_stack(
    [*_EVENTS, *(event * goals for goals in (HOME_GOALS, AWAY_GOALS) for event in (*_EVENTS, 1.0))]
)
"""By cell: three events, then each of them and the sure event times the goals of the home and of the away side."""


def prior_grids(winner: Floats, over_under: Floats) -> Floats:
    """Grids (n, CELLS) at the rates that come nearest to the forecasts.

    `winner` (n, 3) are home, draw and away, `over_under` (n, 2) over and under 2.5, all inside (0, 1). All cells are
    above 0 and a grid sums to 1.
    """
    target = np.column_stack(
        [np.log(over_under[:, 0] / over_under[:, 1]), np.log(winner[:, 0] / winner[:, 2])]
    )
    logs = np.column_stack([np.full(len(target), np.log(_USUAL_TOTAL)), np.zeros(len(target))])
    open_rows = np.arange(len(target))
    for _ in range(_ITERATIONS):
        error, slopes = _errors(logs[open_rows], target[open_rows])
        still = np.abs(error).max(axis=1) > _CLOSE
        open_rows, error, slopes = open_rows[still], error[still], slopes[still]
        if not len(open_rows):
            break
        step = np.linalg.solve(slopes, error[:, :, None])[:, :, 0]
        logs[open_rows] -= np.clip(step, -_MAX_STEP, _MAX_STEP)
        logs[:, 0].clip(*_LOG_TOTALS, out=logs[:, 0])
        logs[:, 1].clip(*_LOG_RATIOS, out=logs[:, 1])
    return grids_of_rates(_rates(logs))


def grids_of_rates(rates: Floats) -> Floats:
    """Grids (n, CELLS) by the rates (n, 2), above 0, of the home and the away side."""
    home, away = _weights(rates[:, 0], HOME_EVENNESS), _weights(rates[:, 1], AWAY_EVENNESS)
    grids = np.einsum("ni,nj->nij", home, away).reshape(len(rates), -1) * _TOGETHER
    return np.asarray(grids / grids.sum(axis=1, keepdims=True))


def _weights(rate: Floats, evenness: float) -> Floats:
    """What one side's goals weigh by themselves (n, SIZE), the last "10 or more"."""
    logs = COUNTS * np.log(rate)[:, None] - (1.0 + evenness) * LOG_FACTORIALS
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.column_stack([powers[:, : SIZE - 1], powers[:, SIZE - 1 :].sum(axis=1)])


def _rates(logs: Floats) -> Floats:
    """Both sides' rates (n, 2) by log total and log odds of the home side's share."""
    share = 1.0 / (1.0 + np.exp(-logs[:, 1]))
    return np.asarray(np.column_stack([share, 1.0 - share]) * np.exp(logs[:, :1]))


def _errors(logs: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Log-odds (n, 2) of the grids less the forecast ones, and their slopes (n, 2, 2) by both of `logs`."""
    rates = _rates(logs)
    moments = by_row(grids_of_rates(rates), _MOMENTS)
    chances = moments[:, :3]
    # The derivative of an event's log probability by a log rate is what it adds to that side's expected goals.
    home, away = (moments[:, at : at + 3] / chances - moments[:, at + 3 : at + 4] for at in (3, 7))
    odds_slopes = (
        np.stack(
            [side[:, 0] / (1.0 - chances[:, 0]), side[:, 1] - side[:, 2]],
            axis=1,
        )
        for side in (home, away)
    )
    by_home, by_away = odds_slopes
    share = (rates[:, 0] / rates.sum(axis=1))[:, None]
    slopes = np.stack([by_home + by_away, by_home * (1.0 - share) - by_away * share], axis=2)
    log_odds = np.column_stack(
        [np.log(chances[:, 0] / (1.0 - chances[:, 0])), np.log(chances[:, 1] / chances[:, 2])]
    )
    return log_odds - target, slopes
