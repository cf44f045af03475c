"""Tables with a column fixture_id, read whole or for some fixtures, with or without an index on that column."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from db.connection import Connection, Stamp
from db.rollback_mode import Rows
from db.row_index import RowIndex

MAX_IDS_PER_STATEMENT = 500
MAX_IDS_AS_PARAMETERS = 4
"""More stand in a list, which one statement takes at any length but SQLite reads later."""
PAGE_ROWS, SNAPSHOT_PAGE_ROWS = 2_000, 20_000
"""Rows per statement. In rollback mode a writer waits for each statement, in WAL mode for none."""
INDEX_PAGE_ROWS, SNAPSHOT_INDEX_PAGE_ROWS = 5_000, 200_000
IN_RANGE = "rowid > ? AND rowid <= ?"


@dataclass(frozen=True)
class FixtureTable:
    """A table with a column fixture_id: SQL of the `values` to select, and the `condition` of rows to read."""

    name: str
    values: str
    condition: str
    has_index: bool

    def select(self, condition: str) -> str:
        """The statement for the rows under a further condition."""
        return f"SELECT {self.values} FROM {self.name} WHERE {self.condition} AND {condition}"  # noqa: S608

    def select_of(self, fixture_ids: Sequence[int], index: RowIndex) -> tuple[str, list[int | str]]:
        """The statement for the rows of some fixtures, the same for any number in a list, and its parameters."""
        are_few = len(fixture_ids) <= MAX_IDS_AS_PARAMETERS
        ids: list[int | str] = [*fixture_ids] if are_few else [json.dumps(fixture_ids)]
        marks = ",".join("?" * len(ids)) if are_few else "SELECT value FROM json_each(?)"
        statement = self.select(f"fixture_id IN ({marks})")
        if self.has_index:
            return statement, ids
        spans = statement.replace(f"FROM {self.name}", f"FROM {_SPANS} CROSS JOIN {self.name}")
        ranges = json.dumps(index.ranges(fixture_ids))
        return f"{spans} AND {self.name}.rowid BETWEEN low AND high", [ranges, *ids]


class RowIndexes:
    """Row indexes of tables without an SQL index, shared by all readers of one file."""

    def __init__(self) -> None:
        self._indexes: dict[str, RowIndex] = {}
        self._moments: dict[str, WeakKeyDictionary[Connection, Stamp]] = defaultdict(WeakKeyDictionary)

    def of(self, table: FixtureTable, connection: Connection) -> RowIndex:
        """The row index of a table as `connection` reads it now; empty if the table has an SQL index."""
        index = self._indexes.setdefault(table.name, RowIndex(table.name))
        if table.has_index:
            return index
        moments, moment = self._moments[table.name], connection.moment()
        if moments.get(connection) != moment:
            page = SNAPSHOT_INDEX_PAGE_ROWS if connection.has_snapshots else INDEX_PAGE_ROWS
            index.follow(connection.query, page)
            moments[connection] = moment
        return index

    def forget(self) -> None:
        """Read all tables again when they are next needed."""
        self._indexes, self._moments = {}, defaultdict(WeakKeyDictionary)


def has_index(connection: Connection, table: str) -> bool:
    """Whether the table has a complete SQL index that starts with fixture_id."""
    query = connection.query
    indexes = query(f"SELECT name FROM pragma_index_list('{table}') WHERE NOT partial")  # noqa: S608
    firsts = [query("SELECT name FROM pragma_index_info(?) WHERE seqno = 0", name) for name in indexes]
    return [("fixture_id",)] in firsts


def page_rows(connection: Connection) -> int:
    """Number of rows that a statement may read."""
    return SNAPSHOT_PAGE_ROWS if connection.has_snapshots else PAGE_ROWS


def rows_of(
    connection: Connection,
    indexes: RowIndexes,
    tables: Sequence[FixtureTable],
    fixture_ids: Sequence[int],
    grouping: str = "",
) -> Iterator[Rows]:
    """Rows of some fixtures in all `tables`; those of one id come from one statement and so from one moment."""
    return (
        connection.query(*statement)
        for statement in statements_of(connection, indexes, tables, fixture_ids, grouping)
    )


def statements_of(
    connection: Connection,
    indexes: RowIndexes,
    tables: Sequence[FixtureTable],
    fixture_ids: Sequence[int],
    grouping: str = "",
) -> Iterator[tuple[str, list[int | str]]]:
    """The statements of `rows_of`, each with its parameters."""
    indexed = [(table, indexes.of(table, connection)) for table in tables]
    for start in range(0, len(fixture_ids) if tables else 0, MAX_IDS_PER_STATEMENT):
        some = fixture_ids[start : start + MAX_IDS_PER_STATEMENT]
        parts = [table.select_of(some, index) for table, index in indexed]
        statement = " UNION ALL ".join(f"{statement}{grouping}" for statement, _ in parts)
        yield statement, [value for _, values in parts for value in values]


_SPANS = "(SELECT json_extract(value, '$[0]') AS low, json_extract(value, '$[1]') AS high FROM json_each(?))"
