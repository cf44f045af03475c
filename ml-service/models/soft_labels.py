"""LightGBM's objective for labels that are probabilities: what a market closed at says more than one result does.

A closing price is the best public forecast of a match, and its result one draw from it. Trees that learn from a
mixture of both see far less noise (distillation; Hinton, Vinyals and Dean 2015). The price is of the training
match itself, known long before any match that the model will be asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit
from models.gradients import logistic_gradient, softmax_gradient

if TYPE_CHECKING:
    from models.lightgbm import lgb

Array = NDArray[np.float64]
Singles = NDArray[np.float32]

Objective = Callable[[Array, "lgb.Dataset"], tuple[Singles, Singles]]
Metric = Callable[[Array, "lgb.Dataset"], tuple[str, float, bool]]


def mixed(closing: Array, outcome: Array, share: float) -> Array:
    """`share` of the closing probabilities and the rest of the outcome (n, k); the outcome alone without a price."""
    has_closing = np.isfinite(closing[:, :1])
    return np.asarray(np.where(has_closing, share * closing + (1.0 - share) * outcome, outcome))


def objective(targets: Array) -> Objective:
    """Cross-entropy of the raw scores against `targets` (n, k); two outcomes have one score, the first's log-odds.

    Gradient and curvature are those of the last call only: every call writes into the same memory.
    """
    rows, outcomes = targets.shape
    scores_each = outcomes if outcomes > 2 else 1
    by_outcome = np.ascontiguousarray(targets[:, :scores_each].T)
    # As LightGBM takes them: single precision, outcome by outcome.
    gradient, curvature = (np.empty((scores_each, rows), dtype=np.float32) for _ in range(2))

    def of(scores: Array, _: lgb.Dataset) -> tuple[Singles, Singles]:
        if outcomes > 2:
            softmax_gradient(np.ascontiguousarray(scores.T), by_outcome, gradient, curvature)
            return gradient.T, curvature.T
        logistic_gradient(scores, by_outcome[0], gradient[0], curvature[0])
        return gradient[0], curvature[0]

    return of


def cross_entropy(targets: Array) -> Metric:
    """Mean cross-entropy of raw scores against `targets` (n, k), in nats: what early stopping watches."""

    def of(scores: Array, _: lgb.Dataset) -> tuple[str, float, bool]:
        return "cross_entropy", float(_cross_entropy(scores.reshape(len(targets), -1), targets)), False

    return of


@njit
def _cross_entropy(scores: Array, targets: Array) -> float:
    rows, outcomes = targets.shape
    total = 0.0
    for row in range(rows):
        if outcomes > 2:
            highest = scores[row].max()
            total += np.log(np.exp(scores[row] - highest).sum()) + highest
            total -= (scores[row] * targets[row]).sum()
        else:
            total += np.log1p(np.exp(-scores[row, 0])) + (1.0 - targets[row, 0]) * scores[row, 0]
    return total / rows
