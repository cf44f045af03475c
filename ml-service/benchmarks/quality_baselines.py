"""A baseline that needs no market: Elo in an ordered logit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from evaluation.metrics import validate

Array = NDArray[np.float64]
Labels = NDArray[np.integer[Any]]

ELO_SCALE = 400.0
_START = (1.5, 0.2, 0.0)


def ordered_logit(labels: Labels, differences: Array, upcoming: Array) -> Array:
    """P(home), P(draw), P(away) of `upcoming` (m,) by proportional odds (McCullagh 1980), shape (m, 3).

    P(home) = s(b d - t) and P(home or draw) = s(b d - t + g) with s the logistic function, d the Elo difference
    (home advantage included, 0 where NaN) and b, t, g > 0 fitted by maximum likelihood on `differences` (n,).
    """
    scaled = np.nan_to_num(differences) / ELO_SCALE
    outcomes = labels.astype(np.int64)

    def objective(parameters: Array) -> tuple[float, Array]:
        return cost(parameters, scaled, outcomes)

    fitted = minimize(objective, np.array(_START), jac=True, method="L-BFGS-B")
    probabilities = _probabilities(np.asarray(fitted.x), np.nan_to_num(upcoming) / ELO_SCALE)
    validate(probabilities, np.zeros(len(probabilities), dtype=np.int64))
    return probabilities


def cost(parameters: Array, scaled: Array, labels: NDArray[np.int64]) -> tuple[float, Array]:
    """Mean log-loss, and its gradient (3,) in slope, threshold and logarithm of the gap."""
    slope, threshold, log_gap = parameters
    gap = np.exp(log_gap)
    home = _logistic(slope * scaled - threshold)
    unbeaten = _logistic(slope * scaled - threshold + gap)
    chances = np.column_stack([home, unbeaten - home, 1.0 - unbeaten])[np.arange(len(labels)), labels]
    home_slope, unbeaten_slope = home * (1.0 - home), unbeaten * (1.0 - unbeaten)
    by_home = np.where(labels == 0, home_slope, np.where(labels == 1, -home_slope, 0.0)) / chances
    by_unbeaten = np.where(labels == 1, unbeaten_slope, np.where(labels == 2, -unbeaten_slope, 0.0)) / chances
    both = by_home + by_unbeaten
    gradient = -np.array([(both * scaled).mean(), -both.mean(), (by_unbeaten * gap).mean()])
    return float(-np.log(chances).mean()), gradient


def _probabilities(parameters: Array, scaled: Array) -> Array:
    slope, threshold, log_gap = parameters
    home = _logistic(slope * scaled - threshold)
    unbeaten = _logistic(slope * scaled - threshold + np.exp(log_gap))
    return np.column_stack([home, unbeaten - home, 1.0 - unbeaten])


def _logistic(values: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-values)))
