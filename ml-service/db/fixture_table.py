"""Tables that say something of fixtures: read whole, or for some fixtures, with an index on fixture_id or without."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from db.connection import Connection, Stamp
from db.rollback_mode import Rows
from db.row_index import RowIndex, key_ranges

IDS_AT_ONCE = 500
PAGE_ROWS, PAGE_ROWS_IN_SNAPSHOT = 2_000, 20_000
"""Rows a statement: in rollback mode a writer waits for each to end, in WAL mode for none."""
INDEX_PAGE_ROWS, INDEX_PAGE_ROWS_IN_SNAPSHOT = 5_000, 200_000
IN_RANGE = "rowid > ? AND rowid <= ?"


@dataclass(frozen=True)
class FixtureTable:
    """A table with a column fixture_id: SQL of the `values` wanted of its rows, and of which rows are `wanted`."""

    name: str
    values: str
    wanted: str
    has_index: bool

    def select(self, condition: str) -> str:
        """The statement for the rows under a further condition."""
        return f"SELECT {self.values} FROM {self.name} WHERE {self.wanted} AND {condition}"  # noqa: S608

    def select_of(self, fixture_ids: Sequence[int], index: RowIndex) -> tuple[str, list[Any]]:
        """The statement for the rows of some fixtures, with its values."""
        marks = ",".join("?" * len(fixture_ids))
        statement = self.select(f"fixture_id IN ({marks})")
        if self.has_index:
            return statement, list(fixture_ids)
        spans = statement.replace(f"FROM {self.name}", f"FROM {_SPANS} CROSS JOIN {self.name}")
        ranges = json.dumps(index.ranges(fixture_ids))
        return f"{spans} AND {self.name}.rowid BETWEEN low AND high", [ranges, *fixture_ids]


class RowIndexes:
    """Where the rows of fixtures are in tables without an index, shared by all who read one file."""

    def __init__(self) -> None:
        self._indexes: dict[str, RowIndex] = {}
        self._followed: dict[str, WeakKeyDictionary[Connection, Stamp]] = defaultdict(WeakKeyDictionary)

    def of(self, table: FixtureTable, connection: Connection) -> RowIndex:
        """The index of a table as `connection` reads it now; empty where the table has an index of its own."""
        index = self._indexes.setdefault(table.name, RowIndex(table.name))
        if table.has_index:
            return index
        followed, moment = self._followed[table.name], connection.moment()
        if followed.get(connection) != moment:
            page = INDEX_PAGE_ROWS_IN_SNAPSHOT if connection.has_snapshots else INDEX_PAGE_ROWS
            index.follow(connection.query, page)
            followed[connection] = moment
        return index

    def forget(self) -> None:
        """Read all tables anew when they are next needed."""
        self._indexes, self._followed = {}, defaultdict(WeakKeyDictionary)


def has_index(connection: Connection, table: str) -> bool:
    """Whether SQLite finds the rows of a fixture by an index that holds all rows."""
    query = connection.query
    indexes = query(f"SELECT name FROM pragma_index_list('{table}') WHERE NOT partial")  # noqa: S608
    firsts = [query("SELECT name FROM pragma_index_info(?) WHERE seqno = 0", name) for name in indexes]
    return [("fixture_id",)] in firsts


def page_rows(connection: Connection) -> int:
    """How many rows a statement may read."""
    return PAGE_ROWS_IN_SNAPSHOT if connection.has_snapshots else PAGE_ROWS


def all_rows(connection: Connection, table: FixtureTable) -> Iterator[Rows]:
    """All wanted rows in order of key, a page a statement: no lock outlives a page."""
    statement = f"{table.select(IN_RANGE)} ORDER BY rowid"
    for keys in key_ranges(connection.query, table.name, page_rows(connection)):
        yield connection.query(statement, keys)


def rows_of(
    connection: Connection, indexes: RowIndexes, tables: Sequence[FixtureTable], fixture_ids: Sequence[int]
) -> Iterator[Rows]:
    """The wanted rows of some fixtures in all `tables`; those of one id are of one statement, so of one moment."""
    known = [(table, indexes.of(table, connection)) for table in tables]
    for start in range(0, len(fixture_ids) if tables else 0, IDS_AT_ONCE):
        some = fixture_ids[start : start + IDS_AT_ONCE]
        parts = [table.select_of(some, index) for table, index in known]
        statement = " UNION ALL ".join(statement for statement, _ in parts)
        yield connection.query(statement, [value for _, values in parts for value in values])


_SPANS = "(SELECT json_extract(value, '$[0]') AS low, json_extract(value, '$[1]') AS high FROM json_each(?))"
