"""The tables of prices, in every form that versions of the application use, read as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from db import rows as clean
from db.connection import Connection
from db.fixture_table import (
    FixtureTable,
    RowIndexes,
    has_index,
    page_rows,
    rows_of,
)
from db.number_scans import Scan
from db.price_codes import ALL_MARKET_IDS, IN_SETS, MARKET_IDS
from db.rollback_mode import Rows
from db.row_index import LOWEST_KEY, key_ranges
from db.schema import PRICE_FORMS, PriceForm
from markets.further import FURTHER_MARKETS, FurtherMarket, offer_code
from markets.lines import QUARTERS
from markets.market import Market
from markets.registry import MARKETS

UNREAD_REASONS = (clean.OTHER_MARKET, clean.NO_LINE, clean.IMPOSSIBLE_LINE, clean.ONE_SIDED)
"""Reasons for not reading a row, in the order in which they are looked for."""


@dataclass(frozen=True)
class UnreadPrices:
    """Numbers of rows that nothing reads: by reason of UNREAD_REASONS, and of fixtures that do not exist (`unknown`).

    `last` is the highest counted key of each table.
    """

    unused: Mapping[str, int] = field(default_factory=dict)
    unknown: int = 0
    last: Mapping[str, int] = field(default_factory=dict)

    def joined(self, table: str, last: int, unused: Mapping[str, int], unknown: int) -> UnreadPrices:
        """These counts and those of later rows of a table."""
        sums = Counter(self.unused) + Counter(unused)
        return UnreadPrices(dict(sums), self.unknown + unknown, {**self.last, table: last})

    @property
    def by_reason(self) -> tuple[dict[str, int], dict[str, int]]:
        """Counts of rejected and of unused rows, by reason."""
        rejected = {clean.UNKNOWN_FIXTURE: self.unknown} if self.unknown else {}
        return rejected, {reason: self.unused[reason] for reason in UNREAD_REASONS if self.unused.get(reason)}


@dataclass(frozen=True)
class _PriceTable:
    """One table as it is read for the calibrated and for the further markets, and what is not read of it.

    `reasons` are SQL conditions of rows that nothing reads, in the order of UNREAD_REASONS. `numbers` are
    the rows of calibrated and those of all markets as `db.price_codes` takes them, where a row is a set of prices.
    """

    calibrated: FixtureTable
    further: FixtureTable
    reasons: tuple[str, ...]
    numbers: tuple[FixtureTable, FixtureTable] | None = None

    def select_unknown(self) -> str:
        """The statement that counts read rows of unknown fixtures between two keys."""
        return _UNKNOWN.format(self.calibrated.name, self.calibrated.condition, self.further.condition)

    def select_unused(self) -> str:
        """The statement that counts rows not read between two keys, by index of the first reason that holds."""
        # CASE, unlike AND and OR among values, evaluates no more conditions than it needs.
        reason = _case(
            [(self.further.condition, -1), *zip(self.reasons, range(len(self.reasons)), strict=True)]
        )
        return _UNUSED.format(self.calibrated.name, self.calibrated.condition, reason)


class PriceTables:
    """Reads the prices of a database through a connection."""

    def __init__(self, connection: Connection, indexes: RowIndexes) -> None:
        self._connection = connection
        self._indexes = indexes
        self._columns: Mapping[str, frozenset[str]] | None = None
        self._tables: list[_PriceTable] = []

    def scans(self, *, further: bool = False) -> list[Scan]:
        """Scans of all rows of the calibrated or the further markets, for `clean.price_sets`."""
        return [Scan.of(table, clean.PRICE_COLUMNS) for table in self._selected(further)]

    def pages_of(self, fixture_ids: Sequence[int], *, further: bool = False) -> Iterator[Rows]:
        """Pages of the rows with these ids; those of one id come from one statement and so from one moment."""
        return rows_of(self._connection, self._indexes, self._selected(further), fixture_ids)

    def of_numbers(self, *, further: bool) -> list[FixtureTable] | None:
        """The tables with rows of calibrated or of all markets for `db.price_codes`; None if one has selections."""
        both = [table.numbers for table in self._known_tables()]
        tables = [tables[further] for tables in both if tables is not None]
        return tables if len(tables) == len(both) else None

    def tables(self) -> list[FixtureTable]:
        """The readable tables, as they are read for the calibrated markets."""
        return self._selected(further=False)

    def _selected(self, further: bool) -> list[FixtureTable]:
        return [table.further if further else table.calibrated for table in self._known_tables()]

    def unread(self, counts: UnreadPrices) -> UnreadPrices:
        """Counts of rows that nothing reads: those in `counts` and of the rows added since."""
        query = self._connection.query
        for table in self._known_tables():
            name = table.calibrated.name
            after = counts.last.get(name, LOWEST_KEY)
            for low, high in key_ranges(query, name, page_rows(self._connection), after):
                ((unknown,),) = query(table.select_unknown(), (low, high))
                unused = {
                    UNREAD_REASONS[reason]: rows
                    for reason, rows in query(table.select_unused(), (low, high))
                    if reason is not None and reason >= 0
                }
                counts = counts.joined(name, high, unused, unknown or 0)
        return counts

    def remarks(self) -> list[str]:
        """Sentences on what the operator should do about these tables."""
        return [*self._unreadable(), *self._without_index()]

    def _unreadable(self) -> Iterator[str]:
        readable = {table.name for table in self._selected(further=False)}
        for name in dict.fromkeys(form.table for form in PRICE_FORMS):
            columns = self._connection.columns.get(name)
            if columns is None or name in readable:
                continue
            ((rows,),) = self._connection.query(f"SELECT COUNT(*) FROM {name}")  # noqa: S608
            missing = sorted(set(next(form for form in PRICE_FORMS if form.table == name).columns) - columns)
            if rows:
                yield f"{name} lacks the columns {', '.join(missing)}: its {rows:,} rows are not used"

    def _without_index(self) -> Iterator[str]:
        for table in self._selected(further=False):
            if not table.has_index and self._connection.query(f"SELECT 1 FROM {table.name} LIMIT 1"):  # noqa: S608
                yield (
                    f"{table.name} has no index on fixture_id, so starts take longer; run once in Node:"
                    f" CREATE INDEX idx_{table.name.lower()}_fixture ON {table.name} (fixture_id)"
                )

    def _known_tables(self) -> list[_PriceTable]:
        """The readable tables, determined again when the schema changes."""
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

    def _table(self, form: PriceForm) -> _PriceTable:
        columns = self._connection.columns[form.table]
        has_line = "handicap_value" in columns
        moment = _days(f'"{form.moment}"') if form.moment in columns else "NULL"
        kind = 2 * form.is_selection + form.is_last
        indexed = has_index(self._connection, form.table)

        def table(values: str, condition: str) -> FixtureTable:
            return FixtureTable(form.table, f"{values}, {moment}, {kind}", condition, indexed)

        if form.is_selection:
            return _PriceTable(
                table(*_selections(form)), table(*_further_selections(form)), _selection_reasons(form)
            )
        line = '"handicap_value"' if has_line else "NULL"
        raw = ", ".join(f'"{name}"' for name in form.columns)
        numbers = [
            FixtureTable(
                form.table, f"{raw}, {moment}, {kind}, {_as_number(line)}", f"market_id IN {ids}", indexed
            )
            for ids in (MARKET_IDS, ALL_MARKET_IDS)
        ]
        return _PriceTable(
            table(*_sets(form, has_line)),
            table(*_further_sets(form, line)),
            _set_reasons(form, line),
            (numbers[0], numbers[1]),
        )


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


def _further_sets(form: PriceForm, line: str) -> tuple[str, str]:
    """As `_sets`, for the further markets: their codes stand in place of an index."""
    offers = [
        (f"{_is_of(market, 'market_id')} AND {_is_valid(market, line)}", _code(market, line))
        for market in IN_SETS
    ]
    condition = f"({' OR '.join(holds for holds, _ in offers)}) AND {_has_both_sides(form)}"
    values = ", ".join(_case(offers) if name == "market_id" else f'"{name}"' for name in form.columns)
    return values, condition


def _set_reasons(form: PriceForm, line: str) -> tuple[str, ...]:
    """Conditions of rows that nothing reads, in the order of UNREAD_REASONS."""
    lined = [market for market in IN_SETS if market.has_lines]
    is_further = " OR ".join(_is_of(market, "market_id") for market in IN_SETS)
    is_lined = " OR ".join(_is_of(market, "market_id") for market in lined)
    is_impossible = " OR ".join(
        f"{_is_of(market, 'market_id')} AND ({_is_valid(market, line)}) IS NOT 1" for market in lined
    )
    return (
        f"({is_further}) IS NOT 1",
        f"({is_lined}) AND ({line} IS NULL OR TRIM({line}) = '')",
        f"({is_impossible})",
        f"({_has_both_sides(form)}) IS NOT 1",
    )


def _has_both_sides(form: PriceForm) -> str:
    """SQL of whether a row has the prices of the first and the last outcome."""
    return f'("{form.columns[3]}" IS NOT NULL AND "{form.columns[5]}" IS NOT NULL)'


def _further_selections(form: PriceForm) -> tuple[str, str]:
    """As `_selections`, for the further markets, whose labels end with the line."""
    fixture, bookmaker, market, label, odds = form.columns
    offers = [
        (
            f"{_is_of(item, market)} AND {_has_label(item, label, name)} AND {_is_valid(item, _line(label, name))}",
            _code(item, _line(label, name)),
            place,
        )
        for item in FURTHER_MARKETS
        for name, place in zip(item.labels, clean.PRICE_PLACES[item.size], strict=True)
    ]
    code = _case((holds, code) for holds, code, _ in offers)
    place = _case((holds, place) for holds, _, place in offers)
    condition = f"({' OR '.join(holds for holds, _, _ in offers)})"
    return f"{fixture}, {bookmaker}, {code}, CAST({odds} AS REAL), {place}, NULL", condition


def _selection_reasons(form: PriceForm) -> tuple[str, ...]:
    """Conditions of rows that nothing reads, in the order of UNREAD_REASONS; one row never has both sides."""
    _, _, market, label, _ = form.columns
    labelled = [
        (item, name, f"({_is_of(item, market)} AND {_has_label(item, label, name)})")
        for item in FURTHER_MARKETS
        for name in item.labels
    ]
    lined = [(name, holds) for item, name, holds in labelled if item.has_lines]
    return (
        f"({' OR '.join(holds for _, _, holds in labelled)}) IS NOT 1",
        " OR ".join(f"{holds} AND TRIM({_line(label, name)}) = ''" for name, holds in lined),
        " OR ".join(holds for _, holds in lined),
        "0",
    )


def _has_label(market: FurtherMarket, column: str, label: str) -> str:
    """SQL of whether a selection's `column` begins with a label, or is it where the market has no lines."""
    text = f"LOWER(TRIM({column}))"
    if not market.has_lines:
        return f"{text} = '{label}'"
    return f"({text} = '{label}' OR {text} GLOB '{label} *')"


def _line(column: str, label: str) -> str:
    """SQL of what follows the label of a selection."""
    return f"TRIM(SUBSTR(TRIM({column}), {len(label) + 1}))"


def _is_valid(market: FurtherMarket, line: str) -> str:
    """SQL of whether the text or number `line` is one of the market's lines, always so where it has none."""
    if market.lines is None:
        return "1"
    number = f"CAST({line} AS REAL)"
    excluded = "".join(f" AND {number} <> {other}" for other in market.other_lines)
    return (
        f"({_is_numeric(line)}"
        f" AND {number} * {QUARTERS} = ROUND({number} * {QUARTERS})"
        f" AND {number} BETWEEN {market.lines[0]} AND {market.lines[1]}{excluded})"
    )


def _is_numeric(line: str) -> str:
    """SQL of whether `line` is a number, or a text that writes one and nothing else."""
    return (
        f"(typeof({line}) IN ('integer', 'real') OR {line} GLOB '*[0-9]*'"
        f" AND LTRIM({line}, '+- ') NOT GLOB '*[^0-9.]*' AND {line} NOT GLOB '*.*.*')"
    )


def _as_number(line: str) -> str:
    """SQL of the number that a text `line` writes; other values stay unchanged."""
    # Every number is below every text.
    return (
        f"CASE WHEN {line} IS NULL OR {line} < '' THEN {line}"
        f" WHEN {_is_numeric(line)} THEN CAST({line} AS REAL) ELSE {line} END"
    )


def _code(market: FurtherMarket, line: str) -> str:
    """SQL of `offer_code`."""
    code = offer_code(market)
    return (
        f"{code} + CAST(ROUND(CAST({line} AS REAL) * {QUARTERS}) AS INTEGER)" if market.lines else f"{code}"
    )


def _is_of(market: Market | FurtherMarket, column: str) -> str:
    """SQL of whether a row's `column` has the name or the id of a market, whatever the line."""
    if column == "market_name":
        return f"LOWER({column}) = '{market.api_name.lower()}'"
    return f"{column} = {market.market_id}"


def _case(values: Iterable[tuple[str, int | str]]) -> str:
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


_UNKNOWN = """
SELECT SUM(CASE WHEN ({1}) OR ({2}) THEN
  NOT EXISTS (SELECT 1 FROM V3_Fixtures AS own WHERE own.fixture_id = {0}.fixture_id)
  AND NOT EXISTS (SELECT 1 FROM V3_Fixtures AS named WHERE named.api_id = {0}.fixture_id) END)
FROM {0} WHERE rowid > ? AND rowid <= ?"""
_UNUSED = """
SELECT {2}, COUNT(*) FROM {0} WHERE rowid > ? AND rowid <= ? AND CASE WHEN {1} THEN 0 ELSE 1 END GROUP BY 1"""
