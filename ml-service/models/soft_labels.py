"""LightGBM's objective for labels that are probabilities: what a market closed at says more than one result does.

A closing price is the best public forecast of a match, and its result one draw from it. Trees that learn from a
mixture of both see far less noise (distillation; Hinton, Vinyals and Dean 2015). The price is of the training
match itself, known long before any match that the model will be asked about.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit
from models.lightgbm import lgb

Array = NDArray[np.float64]

Objective = Callable[[Array, lgb.Dataset], tuple[Array, Array]]
Metric = Callable[[Array, lgb.Dataset], tuple[str, float, bool]]


def mixed(closing: Array, outcome: Array, share: float) -> Array:
    """`share` of the closing probabilities and the rest of the outcome (n, k); the outcome alone without a price."""
    has_closing = np.isfinite(closing[:, :1])
    return np.asarray(np.where(has_closing, share * closing + (1.0 - share) * outcome, outcome))


def objective(targets: Array) -> Objective:
    """Cross-entropy of the raw scores against `targets` (n, k); two outcomes have one score, the first's log-odds."""
    gradient = _softmax_gradient if targets.shape[1] > 2 else _logistic_gradient

    def of(scores: Array, _: lgb.Dataset) -> tuple[Array, Array]:
        return gradient(scores, targets)

    return of


def cross_entropy(targets: Array) -> Metric:
    """Mean cross-entropy of raw scores against `targets` (n, k), in nats: what early stopping watches."""

    def of(scores: Array, _: lgb.Dataset) -> tuple[str, float, bool]:
        return "cross_entropy", float(_cross_entropy(scores.reshape(len(targets), -1), targets)), False

    return of


@njit
def _softmax_gradient(scores: Array, targets: Array) -> tuple[Array, Array]:
    rows, outcomes = targets.shape
    gradient, curvature = np.empty((rows, outcomes)), np.empty((rows, outcomes))
    scale = outcomes / (outcomes - 1.0)
    for row in range(rows):
        highest, total = scores[row].max(), 0.0
        for k in range(outcomes):
            gradient[row, k] = np.exp(scores[row, k] - highest)
            total += gradient[row, k]
        for k in range(outcomes):
            chance = gradient[row, k] / total
            gradient[row, k] = chance - targets[row, k]
            curvature[row, k] = scale * chance * (1.0 - chance)
    return gradient, curvature


@njit
def _logistic_gradient(scores: Array, targets: Array) -> tuple[Array, Array]:
    gradient, curvature = np.empty(len(scores)), np.empty(len(scores))
    for row in range(len(scores)):
        chance = 1.0 / (1.0 + np.exp(-scores[row]))
        gradient[row] = chance - targets[row, 0]
        curvature[row] = chance * (1.0 - chance)
    return gradient, curvature


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
