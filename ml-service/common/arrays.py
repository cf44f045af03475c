"""Types of arrays, and positions of ids in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def index_of(values: Ints, ids: Ints) -> NDArray[np.intp]:
    """Index into `values` of each of `ids`, -1 where it is absent. Shape of `ids`.

    `values` (n,) are distinct, in any order.
    """
    if len(values) == 0:
        return np.full(len(ids), -1, dtype=np.intp)
    order = np.argsort(values, kind="stable")
    index = order[np.minimum(np.searchsorted(values, ids, sorter=order), len(values) - 1)]
    return np.where(values[index] == ids, index, -1)
