"""Digests of the database, which differ when old rows have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np

from common.times import DAY_SECONDS
from db.connection import Connection
from db.row_index import key_ranges
from db.schema import OPTIONAL, OPTIONAL_FIXTURE, PRICE_FORMS, REQUIRED

Digest = tuple[int, ...]

PAGE_ROWS, SNAPSHOT_PAGE_ROWS = 5_000, 50_000


class ChangeDetection:
    """Computes digests over one connection, within a session of its reader."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def digest(self, before: int, share: int, of: int) -> Digest:
        """Digest of fixtures that kick off before `before`, over every `of`-th page, beginning with page `share`."""
        day = {"day": _day_after(before)}
        sums = [self._paged(table, day, share, of) for table in self._tables()]
        return tuple(chain.from_iterable(sums))

    def longer(self, digest: Digest, before: int, longer: int) -> Digest:
        """Extend the digest from `before` to `longer`; reads only the rows between them."""
        days = {"first": _day_after(before), "end": _day_after(longer)}
        parts = [
            self._sums(table, _condition(table, _BETWEEN, _OF_BETWEEN), days) for table in self._tables()
        ]
        return tuple(old + new for old, new in zip(digest, chain.from_iterable(parts), strict=True))

    def sums(self, table: str, where: str, values: Mapping[str, Any], more: str = "0") -> tuple[int, int]:
        """Number of rows under a condition and the sum of their hashes, each doubled where `more` is 1."""
        row_hash = _row_hash(sorted(self._connection.columns[table] & _DIGESTED[table]))
        statement = f"SELECT COUNT(*), SUM({row_hash} * (1 + {more})) FROM {table} WHERE {where}"  # noqa: S608
        ((rows, total),) = self._connection.query(statement, values)
        return int(rows), int(total or 0)

    def _tables(self) -> list[str]:
        """V3_Fixtures and the tables with a column fixture_id."""
        columns = self._connection.columns
        return ["V3_Fixtures", *(table for table in OPTIONAL if "fixture_id" in columns.get(table, ()))]

    def _paged(self, table: str, day: Mapping[str, Any], share: int, of: int) -> tuple[int, int]:
        """Page by page in order of key, every `of`-th page; no lock outlives a page."""
        where = f"rowid > :low AND rowid <= :high AND {_condition(table, _OLD, _OF_OLD)}"
        page = SNAPSHOT_PAGE_ROWS if self._connection.has_snapshots else PAGE_ROWS
        ranges = key_ranges(self._connection.query, table, page)
        pages = [
            self._sums(table, where, {**day, "low": low, "high": high})
            for low, high in islice(ranges, share, None, of)
        ]
        return sum(rows for rows, _ in pages), sum(total for _, total in pages)

    def _sums(self, table: str, where: str, values: Mapping[str, Any]) -> tuple[int, int]:
        """Like `sums`, but fixtures whose league and teams exist count double: a team added later changes the sum."""
        return self.sums(table, where, values, _IS_COMPLETE if table == "V3_Fixtures" else "0")


def _condition(table: str, fixtures_sql: str, others_sql: str) -> str:
    return fixtures_sql if table == "V3_Fixtures" else others_sql.format(table)


def _day_after(moment: int) -> str:
    """A day after `moment` in every time zone: offsets shift the day in a text by less than one."""
    return day_of(moment + 2 * DAY_SECONDS)


def day_of(moment: int) -> str:
    """UTC day of `moment` (epoch seconds) as texts of dates begin with it, for any year."""
    return str(np.datetime64(moment, "s").astype("datetime64[D]"))


_OLD = "COALESCE(\"date\", '') < :day"
_LATER = '"date" >= :day'
_BETWEEN = '"date" >= :first AND "date" < :end'
_NAMES = """
(SELECT fixture_id FROM V3_Fixtures WHERE {0}
 UNION ALL SELECT api_id FROM V3_Fixtures AS named WHERE {0}
 AND NOT EXISTS (SELECT 1 FROM V3_Fixtures AS other WHERE other.fixture_id = named.api_id))"""
"""Ids under which other tables may hold rows of these fixtures."""
_OF_BETWEEN = f"{{0}}.fixture_id IN {_NAMES.format(_BETWEEN)}"
# Upcoming fixtures are few, so this is quick. Ids above all fixture ids are API-Football's or unknown.
_IS_NAMED = """
{0}.fixture_id <= (SELECT MAX(fixture_id) FROM V3_Fixtures) OR EXISTS
(SELECT 1 FROM V3_Fixtures AS old WHERE old.api_id = {0}.fixture_id AND COALESCE(old."date", '') < :day)"""
_OF_OLD = f"({{0}}.fixture_id NOT IN {_NAMES.format(_LATER)} AND ({_IS_NAMED}))"
_IS_COMPLETE = (
    "(league_id IN (SELECT league_id FROM V3_Leagues)"
    " AND home_team_id IN (SELECT team_id FROM V3_Teams) AND away_team_id IN (SELECT team_id FROM V3_Teams))"
)
_KEYS = ("fixture_id", "team_id", "bookmaker_id", "market_id", "bet_id")
_TEXTS = ("status_short", "half", "type", "detail", "market_name", "label", "value_label")
# A changed capture time comes with another row or price, and SQLite is slow with times.
_NOT_DIGESTED = {"handicap_value", *(form.moment for form in PRICE_FORMS)}
_DIGESTED = {table: frozenset(names) - _NOT_DIGESTED for table, names in {**REQUIRED, **OPTIONAL}.items()}
_DIGESTED["V3_Fixtures"] |= set(OPTIONAL_FIXTURE)


def _row_hash(names: Sequence[str]) -> str:
    """SQL for the integer hash of a row: a hash of its keys times a hash of its values.

    A product, so that two rows that swap their values change the sum.
    """
    keys = [name for name in names if name in _KEYS]
    values = [_as_integer(name) for name in names if name not in _KEYS]
    key = " + ".join(f"{3 + 28 * index} * {_as_integer(name)}" for index, name in enumerate(keys))
    rest = " + ".join(f"{5 + 26 * index} * {value}" for index, value in enumerate(values))
    return f"((({key}) % 65521 + 65522) * (({rest or 0}) % 1000003)) % 1000000007"


def price_hash(table: str, columns: frozenset[str]) -> str:
    """SQL for the integer hash of a row of prices, its capture time included."""
    moments = {form.moment for form in PRICE_FORMS if form.table == table} & columns
    times = "".join(
        f" + 307 * COALESCE(CAST(julianday({name}) * 86400 AS INTEGER), {name}, 7)" for name in moments
    )
    return f"({_row_hash(sorted(columns & _DIGESTED[table]))}{times})"


def _as_integer(name: str) -> str:
    """SQL for a column as an integer."""
    if name == "date":
        return 'COALESCE(CAST(julianday("date") * 86400 AS INTEGER), 7)'
    if name in _TEXTS:
        return f'(COALESCE(unicode("{name}"), 7) * 131 + COALESCE(unicode(substr("{name}", 2)), 7))'
    return f'COALESCE(CAST("{name}" * 1000 AS INTEGER), -7)'
