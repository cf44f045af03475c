"""A fitted calibration: margins (unnormalised log-probabilities) in, probabilities out.

Every method answers rows that sum to 1 and lie inside (0, 1): a zero that comes true is an infinite loss.
How each is fitted and chosen is `models.calibrator`'s work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.probabilities import softmax
from contract.model import CalibrationMethod

Array = NDArray[np.float64]
Parameters = Mapping[str, list[list[float]]]

FLOOR = 1e-6


@dataclass(frozen=True)
class Calibration:
    """A method's name and its parameters as plain lists, so that they can be stored as they are.

    Raises ValueError for a method that there is not.
    """

    method: CalibrationMethod
    parameters: Parameters

    def __post_init__(self) -> None:
        if self.method not in _APPLY:
            raise ValueError(f"there is no calibration {self.method!r}")

    def apply(self, margins: Array) -> Array:
        """Probabilities of `margins`, both of shape (n, k); rows sum to 1, each within [FLOOR / k, 1)."""
        probabilities = _APPLY[self.method](margins, self.parameters)
        return np.asarray((1.0 - FLOOR) * probabilities + FLOOR / margins.shape[1])


def _none(margins: Array, _parameters: Parameters) -> Array:
    return softmax(margins)


def _temperature(margins: Array, parameters: Parameters) -> Array:
    return softmax(margins * parameters["scale"][0][0])


def _platt(margins: Array, parameters: Parameters) -> Array:
    return softmax(margins * parameters["scale"][0] + np.array(parameters["offset"][0]))


def _isotonic(margins: Array, parameters: Parameters) -> Array:
    probabilities = softmax(margins)
    curves = zip(parameters["inputs"], parameters["outputs"], strict=True)
    raw = np.column_stack([np.interp(probabilities[:, k], x, y) for k, (x, y) in enumerate(curves)])
    raw = np.maximum(raw, FLOOR)
    return np.asarray(raw / raw.sum(axis=1, keepdims=True))


_APPLY: dict[CalibrationMethod, Callable[[Array, Parameters], Array]] = {
    "none": _none,
    "temperature": _temperature,
    "platt": _platt,
    "isotonic": _isotonic,
}

NONE = Calibration("none", {})
