"""Confidence intervals that respect that the matches of a day share their news."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RESAMPLES = 2_000
FEWEST_DAYS = 30
_SEED = 20_240_229
_CHUNK = 200


def day_bootstrap(
    numerators: Array, denominators: Array, days: NDArray[np.int64]
) -> tuple[float, float] | None:
    """95% interval of sum(numerators) / sum(denominators) by resampling whole days (Efron 1979).

    All arrays have shape (n,); `days` are UTC day numbers. Seeded, so the same data give the same interval.
    None with fewer than 30 distinct days, or where a resample could be empty of denominators.
    """
    _, which = np.unique(days, return_inverse=True)
    count = int(which.max()) + 1 if len(which) else 0
    if count < FEWEST_DAYS:
        return None
    tops: Array = np.bincount(which, weights=numerators, minlength=count).astype(np.float64)
    bottoms: Array = np.bincount(which, weights=denominators, minlength=count).astype(np.float64)
    ratios = _resampled_ratios(tops, bottoms)
    if not np.all(np.isfinite(ratios)):
        return None
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def mean_interval(values: Array, days: NDArray[np.int64]) -> tuple[float, float] | None:
    """95% interval of the mean of `values` (n,) over resampled UTC days; None with fewer than 30 days."""
    return day_bootstrap(values, np.ones(len(values)), days)


def _resampled_ratios(tops: Array, bottoms: Array) -> Array:
    generator = np.random.default_rng(_SEED)
    ratios = np.empty(RESAMPLES)
    for start in range(0, RESAMPLES, _CHUNK):
        picks = generator.integers(0, len(tops), size=(_CHUNK, len(tops)))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios[start : start + _CHUNK] = tops[picks].sum(axis=1) / bottoms[picks].sum(axis=1)
    return ratios
