"""What the benchmark says of a forecaster, and what luck alone would have said."""

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


def line(said: Array, labels: Labels) -> Line:
    """Every score of `said` (n, k) against `labels` (n,), n at least 1."""
    validate(said, labels)
    bands = noise_bands(said)
    return Line(
        n=len(labels),
        log_loss=float(log_losses(said, labels).mean()),
        rps=float(ranked_probability_scores(said, labels).mean()),
        brier=float(briers(said, labels).mean()),
        accuracy=float((said.argmax(axis=1) == labels).mean()),
        confidence=Errors(expected_calibration_error(said, labels), bands[0]),
        classwise=Errors(classwise_calibration_error(said, labels), bands[1]),
        mean=tuple(said.mean(axis=0).tolist()),
        share=tuple((np.bincount(labels, minlength=said.shape[1]) / len(labels)).tolist()),
    )


def classwise_calibration_error(said: Array, labels: Labels, bins: int = ECE_BINS) -> float:
    """Mean over outcomes of the calibration error of that outcome's probability (Kull et al. 2019): 0 to 1."""
    errors = [
        _binned(_bins(said[:, k], bins), said[:, k], (labels == k).astype(np.float64), bins)
        for k in range(said.shape[1])
    ]
    return float(np.mean(errors))


def noise_bands(said: Array, simulations: int = SIMULATIONS) -> tuple[float, float]:
    """95% quantiles of the confidence and the class-wise error with labels drawn from `said` (n, k) itself."""
    generator = np.random.default_rng(_SEED)
    limits = np.cumsum(said, axis=1)[:, :-1]
    top, confidence = said.argmax(axis=1), said.max(axis=1)
    by_confidence = _bins(confidence, ECE_BINS)
    by_outcome = [_bins(said[:, k], ECE_BINS) for k in range(said.shape[1])]
    found = np.empty((simulations, 2))
    for simulation in range(simulations):
        labels = (generator.random(len(said))[:, None] > limits).sum(axis=1)
        found[simulation, 0] = _binned(
            by_confidence, confidence, (labels == top).astype(np.float64), ECE_BINS
        )
        found[simulation, 1] = np.mean(
            [
                _binned(which, said[:, k], (labels == k).astype(np.float64), ECE_BINS)
                for k, which in enumerate(by_outcome)
            ]
        )
    confident, classwise = np.quantile(found, BAND, axis=0)
    return float(confident), float(classwise)


def event_error(chances: Array, happened: Array) -> float:
    """Calibration error of the chances (n,) of one event, `happened` (n,) being 1 where it came true: 0 to 1."""
    return _binned(_bins(chances, ECE_BINS), chances, happened, ECE_BINS)


def _bins(chances: Array, bins: int) -> Ints:
    return np.minimum((chances * bins).astype(np.int64), bins - 1)


def _binned(which: Ints, chances: Array, happened: Array, bins: int) -> float:
    gaps = np.bincount(which, weights=happened - chances, minlength=bins)
    return float(np.abs(gaps).sum() / len(which))


def rps_gap(said: Array, other: Array, labels: Labels, days: Ints) -> Gap:
    """RPS of `said` less that of `other`, both (n, k), match by match; below 0 where `said` is better."""
    mine, theirs = (ranked_probability_scores(each, labels) for each in (said, other))
    return paired(mine - theirs, days)


def log_loss_gap(said: Array, other: Array, labels: Labels, days: Ints) -> Gap:
    """Log-loss of `said` less that of `other`, both (n, k), match by match; below 0 where `said` is better."""
    return paired(log_losses(said, labels) - log_losses(other, labels), days)


def paired(differences: Array, days: Ints) -> Gap:
    """The mean of `differences` (n,) and its interval when whole UTC days are drawn again."""
    return Gap(float(differences.mean()), mean_interval(differences, days))
