"""Reliability: how often what was given a probability came true, with the noise that a perfect forecast shows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from evaluation.metrics import one_hot

Array = NDArray[np.float64]
Labels = NDArray[np.integer[Any]]

BINS = 20


def table(probabilities: Array, labels: Labels, outcomes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows by outcome and equal-width bin of probability, empty bins left out.

    `low` and `high` bound 95% of the frequencies that the bin would show were its mean prediction right
    (consistency bars of Bröcker and Smith 2007).
    """
    happened = one_hot(labels, len(outcomes))
    return [
        row
        for index, outcome in enumerate(outcomes)
        for row in _rows(outcome, probabilities[:, index], happened[:, index])
    ]


def _rows(outcome: str, probability: Array, happened: Array) -> list[dict[str, Any]]:
    which = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    bins = [int(number) for number in np.unique(which)]
    return [_row(outcome, number, probability[which == number], happened[which == number]) for number in bins]


def _row(outcome: str, number: int, probability: Array, happened: Array) -> dict[str, Any]:
    n, predicted = len(probability), float(probability.mean())
    low, high = binom.ppf([0.025, 0.975], n, predicted)
    return {
        "outcome": outcome,
        "from": number / BINS,
        "to": (number + 1) / BINS,
        "n": n,
        "predicted": predicted,
        "observed": float(happened.mean()),
        "low": float(low) / n,
        "high": float(high) / n,
    }
