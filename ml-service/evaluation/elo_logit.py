"""The loss of a multinomial logit of the Elo difference and its square, over many matches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats
from common.numba_cache import njit

Labels = NDArray[np.integer[Any]]

TERMS = 3
"""Coefficients of an outcome: of the difference, of its square, and a constant."""


@njit
def mean_loss(coefficients: Floats, differences: Floats, labels: Labels) -> tuple[float, Floats]:
    """Mean log-loss in nats over matches (n,), and its gradient by the coefficients (k, TERMS)."""
    outcomes = len(coefficients)
    gradient, chances, loss = np.zeros((outcomes, TERMS)), np.empty(outcomes), 0.0
    for row in range(len(differences)):
        difference, square, label = differences[row], differences[row] ** 2, labels[row]
        highest, total = -np.inf, 0.0
        for k in range(outcomes):
            chances[k] = coefficients[k, 0] * difference + coefficients[k, 1] * square + coefficients[k, 2]
            highest = max(highest, chances[k])
        loss += highest - chances[label]
        for k in range(outcomes):
            chances[k] = np.exp(chances[k] - highest)
            total += chances[k]
        loss += np.log(total)
        chances /= total
        chances[label] -= 1.0
        for k in range(outcomes):
            gradient[k, 0] += chances[k] * difference
            gradient[k, 1] += chances[k] * square
            gradient[k, 2] += chances[k]
    return loss / len(differences), gradient / len(differences)
