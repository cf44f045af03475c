"""Types of arrays, and positions of ids in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


MAX_SPAN = 4
"""Up to how many numbers of a table an id may take: looking ids up there is quicker than by halves, in any order."""


def index_of(values: Ints, ids: Ints) -> NDArray[np.intp]:
    """Index into `values` of each of `ids`, -1 where it is absent. Shape of `ids`.

    `values` (n,) are distinct, in any order.
    """
    if len(values) == 0:
        return np.full(len(ids), -1, dtype=np.intp)
    first, last = int(values.min()), int(values.max())
    if last - first < MAX_SPAN * (len(values) + len(ids)):
        return _by_table(values, ids, first, last)
    order = np.argsort(values, kind="stable")
    index = order[np.minimum(np.searchsorted(values, ids, sorter=order), len(values) - 1)]
    return np.where(values[index] == ids, index, -1)


def _by_table(values: Ints, ids: Ints, first: int, last: int) -> NDArray[np.intp]:
    """`index_of` by a table of the numbers from `first` to `last`, the least and the greatest of `values`."""
    table = np.full(last - first + 1, -1, dtype=np.intp)
    table[values - first] = np.arange(len(values))
    inside = (ids >= first) & (ids <= last)
    if inside.all():
        return np.asarray(table[ids - first])
    return np.where(inside, table[np.where(inside, ids, first) - first], -1)
