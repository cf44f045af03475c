"""MeanScores of probabilistic forecasts. Each raises ValueError for unknown labels, NaN and rows not summing to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats

Labels = NDArray[np.integer[Any]]

ECE_BINS = 15
_SUM_TOLERANCE = 1e-6


def validate(probabilities: Floats, labels: Labels) -> None:
    """Raise ValueError unless the rows of `probabilities` (n, k) are distributions and `labels` (n,) index them."""
    if probabilities.ndim != 2 or labels.shape != (len(probabilities),):
        raise ValueError(
            f"probabilities have shape {probabilities.shape} and labels {labels.shape}: expected (n, k) and (n,)"
        )
    if not np.all(np.isfinite(probabilities)) or np.any(probabilities < 0.0):
        raise ValueError(
            "probabilities contain NaN, infinite or negative values: expected numbers from 0 to 1"
        )
    if np.any(np.abs(probabilities.sum(axis=1) - 1.0) > _SUM_TOLERANCE):
        sums = probabilities.sum(axis=1)
        raise ValueError(f"probabilities of a row sum to {sums[np.argmax(np.abs(sums - 1.0))]}: expected 1")
    if np.any((labels < 0) | (labels >= probabilities.shape[1])):
        raise ValueError(
            f"labels range from {labels.min()} to {labels.max()}: expected 0 to {probabilities.shape[1] - 1}"
        )


def log_losses(probabilities: Floats, labels: Labels) -> Floats:
    """Log-loss of each row in nats (Good 1952), shape (n,)."""
    validate(probabilities, labels)
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(probabilities[np.arange(len(labels)), labels]))


def briers(probabilities: Floats, labels: Labels) -> Floats:
    """Brier score of each row (1950), summed over outcomes: 0 to 2, shape (n,)."""
    validate(probabilities, labels)
    return np.asarray(((probabilities - one_hot(labels, probabilities.shape[1])) ** 2).sum(axis=1))


def ranked_probability_scores(probabilities: Floats, labels: Labels) -> Floats:
    """RPS of each row for ordered outcomes (Epstein 1969), divided by k - 1: 0 to 1, shape (n,)."""
    validate(probabilities, labels)
    outcomes = probabilities.shape[1]
    gaps = np.cumsum(probabilities - one_hot(labels, outcomes), axis=1)[:, :-1]
    return np.asarray((gaps**2).sum(axis=1) / (outcomes - 1))


def expected_calibration_error(
    probabilities: Floats, labels: Labels, bins: int = ECE_BINS, weights: Floats | None = None
) -> float:
    """ECE of the most likely outcome over equal-width bins (Guo et al. 2017): 0 to 1, NaN without rows.

    `weights` (n,) of the rows are equal unless given.
    """
    validate(probabilities, labels)
    if len(labels) == 0:
        return float("nan")
    weights = np.ones(len(labels)) if weights is None else weights
    confidence = probabilities.max(axis=1)
    hit = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gap = np.bincount(which, weights=weights * (hit - confidence), minlength=bins)
    return float(np.abs(gap).sum() / weights.sum())


def one_hot(labels: Labels, outcomes: int) -> Floats:
    """Indicator matrix (n, outcomes) of `labels` (n,)."""
    return np.asarray(np.arange(outcomes) == np.asarray(labels)[:, None], dtype=np.float64)


def base_rates(labels: Labels, outcomes: int) -> Floats:
    """Share of each outcome with one pseudo-count each (Laplace), shape (outcomes,)."""
    counts = np.bincount(labels, minlength=outcomes).astype(np.float64) + 1.0
    return np.asarray(counts / counts.sum())


@dataclass(frozen=True)
class MeanScores:
    """Mean scores over n matches. `rps` is None where outcomes have no order (two outcomes)."""

    n: int
    log_loss: float
    brier: float
    rps: float | None
    ece: float
    accuracy: float


def score(probabilities: Floats, labels: Labels, weights: Floats | None = None) -> MeanScores:
    """All scores of `probabilities` (n, k) against `labels` (n,), n at least 1.

    `weights` (n,) of the rows are equal unless given, and not all 0.
    """
    validate(probabilities, labels)
    weights = np.ones(len(labels)) if weights is None else weights
    ordered = probabilities.shape[1] > 2

    def mean(values: Floats) -> float:
        return float((values * weights).sum() / weights.sum())

    return MeanScores(
        n=len(labels),
        log_loss=mean(log_losses(probabilities, labels)),
        brier=mean(briers(probabilities, labels)),
        rps=mean(ranked_probability_scores(probabilities, labels)) if ordered else None,
        ece=expected_calibration_error(probabilities, labels, weights=weights),
        accuracy=mean((probabilities.argmax(axis=1) == labels).astype(np.float64)),
    )
