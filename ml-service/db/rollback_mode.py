"""Reading in rollback mode without holding SQLite's lock while Python fetches rows.

sqlite3 acquires the GIL for every row, which takes up to 5 ms while another thread computes. A writer of a database
in rollback mode would wait for all rows: 400 ms during the load of a model.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

Rows = list[tuple[Any, ...]]
Values = Sequence[Any] | Mapping[str, Any]

MAX_STATEMENTS = 256


class CopiedRows:
    """Reads through temporary tables in memory: SQLite copies all rows in one step, then releases the file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.execute("PRAGMA temp_store=MEMORY")
        self._tables: set[int] = set()
        self._widths: dict[str, int] = {}

    def fetch(self, statement: str, values: Values) -> Rows:
        """All rows of a SELECT."""
        width = self._width(statement, values)
        with self._writing_to_memory():
            page = self._page(width)
            self._connection.execute(f"INSERT INTO {page} {statement}", values)
            try:
                return self._connection.execute(f"SELECT * FROM {page}").fetchall()  # noqa: S608
            finally:
                self._connection.execute(f"DELETE FROM {page}")  # noqa: S608

    @contextmanager
    def _writing_to_memory(self) -> Iterator[None]:
        """Temporarily allow writes to the in-memory temp table; the database file stays protected by mode=ro."""
        self._connection.execute("PRAGMA query_only=OFF")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA query_only=ON")

    def _page(self, width: int) -> str:
        """A temporary table of `width` untyped columns, which keep the type of each value."""
        name = f"temp.page_of_{width}"
        if width not in self._tables:
            columns = ", ".join(f"value_{column}" for column in range(width))
            self._connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS page_of_{width} ({columns})")
            self._tables.add(width)
        return name

    def _width(self, statement: str, values: Values) -> int:
        """Number of columns of the statement's rows."""
        if statement not in self._widths:
            if len(self._widths) >= MAX_STATEMENTS:
                self._widths.clear()
            cursor = self._connection.execute(f"SELECT * FROM ({statement}) LIMIT 0", values)  # noqa: S608
            self._widths[statement] = len(cursor.description)
        return self._widths[statement]
