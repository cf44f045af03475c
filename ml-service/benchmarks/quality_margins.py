"""Four ways of removing the bookmaker's margin, compared on seasons before those that are evaluated."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from markets.odds import implied_probabilities

Array = NDArray[np.float64]

_HALVINGS = 60
_MAX_INSIDERS = 0.5
_MIN_PROBABILITY = 1e-6


def multiplicative(odds: Array) -> Array:
    """1/odds (n, k) divided by their sum."""
    inverse = 1.0 / odds
    return np.asarray(inverse / inverse.sum(axis=1, keepdims=True))


def shin(odds: Array) -> Array:
    """Shin (1993): the share z of money of insiders explains the margin, so long shots carry more of it.

    p = (sqrt(z^2 + 4 (1 - z) q^2 / Q) - z) / (2 (1 - z)) with q = 1/odds and Q their sum (Strumbelj 2014); the z
    that makes the p sum to 1 is found by halving.
    """
    inverse = 1.0 / odds
    low, high = np.zeros((len(odds), 1)), np.full((len(odds), 1), _MAX_INSIDERS)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        too_much = _shin(inverse, middle).sum(axis=1, keepdims=True) > 1.0
        low, high = np.where(too_much, middle, low), np.where(too_much, high, middle)
    probabilities = _shin(inverse, (low + high) / 2.0)
    return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))


def _shin(inverse: Array, insiders: Array) -> Array:
    squares = inverse**2 / inverse.sum(axis=1, keepdims=True)
    return np.asarray((np.sqrt(insiders**2 + 4 * (1 - insiders) * squares) - insiders) / (2 * (1 - insiders)))


def goto_conversion(odds: Array) -> Array:
    """Every 1/odds moved down by the same number of its standard errors sqrt(1 - 1/odds) (goto_conversion, 2023)."""
    inverse = 1.0 / odds
    errors = np.sqrt(1.0 - inverse)
    step = (inverse.sum(axis=1, keepdims=True) - 1.0) / errors.sum(axis=1, keepdims=True)
    moved = np.clip(inverse - step * errors, _MIN_PROBABILITY, 1.0)
    return np.asarray(moved / moved.sum(axis=1, keepdims=True))


METHODS: dict[str, Callable[[Array], Array]] = {
    "power (the service's)": implied_probabilities,
    "multiplicative": multiplicative,
    "Shin": shin,
    "goto_conversion": goto_conversion,
}
SERVICE = "power (the service's)"
