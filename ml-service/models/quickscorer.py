"""LightGBM's trees walked without branches: QuickScorer (Lucchese et al. 2015).

LightGBM's own predictor takes every tree from a place of its own in memory and waits for each comparison to know the
next, which for the few rows of a request costs a multiple of the comparisons. Here all splits of a tree are compared
in the order they lie in memory, each with many rows at once. The numbers are the same to the last bit, leaves being
added in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit

Array = NDArray[np.float64]
Features = NDArray[np.float32]
Masks = NDArray[np.uint64]
Counts = NDArray[np.uint32]
Thresholds = NDArray[np.float32]

MAX_LEAVES = 64
MAX_LANES = 64
"""Rows walked at once. How many there are is no constant to the compiler, which would write out a loop of eight rows
instead of comparing them with one instruction."""
_ALL = 2**MAX_LEAVES - 1
_CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2
_NO_MISSING, _NAN_MISSING = 0, 2


@dataclass(frozen=True)
class Trees:
    """Trees over numerical columns, `columns` of them; tree t adds to score t modulo `scores`.

    Of tree t there are `splits[t]` splits and one leaf more, after those of the trees before it; leaves stand from
    left to right. A split sends values greater than `threshold` to the right, and NaN where `nan_right` is 1; `keeps`
    has a bit for each leaf that can still be reached then. The lowest bit that all splits leave is the leaf.
    """

    scores: int
    columns: int
    splits: Counts
    column: Counts
    threshold: Thresholds
    nan_right: Masks
    keeps: Masks
    leaf: Array

    @classmethod
    def parse(cls, text: str) -> Trees:
        """The trees of LightGBM's model text.

        Raises ValueError or KeyError for what is not walked here: other texts, categories, zeros that mean missing,
        columns that there are not, more than MAX_LEAVES leaves.
        """
        described, trees = described_trees(text)
        shapes = [_shape(tree) for tree in trees]
        threshold, kind = _joined(trees, "threshold", np.float64), _joined(trees, "decision_type", np.int64)
        columns, column = int(described["max_feature_idx"]) + 1, _joined(trees, "split_feature", np.uint32)
        if np.any(column >= columns):
            raise ValueError("a tree that splits by a column that there is not")
        return cls(
            scores=int(described["num_tree_per_iteration"]),
            columns=columns,
            splits=np.array([len(keeps) for keeps, _ in shapes], dtype=np.uint32),
            column=column,
            threshold=_rounded_down(threshold),
            nan_right=_nan_right(threshold, kind),
            keeps=np.array([keep for keeps, _ in shapes for keep in keeps], dtype=np.uint64),
            leaf=np.array([value for _, leaves in shapes for value in leaves]),
        )

    def predict(self, rows: Features) -> Array:
        """Raw scores (n, scores) of `rows` (n, columns)."""
        out = np.zeros((len(rows), self.scores))
        _walk(rows, self.splits, self.column, self.threshold, self.nan_right, self.keeps, self.leaf, out)
        return out


def described_trees(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The fields of LightGBM's model text: of its head, and of each tree."""
    head, *trees = text.partition("\nend of trees")[0].split("\nTree=")
    return _fields(head), [_fields(tree) for tree in trees]


def _shape(tree: dict[str, str]) -> tuple[list[int], list[float]]:
    """The bits that each split keeps where it sends to the right, and the leaves from left to right."""
    left, right = (list(map(int, tree.get(f"{side}_child", "").split())) for side in ("left", "right"))
    values = list(map(float, tree["leaf_value"].split()))
    if len(values) > MAX_LEAVES or len(values) != len(left) + 1:
        raise ValueError(f"a tree of {len(left)} splits with {len(values)} leaves")
    keeps, leaves = [0] * len(left), []

    def visit(node: int) -> None:
        if node < 0:
            leaves.append(values[~node])
            return
        first = len(leaves)
        visit(left[node])
        keeps[node] = _ALL - (1 << len(leaves)) + (1 << first)
        visit(right[node])

    visit(0 if left else ~0)
    return keeps, leaves


def _rounded_down(threshold: Array) -> Thresholds:
    """The highest 32-bit numbers not above `threshold`: the same 32-bit values are greater."""
    nearest = threshold.astype(np.float32)
    return np.where(nearest > threshold, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def _nan_right(threshold: Array, kind: NDArray[np.int64]) -> Masks:
    """1 for splits that send NaN to the right; where nothing was missing in training it counts as zero."""
    missing = kind >> _MISSING_SHIFT
    if np.any(kind & _CATEGORICAL) or not np.isin(missing, (_NO_MISSING, _NAN_MISSING)).all():
        raise ValueError("trees with categories or with zeros that mean missing")
    by_default = (kind & _DEFAULT_LEFT) == 0
    return np.where(missing == _NAN_MISSING, by_default, threshold < 0.0).astype(np.uint64)


def _fields(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, _, value in pairs}


def _joined(trees: Sequence[dict[str, str]], name: str, kind: type[np.generic]) -> NDArray[Any]:
    return np.array(" ".join(tree.get(name, "") for tree in trees).split(), dtype=kind)


_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""A bit times this has a number of its own in the six highest bits (Leiserson, Prokop and Randall 1998)."""
_PLACE = np.zeros(64, dtype=np.uint8)
for _bit in range(64):
    _PLACE[((int(_DE_BRUIJN) << _bit) & _ALL) >> 58] = _bit


@njit
def _walk(
    rows: Features,
    splits: Counts,
    column: Counts,
    threshold: Thresholds,
    nan_right: Masks,
    keeps: Masks,
    leaf: Array,
    out: Array,
) -> None:
    one = np.uint64(1)
    values, left = np.empty(rows.shape[1] * MAX_LANES, np.float32), np.empty(MAX_LANES, np.uint64)
    for start in range(0, len(rows), MAX_LANES):
        lanes = np.uint64(min(MAX_LANES, len(rows) - start))
        for row in range(lanes):
            for place in range(rows.shape[1]):
                values[np.uint64(place) * lanes + np.uint64(row)] = rows[start + row, place]
        split, first, score = np.uint64(0), np.uint64(0), 0
        for tree in range(len(splits)):
            left[:] = ~np.uint64(0)
            for _ in range(splits[tree]):
                compared, limit = np.uint64(column[split]) * lanes, threshold[split]
                keep, missing = keeps[split], nan_right[split]
                for lane in range(lanes):
                    value = values[compared + np.uint64(lane)]
                    right = np.uint64(value > limit) | (np.uint64(value != value) & missing)
                    left[np.uint64(lane)] &= keep | (right - one)
                split += one
            for lane in range(lanes):
                lowest = left[lane] & (~left[lane] + one)
                out[start + lane, score] += leaf[
                    first + np.uint64(_PLACE[(lowest * _DE_BRUIJN) >> np.uint64(58)])
                ]
            first += np.uint64(splits[tree]) + one
            score = score + 1 if score + 1 < out.shape[1] else 0
