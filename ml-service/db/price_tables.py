"""The tables of prices, in every form that versions of the application use, read as one."""

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
    """Numbers of rows of `others` than the service's markets and of fixtures that do not exist (`unknown`).

    `last` is the highest counted key of each table.
    """

    others: int = 0
    unknown: int = 0
    last: Mapping[str, int] = field(default_factory=dict)

    def joined(self, table: str, last: int, others: int, unknown: int) -> UnreadPrices:
        """These counts and those of further rows of a table."""
        return UnreadPrices(self.others + others, self.unknown + unknown, {**self.last, table: last})

    @property
    def by_reason(self) -> tuple[dict[str, int], dict[str, int]]:
        """Counts of rejected and of unused rows, by reason."""
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
        """Pages of all rows of the service's markets, for `clean.price_sets`."""
        for table in self.known():
            yield from all_rows(self._connection, table)

    def pages_of(self, fixture_ids: Sequence[int]) -> Iterator[Rows]:
        """Pages of the rows with these ids; those of one id come from one statement and so from one moment."""
        return rows_of(self._connection, self._indexes, self.known(), fixture_ids)

    def unread(self, counts: UnreadPrices) -> UnreadPrices:
        """Counts of rows that nothing reads: those in `counts` and of the rows added since."""
        query = self._connection.query
        for table in self.known():
            statement = _UNREAD.format(table.name, table.condition)
            after = counts.last.get(table.name, LOWEST_KEY)
            for low, high in key_ranges(query, table.name, page_rows(self._connection), after):
                ((others, unknown),) = query(statement, (low, high))
                counts = counts.joined(table.name, high, others or 0, unknown or 0)
        return counts

    def remarks(self) -> list[str]:
        """Sentences on what the operator should do about these tables."""
        return [*self._unreadable(), *self._without_index()]

    def _unreadable(self) -> Iterator[str]:
        readable = {table.name for table in self.known()}
        for name in dict.fromkeys(form.table for form in PRICE_FORMS):
            columns = self._connection.columns.get(name)
            if columns is None or name in readable:
                continue
            ((rows,),) = self._connection.query(f"SELECT COUNT(*) FROM {name}")  # noqa: S608
            missing = sorted(set(next(form for form in PRICE_FORMS if form.table == name).columns) - columns)
            if rows:
                yield f"{name} lacks the columns {', '.join(missing)}: its {rows:,} rows are not used"

    def _without_index(self) -> Iterator[str]:
        for table in self.known():
            if not table.has_index and self._connection.query(f"SELECT 1 FROM {table.name} LIMIT 1"):  # noqa: S608
                yield (
                    f"{table.name} has no index on fixture_id, so starts take longer; run once in Node:"
                    f" CREATE INDEX idx_{table.name.lower()}_fixture ON {table.name} (fixture_id)"
                )

    def known(self) -> list[FixtureTable]:
        """The readable tables of prices, determined again when the schema changes."""
        columns = self._connection.columns
        if columns is not self._columns:
            self._tables = [
                self._table(form) for form in _matching_forms(columns) if self._has_rows(form.table)
            ]
            self._columns = columns
        return self._tables

    def _has_rows(self, table: str) -> bool:
        """Whether it is a table, whose rows have keys, and not a view."""
        ((kind,),) = self._connection.query("SELECT type FROM sqlite_master WHERE name = ?", (table,))
        return bool(kind == "table")

    def _table(self, form: PriceForm) -> FixtureTable:
        columns = self._connection.columns[form.table]
        values, condition = (
            _selections(form) if form.is_selection else _sets(form, "handicap_value" in columns)
        )
        moment = _days(f'"{form.moment}"') if form.moment in columns else "NULL"
        kind = 2 * form.is_selection + form.is_last
        values = f"{values}, {moment}, {kind}"
        return FixtureTable(form.table, values, condition, has_index(self._connection, form.table))


def _matching_forms(columns: Mapping[str, frozenset[str]]) -> list[PriceForm]:
    """The first form of each table whose columns it has."""
    matching = [form for form in PRICE_FORMS if columns.get(form.table, frozenset()) >= {*form.columns}]
    first = {form.table: form for form in reversed(matching)}
    return [form for form in matching if first[form.table] is form]


def _sets(form: PriceForm, has_line: bool) -> tuple[str, str]:
    """SQL of the values of a row with all prices of a market, and of the condition for the service's markets."""
    line = "CAST(handicap_value AS REAL)" if has_line else "NULL"
    conditions = [
        f"market_id = {market.market_id}" + ("" if market.line is None else f" AND {line} = {market.line}")
        for market in MARKETS
    ]
    index = _case(zip(conditions, range(len(MARKETS)), strict=True))
    values = ", ".join(index if name == "market_id" else f'"{name}"' for name in form.columns)
    return values, f"({' OR '.join(conditions)})"


def _selections(form: PriceForm) -> tuple[str, str]:
    """The same for a row with the price of one outcome, and that outcome's index among the columns of a set."""
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
    """SQL of the Julian day of a moment, which SQLite computes much faster than seconds, without the GIL.

    Takes ISO 8601 texts and seconds or milliseconds since 1970. Other texts stay unchanged; other numbers become days
    outside all valid times.
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
