"""Leaf values refitted to other matches, where trees keep their splits: LightGBM's `refit` without its decay.

Growing a tree is finding its splits; what its leaves say is a sum over the matches in them. LightGBM's own refit does
not take an objective such as `models.soft_labels` has, nor a start other than zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit
from models.quickscorer import Trees
from models.soft_labels import Singles

Array = NDArray[np.float64]
Features = NDArray[np.float32]
Leaves = NDArray[np.uint8]

Gradients = Callable[[Array, Any], tuple[Singles, Singles]]

_VALUES = re.compile(r"^leaf_value=(.*)$", re.MULTILINE)
_SIZES = re.compile(r"^tree_sizes=.*\n", re.MULTILINE)
_ROWS = 4_096
"""Rows whose leaves are looked up at once."""


def refit_leaves(
    text: str, rows: Features, scores: Array, objective: Gradients, learning_rate: float, lambda_l2: float
) -> tuple[str, Array]:
    """LightGBM's model `text` with the leaf values that `rows` (n, C) teach, and the raw scores they get.

    `scores` (n, s), or (n,) of one, are those that margins start from; `objective` gives gradient and curvature of
    scores as LightGBM holds them. A leaf says -G / (H + `lambda_l2`) at the `learning_rate` (Chen and Guestrin 2016),
    round by round.
    """
    counts = [len(values.split()) for values in _VALUES.findall(text)]
    leaves = _leaves(text, counts, rows)
    scores = np.array(scores.reshape(len(rows), -1), order="F")
    values: list[Array] = []
    for first in range(0, len(counts), scores.shape[1]):
        gradient, curvature = objective(scores if scores.shape[1] > 1 else scores[:, 0], None)
        for k in range(scores.shape[1]):
            of, sums = leaves[first + k], np.zeros((2, counts[first + k]))
            if counts[first + k] > 1:  # in LightGBM a tree without a split says nothing
                add_to_leaves(of, _column(gradient, k), _column(curvature, k), sums)
            values.append(-learning_rate * sums[0] / (sums[1] + lambda_l2))
            scores[:, k] += values[-1][of]
    return _with_values(text, values), scores


def _column(of: Singles, k: int) -> Singles:
    return of[:, k] if of.ndim > 1 else of


def _leaves(text: str, counts: Sequence[int], rows: Features) -> Leaves:
    """The number of the leaf that each tree sends each of the rows (n, C) to, (trees, n)."""
    numbered = Trees.parse(_with_values(text, [np.arange(count) for count in counts]))
    each = replace(numbered, scores=len(counts))
    out = np.empty((len(counts), len(rows)), dtype=np.uint8)
    for start in range(0, len(rows), _ROWS):
        out[:, start : start + _ROWS] = each.predict(rows[start : start + _ROWS]).T
    return out


def _with_values(text: str, values: Sequence[NDArray[Any]]) -> str:
    """The model's text with other leaf values, and without the sizes of its parts, which they change."""
    lines = iter("leaf_value=" + " ".join(map(repr, of.tolist())) for of in values)
    return _VALUES.sub(lambda _: next(lines), _SIZES.sub("", text))


@njit
def add_to_leaves(leaves: Leaves, gradient: Singles, curvature: Singles, sums: Array) -> None:
    """Add gradient and curvature of each match (n,) to those of its leaf, `sums` (2, leaves)."""
    for row in range(len(leaves)):
        leaf = leaves[row]
        sums[0, leaf] += gradient[row]
        sums[1, leaf] += curvature[row]
