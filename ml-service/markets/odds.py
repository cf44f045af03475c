"""Odds arithmetic: margins, edges, expected value, Kelly stakes. Odds are decimal, above 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit, njit_in_place

Array = NDArray[np.float64]

_ITERATIONS = 100
_CONVERGED = 1e-15
_LEAST = 1e-9  # two prices next to 1 would drive a third, long one to nothing, which has no logarithm


@njit_in_place
def is_price(odds: float) -> bool:
    """Whether decimal odds are finite and above 1."""
    return bool(1.0 < odds < np.inf)


def margin(odds: Array) -> Array:
    """Bookmaker's margin (overround) of each row: sum of implied probabilities minus 1."""
    return np.asarray(np.sum(1.0 / odds, axis=-1) - 1.0)


@njit
def implied_probabilities(odds: Array, winners: float = 1.0) -> Array:
    """Probabilities behind `odds`, shape (n, k), with the margin removed by the power method.

    Each row of 1/odds is raised to the exponent that makes it sum to `winners`, the number of outcomes that come
    true, below k (Clarke, Kovalchik and Ingram 2017). Each is above 0; rows that are not full prices come back as
    NaN.
    """
    out = np.empty(odds.shape)
    _write_implied(odds, winners, out)
    return out


@njit_in_place
def _write_implied(odds: Array, winners: float, out: Array) -> None:
    """`implied_probabilities` into `out`, shape (n, k)."""
    rows, outcomes = odds.shape
    even = np.log(outcomes / winners)
    for row in range(rows):
        exponent = power_exponent(odds[row], winners, even, out[row])
        total = 0.0
        for k in range(outcomes):
            probability = odds[row, k] ** -exponent
            out[row, k] = _LEAST if probability < _LEAST else probability
            total += out[row, k]
        for k in range(outcomes):
            out[row, k] = out[row, k] * winners / total


@njit_in_place
def power_exponent(odds: Array, winners: float, even: float, logs: Array) -> float:
    """The k with sum(odds ** -k) = `winners` by Newton's method; NaN unless all of `odds`, shape (n,), are prices.

    The sum is convex and falls in k, and its root is not below log(n / winners) / log(longest odds): from there
    Newton's steps never overshoot. `even` is log(n / winners); `logs` (n,) is room for the logarithms of the odds.
    """
    longest, log_longest = 0.0, 0.0
    for place, price in enumerate(odds):
        if not is_price(price):
            return np.nan
        logs[place] = np.log(price)
        if price > longest:
            longest, log_longest = price, logs[place]
    exponent: float = even / log_longest
    for _ in range(_ITERATIONS):
        total, slope = 0.0, 0.0
        for place, price in enumerate(odds):
            term = price**-exponent
            total += term
            slope -= term * logs[place]
        step = (winners - total) / slope
        exponent += step
        if abs(step) <= _CONVERGED * exponent:
            break
    return exponent


def expected_value(probabilities: Array, odds: Array) -> Array:
    """Expected profit of a unit stake: probability times odds minus 1."""
    return np.asarray(probabilities * odds - 1.0)


def kelly_share(probabilities: Array, odds: Array) -> Array:
    """Share of the bankroll that Kelly (1956) stakes, below 0 where a bet loses on average."""
    return np.asarray(expected_value(probabilities, odds) / (odds - 1.0))


def kelly_stake(probabilities: Array, odds: Array, fraction: float, cap: float) -> Array:
    """Share of the bankroll to stake: `fraction` of Kelly's (1956), within [0, `cap`]."""
    return np.asarray(np.clip(fraction * kelly_share(probabilities, odds), 0.0, cap))
