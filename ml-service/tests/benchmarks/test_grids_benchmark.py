"""How the quality benchmark tells errors of derived events from luck."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import quality_grids
from benchmarks.quality_grids import MatchScores, Reliabilities, reliabilities
from common.arrays import Floats
from scores.cells import CELLS
from scores.first_half import USUAL, Splits, advantages
from scores.prior import grids_of_rates

MATCHES = 3_000
SPLITS = {2023: Splits.of(USUAL)}


@pytest.fixture(autouse=True)
def few_simulations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality_grids, "SIMULATIONS", 40)


def forecast_grids() -> Floats:
    rates = np.random.default_rng(1).uniform([1.2, 0.9], [2.2, 1.8], (MATCHES, 2))
    return grids_of_rates(rates)


def judged(grids: Floats, true_grids: Floats) -> Reliabilities:
    """Reliability of `grids` on scores drawn from `true_grids`."""
    generator = np.random.default_rng(2)
    full = np.array([generator.choice(CELLS, p=grid) for grid in true_grids])
    splits = [SPLITS[2023].at(advantage) for advantage in advantages(true_grids)]
    half = np.array(
        [generator.choice(CELLS, p=each[score]) for each, score in zip(splits, full, strict=True)]
    )
    season = np.full(MATCHES, 2023)
    return reliabilities(grids, MatchScores(full, half, np.arange(MATCHES), season), SPLITS)


def test_true_grids_leave_no_more_events_outside_than_luck_does() -> None:
    reliability = judged(forecast_grids(), forecast_grids())
    assert len(reliability.outside) <= reliability.most_by_luck < len(reliability.events) / 2


def test_grids_with_scores_of_no_and_one_home_goal_swapped_leave_more_events_outside_than_luck_does() -> None:
    swapped = forecast_grids().reshape(-1, 11, 11)[:, [1, 0, *range(2, 11)]].reshape(-1, CELLS)
    reliability = judged(swapped, forecast_grids())
    assert len(reliability.outside) > reliability.most_by_luck
    assert reliability.luck == 0.0
