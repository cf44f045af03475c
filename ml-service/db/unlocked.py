"""Rows out of SQLite without its lock being held while Python takes them.

sqlite3 takes the interpreter's lock anew for every row. Where another thread is at work that is up to 5 ms a row,
and a writer of a database in rollback mode would have to wait for all of them: for 400 ms where a model was loaded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

Rows = list[tuple[Any, ...]]

_STATEMENTS = 256


class UnlockedRows:
    """Reads by way of tables in memory: SQLite copies all rows in one step and has let go of the file by its end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.execute("PRAGMA temp_store=MEMORY")
        self._made: set[int] = set()
        self._width = lru_cache(_STATEMENTS)(self._columns)

    def fetched(self, statement: str, values: Sequence[Any]) -> Rows:
        """All rows of a SELECT."""
        width = self._width(statement, len(values))
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

    def _columns(self, statement: str, values: int) -> int:
        """How many values a row of the statement has."""
        cursor = self._connection.execute(f"SELECT * FROM ({statement}) LIMIT 0", (0,) * values)  # noqa: S608
        return len(cursor.description)
