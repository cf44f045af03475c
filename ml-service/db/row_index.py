"""In-memory index by fixture for tables without an SQL index, such as the real application's tables of prices.

The service does not write to the database, and a scan costs 100 ms at 300,000 rows. So the table is read once, then
only its new rows: rows are appended, and those of one fixture are adjacent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from common.arrays import Ints
from db.rollback_mode import Rows

Query = Callable[[str, Sequence[Any]], Rows]
Ranges = list[tuple[int, int]]

LOWEST_KEY, HIGHEST_KEY = -(2**63), 2**63 - 1
SAMPLED_RUNS, NEWEST_RUNS = 64, 16
MAX_PARTS = 64


class _Runs:
    """Runs of adjacent rows of one fixture: each begins at key `first` (n,) and ends before the next."""

    def __init__(self, first: Ints, fixture: Ints, last: int) -> None:
        self.first, self.fixture, self.last = first, fixture, last
        self._order = np.argsort(fixture, kind="stable")
        self._sorted = fixture[self._order]

    def of(self, fixture_ids: Ints) -> Ranges:
        """First and last key of each run of these fixtures (m,)."""
        begins = self._sorted.searchsorted(fixture_ids)
        ends = self._sorted.searchsorted(fixture_ids, side="right")
        present = np.flatnonzero(ends > begins).tolist()
        runs = [run for index in present for run in self._order[begins[index] : ends[index]].tolist()]
        return [(int(self.first[run]), self._end(run)) for run in runs]

    def _end(self, run: int) -> int:
        return int(self.first[run + 1]) - 1 if run + 1 < len(self.first) else self.last


class RowIndex:
    """Keys of a table's rows by fixture. Safe for several connections, each in its own thread."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._lock = threading.Lock()
        self._parts: tuple[_Runs, ...] = ()

    def follow(self, query: Query, page: int) -> None:
        """Index the rows added since the last call, or the whole table if its earlier rows have changed.

        `query` returns the rows of a statement; no statement reads more than `page` rows of the table.
        """
        with self._lock:
            if not self._parts or not self._holds_sample(query):
                self._parts = (self._read(query, page, LOWEST_KEY),)
                return
            new = self._read(query, page, self._parts[-1].last)
            if len(new.first):
                self._parts = _compact((*self._parts, new))

    def ranges(self, fixture_ids: Sequence[int]) -> Ranges:
        """Ranges of keys, both ends included, that contain all rows of these fixtures, ascending."""
        ids = np.array(fixture_ids, dtype=np.int64)
        return sorted(span for part in self._parts for span in part.of(ids))

    def forget(self) -> None:
        """Read the whole table again at the next call of `follow`."""
        with self._lock:
            self._parts = ()

    def _read(self, query: Query, page: int, after: int) -> _Runs:
        """Runs of the rows after the key `after`; SQLite returns only the first row of each run."""
        first: list[int] = []
        fixture: list[int] = []
        for low, high in key_ranges(query, self._table, page, after):
            for key, fixture_id in query(_RUNS.format(self._table), (low, high)):
                if isinstance(fixture_id, int) and (not fixture or fixture[-1] != fixture_id):
                    first.append(key)
                    fixture.append(fixture_id)
            after = high
        return _Runs(np.array(first, dtype=np.int64), np.array(fixture, dtype=np.int64), after)

    def _holds_sample(self, query: Query) -> bool:
        """Whether a sample of rows across the table, and the newest rows, have the same fixtures as before."""
        sample: dict[int, int] = {}
        for part in (self._parts[0], self._parts[-1]):
            for some in (
                slice(None, None, max(1, len(part.first) // SAMPLED_RUNS)),
                slice(-NEWEST_RUNS, None),
            ):
                sample |= zip(part.first[some].tolist(), part.fixture[some].tolist(), strict=True)
        marks = ",".join("?" * len(sample))
        rows = query(f"SELECT rowid, fixture_id FROM {self._table} WHERE rowid IN ({marks})", list(sample))  # noqa: S608
        return dict(rows) == sample


def key_ranges(query: Query, table: str, page: int, after: int = LOWEST_KEY) -> Iterator[tuple[int, int]]:
    """Ranges (low, high] of keys with at most `page` rows each, covering all rows after `after`, in order."""
    while True:
        end = query(_PAGE_END.format(table), (after, page - 1)) or query(_TABLE_END.format(table), (after,))
        ((high,),) = end
        if high is None:
            return
        yield after, high
        after = high


def _compact(parts: tuple[_Runs, ...]) -> tuple[_Runs, ...]:
    """Merge the parts if there are many, since every lookup searches each of them."""
    if len(parts) < MAX_PARTS:
        return parts
    first = np.concatenate([part.first for part in parts])
    return (_Runs(first, np.concatenate([part.fixture for part in parts]), parts[-1].last),)


_PAGE_END = "SELECT rowid FROM {0} WHERE rowid > ? ORDER BY rowid LIMIT 1 OFFSET ?"
_TABLE_END = "SELECT MAX(rowid) FROM {0} WHERE rowid > ?"
_RUNS = """
SELECT rowid, fixture_id FROM (
  SELECT rowid, fixture_id, LAG(fixture_id) OVER (ORDER BY rowid) AS previous
  FROM {0} WHERE rowid > ? AND rowid <= ?
) WHERE previous IS NOT fixture_id ORDER BY rowid"""
