"""From unnormalised log-probabilities to probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def softmax(margins: Array) -> Array:
    """Probabilities whose logarithms are `margins` up to a constant a row, shape (n, k)."""
    powers = np.exp(margins - margins.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
