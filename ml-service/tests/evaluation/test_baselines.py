"""Baselines are what textbooks say they are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from evaluation.baselines import elo_forecasts

rng = np.random.default_rng(5)
DIFFERENCES = rng.normal(40.0, 150.0, 3_000)
CHANCES = rng.random(3_000)


@pytest.mark.parametrize("outcomes", [2, 3])
def test_elo_forecasts_are_those_of_a_logistic_regression_on_the_difference_and_its_square(
    outcomes: int,
) -> None:
    above = 1.0 / (1.0 + np.exp(-DIFFERENCES / 200.0))
    labels = (above < CHANCES).astype(np.int64) + (outcomes == 3) * (above + 0.2 < CHANCES)
    scaled = np.concatenate([DIFFERENCES, np.zeros(outcomes)]) / 400.0
    targets = np.concatenate([labels, np.arange(outcomes)])
    textbook = LogisticRegression(C=100.0, max_iter=500).fit(np.column_stack([scaled, scaled**2]), targets)
    forecasts = elo_forecasts(labels, DIFFERENCES, DIFFERENCES[:50], outcomes)
    expected = textbook.predict_proba(np.column_stack([scaled, scaled**2])[:50])
    np.testing.assert_allclose(forecasts, expected, atol=1e-6)


def test_a_missing_difference_counts_as_none() -> None:
    labels = (DIFFERENCES < 0.0).astype(np.int64)
    forecasts = elo_forecasts(labels, DIFFERENCES, np.array([np.nan, 0.0]), 2)
    assert forecasts[0].tolist() == forecasts[1].tolist()
