"""Learning from probabilities instead of outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from common.probabilities import softmax
from models.lightgbm import lgb
from models.soft_labels import cross_entropy, mixed, objective

Array = NDArray[np.float64]


def loss(scores: Array, targets: Array) -> float:
    return cross_entropy(targets)(scores, lgb.Dataset(np.zeros((len(targets), 1))))[1]


@pytest.mark.parametrize("outcomes", [2, 3])
def test_the_gradient_is_that_of_the_cross_entropy(outcomes: int) -> None:
    generator = np.random.default_rng(0)
    targets = generator.dirichlet(np.ones(outcomes), size=4)
    scores = generator.normal(size=4 if outcomes == 2 else (4, outcomes))
    gradient, curvature = objective(targets)(scores, lgb.Dataset(np.zeros((4, 1))))
    for place in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[place] = 1e-6
        slope = 4 * (loss(scores + step, targets) - loss(scores - step, targets)) / 2e-6
        assert gradient[place] == pytest.approx(slope, abs=1e-6)
    assert (curvature > 0).all()


def test_scores_that_are_the_targets_logarithms_cannot_be_bettered() -> None:
    targets = np.array([[0.2, 0.3, 0.5]])
    gradient, _ = objective(targets)(np.log(targets), lgb.Dataset(np.zeros((1, 1))))
    np.testing.assert_allclose(gradient, 0.0, atol=1e-12)
    np.testing.assert_allclose(softmax(np.log(targets)), targets)


def test_a_match_without_a_closing_price_teaches_its_outcome_alone() -> None:
    closing, outcome = np.array([[0.5, 0.3, 0.2], [np.nan] * 3]), np.eye(3)[:2]
    np.testing.assert_allclose(mixed(closing, outcome, 0.5), [[0.75, 0.15, 0.1], [0.0, 1.0, 0.0]])
