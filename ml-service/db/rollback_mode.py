"""Rows out of SQLite without its lock being held while Python takes them.

sqlite3 takes the interpreter's lock anew for every row. Where another thread is at work that is up to 5 ms a row,
and a writer of a database in rollback mode would have to wait for all of them: for 400 ms where a model was loaded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

Rows = list[tuple[Any, ...]]
Values = Sequence[Any] | Mapping[str, Any]

MAX_STATEMENTS = 256


class UnlockedRows:
    """Reads by way of tables in memory: SQLite copies all rows in one step and has let go of the file by its end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.execute("PRAGMA temp_store=MEMORY")
        self._made: set[int] = set()
        self._widths: dict[str, int] = {}

    def fetched(self, statement: str, values: Values) -> Rows:
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
        """query_only forbids that too; the file itself is open for reading alone."""
        self._connection.execute("PRAGMA query_only=OFF")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA query_only=ON")

    def _page(self, width: int) -> str:
        """A table for rows of so many values, which stay of the kind they are."""
        name = f"temp.page_of_{width}"
        if width not in self._made:
            columns = ", ".join(f"value_{place}" for place in range(width))
            self._connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS page_of_{width} ({columns})")
            self._made.add(width)
        return name

    def _width(self, statement: str, values: Values) -> int:
        """How many values a row of the statement has."""
        if statement not in self._widths:
            if len(self._widths) >= MAX_STATEMENTS:
                self._widths.clear()
            cursor = self._connection.execute(f"SELECT * FROM ({statement}) LIMIT 0", values)  # noqa: S608
            self._widths[statement] = len(cursor.description)
        return self._widths[statement]
