"""Fitting calibrations of margins, and choosing one by later matches.

Four methods: none; temperature, one scale (Guo et al. 2017); platt, a scale and an offset an outcome, the
multi-class form of Platt (1999) also known as vector scaling; isotonic, one monotone curve an outcome against
the rest (Zadrozny and Elkan 2002).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax
from sklearn.isotonic import IsotonicRegression

from common.probabilities import softmax
from contract.model import CalibrationMethod
from evaluation.metrics import Labels, log_losses, one_hot
from models.calibration import NONE, Calibration, Parameters

Array = NDArray[np.float64]

CLEAR_ERRORS = 2.0
ISOTONIC_MATCHES = 5_000
"""Fewer are not enough to choose isotonic: its ends are steps of a handful of matches that promise certainty."""
_PRIOR_STRENGTH = 5.0
_SHIFT_STRENGTH = 100.0 / 6.0  # a match weighs about p(1 - p)


@dataclass(frozen=True)
class Choice:
    """The method chosen and each one's log-loss on the `n` matches that decided, unseen by any of them."""

    calibration: Calibration
    n: int
    log_loss: dict[CalibrationMethod, float]


def fit(method: CalibrationMethod, margins: Array, labels: Labels) -> Calibration:
    """Fit `method` to `margins` (n, k) and `labels` (n,)."""
    return Calibration(method, _FIT[method](margins, labels))


def choose(fit_on: tuple[Array, Labels], decide_on: tuple[Array, Labels]) -> Choice:
    """Fit every method on one set of (margins, labels) and choose by log-loss on another, later one.

    Margins stay as they are unless the best method's gain is beyond chance, by CLEAR_ERRORS standard errors of the
    paired difference: gains are small, and a calibration that luck chose cost more than any that it found.
    """
    candidates = [fit(method, *fit_on) for method in METHODS]
    margins, labels = decide_on
    losses = {c.method: log_losses(c.apply(margins), labels) for c in candidates}
    means = {method: float(each.mean()) for method, each in losses.items()}
    able = [c for c in candidates if c.method != "isotonic" or len(fit_on[1]) >= ISOTONIC_MATCHES]
    best = min(able, key=lambda candidate: means[candidate.method])
    gains = losses[NONE.method] - losses[best.method]
    clear = gains.mean() > CLEAR_ERRORS * gains.std() / np.sqrt(len(gains))
    return Choice(best if clear else NONE, len(labels), means)


def fit_shift(margins: Array, labels: Labels) -> tuple[float, ...]:
    """The constants (k) to add to `margins` (n, k) so that each outcome is predicted as often as it came true.

    Maximum likelihood with a weak pull to nothing, worth a hundred matches.
    """
    target = one_hot(labels, margins.shape[1])
    strength = _SHIFT_STRENGTH / len(labels)

    def loss(shift: Array) -> tuple[float, Array]:
        logs = log_softmax(margins + shift, axis=1)
        gradient = (np.exp(logs) - target).mean(axis=0) + strength * shift
        return float(-(target * logs).sum() / len(labels) + 0.5 * strength * (shift @ shift)), gradient

    result = minimize(loss, np.zeros(margins.shape[1]), jac=True, method="L-BFGS-B")
    return tuple(float(value) for value in result.x)


def _fit_none(_margins: Array, _labels: Labels) -> Parameters:
    return {}


def _fit_temperature(margins: Array, labels: Labels) -> Parameters:
    rows = np.arange(len(labels))

    def loss(log_scale: float) -> float:
        return float(-log_softmax(margins * np.exp(log_scale), axis=1)[rows, labels].mean())

    result = minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded")
    return {"scale": [[float(np.exp(result.x))]]}


def _fit_platt(margins: Array, labels: Labels) -> Parameters:
    outcomes = margins.shape[1]
    target = one_hot(labels, outcomes)
    start = np.concatenate([np.ones(outcomes), np.zeros(outcomes)])

    def loss(values: Array) -> tuple[float, Array]:
        logs = log_softmax(margins * values[:outcomes] + values[outcomes:], axis=1)
        away = values - start
        gap = (np.exp(logs) - target) / len(labels)
        gradient = np.concatenate([(gap * margins).sum(axis=0), gap.sum(axis=0)])
        strength = _PRIOR_STRENGTH / len(labels)
        total = -(target * logs).sum() / len(labels) + 0.5 * strength * (away @ away)
        return float(total), gradient + strength * away

    result = minimize(loss, start, jac=True, method="L-BFGS-B")
    return {"scale": [result.x[:outcomes].tolist()], "offset": [result.x[outcomes:].tolist()]}


def _fit_isotonic(margins: Array, labels: Labels) -> Parameters:
    probabilities = softmax(margins)
    least = 1.0 / (len(labels) + 2.0)
    inputs, outputs = [], []
    for outcome in range(margins.shape[1]):
        curve = IsotonicRegression(y_min=least, y_max=1.0 - least, out_of_bounds="clip")
        curve.fit(probabilities[:, outcome], (labels == outcome).astype(np.float64))
        inputs.append(curve.X_thresholds_.tolist())
        outputs.append(curve.y_thresholds_.tolist())
    return {"inputs": inputs, "outputs": outputs}


_FIT: dict[CalibrationMethod, Callable[[Array, Labels], Parameters]] = {
    "none": _fit_none,
    "temperature": _fit_temperature,
    "platt": _fit_platt,
    "isotonic": _fit_isotonic,
}
METHODS = tuple(_FIT)
