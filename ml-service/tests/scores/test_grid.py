"""Grids of scores agree with the three markets, whatever their probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from common.arrays import Floats
from markets.market import two_outcomes
from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS, SIZE
from scores.consistency import contradicts, reconciled
from scores.grid import MARKETS, score_grids
from scores.prior import grids_of_rates, prior_grids

USUAL = {
    "1x2": np.array([[0.5, 0.26, 0.24]]),
    "ou25": np.array([[0.52, 0.48]]),
    "btts": np.array([[0.53, 0.47]]),
}


def any_forecasts(n: int) -> dict[str, Floats]:
    """Forecasts of n matches over the whole range, many of them contradictory."""
    generator = np.random.default_rng(7)
    winner = generator.dirichlet([0.3, 0.3, 0.3], n) + 1e-3
    over, yes = (generator.beta(0.4, 0.4, n).clip(1e-3, 1.0 - 1e-3) for _ in range(2))
    return {
        "1x2": winner / winner.sum(axis=1, keepdims=True),
        "ou25": two_outcomes(over),
        "btts": two_outcomes(yes),
    }


def largest_difference(grids: Floats, probabilities: dict[str, Floats]) -> float:
    cells = grids.reshape(-1, CELLS)
    differences = [
        cells[:, market.settle(HOME_GOALS, AWAY_GOALS) == place].sum(axis=1)
        - probabilities[market.key][:, place]
        for market in MARKETS
        for place in range(market.size)
    ]
    return float(np.abs(differences).max())


def divergence(cells: Floats, reference: Floats) -> float:
    """Kullback-Leibler divergence of a grid from the reference grid."""
    return float((cells * np.log(cells / reference)).sum())


def test_a_grid_has_the_markets_that_it_is_made_from() -> None:
    assert largest_difference(score_grids(USUAL), USUAL) < 1e-9


def test_extreme_forecasts_have_grids_once_they_are_reconciled() -> None:
    forecasts = reconciled(any_forecasts(3_000))
    assert largest_difference(score_grids(forecasts), forecasts) < 1e-6


def test_no_cell_is_negative_and_a_grid_sums_to_one() -> None:
    grids = score_grids(reconciled(any_forecasts(3_000)))
    assert (grids >= 0.0).all()
    assert np.abs(grids.sum(axis=(1, 2)) - 1.0).max() < 1e-9


def test_a_grid_does_not_depend_on_the_other_matches_of_a_batch() -> None:
    forecasts = reconciled(any_forecasts(200))
    alone = np.concatenate(
        [score_grids({key: values[i : i + 1] for key, values in forecasts.items()}) for i in range(200)]
    )
    assert score_grids(forecasts) == pytest.approx(alone, abs=1e-12)


def test_on_neutral_ground_teams_changed_over_have_the_grid_turned() -> None:
    turned, neutral = {**USUAL, "1x2": USUAL["1x2"][:, ::-1]}, np.array([True])
    grid = score_grids(USUAL, neutral)[0]
    assert score_grids(turned, neutral)[0] == pytest.approx(grid.T, abs=1e-12)
    assert largest_difference(grid, USUAL) < 1e-9


def test_no_grid_comes_nearer_to_the_prior_in_divergence() -> None:
    grid, reference = score_grids(USUAL).reshape(-1), prior_grids(USUAL["1x2"], USUAL["ou25"]).reshape(-1)
    generator = np.random.default_rng(3)
    outcomes = np.stack(
        [market.settle(HOME_GOALS, AWAY_GOALS) == place for market in MARKETS for place in range(market.size)]
    ).astype(np.float64)
    for _ in range(50):
        noise = generator.normal(size=CELLS)
        weights = np.linalg.lstsq((outcomes * grid) @ outcomes.T, (outcomes * grid) @ noise, rcond=None)[0]
        # Relative changes whose sums over every outcome are 0, so that the three markets stay.
        moved = grid * (1.0 + 0.01 * (noise - weights @ outcomes))
        assert outcomes @ moved == pytest.approx(outcomes @ grid, abs=1e-12)
        assert divergence(moved, reference) > divergence(grid, reference)


def test_the_prior_alone_has_the_forecast_totals_and_the_odds_between_the_sides() -> None:
    cells = prior_grids(USUAL["1x2"], USUAL["ou25"]).reshape(-1)
    over = cells[HOME_GOALS + AWAY_GOALS > 2.5].sum()
    home, away = cells[HOME_GOALS > AWAY_GOALS].sum(), cells[HOME_GOALS < AWAY_GOALS].sum()
    assert (over, home / away) == pytest.approx((0.52, 0.5 / 0.24), abs=1e-8)


def test_home_goals_of_a_prior_spread_less_than_a_poisson_count() -> None:
    home = grids_of_rates(np.array([[1.6, 1.1]])).reshape(SIZE, SIZE).sum(axis=1)
    goals = np.arange(float(SIZE))
    mean = (home * goals).sum()
    assert (home * (goals - mean) ** 2).sum() < mean


def test_large_margins_are_rarer_in_a_prior_than_in_independent_counts() -> None:
    grid = grids_of_rates(np.array([[1.6, 1.1]])).reshape(SIZE, SIZE)
    independent = np.outer(grid.sum(axis=1), grid.sum(axis=0)).reshape(-1)
    large = np.abs(HOME_GOALS - AWAY_GOALS) >= 3
    assert grid.reshape(-1)[large].sum() < independent[large].sum()


def test_goals_of_both_sides_of_a_prior_spread_less_than_a_poisson_count() -> None:
    grid = grids_of_rates(np.array([[1.6, 1.1]]))[0]
    total = HOME_GOALS + AWAY_GOALS
    mean = grid @ total
    assert grid @ (total - mean) ** 2 < mean


def test_forecasts_that_a_grid_can_have_are_left_alone() -> None:
    assert all(np.array_equal(reconciled(USUAL)[key], USUAL[key]) for key in USUAL)


@pytest.mark.parametrize(("over", "yes"), [(0.2, 0.7), (0.95, 0.1)])
def test_contradicting_forecasts_move_the_goals_markets_and_not_the_winner(over: float, yes: float) -> None:
    forecasts = {
        "1x2": np.array([[0.5, 0.2, 0.3]]),
        "ou25": two_outcomes(np.array([over])),
        "btts": two_outcomes(np.array([yes])),
    }
    agreed = reconciled(forecasts)
    assert contradicts(forecasts).all()
    assert not contradicts(agreed).any()
    assert np.array_equal(agreed["1x2"], forecasts["1x2"])
    moves = [_log_odds(agreed[key]) - _log_odds(forecasts[key]) for key in ("ou25", "btts")]
    assert moves[0] == pytest.approx(-moves[1])


def _log_odds(pair: Floats) -> float:
    return float(np.log(pair[0, 0] / pair[0, 1]))
