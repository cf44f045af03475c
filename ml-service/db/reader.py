"""Read-only access to the database that Node writes.

Node's writer is never made to wait: in rollback-journal mode rows are read in pages with no transaction held
between them nor while Python takes them, and read again where it committed on the way; in WAL mode, where readers
block nobody, under one snapshot. A file that another is renamed over stays readable until what was begun is done.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from db import rows as clean
from db.calendar import AHEAD_SECONDS, Calendar
from db.dataset import Dataset
from db.schema import FINISHED, OPTIONAL, OPTIONAL_FIXTURE, REQUIRED, STATES, STATISTICS
from db.unlocked import Rows, UnlockedRows
from errors import Busy, DatabaseInvalidSchema, DatabaseMissing, DatabaseUnreadable
from markets.prices import Quotes
from times import now

PAGE_ROWS, PAGE_ROWS_IN_WAL = 2_000, 20_000
"""Rows a statement: in rollback mode a writer waits for each to end, in WAL mode for none."""
ATTEMPTS = 4
LOCK_TIMEOUT_SECONDS = 2.0
_IDS_AT_ONCE = 500
_LOWEST_KEY, _HIGHEST_KEY = -(2**63), 2**63 - 1
_IN_RANGE = "rowid > ? AND rowid <= ?"

T = TypeVar("T")
Stamp = tuple[int, int]
Digest = tuple[int, ...]


class _Kept:
    """What was made of the rows last given, for as long as they stay the same."""

    def __init__(self, make: Callable[[Rows], pd.DataFrame]) -> None:
        self._make = make
        self._rows: Rows | None = None
        self._frame = pd.DataFrame()

    def of(self, rows: Rows) -> pd.DataFrame:
        """What `rows` make."""
        if rows != self._rows:
            self._rows, self._frame = rows, self._make(rows)
        return self._frame


class Reader:
    """One read-only connection, opened when first needed and again when the file is replaced.

    Every method raises DatabaseMissing, DatabaseUnreadable, DatabaseInvalidSchema or, where a writer holds
    the file for longer than `lock_timeout_seconds`, Busy. Not for use by two threads at once.
    """

    def __init__(self, path: Path, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS) -> None:
        self._path = path
        self._timeout = lock_timeout_seconds
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._opened = 0
        self._schema: int | None = None
        self._reading = False
        self._unlocked: UnlockedRows | None = None
        self._columns: dict[str, frozenset[str]] = {}
        self._calendar = Calendar()
        self._league_frame, self._team_frame = _Kept(_league_frame), _Kept(_team_frame)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._unlocked = None

    def stamp(self) -> Stamp:
        """Something that differs after every commit of another process and when the file is replaced."""
        with self._errors():
            return self._stamp()

    def load(self) -> Dataset:
        """Everything the service uses. Read again, a few times, where Node committed on the way."""
        return self.together(self._load)[0]

    def together(self, read: Callable[[], T]) -> tuple[T, bool]:
        """What `read` makes of this reader's answers, and whether all of them are of one moment of the database.

        In rollback mode, where nothing may hold Node up, `read` is called again, a few times, if Node committed
        on the way. A call within a call is part of it.
        """
        with self._errors():
            if self._reading:
                return read(), True
            connection = self._connect()
            self._note_mode(connection)
            self._reading = True
            try:
                return self._in_a_lull(read) if self._unlocked else self._in_snapshot(connection, read)
            finally:
                self._reading = False

    def _in_snapshot(self, connection: sqlite3.Connection, read: Callable[[], T]) -> tuple[T, bool]:
        connection.execute("BEGIN")
        try:
            return read(), True
        finally:
            if connection is self._connection:  # not closed for an error
                connection.execute("ROLLBACK")

    def _in_a_lull(self, read: Callable[[], T]) -> tuple[T, bool]:
        for _ in range(ATTEMPTS):
            before = self._stamp()
            found = read()
            if self._stamp() == before:
                return found, True
        return found, False

    def recent(self, since: int, also: Sequence[int]) -> Dataset:
        """Fixtures that kick off at `since` (epoch seconds UTC) or later and those with the ids `also`.

        Prices and statistics are those of finished matches alone. Fixtures some days ahead that are still as they
        were when this was last asked are not made into columns again.
        """
        dataset, _ = self.together(lambda: self._recent(since, also))
        wanted = (dataset.fixtures["kickoff"] >= since) | dataset.fixtures["fixture_id"].isin(also)
        return dataset.only(wanted.to_numpy())

    def later(self, since: int) -> Dataset:
        """All fixtures that kick off at `since` (epoch seconds UTC) or later, with their prices.

        `rejected` counts all rows that had to be read for that.
        """
        return self.together(lambda: self._later(since))[0]

    def _later(self, since: int) -> Dataset:
        statement = f'SELECT {self._fixture_columns()} FROM V3_Fixtures WHERE "date" >= ? OR "date" IS NULL'
        rows = sorted(self._query(statement, (_day_text(since - clean.DAY),)), key=itemgetter(0))
        dataset = self._assemble(rows, [row[0] for row in rows])
        return dataset.only((dataset.fixtures["kickoff"] >= since).to_numpy())

    def quotes_of(self, fixture_ids: NDArray[np.int64], kickoffs: NDArray[np.int64]) -> Quotes:
        """Prices of these fixtures alone, as they are now; both arrays have shape (n,).

        All prices of a fixture come out of one statement, and so are of one moment.
        """
        with self._session():
            return self._quotes(fixture_ids, kickoffs, Counter(), fixture_ids.tolist())

    def ids_above(self, fixture_id: int) -> list[int]:
        """Ids of fixtures added since `fixture_id` was the highest."""
        with self._session():
            rows = self._query("SELECT fixture_id FROM V3_Fixtures WHERE fixture_id > ?", (fixture_id,))
            return [int(row[0]) for row in rows]

    def leagues(self) -> pd.DataFrame:
        """The leagues of `Dataset`, as they are now."""
        with self._session():
            return self._leagues()

    def digest(self, before: int, share: int = 0, of: int = 1) -> Digest:
        """Numbers that differ when anything changed about fixtures that kick off before `before`, or soon after.

        Takes SQLite seconds for hundreds of thousands of fixtures, during which other threads run; no lock
        outlives a page. The sum of the digests of all shares, 0 to `of` - 1, is that of the whole.
        """
        day = _digest_day(before)
        later = '(SELECT fixture_id FROM V3_Fixtures WHERE "date" >= ?)'
        wanted = {"V3_Fixtures": "COALESCE(\"date\", '') < ?"}
        with self._session():
            wanted |= dict.fromkeys(self._digested(), f"fixture_id NOT IN {later}")
            sums = [self._paged_sums(table, where, day, share, of) for table, where in wanted.items()]
        return tuple(chain.from_iterable(sums))

    def longer_digest(self, digest: Digest, before: int, longer: int) -> Digest:
        """The digest up to `longer` from the one up to `before`: reads only what lies between them."""
        days = _digest_day(before), _digest_day(longer)
        between = 'SELECT fixture_id FROM V3_Fixtures WHERE "date" >= ? AND "date" < ?'
        with self._session():
            parts = [
                self._digest_sums(table, f"fixture_id IN ({between})", days)
                for table in ("V3_Fixtures", *self._digested())
            ]
        return tuple(known + more for known, more in zip(digest, chain.from_iterable(parts), strict=True))

    def _digested(self) -> list[str]:
        """The tables that say something of fixtures, besides V3_Fixtures."""
        return [table for table in OPTIONAL if "fixture_id" in self._columns.get(table, ())]

    def _paged_sums(self, table: str, where: str, day: str, share: int, of: int) -> tuple[int, int]:
        """As `_digest_sums`, by key a page at a time, one page in `of`."""
        rows, total = 0, 0
        pages = self._ranges(table, _DIGEST_ROWS if self._unlocked else _DIGEST_ROWS_IN_WAL)
        for keys in islice(pages, share, None, of):
            count, part = self._digest_sums(table, f"{_IN_RANGE} AND {where}", (*keys, day))
            rows, total = rows + count, total + part
        return rows, total

    def _digest_sums(self, table: str, where: str, values: Sequence[Any]) -> tuple[int, int]:
        """As `_sums`, and different once the league and teams of a fixture are there, which changes no row of its."""
        return self._sums(table, where, values, _IS_COMPLETE if table == "V3_Fixtures" else "0")

    def _sums(self, table: str, where: str, values: Sequence[Any], more: str = "0") -> tuple[int, int]:
        """Number of rows and sum of their hashes, doubled where `more` is 1."""
        row_hash = f"{_row_hash(sorted(self._columns[table] & _DIGESTED[table]))} * (1 + {more})"
        ((rows, total),) = self._query(f"SELECT COUNT(*), SUM({row_hash}) FROM {table} WHERE {where}", values)
        return int(rows), int(total or 0)

    def _load(self) -> Dataset:
        pages = self._pages("V3_Fixtures", self._fixture_columns())
        return self._assemble(list(chain.from_iterable(pages)), None)

    def _recent(self, since: int, also: Sequence[int]) -> Dataset:
        # Offsets shift the day in the text by less than one; rows from before `since` are cut afterwards.
        first, ahead = _day_text(since - clean.DAY), _day_text(now() + AHEAD_SECONDS)
        statement = f"SELECT {self._fixture_columns()} FROM V3_Fixtures WHERE"
        rows = self._query(f'{statement} "date" >= ? AND "date" < ? OR "date" IS NULL', (first, ahead))
        rows += chain.from_iterable(self._pages("V3_Fixtures", self._fixture_columns(), also))
        coming = (max(first, ahead),)
        # SQLite tells whether a season to come has changed in half of the time that it takes to give it out.
        mark = coming, self._sums("V3_Fixtures", '"date" >= ?', coming)
        calendar = self._calendar
        calendar.take(mark, lambda: self._query(f'{statement} "date" >= ?', coming))
        unique = {row[0]: row for row in rows if row[0] not in calendar.names.ids}
        near = [unique[fixture_id] for fixture_id in sorted(unique)]
        finished = [row[0] for row in near if STATES.get(row[6]) == FINISHED]
        if not calendar.names.api_ids.isdisjoint(row[1] for row in near):
            return self._assemble(sorted(near + calendar.rows, key=itemgetter(0)), finished)
        return calendar.added(self._assemble(near, finished))

    def _assemble(self, rows: Rows, only: Sequence[int] | None) -> Dataset:
        rejected: Counter[str] = Counter()
        leagues, teams = self._leagues(), self._teams()
        fixtures = clean.fixtures(
            rows, leagues["league_id"].to_numpy(), teams["team_id"].to_numpy(), rejected
        )
        fixtures = clean.with_statistics(fixtures, self._statistics(only))
        ids, kickoffs = fixtures["fixture_id"].to_numpy(), fixtures["kickoff"].to_numpy()
        quotes = self._quotes(ids, kickoffs, rejected, only)
        return Dataset(fixtures, quotes, leagues, teams, dict(rejected))

    def _leagues(self) -> pd.DataFrame:
        statement = 'SELECT league_id, name, country_id, "type" FROM V3_Leagues ORDER BY league_id'
        return self._league_frame.of(self._query(statement))

    def _teams(self) -> pd.DataFrame:
        return self._team_frame.of(self._query("SELECT team_id, name FROM V3_Teams ORDER BY team_id"))

    def _quotes(
        self,
        ids: NDArray[np.int64],
        kickoffs: NDArray[np.int64],
        rejected: Counter[str],
        only: Sequence[int] | None,
    ) -> Quotes:
        raw = clean.table(self._price_pages(only), _PRICE_COLUMNS)
        raw[:, _PRICE_MOMENT] = clean.julian_seconds(raw[:, _PRICE_MOMENT])
        return clean.quotes(raw, ids, kickoffs, rejected)

    def _price_pages(self, only: Sequence[int] | None) -> Iterator[Rows]:
        """Prices on the service's markets as `clean.quotes` wants them, but for days in the place of seconds."""
        tables = [table for table in _PRICE_TABLES if self._columns.get(table, frozenset()) >= _PRICE_NEEDS]
        if only is None:
            for table in tables:
                yield from self._pages_by_key(table, self._price_columns(table), self._our_prices(table))
        elif tables:
            statements = [
                f"SELECT {self._price_columns(table)} FROM {table}"
                f" WHERE {self._our_prices(table)} AND fixture_id IN ({{0}})"
                for table in tables
            ]
            yield from self._pages_by_fixture(" UNION ALL ".join(statements), only, len(tables))

    def _price_columns(self, table: str) -> str:
        moment, is_last = _PRICE_TABLES[table]
        columns = [self._column(table, name) for name in OPTIONAL[table][:6]]
        # SQLite makes numbers of the texts while other threads run, and days much quicker than seconds.
        return ", ".join([*columns, f"julianday({self._column(table, moment)})", str(is_last)])

    def _our_prices(self, table: str) -> str:
        """The condition that a row is of a market that the service knows."""
        line = self._column(table, "handicap_value")
        return f"(market_id IN (1, 8) OR (market_id = 5 AND CAST({line} AS REAL) = 2.5))"

    def _fixture_columns(self) -> str:
        names = (*REQUIRED["V3_Fixtures"], *OPTIONAL_FIXTURE)
        return ", ".join(self._column("V3_Fixtures", name) for name in names)

    def _statistics(self, only: Sequence[int] | None) -> NDArray[np.float64]:
        """Full-time statistics: fixture and team id, then the columns of STATISTICS."""
        names = ("fixture_id", "team_id", *STATISTICS.values())
        if not {"fixture_id", "team_id", "half"} <= self._columns.get("V3_Fixture_Stats", frozenset()):
            return np.empty((0, len(names)))
        columns = ", ".join(self._column("V3_Fixture_Stats", name) for name in names)
        return clean.table(self._pages("V3_Fixture_Stats", columns, only, "half = 'FT'"), len(names))

    def _pages(
        self, table: str, columns: str, only: Sequence[int] | None = None, where: str = "1"
    ) -> Iterator[Rows]:
        """Rows of all fixtures or of some, a page a statement: no lock outlives a page."""
        if only is None:
            return self._pages_by_key(table, columns, where)
        statement = f"SELECT {columns} FROM {table} WHERE {where} AND fixture_id IN ({{0}})"
        return self._pages_by_fixture(statement, only)

    def _pages_by_key(self, table: str, columns: str, where: str) -> Iterator[Rows]:
        """Rows in order of key."""
        statement = f"SELECT {columns} FROM {table} WHERE {_IN_RANGE} AND {where} ORDER BY rowid"
        for keys in self._ranges(table, PAGE_ROWS if self._unlocked else PAGE_ROWS_IN_WAL):
            yield self._query(statement, keys)

    def _ranges(self, table: str, size: int) -> Iterator[tuple[int, int]]:
        """Ranges of keys, above one and up to another, of at most `size` rows each: all of the table, in order."""
        statement = f"SELECT rowid FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT 1 OFFSET ?"
        low = _LOWEST_KEY
        while end := self._query(statement, (low, size - 1)):
            ((high,),) = end
            yield low, high
            low = high
        yield low, _HIGHEST_KEY

    def _pages_by_fixture(self, statement: str, ids: Sequence[int], times: int = 1) -> Iterator[Rows]:
        """Rows of a statement that asks for some ids, named {0}, so many times."""
        for start in range(0, len(ids), _IDS_AT_ONCE):
            some = list(ids[start : start + _IDS_AT_ONCE])
            yield self._query(statement.format(",".join("?" * len(some))), some * times)

    def _column(self, table: str, name: str) -> str:
        """The column in SQL; NULL where an optional table lacks it."""
        return f'"{name}"' if name in self._columns[table] else "NULL"

    def _query(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """All rows of a statement, from the file that was there when this reading began."""
        connection = self._connection or self._connect()
        try:
            return self._fetched(connection, statement, values)
        except sqlite3.OperationalError as wrong:
            if connection.text_factory is _decode or "decode" not in str(wrong):
                raise
        # Some text is no UTF-8: from now on every text goes through Python, which takes longer.
        connection.text_factory = _decode
        return self._fetched(connection, statement, values)

    def _fetched(self, connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> Rows:
        if self._unlocked is not None:
            return self._unlocked.fetched(statement, values)
        return connection.execute(statement, values).fetchall()

    def _stamp(self) -> Stamp:
        (version,) = self._connect().execute("PRAGMA data_version").fetchone()
        return self._opened, int(version)

    def _connect(self) -> sqlite3.Connection:
        """The connection to the file that is there now, its tables checked."""
        identity = self._file_identity()
        if self._connection is None or identity != self._identity:
            self.close()
            self._connection = self._open()
            self._identity = identity
            self._opened += 1
            self._schema = None
            self._note_mode(self._connection)
        (schema,) = self._connection.execute("PRAGMA schema_version").fetchone()
        if schema != self._schema:
            self._columns = _checked_columns(self._connection)
            self._schema = schema
        return self._connection

    def _note_mode(self, connection: sqlite3.Connection) -> None:
        ((mode,),) = connection.execute("PRAGMA journal_mode").fetchall()
        if mode == "wal":
            self._unlocked = None
        elif self._unlocked is None:
            self._unlocked = UnlockedRows(connection)

    def _file_identity(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self.close()
            raise DatabaseMissing("there is no database") from None
        except OSError as wrong:
            raise DatabaseUnreadable("the database cannot be reached") from wrong
        return status.st_dev, status.st_ino

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode=ro",
            uri=True,
            timeout=self._timeout,
            check_same_thread=False,
            isolation_level=None,
        )
        connection.execute("PRAGMA query_only=ON")
        return connection

    @contextmanager
    def _session(self) -> Iterator[None]:
        """The file that is there now, or the one that is being read."""
        with self._errors():
            if not self._reading:
                self._note_mode(self._connect())
            yield

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """SQLite's failures as this service's."""
        try:
            yield
        except sqlite3.Error as wrong:
            self.close()
            if getattr(wrong, "sqlite_errorcode", None) in _LOCKED or "locked" in str(wrong):
                raise Busy("the database is locked by a writer") from wrong
            raise DatabaseUnreadable("the database cannot be read; it may be damaged") from wrong


_PRICE_COLUMNS, _PRICE_MOMENT = 8, 6
_PRICE_TABLES = {"V3_Odds_History": ("capture_timestamp", 0), "V3_Odds": ("updated_at", 1)}
"""When a price of the table was captured, and whether it is a last one."""
_PRICE_NEEDS = frozenset(OPTIONAL["V3_Odds"][:6])
_DIGEST_ROWS, _DIGEST_ROWS_IN_WAL = 5_000, 50_000
_KEYS = ("fixture_id", "team_id", "bookmaker_id", "market_id")
_TEXTS = ("status_short", "half")
# A price that is said to be of another moment comes with another row or another price; SQLite is slow with times.
_NOT_DIGESTED = {"handicap_value", "updated_at", "capture_timestamp"}
_DIGESTED = {table: frozenset(names) - _NOT_DIGESTED for table, names in {**REQUIRED, **OPTIONAL}.items()}
_DIGESTED["V3_Fixtures"] |= set(OPTIONAL_FIXTURE)
_IS_COMPLETE = (
    "(league_id IN (SELECT league_id FROM V3_Leagues)"
    " AND home_team_id IN (SELECT team_id FROM V3_Teams) AND away_team_id IN (SELECT team_id FROM V3_Teams))"
)
_LOCKED = (5, 6)  # SQLITE_BUSY, SQLITE_LOCKED; sqlite3 names them from Python 3.11 on


def _row_hash(names: Sequence[str]) -> str:
    """SQL for a whole number made of a row: what its keys are times what the rest says.

    A product, so that two rows which exchange what they say do not make the same sum.
    """
    keys = [name for name in names if name in _KEYS]
    values = [_as_whole(name) for name in names if name not in _KEYS]
    key = " + ".join(f"{3 + 28 * place} * {_as_whole(name)}" for place, name in enumerate(keys))
    said = " + ".join(f"{5 + 26 * place} * {value}" for place, value in enumerate(values))
    return f"((({key}) % 65521 + 65522) * (({said or 0}) % 1000003)) % 1000000007"


def _as_whole(name: str) -> str:
    """SQL for a column as a whole number."""
    if name == "date":
        return 'COALESCE(CAST(julianday("date") * 86400 AS INTEGER), 7)'
    if name in _TEXTS:
        return f'(COALESCE(unicode("{name}"), 7) * 131 + COALESCE(unicode(substr("{name}", 2)), 7))'
    return f'COALESCE(CAST("{name}" * 1000 AS INTEGER), -7)'


def _digest_day(before: int) -> str:
    """Offsets shift the day in the text by less than one: all of this day and later are sure to come later."""
    return _day_text(before + 2 * clean.DAY)


def _day_text(moment: int) -> str:
    return str(np.datetime64(moment, "s").astype("datetime64[D]"))


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _league_frame(rows: Rows) -> pd.DataFrame:
    ids, names, countries, types = clean.columns(rows, 4)
    country = clean.numbers(countries)
    return pd.DataFrame(
        {
            "league_id": np.array(ids, dtype=np.int64),
            "name": pd.Series(names, dtype=object).map(_name),
            "country_id": np.where(np.isfinite(country), country, -1).astype(np.int64),
            "is_cup": np.array([str(kind).lower() == "cup" for kind in types], dtype=np.bool_),
        }
    )


def _team_frame(rows: Rows) -> pd.DataFrame:
    ids, names = clean.columns(rows, 2)
    return pd.DataFrame(
        {"team_id": np.array(ids, dtype=np.int64), "name": pd.Series(names, dtype=object).map(_name)}
    )


def _name(value: Any) -> str:
    return "?" if value is None else str(value)


def _checked_columns(connection: sqlite3.Connection) -> dict[str, frozenset[str]]:
    """Columns of every table the service reads; DatabaseInvalidSchema names what is needed and missing."""
    found = {
        table: frozenset(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
        for table in (*REQUIRED, *OPTIONAL)
    }
    missing = [
        f"{table}.{name}" for table, names in REQUIRED.items() for name in names if name not in found[table]
    ]
    if missing:
        raise DatabaseInvalidSchema("the database lacks " + ", ".join(missing))
    return {table: names for table, names in found.items() if names}
