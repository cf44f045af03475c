"""How goals fall into halves, learnt from matches."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from common.times import DAY_SECONDS
from markets.further import Goals
from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS
from scores.first_half import USUAL, Halves
from scores.halves_fit import HALF_LIFE_DAYS, USUAL_MATCHES, fitted_halves

EARLY = Halves(home=0.3, away=-0.1, evenness=0.02, lost_lead=0.3, late_decision=-0.2)
NOW = 20_000 * DAY_SECONDS


def played(count: int, halves: Halves, seed: int = 3) -> Goals:
    """Matches whose goals fall into halves as `halves` say."""
    generator = np.random.default_rng(seed)
    full = generator.poisson(1.5, count).clip(max=8) * 11 + generator.poisson(1.2, count).clip(max=8)
    limits = halves.splits().cumsum(axis=1)[full]
    half = (generator.random(count)[:, None] * limits[:, -1:] >= limits).sum(axis=1)
    assert half.max() < CELLS
    return Goals(HOME_GOALS[full], AWAY_GOALS[full], HOME_GOALS[half], AWAY_GOALS[half])


def distance(halves: Halves, other: Halves) -> float:
    return float(np.abs(np.array(astuple(halves)) - np.array(astuple(other))).max())


def test_many_matches_say_how_their_goals_fall() -> None:
    goals = played(400_000, EARLY)
    assert distance(fitted_halves(goals, np.full(400_000, NOW)), EARLY) < 0.04


def test_without_half_time_scores_halves_are_as_usual() -> None:
    goals = played(50, EARLY)
    unknown = Goals(goals.home, goals.away, np.full(50, np.nan), goals.half_away)
    assert fitted_halves(unknown, np.full(50, NOW)) == USUAL


def test_few_matches_move_the_usual_constants_little() -> None:
    goals = played(100, EARLY)
    assert 0.0 < distance(fitted_halves(goals, np.full(100, NOW)), USUAL) < 0.05


def test_the_usual_constants_count_for_so_many_matches() -> None:
    count = int(USUAL_MATCHES)
    share = played(count, EARLY)
    learnt = fitted_halves(share, np.full(count, NOW))
    assert (learnt.home - USUAL.home) / (EARLY.home - USUAL.home) == pytest.approx(0.5, abs=0.1)


def test_a_match_of_one_half_life_ago_weighs_half() -> None:
    """Two old matches for each new one weigh as much, and halfway between both is what is learnt."""
    count = 100_000
    old, new = played(2 * count, EARLY), played(count, USUAL, seed=4)
    goals = Goals(*(np.concatenate(sides) for sides in zip(astuple(old), astuple(new), strict=True)))
    kickoffs = np.repeat([NOW - int(HALF_LIFE_DAYS * DAY_SECONDS), NOW], [2 * count, count])
    learnt = fitted_halves(goals, kickoffs)
    assert (learnt.home - USUAL.home) / (EARLY.home - USUAL.home) == pytest.approx(0.5, abs=0.05)
