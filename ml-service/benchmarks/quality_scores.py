"""The scores of a forecaster, and how far luck alone moves its calibration errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import mean_interval
from evaluation.metrics import (
    ECE_BINS,
    briers,
    expected_calibration_error,
    log_losses,
    ranked_probability_scores,
    validate,
)

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Labels = NDArray[np.integer[Any]]

SIMULATIONS = 300
BAND = 0.95
_SEED = 20_240_229


@dataclass(frozen=True)
class Gap:
    """Mean of paired differences with its 95% interval over match days; None with too few days."""

    mean: float
    interval: tuple[float, float] | None

    @property
    def clearly_below(self) -> bool:
        """Whether the whole interval lies below 0."""
        return self.interval is not None and self.interval[1] < 0.0

    @property
    def clearly_above(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.interval is not None and self.interval[0] > 0.0


@dataclass(frozen=True)
class Errors:
    """A calibration error, beside the size that 95% of perfect forecasters of these probabilities stay within."""

    size: float
    band: float

    @property
    def inside(self) -> bool:
        """Whether luck alone explains it."""
        return self.size <= self.band


@dataclass(frozen=True)
class Line:
    """One forecaster on n matches; `mean` and `share` (k,) are mean probabilities and shares by outcome."""

    n: int
    log_loss: float
    rps: float
    brier: float
    accuracy: float
    confidence: Errors
    classwise: Errors
    mean: tuple[float, ...]
    share: tuple[float, ...]


def line(forecasts: Array, labels: Labels) -> Line:
    """Every score of `forecasts` (n, k) against `labels` (n,), n at least 1."""
    validate(forecasts, labels)
    bands = noise_bands(forecasts)
    return Line(
        n=len(labels),
        log_loss=float(log_losses(forecasts, labels).mean()),
        rps=float(ranked_probability_scores(forecasts, labels).mean()),
        brier=float(briers(forecasts, labels).mean()),
        accuracy=float((forecasts.argmax(axis=1) == labels).mean()),
        confidence=Errors(expected_calibration_error(forecasts, labels), bands[0]),
        classwise=Errors(classwise_calibration_error(forecasts, labels), bands[1]),
        mean=tuple(forecasts.mean(axis=0).tolist()),
        share=tuple((np.bincount(labels, minlength=forecasts.shape[1]) / len(labels)).tolist()),
    )


def classwise_calibration_error(forecasts: Array, labels: Labels, bins: int = ECE_BINS) -> float:
    """Mean over outcomes of the calibration error of that outcome's probability (Kull et al. 2019): 0 to 1."""
    errors = [
        _binned(_bins(forecasts[:, k], bins), forecasts[:, k], (labels == k).astype(np.float64), bins)
        for k in range(forecasts.shape[1])
    ]
    return float(np.mean(errors))


def noise_bands(forecasts: Array, simulations: int = SIMULATIONS) -> tuple[float, float]:
    """95% quantiles of the confidence and the class-wise error with labels drawn from `forecasts` (n, k)."""
    generator = np.random.default_rng(_SEED)
    limits = np.cumsum(forecasts, axis=1)[:, :-1]
    top, confidence = forecasts.argmax(axis=1), forecasts.max(axis=1)
    by_confidence = _bins(confidence, ECE_BINS)
    by_outcome = [_bins(forecasts[:, k], ECE_BINS) for k in range(forecasts.shape[1])]
    errors = np.empty((simulations, 2))
    for simulation in range(simulations):
        labels = (generator.random(len(forecasts))[:, None] > limits).sum(axis=1)
        errors[simulation, 0] = _binned(
            by_confidence, confidence, (labels == top).astype(np.float64), ECE_BINS
        )
        errors[simulation, 1] = np.mean(
            [
                _binned(which, forecasts[:, k], (labels == k).astype(np.float64), ECE_BINS)
                for k, which in enumerate(by_outcome)
            ]
        )
    confident, classwise = np.quantile(errors, BAND, axis=0)
    return float(confident), float(classwise)


def event_error(chances: Array, happened: Array) -> float:
    """Calibration error of the chances (n,) of one event, `happened` (n,) being 1 where it came true: 0 to 1."""
    return _binned(_bins(chances, ECE_BINS), chances, happened, ECE_BINS)


def _bins(chances: Array, bins: int) -> Ints:
    return np.minimum((chances * bins).astype(np.int64), bins - 1)


def _binned(which: Ints, chances: Array, happened: Array, bins: int) -> float:
    gaps = np.bincount(which, weights=happened - chances, minlength=bins)
    return float(np.abs(gaps).sum() / len(which))


def rps_gap(forecasts: Array, other: Array, labels: Labels, days: Ints) -> Gap:
    """RPS of `forecasts` less that of `other`, both (n, k), match by match; below 0 if they are better."""
    ours, theirs = (ranked_probability_scores(each, labels) for each in (forecasts, other))
    return paired(ours - theirs, days)


def log_loss_gap(forecasts: Array, other: Array, labels: Labels, days: Ints) -> Gap:
    """Log-loss of `forecasts` less that of `other`, both (n, k), match by match; below 0 if they are better."""
    return paired(log_losses(forecasts, labels) - log_losses(other, labels), days)


def paired(differences: Array, days: Ints) -> Gap:
    """The mean of `differences` (n,) and its interval when whole UTC days are drawn again."""
    return Gap(float(differences.mean()), mean_interval(differences, days))
