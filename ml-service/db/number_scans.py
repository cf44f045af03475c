"""Whole tables of numbers, read page by page in a thread beside all that needs Python."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from common.arrays import Floats
from db.connection import Connection
from db.fixture_table import IN_RANGE, FixtureTable, page_rows
from db.numbers import NumberConnection
from db.rollback_mode import Rows
from db.row_index import key_ranges

BLOCK_ROWS = 1_000_000
"""Rows of many pages have one array, which the allocator returns to the system as a whole."""

Pages = Callable[[], Iterator[Rows | Floats]]
"""Waits for the pages of a scan, once: arrays of numbers, or rows where a page holds other values."""


@dataclass(frozen=True)
class Scan:
    """A statement for `width` values of the rows of a table between two keys."""

    table: str
    statement: str
    width: int

    @classmethod
    def of(cls, table: FixtureTable, width: int) -> Scan:
        """All rows to read of a table, in order of key."""
        return cls(table.name, f"{table.select(IN_RANGE)} ORDER BY rowid", width)

    def keys(self, query: Callable[..., Rows], rows: int) -> Iterator[tuple[int, int]]:
        """Ranges of keys, each of at most `rows` rows: no lock outlives a page."""
        return key_ranges(query, self.table, rows)


class NumberScans:
    """Scans of one moment: by `numbers`, which reads at the moment of `connection`, and by that one where it cannot.

    What the pages' functions raise is what `connection` raises.
    """

    def __init__(
        self, connection: Connection, numbers: NumberConnection | None, thread: ThreadPoolExecutor
    ) -> None:
        self._connection = connection
        self._numbers = numbers
        self._rows = page_rows(connection)
        self._thread = thread

    def begin(self, scan: Scan) -> Pages:
        """Read a table from now on, after those begun before."""
        numbers = self._numbers
        if numbers is None:
            return lambda: self._plain(scan)
        running = [self._thread.submit(self._read, numbers, scan)]

        def pages() -> Iterator[Rows | Floats]:
            # Out of the list, so that nothing else holds what may be hundreds of megabytes.
            parts = running.pop().result()
            if parts is None:
                yield from self._plain(scan)
                return
            for keys, page in parts:
                yield self._connection.query(scan.statement, keys) if page is None else page

        return pages

    def _plain(self, scan: Scan) -> Iterator[Rows]:
        query = self._connection.query
        return (query(scan.statement, keys) for keys in scan.keys(query, self._rows))

    def _read(
        self, numbers: NumberConnection, scan: Scan
    ) -> list[tuple[tuple[int, int], Floats | None]] | None:
        """Every range of keys with its page, None where a page holds other values; None where SQLite fails."""
        parts: list[tuple[tuple[int, int], Floats | None]] = []
        room = np.empty((0, scan.width))
        try:
            for keys in scan.keys(numbers.query, self._rows):
                if len(room) < self._rows:
                    room = np.empty((BLOCK_ROWS, scan.width))
                page = _page(numbers, scan, keys, room)
                parts.append((keys, page))
                room = room if page is None else room[len(page) :]
        except sqlite3.Error:
            return None
        return parts


def _page(numbers: NumberConnection, scan: Scan, keys: tuple[int, int], room: Floats) -> Floats | None:
    try:
        return numbers.page(scan.statement, keys, room)
    except ValueError:
        return None
