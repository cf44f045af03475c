"""Confidence intervals by resampling whole days: results of one day are not independent."""

from __future__ import annotations

import numpy as np

from common.arrays import Floats, Ints
from contract.model import AgainstMarket

Z95 = 1.959964
"""Standard errors on either side of an estimate that a normal 95% interval spans."""
RESAMPLES = 2_000
MIN_DAYS = 30
_SEED = 20_240_229
_CHUNK = 200
"""Resamples drawn at a time, which bounds the memory."""


def day_bootstrap(numerators: Floats, denominators: Floats, days: Ints) -> tuple[float, float] | None:
    """95% interval of sum(numerators) / sum(denominators) by resampling whole days (Efron 1979).

    All arrays have shape (n,); `days` are UTC day numbers. Seeded, so the same data give the same interval.
    None with fewer than MIN_DAYS distinct days, or where the denominators of a resample sum to 0.
    """
    _, which = np.unique(days, return_inverse=True)
    count = int(which.max()) + 1 if len(which) else 0
    if count < MIN_DAYS:
        return None
    tops: Floats = np.bincount(which, weights=numerators, minlength=count).astype(np.float64)
    bottoms: Floats = np.bincount(which, weights=denominators, minlength=count).astype(np.float64)
    ratios = _resampled_ratios(tops, bottoms)
    if not np.all(np.isfinite(ratios)):
        return None
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def mean_interval(values: Floats, days: Ints) -> tuple[float, float] | None:
    """95% interval of the mean of `values` (n,) over resampled UTC days; None with fewer than MIN_DAYS days."""
    return day_bootstrap(values, np.ones(len(values)), days)


def compare_log_losses(model: Floats, market: Floats, days: Ints) -> AgainstMarket:
    """Mean log-losses of both in nats, their paired difference and its 95% interval over UTC days.

    `model` and `market` are the log-losses of the same n matches, n at least 1, on `days` (n,).
    """
    interval = mean_interval(model - market, days)
    return {
        "n": len(model),
        "log_loss_model": float(model.mean()),
        "log_loss_market": float(market.mean()),
        "difference": float((model - market).mean()),
        "ci95": list(interval) if interval else None,
    }


def _resampled_ratios(tops: Floats, bottoms: Floats) -> Floats:
    generator = np.random.default_rng(_SEED)
    ratios = np.empty(RESAMPLES)
    for start in range(0, RESAMPLES, _CHUNK):
        picks = generator.integers(0, len(tops), size=(_CHUNK, len(tops)))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios[start : start + _CHUNK] = tops[picks].sum(axis=1) / bottoms[picks].sum(axis=1)
    return ratios
