"""How a match's goals fall into its halves, and so what any distribution of full-time scores says of half-time.

Of the goals of a full-time score any may have been scored before the break, each side's with about the same chance:
0.442 of the home side's goals are, and 0.437 of the away side's. Given the score, goals spread over the halves a
little more evenly than at random, and more leads are lost, and level games decided, than the score alone says. A
side's strength, the league's goals and the state of the season move the share by less than 0.005, but it drifts over
the years, so that every training fits these constants (`scores.halves_fit`): see RESULTS.md, scores. On neutral
ground neither side is at home, and both have the mean of the two shares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from common.arrays import Floats, Ints, Mask
from markets.match_winner import MATCH_WINNER
from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS, LOG_FACTORIALS, by_row

_RESULTS: Floats = np.eye(MATCH_WINNER.size)[MATCH_WINNER.settle(HOME_GOALS, AWAY_GOALS)]


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
        """P(half-time score | full-time score), shape (CELLS, CELLS), full time by row; "10 or more" counts as 10."""
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


class HalfTimeWeights(NamedTuple):
    """Probabilities of what stands at half-time by full-time score.

    `splits` (CELLS, CELLS) are of the half-time scores, `results` (CELLS, 3) of the results at half-time, `pairs`
    (CELLS, 9) of both results: home/home, home/draw, .. away/away.
    """

    splits: Floats
    results: Floats
    pairs: Floats


@lru_cache(maxsize=16)
def half_time_weights(halves: Halves) -> HalfTimeWeights:
    """The weights by how goals fall into halves."""
    splits = halves.splits()
    results = splits @ _RESULTS
    return HalfTimeWeights(splits, results, (results[:, :, None] * _RESULTS[:, None, :]).reshape(CELLS, -1))


def half_time_results(grids: Floats, neutral: Mask, halves: Halves) -> Floats:
    """Probabilities (n, 3) of the results at half-time by grids (n, CELLS); `neutral` (n,) marks neutral ground."""
    return by_ground(grids, neutral, halves, lambda each: half_time_weights(each).results)


def half_time_full_time(grids: Floats, neutral: Mask, halves: Halves) -> Floats:
    """Probabilities (n, 9) of pairs of results by grids (n, CELLS): home/home, home/draw, .. away/away."""
    return by_ground(grids, neutral, halves, lambda each: half_time_weights(each).pairs)


def by_ground(grids: Floats, neutral: Mask, halves: Halves, weights: Callable[[Halves], Floats]) -> Floats:
    """Sums (n, k) over grids (n, CELLS) by the `weights` (CELLS, k) of the ground that each is played on."""
    chances = by_row(grids, weights(halves))
    if neutral.any():
        chances[neutral] = by_row(grids[neutral], weights(halves.on_neutral_ground()))
    return chances
