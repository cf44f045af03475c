"""Gradients of cross-entropy over many matches, in blocks that stay in the cache and that the compiler vectorizes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit

Array = NDArray[np.float64]
Singles = NDArray[np.float32]

_BLOCK = 1_024

_MIN_EXPONENT = -700.0
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""The logarithm of 2 in two parts: whole multiples of the first are exact (Cody and Waite 1980)."""
_TO_INTEGER = 1.5 * 2.0**52
"""A sum with it ends in the bits of the nearest integer."""


@njit
def softmax_gradient(scores: Array, targets: Array, gradient: Singles, curvature: Singles) -> None:
    """Write gradient and curvature of the softmax of `scores` against `targets`; all have shape (k, n)."""
    outcomes, rows = scores.shape
    scale = outcomes / (outcomes - 1.0)
    chances = np.empty((outcomes, _BLOCK))
    work = np.empty((2, _BLOCK))
    for start in range(0, rows, _BLOCK):
        end = min(start + _BLOCK, rows)
        _exponentials(scores[:, start:end], chances, work)
        for k in range(outcomes):
            for j in range(end - start):
                share = chances[k, j] / work[0, j]
                gradient[k, start + j] = share - targets[k, start + j]
                curvature[k, start + j] = scale * share * (1.0 - share)


@njit
def _exponentials(scores: Array, out: Array, work: Array) -> None:
    """Write exp(scores - highest of the match) of a block into `out`, and their sums into the first row of `work`."""
    outcomes, size = scores.shape
    highest, total = work[1], work[0]
    highest[:size] = scores[0]
    for k in range(1, outcomes):
        for j in range(size):
            highest[j] = max(highest[j], scores[k, j])
    for k in range(outcomes):
        for j in range(size):
            out[k, j] = scores[k, j] - highest[j]
    total[:size] = 0.0
    for k in range(outcomes):
        exponentiate(out[k], size, highest)
        for j in range(size):
            total[j] += out[k, j]


@njit
def logistic_gradient(scores: Array, targets: Array, gradient: Singles, curvature: Singles) -> None:
    """Write gradient and curvature of the logistic function of `scores` against `targets`; all have shape (n,)."""
    chance, work = np.empty(_BLOCK), np.empty(_BLOCK)
    for start in range(0, len(scores), _BLOCK):
        size = min(_BLOCK, len(scores) - start)
        for j in range(size):
            chance[j] = -abs(scores[start + j])
        exponentiate(chance, size, work)
        for j in range(size):
            share = (1.0 if scores[start + j] > 0.0 else chance[j]) / (1.0 + chance[j])
            gradient[start + j] = share - targets[start + j]
            curvature[start + j] = share * (1.0 - share)


@njit
def exponentiate(values: Array, size: int, work: Array) -> None:
    """Replace the first `size` of `values`, none above 0, by their exponentials; `work` is as long.

    To the last bit or two: a power of two, and a Taylor polynomial, with 1/13! as its first coefficient, of what is
    left. A call of the C library for each value takes five times as long.
    """
    for j in range(size):
        work[j] = max(values[j], _MIN_EXPONENT) * _LOG2_E + _TO_INTEGER
    for j in range(size):
        power = work[j] - _TO_INTEGER
        x = max(values[j], _MIN_EXPONENT) - power * _LN2_HIGH - power * _LN2_LOW
        value = 1.6059043836821613e-10
        value = value * x + 2.08767569878681e-09
        value = value * x + 2.505210838544172e-08
        value = value * x + 2.755731922398589e-07
        value = value * x + 2.7557319223985893e-06
        value = value * x + 2.48015873015873e-05
        value = value * x + 0.0001984126984126984
        value = value * x + 0.001388888888888889
        value = value * x + 0.008333333333333333
        value = value * x + 0.041666666666666664
        value = value * x + 0.16666666666666666
        value = value * x + 0.5
        value = value * x + 1.0
        values[j] = value * x + 1.0
    # The power's last bits become a double's exponent.
    bits, powers = values.view(np.int64), work.view(np.int64)
    for j in range(size):
        bits[j] += powers[j] << 52
