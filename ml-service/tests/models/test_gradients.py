"""Gradients over many matches are those of each match."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.probabilities import softmax
from models.gradients import exponentiate, logistic_gradient, softmax_gradient


@given(st.lists(st.floats(-700.0, 0.0), min_size=1, max_size=40))
def test_exponentials_are_right_to_the_last_bits(values: list[float]) -> None:
    exponentials = np.array(values)
    exponentiate(exponentials, len(exponentials), np.empty(len(exponentials)))
    np.testing.assert_allclose(exponentials, np.exp(values), rtol=5e-16)


def test_values_beyond_the_size_stay() -> None:
    values = np.array([0.0, -1.0, -2.0])
    exponentiate(values, 1, np.empty(3))
    assert values.tolist() == [1.0, -1.0, -2.0]


@pytest.mark.parametrize("rows", [1, 1_024, 2_500])
def test_three_outcomes_give_the_softmax_less_the_target(rows: int) -> None:
    generator = np.random.default_rng(rows)
    scores, targets = generator.normal(size=(3, rows)), generator.dirichlet(np.ones(3), size=rows).T.copy()
    gradient, curvature = (np.empty((3, rows), dtype=np.float32) for _ in range(2))
    softmax_gradient(scores, targets, gradient, curvature)
    chances = softmax(scores.T).T
    np.testing.assert_allclose(gradient, chances - targets, atol=1e-7)
    np.testing.assert_allclose(curvature, 1.5 * chances * (1.0 - chances), atol=1e-7)


@pytest.mark.parametrize("rows", [1, 1_024, 2_500])
def test_two_outcomes_give_the_logistic_function_less_the_target(rows: int) -> None:
    generator = np.random.default_rng(rows)
    scores, targets = 20.0 * generator.normal(size=rows), generator.random(rows)
    gradient, curvature = (np.empty(rows, dtype=np.float32) for _ in range(2))
    logistic_gradient(scores, targets, gradient, curvature)
    chances = 1.0 / (1.0 + np.exp(-scores))
    np.testing.assert_allclose(gradient, chances - targets, atol=1e-7)
    np.testing.assert_allclose(curvature, chances * (1.0 - chances), atol=1e-7)
