"""Odds arithmetic: margins, edges, expected value, Kelly stakes. Odds are decimal, above 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ITERATIONS = 60
_LOWEST_EXPONENT, _HIGHEST_EXPONENT = 0.05, 40.0


def is_price(odds: Array) -> NDArray[np.bool_]:
    """Which rows of `odds`, shape (n, k), are full sets of finite decimal odds above 1."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.all(np.isfinite(odds) & (odds > 1.0), axis=-1))


def margin(odds: Array) -> Array:
    """Bookmaker's margin (overround) of each row: sum of implied probabilities minus 1."""
    return np.asarray(np.sum(1.0 / odds, axis=-1) - 1.0)


def implied_probabilities(odds: Array) -> Array:
    """Probabilities behind `odds`, shape (n, k), with the margin removed by the power method.

    Each row of 1/odds is raised to the exponent that makes it sum to 1 (Clarke, Kovalchik and Ingram 2017).
    Rows that are not full prices come back as NaN.
    """
    raw = np.where(is_price(odds)[:, None], 1.0 / odds, np.nan)
    logs = np.log(raw)
    low = np.full(len(raw), _LOWEST_EXPONENT)
    high = np.full(len(raw), _HIGHEST_EXPONENT)
    for _ in range(_ITERATIONS):
        middle = 0.5 * (low + high)
        too_much = np.exp(logs * middle[:, None]).sum(axis=1) > 1.0
        low = np.where(too_much, middle, low)
        high = np.where(too_much, high, middle)
    powered = np.exp(logs * (0.5 * (low + high))[:, None])
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))


def expected_value(probabilities: Array, odds: Array) -> Array:
    """Expected profit of a unit stake: probability times odds minus 1."""
    return np.asarray(probabilities * odds - 1.0)


def kelly_stake(probabilities: Array, odds: Array, fraction: float, cap: float) -> Array:
    """Share of the bankroll to stake: `fraction` of Kelly's (1956), within [0, `cap`]."""
    full = expected_value(probabilities, odds) / (odds - 1.0)
    return np.asarray(np.clip(fraction * full, 0.0, cap))
