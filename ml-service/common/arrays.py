"""Where ids stand among others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def places(known: Ints, ids: Ints) -> NDArray[np.intp]:
    """Where each id stands among `known`, which are distinct, in any order; -1 where it does not. Shape of `ids`."""
    if len(known) == 0:
        return np.full(len(ids), -1, dtype=np.intp)
    by_id = np.argsort(known, kind="stable")
    place = by_id[np.minimum(np.searchsorted(known, ids, sorter=by_id), len(known) - 1)]
    return np.where(known[place] == ids, place, -1)
