"""Positions of ids, whether these are dense or far apart."""

from __future__ import annotations

import numpy as np
import pytest

from common.arrays import index_of

EXTREMES = [-(2**63), 2**63 - 1]


@pytest.mark.parametrize("step", [1, 10**12], ids=["dense ids", "ids far apart"])
def test_an_id_stands_where_the_values_have_it_and_nowhere_where_they_do_not(step: int) -> None:
    values = np.array([7, 3, 5, 4], dtype=np.int64) * step
    ids = np.array([4 * step, 7 * step, 6 * step, 3 * step, *EXTREMES], dtype=np.int64)
    assert index_of(values, ids).tolist() == [3, 0, -1, 1, -1, -1]


@pytest.mark.parametrize("step", [1, 10**12], ids=["dense ids", "ids far apart"])
def test_ids_that_all_are_there_are_all_there(step: int) -> None:
    values = np.array([7, 3, 5], dtype=np.int64) * step
    assert index_of(values, values[::-1]).tolist() == [2, 1, 0]


def test_among_no_values_there_is_no_id() -> None:
    assert index_of(np.empty(0, dtype=np.int64), np.array([1])).tolist() == [-1]
