"""How a match's goals fall into its halves, and so what any distribution of full-time scores says of half-time.

Of the goals of a full-time score any may have been scored before the break, each side's with about the same chance:
0.442 of the home side's goals are, and 0.437 of the away side's. Given the score, goals spread over the halves a
little more evenly than at random, and more leads are lost, and level games decided, than the score alone says. A
side's strength, the league's goals and the state of the season move the share by less than 0.005, but it drifts over
the years, so that every training fits these constants (`scores.halves_fit`): see RESULTS.md, scores. On neutral
ground neither side is at home, and both have the mean of the two shares.

Given the score, the stronger side is the likelier one to lead at half-time: what a match of equal sides says of a
half-time score is tilted in proportion to P(home) - P(away), which leaves every full-time score as likely as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import lru_cache

import numpy as np

from common.arrays import Floats, Ints, Mask
from markets.match_winner import MATCH_WINNER
from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS, LOG_FACTORIALS, by_row

_RESULTS: Floats = np.eye(MATCH_WINNER.size)[MATCH_WINNER.settle(HOME_GOALS, AWAY_GOALS)]
_LEADS: Floats = np.sign(HOME_GOALS - AWAY_GOALS)

TILT = 0.06
"""Log-odds by which P(home) - P(away) moves a lead at half-time, fitted to 104,899 matches of 2000-01 to 2013-14."""
USUAL_ADVANTAGES: Floats = np.array([0.267, 0.161, 0.057])
"""Mean P(home) - P(away) of the same matches by what they ended in: home win, draw, away win."""

Weights = Callable[[Floats], Floats]
"""Weights (CELLS, k) of k events on a full-time score by P(half-time score | full-time score), (CELLS, CELLS),
linear in these."""


@dataclass(frozen=True)
class Halves:
    """The constants of P(half-time score | full-time score), log-odds all of them.

    Without any, every goal is as likely to fall in either half. `home` and `away` tilt each goal of a side towards
    the first half, `evenness` each pair of goals towards different halves, `lost_lead` a match towards one that the
    side behind at half-time wins, `late_decision` towards one that is level at half-time and then won. The defaults
    are fitted by likelihood to the 124,721 matches with half-time goals of the seasons 1995-96 to 2013-14.
    """

    home: float = -0.2405
    away: float = -0.2713
    evenness: float = 0.0512
    lost_lead: float = 0.0817
    late_decision: float = 0.0297

    def on_neutral_ground(self) -> Halves:
        """The same for matches in which neither side is at home."""
        mean = (self.home + self.away) / 2.0
        return Halves(mean, mean, self.evenness, self.lost_lead, self.late_decision)

    def splits(self) -> Floats:
        """P(half-time score | full-time score) of the usual match, shape (CELLS, CELLS), full time by row.

        "10 or more" counts as 10.
        """
        splits = np.zeros((CELLS, CELLS))
        splits[FULL_TIME, HALF_TIME] = self.chances()
        return splits

    def chances(self) -> Floats:
        """The same of every pair that is possible, in the order of FULL_TIME and HALF_TIME."""
        powers = np.exp(_LOG_CHOICES + np.array(astuple(self)) @ STATISTICS)
        return np.asarray(powers / np.bincount(FULL_TIME, powers)[FULL_TIME])


USUAL = Halves()


def _possible() -> tuple[Ints, Ints]:
    """Full-time and half-time cells of all pairs in which no side has more goals at half-time than in the end."""
    fits = (HOME_GOALS[None, :] <= HOME_GOALS[:, None]) & (AWAY_GOALS[None, :] <= AWAY_GOALS[:, None])
    full, half = np.nonzero(fits)
    return full.astype(np.int64), half.astype(np.int64)


FULL_TIME, HALF_TIME = _possible()


def _statistics() -> Floats:
    """What each constant of Halves counts in every pair, shape (5, pairs)."""
    first_home, first_away = HOME_GOALS[HALF_TIME], AWAY_GOALS[HALF_TIME]
    full_home, full_away = HOME_GOALS[FULL_TIME], AWAY_GOALS[FULL_TIME]
    early, late = first_home + first_away, full_home + full_away - first_home - first_away
    half_time, full_time = np.sign(first_home - first_away), np.sign(full_home - full_away)
    lost_lead, late_decision = half_time * full_time < 0, (half_time == 0) & (full_time != 0)
    statistics = (first_home, first_away, early * late, lost_lead, late_decision)
    return np.asarray(statistics, dtype=np.float64)


def _log_choices(side: Floats) -> Floats:
    """Log number of ways in which so many of a side's goals are those of the first half, by pair."""
    whole, early = side[FULL_TIME].astype(np.intp), side[HALF_TIME].astype(np.intp)
    return np.asarray(LOG_FACTORIALS[whole] - LOG_FACTORIALS[early] - LOG_FACTORIALS[whole - early])


STATISTICS: Floats = _statistics()
_LOG_CHOICES = _log_choices(HOME_GOALS) + _log_choices(AWAY_GOALS)


@dataclass(frozen=True)
class Splits:
    """P(half-time score | full-time score), (CELLS, CELLS), of a match in which P(home) - P(away) is `advantage`.

    `level` + advantage * `slope`, full time by row: to first order in TILT, and never below 0.
    """

    level: Floats
    slope: Floats

    @classmethod
    def of(cls, halves: Halves, is_neutral: bool = False) -> Splits:
        """The splits of matches at one side's home, or on neutral ground."""
        usual = (halves.on_neutral_ground() if is_neutral else halves).splits()
        slope = TILT * usual * (_LEADS - (usual @ _LEADS)[:, None])
        advantages = USUAL_ADVANTAGES
        if is_neutral:
            advantages = 0.5 * (advantages - advantages[::-1])
        return cls(usual - (_RESULTS @ advantages)[:, None] * slope, slope)

    def at(self, advantage: float) -> Floats:
        """The splits of a match of this advantage."""
        return self.level + advantage * self.slope


def advantages(grids: Floats) -> Floats:
    """P(home) - P(away) of matches (n,) by grids (n, CELLS)."""
    return by_row(grids, _LEADS[:, None])[:, 0]


def result_weights(splits: Floats) -> Floats:
    """Weights (CELLS, 3) of the results at half-time."""
    return splits @ _RESULTS


def pair_weights(splits: Floats) -> Floats:
    """Weights (CELLS, 9) of the results at half-time and in the end: home/home, home/draw, .. away/away."""
    return np.asarray((result_weights(splits)[:, :, None] * _RESULTS[:, None, :]).reshape(CELLS, -1))


def half_time_results(grids: Floats, neutral: Mask, halves: Halves) -> Floats:
    """Probabilities (n, 3) of the results at half-time by grids (n, CELLS); `neutral` (n,) marks neutral ground."""
    return by_ground(grids, neutral, halves, result_weights)


def half_time_full_time(grids: Floats, neutral: Mask, halves: Halves) -> Floats:
    """Probabilities (n, 9) of pairs of results by grids (n, CELLS): home/home, home/draw, .. away/away."""
    return by_ground(grids, neutral, halves, pair_weights)


def by_ground(grids: Floats, neutral: Mask, halves: Halves, weights: Weights) -> Floats:
    """Sums (n, k) over grids (n, CELLS) by the `weights` of the ground and the advantage of each match."""
    chances = _chances(grids, halves, False, weights)
    if neutral.any():
        chances[neutral] = _chances(grids[neutral], halves, True, weights)
    return chances


def _chances(grids: Floats, halves: Halves, is_neutral: bool, weights: Weights) -> Floats:
    """One product gives what level and slope say of each event, and the advantage that the slope counts by."""
    products = by_row(grids, _columns(halves, is_neutral, weights))
    level, slope = np.split(products[:, :-1], 2, axis=1)
    return np.asarray(level + products[:, -1:] * slope)


@lru_cache(maxsize=32)
def _columns(halves: Halves, is_neutral: bool, weights: Weights) -> Floats:
    splits = Splits.of(halves, is_neutral)
    return np.column_stack([weights(splits.level), weights(splits.slope), _LEADS])
