"""The tables of prices, in every form that the application has given them, read as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from db import rows as clean
from db.connection import Connection
from db.fixture_table import (
    FixtureTable,
    RowIndexes,
    all_rows,
    has_index,
    page_rows,
    rows_of,
)
from db.rollback_mode import Rows
from db.row_index import LOWEST_KEY, key_ranges
from db.schema import PRICE_FORMS, PriceForm
from markets.market import Market
from markets.registry import MARKETS


@dataclass(frozen=True)
class UnreadPrices:
    """How many rows are of `others` than the service's markets, and of no fixture that is known (`unknown`).

    `last` is the key of each table up to which rows were counted.
    """

    others: int = 0
    unknown: int = 0
    last: Mapping[str, int] = field(default_factory=dict)

    def joined(self, table: str, last: int, others: int, unknown: int) -> UnreadPrices:
        """These and those of more rows of a table."""
        return UnreadPrices(self.others + others, self.unknown + unknown, {**self.last, table: last})

    @property
    def by_reason(self) -> tuple[dict[str, int], dict[str, int]]:
        """What is rejected, and what is unused."""
        rejected = {clean.UNKNOWN_FIXTURE: self.unknown} if self.unknown else {}
        return rejected, {clean.OTHER_MARKET: self.others} if self.others else {}


class PriceTables:
    """Reads the prices of a database through a connection."""

    def __init__(self, connection: Connection, indexes: RowIndexes) -> None:
        self._connection = connection
        self._indexes = indexes
        self._columns: Mapping[str, frozenset[str]] | None = None
        self._tables: list[FixtureTable] = []

    def pages(self) -> Iterator[Rows]:
        """All prices on the service's markets, as `clean.price_sets` takes them."""
        for table in self._known_tables():
            yield from all_rows(self._connection, table)

    def pages_of(self, fixture_ids: Sequence[int]) -> Iterator[Rows]:
        """Those with some ids in the tables; all of one id out of one statement, and so of one moment."""
        return rows_of(self._connection, self._indexes, self._known_tables(), fixture_ids)

    def unread(self, known: UnreadPrices) -> UnreadPrices:
        """The rows that nothing here reads: those of `known` and of what was added behind it since."""
        query = self._connection.query
        for table in self._known_tables():
            count = _UNREAD.format(table.name, table.wanted)
            after = known.last.get(table.name, LOWEST_KEY)
            for low, high in key_ranges(query, table.name, page_rows(self._connection), after):
                ((others, unknown),) = query(count, (low, high))
                known = known.joined(table.name, high, others or 0, unknown or 0)
        return known

    def remarks(self) -> list[str]:
        """What somebody should do about these tables, a sentence each."""
        return [*self._unreadable(), *self._without_index()]

    def _unreadable(self) -> Iterator[str]:
        readable = {table.name for table in self._known_tables()}
        for name in dict.fromkeys(form.table for form in PRICE_FORMS):
            columns = self._connection.columns.get(name)
            if columns is None or name in readable:
                continue
            ((rows,),) = self._connection.query(f"SELECT COUNT(*) FROM {name}")  # noqa: S608
            missing = sorted(set(next(form for form in PRICE_FORMS if form.table == name).columns) - columns)
            if rows:
                yield f"{name} has no columns {', '.join(missing)}: its {rows:,} rows are not used"

    def _without_index(self) -> Iterator[str]:
        for table in self._known_tables():
            if not table.has_index and self._connection.query(f"SELECT 1 FROM {table.name} LIMIT 1"):  # noqa: S608
                yield (
                    f"{table.name} has no index on fixture_id, so a start takes longer; for Node to run once:"
                    f" CREATE INDEX idx_{table.name.lower()}_fixture ON {table.name} (fixture_id)"
                )

    def _known_tables(self) -> list[FixtureTable]:
        """The tables that can be read; looked at again when the schema has changed."""
        columns = self._connection.columns
        if columns is not self._columns:
            self._tables = [self._table(form) for form in _fitting(columns) if self._has_rows(form.table)]
            self._columns = columns
        return self._tables

    def _has_rows(self, table: str) -> bool:
        """Whether it is a table whose rows have keys, not a view."""
        ((kind,),) = self._connection.query("SELECT type FROM sqlite_master WHERE name = ?", (table,))
        return bool(kind == "table")

    def _table(self, form: PriceForm) -> FixtureTable:
        columns = self._connection.columns[form.table]
        values, wanted = _selections(form) if form.is_selection else _sets(form, "handicap_value" in columns)
        moment = _days(f'"{form.moment}"') if form.moment in columns else "NULL"
        kind = 2 * form.is_selection + form.is_last
        values = f"{values}, {moment}, {kind}"
        return FixtureTable(form.table, values, wanted, has_index(self._connection, form.table))


def _fitting(columns: Mapping[str, frozenset[str]]) -> list[PriceForm]:
    """The first form of each table that its columns allow."""
    fitting = [form for form in PRICE_FORMS if columns.get(form.table, frozenset()) >= {*form.columns}]
    first = {form.table: form for form in reversed(fitting)}
    return [form for form in fitting if first[form.table] is form]


def _sets(form: PriceForm, has_line: bool) -> tuple[str, str]:
    """SQL of the values of a row with all prices of a market, and of whether the market is one of the service's."""
    line = "CAST(handicap_value AS REAL)" if has_line else "NULL"
    conditions = [
        f"market_id = {market.market_id}" + ("" if market.line is None else f" AND {line} = {market.line}")
        for market in MARKETS
    ]
    index = _case(zip(conditions, range(len(MARKETS)), strict=True))
    values = ", ".join(index if name == "market_id" else f'"{name}"' for name in form.columns)
    return values, f"({' OR '.join(conditions)})"


def _selections(form: PriceForm) -> tuple[str, str]:
    """The same of a row with the price of one outcome, which goes with that outcome's place among a set's columns."""
    fixture, bookmaker, market, label, odds = form.columns
    selections = [
        (f"{_is_of(item, market)} AND LOWER(TRIM({label})) = '{outcome}{item.label_suffix}'", index, place)
        for index, item in enumerate(MARKETS)
        for outcome, place in zip(item.outcomes, clean.PRICE_PLACES[item.size], strict=True)
    ]
    index = _case((condition, index) for condition, index, _ in selections)
    place = _case((condition, place) for condition, _, place in selections)
    return f"{fixture}, {bookmaker}, {index}, CAST({odds} AS REAL), {place}, NULL", f"{place} IS NOT NULL"


def _is_of(market: Market, column: str) -> str:
    """SQL of whether a row's `column` has the name or the id of a market, whatever the line."""
    if column == "market_name":
        return f"LOWER({column}) = '{market.api_name.lower()}'"
    return f"{column} = {market.market_id}"


def _case(values: Iterable[tuple[str, int]]) -> str:
    """SQL of the value beside the first condition that holds, NULL where none does."""
    cases = " ".join(f"WHEN {condition} THEN {value}" for condition, value in values)
    return f"CASE {cases} END"


def _days(column: str) -> str:
    """SQL of the Julian day of a moment, which SQLite finds much quicker than seconds, while other threads run.

    Texts in ISO 8601 and numbers of seconds or milliseconds since 1970; any other text is left as it is, any other
    number becomes one of no time at all.
    """
    number = (
        f"CASE WHEN {column} + 0 BETWEEN 1e8 AND 1e11 THEN ({column} + 0) / 86400.0"
        f" WHEN {column} + 0 BETWEEN 1e11 AND 1e14 THEN ({column} + 0) / 86400000.0 ELSE -1e9 END + 2440587.5"
    )
    is_number = f"{column} NOT GLOB '*[^0-9.]*'"
    return f"COALESCE(julianday({column}), CASE WHEN {is_number} THEN {number} ELSE {column} END)"


_UNREAD = """
SELECT SUM(({1}) IS NOT 1), SUM(({1}) IS 1
  AND NOT EXISTS (SELECT 1 FROM V3_Fixtures AS own WHERE own.fixture_id = {0}.fixture_id)
  AND NOT EXISTS (SELECT 1 FROM V3_Fixtures AS named WHERE named.api_id = {0}.fixture_id))
FROM {0} WHERE rowid > ? AND rowid <= ?"""
