"""Half-time scores by full-time scores."""

from __future__ import annotations

import numpy as np
import pytest

from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS, SIZE
from scores.first_half import SPLITS, half_time_grids


def cell(home: int, away: int) -> int:
    return home * SIZE + away


def test_every_full_time_score_has_a_distribution_of_half_time_scores() -> None:
    assert SPLITS.sum(axis=1) == pytest.approx(np.ones(CELLS))
    assert (SPLITS >= 0.0).all()


def test_nobody_has_more_goals_at_half_time_than_in_the_end() -> None:
    more = (HOME_GOALS[None, :] > HOME_GOALS[:, None]) | (AWAY_GOALS[None, :] > AWAY_GOALS[:, None])
    assert not SPLITS[more].any()


def test_a_match_without_goals_has_none_at_half_time() -> None:
    assert SPLITS[cell(0, 0), cell(0, 0)] == 1.0


def test_a_lone_goal_falls_before_the_break_in_44_of_100_matches() -> None:
    # Full-time 1-0 in the files: half-time 1-0 in 0.437 of them.
    assert SPLITS[cell(1, 0), cell(1, 0)] == pytest.approx(0.433, abs=0.005)


def test_half_time_grids_are_distributions() -> None:
    grids = np.random.default_rng(1).dirichlet(np.ones(CELLS), 5).reshape(-1, SIZE, SIZE)
    assert half_time_grids(grids).sum(axis=1) == pytest.approx(np.ones(5))
