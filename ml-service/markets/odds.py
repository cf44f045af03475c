"""Odds arithmetic: margins, edges, expected value, Kelly stakes. Odds are decimal, above 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ITERATIONS = 100
_CONVERGED = 1e-15


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
    logs = -np.log(np.where(is_price(odds)[:, None], odds, np.nan))
    powered = np.exp(logs * _power_exponents(logs)[:, None])
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))


def _power_exponents(logs: Array) -> Array:
    """The k of each row with sum(exp(k * logs)) = 1, by Newton's method.

    The sum is convex and falls in k, and its root is not below log(n) / -min(logs): from there Newton's steps
    never overshoot.
    """
    exponents = np.log(logs.shape[1]) / -logs.min(axis=1)
    for _ in range(_ITERATIONS):
        terms = np.exp(logs * exponents[:, None])
        steps = (1.0 - terms.sum(axis=1)) / (terms * logs).sum(axis=1)
        exponents = exponents + steps
        if not np.any(np.abs(steps) > _CONVERGED * exponents):
            break
    return np.asarray(exponents)


def expected_value(probabilities: Array, odds: Array) -> Array:
    """Expected profit of a unit stake: probability times odds minus 1."""
    return np.asarray(probabilities * odds - 1.0)


def kelly_stake(probabilities: Array, odds: Array, fraction: float, cap: float) -> Array:
    """Share of the bankroll to stake: `fraction` of Kelly's (1956), within [0, `cap`]."""
    full = expected_value(probabilities, odds) / (odds - 1.0)
    return np.asarray(np.clip(fraction * full, 0.0, cap))
