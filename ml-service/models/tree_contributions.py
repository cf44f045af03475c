"""Exact SHAP values of LightGBM's trees: those of its `pred_contrib`, in a fraction of the time.

A SHAP value (Lundberg et al. 2020) is a column's Shapley value in a game of columns: a set of them is worth what the
trees say where no other column is known. At a split by a column that is not known both branches count, each by its
share of the training matches. So a leaf adds a product over the columns on its path: of 1 or 0 for a known one, whose
value leads along the path or off it, and of the branches' shares for another. By the game's multilinear extension
(Owen 1972) it adds to the value of column c the integral, over t from 0 to 1, of

    leaf * (follows_c - share_c) * product over the other columns d of (share_d + (follows_d - share_d) * t)

Gauss-Legendre quadrature integrates that polynomial exactly, with half as many nodes as the path has columns. For
each node, a walk down the tree multiplies for all leaves, and a walk up adds for all columns. The sums of LightGBM
lose digits on long paths; these do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit
from models.quickscorer import MAX_LEAVES, Counts, Features, Masks, Thresholds, Trees, described_trees

Array = NDArray[np.float64]
Row = NDArray[np.float32]
Small = NDArray[np.uint8]

NO_EDGE = 2 * (MAX_LEAVES - 1)
"""Higher than any edge's number in its tree."""


@dataclass(frozen=True)
class TreeContributions:
    """`trees` and their edges: of each tree, edge 2s leads to the left of its split s, edge 2s + 1 to the right.

    By split: `above` is the edge that leads to it, `same` the lowest edge above it of a split by the same column. By
    edge: `leaf` is the value of the leaf it leads to, 0 where that is a split, and `share` the product of the shares
    of training matches that went along it and along the edges above it of splits by the same column. By tree:
    `orders` of the quadrature. `average` (scores,) is what the trees say where no column is known.
    """

    trees: Trees
    above: Small
    same: Small
    leaf: Array
    share: Array
    orders: Small
    average: Array

    @classmethod
    def parse(cls, text: str, trees: Trees) -> TreeContributions:
        """The edges of LightGBM's model text, of which `trees` have been parsed."""
        _, described = described_trees(text)
        edges = [_edges(tree) for tree in described]
        average = np.zeros(trees.scores)
        for number, of_tree in enumerate(edges):
            average[number % trees.scores] += of_tree.average
        return cls(
            trees=trees,
            above=np.array([*chain.from_iterable(each.above for each in edges)], dtype=np.uint8),
            same=np.array([*chain.from_iterable(each.same for each in edges)], dtype=np.uint8),
            leaf=np.array([*chain.from_iterable(each.leaf for each in edges)], dtype=np.float64),
            share=np.array([*chain.from_iterable(each.share for each in edges)], dtype=np.float64),
            orders=np.array([each.order for each in edges], dtype=np.uint8),
            average=average,
        )

    def of(self, rows: Features) -> Array:
        """SHAP values (n, scores, columns + 1) of `rows` (n, columns).

        Of each score the last is what the trees say of no match in particular; together they are the score.
        """
        trees = self.trees
        out = np.zeros((len(rows), trees.scores, trees.columns + 1))
        out[:, :, -1] = self.average
        nodes, weights = _quadrature(int(self.orders.max(initial=0)))
        for row, values in zip(rows, out, strict=True):
            _add(
                row,
                trees.splits,
                trees.column,
                trees.threshold,
                trees.nan_right,
                self.above,
                self.same,
                self.leaf,
                self.share,
                self.orders,
                nodes,
                weights,
                values,
            )
        return out


class _Edges(NamedTuple):
    """What TreeContributions holds of one tree."""

    above: list[int]
    same: list[int]
    leaf: list[float]
    share: list[float]
    order: int
    average: float


def _edges(tree: Mapping[str, str]) -> _Edges:
    left, right, column, matches, leaf_matches = (
        [*map(int, tree.get(name, "").split())]
        for name in ("left_child", "right_child", "split_feature", "internal_count", "leaf_count")
    )
    values = [*map(float, tree["leaf_value"].split())]
    if not left:
        return _Edges([], [], [], [], 0, values[0])
    above, same = [NO_EDGE] * len(left), [NO_EDGE] * len(left)
    leaf, share = [0.0] * (2 * len(left)), [1.0] * (2 * len(left))
    lowest: list[dict[int, int]] = [{}] * len(left)  # by split, the lowest edge above it of each column
    most = 1
    for split, by in enumerate(column):  # LightGBM numbers a split after those above it
        same[split] = lowest[split].get(by, NO_EDGE)
        before = share[same[split]] if by in lowest[split] else 1.0
        for edge, child in ((2 * split, left[split]), (2 * split + 1, right[split])):
            share[edge] = before * (matches[child] if child >= 0 else leaf_matches[~child]) / matches[split]
            if child >= 0:
                above[child], lowest[child] = edge, {**lowest[split], by: edge}
            else:
                leaf[edge] = values[~child]
        most = max(most, len(lowest[split]) + (by not in lowest[split]))
    average = sum(value * reached for value, reached in zip(values, leaf_matches, strict=True)) / matches[0]
    return _Edges(above, same, leaf, share, (most + 1) // 2, average)


@cache
def _quadrature(most: int) -> tuple[Array, Array]:
    """Nodes and weights (most + 1, most) of Gauss-Legendre quadrature from 0 to 1, those of order n in row n."""
    gauss_legendre: Callable[[int], tuple[Array, Array]] = np.polynomial.legendre.leggauss
    nodes, weights = np.zeros((most + 1, most)), np.zeros((most + 1, most))
    for order in range(1, most + 1):
        x, weight = gauss_legendre(order)
        nodes[order, :order], weights[order, :order] = (x + 1.0) / 2.0, weight / 2.0
    return nodes, weights


@njit
def _add(
    row: Row,
    splits: Counts,
    column: Counts,
    threshold: Thresholds,
    nan_right: Masks,
    above: Small,
    same: Small,
    leaf: Array,
    share: Array,
    orders: Small,
    nodes: Array,
    weights: Array,
    out: Array,
) -> None:
    """Add to `out` (scores, columns + 1) the SHAP values of `row` (columns,)."""
    two, edges = np.uint64(2), NO_EDGE + 1
    follows, slope, below = np.ones(edges, np.uint64), np.zeros(edges), np.zeros(edges)
    product, inverse, impact = np.ones(edges), np.ones(edges), np.empty(edges)
    first, score = np.uint64(0), 0
    for tree in range(len(splits)):
        count = np.uint64(splits[tree])
        for split in range(count):
            at = first + split
            value = row[np.uint64(column[at])]
            right = np.uint64(value > threshold[at]) | (np.uint64(value != value) & nan_right[at])
            for edge in range(two * split, two * split + two):
                follows[edge] = follows[np.uint64(same[at])] & (right ^ ~edge)  # odd edges lead to the right
                slope[edge] = follows[edge] - share[two * first + edge]
            impact[split] = 0.0
        order = orders[tree]
        for index in range(order):
            node, weight = nodes[order, index], weights[order, index]
            _walk_down(first, count, node, above, same, leaf, share, slope, product, inverse, below)
            _walk_up(first, count, weight, above, same, slope, inverse, below, impact)
        for split in range(count):
            out[score, np.uint64(column[first + split])] += impact[split]
        first += count
        score = score + 1 if score + 1 < len(out) else 0


@njit
def _walk_down(
    first: np.uint64,
    count: np.uint64,
    node: float,
    above: Small,
    same: Small,
    leaf: Array,
    share: Array,
    slope: Array,
    product: Array,
    inverse: Array,
    below: Array,
) -> None:
    """Multiply factors along each path: a column's lowest edge counts in place of those above it."""
    two = np.uint64(2)
    for split in range(count):
        up, other = np.uint64(above[first + split]), np.uint64(same[first + split])
        before = product[up] * inverse[other]
        for edge in range(two * split, two * split + two):
            factor = share[two * first + edge] + slope[edge] * node
            inverse[edge] = 1.0 / factor
            product[edge] = before * factor
            below[edge] = product[edge] * leaf[two * first + edge]


@njit
def _walk_up(
    first: np.uint64,
    count: np.uint64,
    weight: float,
    above: Small,
    same: Small,
    slope: Array,
    inverse: Array,
    below: Array,
    impact: Array,
) -> None:
    one, two = np.uint64(1), np.uint64(2)
    for step in range(count):
        split = count - one - step
        up, other = np.uint64(above[first + split]), np.uint64(same[first + split])
        replaced = slope[other] * inverse[other]
        for edge in range(two * split, two * split + two):
            impact[split] += weight * below[edge] * (slope[edge] * inverse[edge] - replaced)
            below[up] += below[edge]
