"""Half-time scores by full-time scores."""

from __future__ import annotations

import numpy as np
import pytest

from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS, SIZE
from scores.first_half import USUAL, USUAL_ADVANTAGES, Splits, half_time_full_time, half_time_results

SPLITS = USUAL.splits()


def cell(home: int, away: int) -> int:
    return home * SIZE + away


def test_every_full_time_score_has_a_distribution_of_half_time_scores() -> None:
    for is_neutral in (False, True):
        for advantage in (-1.0, 0.0, 0.3, 1.0):
            splits = Splits.of(USUAL, is_neutral).at(advantage)
            assert splits.sum(axis=1) == pytest.approx(np.ones(CELLS))
            assert (splits >= 0.0).all()


def test_nobody_has_more_goals_at_half_time_than_in_the_end() -> None:
    more = (HOME_GOALS[None, :] > HOME_GOALS[:, None]) | (AWAY_GOALS[None, :] > AWAY_GOALS[:, None])
    assert not SPLITS[more].any()


def test_a_match_without_goals_has_none_at_half_time() -> None:
    assert SPLITS[cell(0, 0), cell(0, 0)] == 1.0


def test_a_lone_goal_falls_before_the_break_in_44_of_100_matches() -> None:
    # Full-time 1-0 in the files: half-time 1-0 in 0.437 of them.
    assert SPLITS[cell(1, 0), cell(1, 0)] == pytest.approx(0.433, abs=0.005)


def test_each_match_has_the_results_of_its_own_ground() -> None:
    grids = np.random.default_rng(1).dirichlet(np.ones(CELLS), 4)
    neutral = np.array([False, True, False, True])
    for of_halves in (half_time_results, half_time_full_time):
        mixed = of_halves(grids, neutral, USUAL)
        assert mixed.sum(axis=1) == pytest.approx(np.ones(4))
        alone = [of_halves(grids[[row]], neutral[[row]], USUAL)[0] for row in range(4)]
        assert mixed.tolist() == np.stack(alone).tolist()
        assert not np.allclose(mixed[1], of_halves(grids, ~neutral, USUAL)[1])


def test_the_stronger_side_leads_at_half_time_more_often_than_the_final_score_says() -> None:
    favourite, outsider = (Splits.of(USUAL).at(advantage) for advantage in (0.6, -0.2))
    for score in (cell(2, 1), cell(1, 1), cell(1, 2)):
        assert favourite[score, cell(1, 0)] > SPLITS[score, cell(1, 0)] > outsider[score, cell(1, 0)]
        assert favourite[score, cell(0, 1)] < SPLITS[score, cell(0, 1)] < outsider[score, cell(0, 1)]


def test_a_match_of_the_usual_advantage_has_the_usual_splits() -> None:
    for result, score in enumerate((cell(2, 1), cell(1, 1), cell(1, 2))):
        usual = Splits.of(USUAL).at(USUAL_ADVANTAGES[result])
        assert usual[score] == pytest.approx(SPLITS[score], abs=1e-12)


def test_on_neutral_ground_teams_changed_over_change_the_half_time_score_over() -> None:
    turned = np.arange(CELLS).reshape(SIZE, SIZE).T.reshape(-1)
    one, other = (Splits.of(USUAL, is_neutral=True).at(advantage) for advantage in (0.4, -0.4))
    assert one[turned][:, turned] == pytest.approx(other, abs=1e-12)


def test_results_are_those_of_each_match_by_its_own_advantage() -> None:
    grids = np.random.default_rng(1).dirichlet(np.ones(CELLS), 3)
    leads = np.stack([HOME_GOALS > AWAY_GOALS, HOME_GOALS == AWAY_GOALS, HOME_GOALS < AWAY_GOALS], axis=1)
    results = half_time_results(grids, np.zeros(3, dtype=np.bool_), USUAL)
    for grid, one in zip(grids, results, strict=True):
        advantage = (grid @ leads)[0] - (grid @ leads)[2]
        assert one == pytest.approx(grid @ Splits.of(USUAL).at(advantage) @ leads)
