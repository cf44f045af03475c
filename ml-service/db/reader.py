"""Read-only access to the database that Node writes.

Node's writer is never made to wait: in rollback-journal mode rows are read in pages with no transaction held
between them, in WAL mode, where readers block nobody, under one snapshot.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from db import rows as clean
from db.dataset import Dataset
from db.schema import OPTIONAL, REQUIRED, STATISTICS
from errors import Busy, DatabaseInvalidSchema, DatabaseMissing, DatabaseUnreadable
from markets.prices import Quotes

PAGE_ROWS = 5_000
ATTEMPTS = 4
LOCK_TIMEOUT_SECONDS = 2.0
_IDS_AT_ONCE = 500

Stamp = tuple[int, int]


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
        self._columns: dict[str, frozenset[str]] = {}

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def stamp(self) -> Stamp:
        """Something that differs after every commit of another process and when the file is replaced."""
        with self._errors():
            connection = self._connect()
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            return self._opened, int(version)

    def load(self, with_prices: bool = True) -> Dataset:
        """Everything the service uses. Read again, a few times, where Node committed on the way."""
        with self._errors():
            for _ in range(ATTEMPTS - 1):
                before = self.stamp()
                dataset = self._load(with_prices)
                if self.stamp() == before:
                    return dataset
            return self._load(with_prices)

    def with_prices(self, dataset: Dataset) -> Dataset:
        """`dataset`, read without prices, with those of its fixtures."""
        ids, kickoffs = dataset.fixtures["fixture_id"].to_numpy(), dataset.fixtures["kickoff"].to_numpy()
        return replace(dataset, quotes=self.quotes_of(ids, kickoffs))

    def recent(self, since: int, also: Sequence[int]) -> Dataset:
        """Fixtures that kick off at `since` (epoch seconds UTC) or later and those with the ids `also`."""
        with self._errors(), self._snapshot():
            # Offsets shift the day in the text by less than one; rows from before `since` are cut below.
            day = str(np.datetime64(since - clean.DAY, "s").astype("datetime64[D]"))
            rows = self._query(f'SELECT {_FIXTURE_COLUMNS}, rowid FROM V3_Fixtures WHERE "date" >= ?', (day,))
            rows += chain.from_iterable(self._pages("V3_Fixtures", _FIXTURE_COLUMNS, also))
            unique = {row[0]: row for row in rows}
            dataset = self._assemble(list(unique.values()), only=sorted(unique))
        wanted = (dataset.fixtures["kickoff"] >= since) | dataset.fixtures["fixture_id"].isin(also)
        return dataset.only(wanted.to_numpy())

    def quotes_of(self, fixture_ids: NDArray[np.int64], kickoffs: NDArray[np.int64]) -> Quotes:
        """Prices of these fixtures alone, as they are now; both arrays have shape (n,)."""
        with self._errors(), self._snapshot():
            return self._quotes(fixture_ids, kickoffs, Counter(), only=[int(i) for i in fixture_ids])

    def ids_above(self, fixture_id: int) -> list[int]:
        """Ids of fixtures added since `fixture_id` was the highest."""
        with self._errors():
            rows = self._query("SELECT fixture_id FROM V3_Fixtures WHERE fixture_id > ?", (fixture_id,))
            return [int(row[0]) for row in rows]

    def digest(self, before: int) -> tuple[float, ...]:
        """Numbers that differ when anything changed about fixtures of days before that of `before`.

        Takes SQLite a second for hundreds of thousands of fixtures, during which other threads run; no lock
        outlives a page.
        """
        day = str(np.datetime64(before, "s").astype("datetime64[D]"))
        later = '(SELECT fixture_id FROM V3_Fixtures WHERE "date" >= ?)'
        with self._errors():
            self._connect()
            sums = [self._sums("V3_Fixtures", _FIXTURE_DIGEST, '"date" < ?', day)]
            for table, terms in _OPTIONAL_DIGESTS.items():
                if table in self._columns:
                    sums.append(self._sums(table, terms, f"fixture_id NOT IN {later}", day))
        return tuple(chain.from_iterable(sums))

    def _sums(self, table: str, terms: str, where: str, day: str) -> tuple[float, float]:
        """Number of rows and sum of `terms` over them, by key a page at a time."""
        ((last,),) = self._query(f"SELECT MAX(rowid) FROM {table}")
        rows, total = 0.0, 0.0
        statement = f"SELECT COUNT(*), TOTAL({terms}) FROM {table} WHERE rowid > ? AND rowid <= ? AND {where}"
        for start in range(0, int(last or 0), _DIGEST_ROWS):
            ((count, part),) = self._query(statement, (start, start + _DIGEST_ROWS, day))
            rows, total = rows + count, total + part
        return rows, total

    def _load(self, with_prices: bool) -> Dataset:
        with self._snapshot():
            pages = self._pages("V3_Fixtures", _FIXTURE_COLUMNS)
            return self._assemble(list(chain.from_iterable(pages)), None, with_prices)

    def _assemble(
        self, rows: list[tuple[Any, ...]], only: Sequence[int] | None, with_prices: bool = True
    ) -> Dataset:
        rejected: Counter[str] = Counter()
        leagues, teams = self._leagues(), self._teams()
        fixtures = clean.fixtures(
            rows, leagues["league_id"].to_numpy(), teams["team_id"].to_numpy(), rejected
        )
        fixtures = clean.with_statistics(fixtures, self._statistics(only))
        ids, kickoffs = fixtures["fixture_id"].to_numpy(), fixtures["kickoff"].to_numpy()
        quotes = self._quotes(ids, kickoffs, rejected, only) if with_prices else Quotes.none()
        return Dataset(fixtures, quotes, leagues, teams, dict(rejected))

    def _leagues(self) -> pd.DataFrame:
        rows = self._query('SELECT league_id, name, country_id, "type" FROM V3_Leagues ORDER BY league_id')
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

    def _teams(self) -> pd.DataFrame:
        ids, names = clean.columns(self._query("SELECT team_id, name FROM V3_Teams ORDER BY team_id"), 2)
        return pd.DataFrame(
            {"team_id": np.array(ids, dtype=np.int64), "name": pd.Series(names, dtype=object).map(_name)}
        )

    def _quotes(
        self,
        ids: NDArray[np.int64],
        kickoffs: NDArray[np.int64],
        rejected: Counter[str],
        only: Sequence[int] | None,
    ) -> Quotes:
        history = self._prices("V3_Odds_History", "capture_timestamp", only)
        last = self._prices("V3_Odds", "updated_at", only)
        return clean.merged_quotes(
            clean.quotes(history, True, rejected), clean.quotes(last, False, rejected), ids, kickoffs
        )

    def _prices(self, table: str, moment: str, only: Sequence[int] | None) -> NDArray[np.float64]:
        """Rows of an odds table on the service's markets, as `clean.quotes` wants them."""
        if table not in self._columns:
            return np.empty((0, _PRICE_COLUMNS))
        columns = ", ".join(self._column(table, name) for name in OPTIONAL[table][:6])
        # SQLite makes seconds of the texts while other threads run, and much quicker than Python would.
        columns += f", CAST(strftime('%s', {self._column(table, moment)}) AS INTEGER)"
        pages = self._pages(table, columns, only, _OUR_MARKETS)
        return clean.table(pages, _PRICE_COLUMNS)

    def _statistics(self, only: Sequence[int] | None) -> NDArray[np.float64]:
        """Full-time statistics: fixture and team id, then the columns of STATISTICS."""
        names = ("fixture_id", "team_id", *STATISTICS.values())
        if not {"fixture_id", "team_id", "half"} <= self._columns.get("V3_Fixture_Stats", frozenset()):
            return np.empty((0, len(names)))
        columns = ", ".join(self._column("V3_Fixture_Stats", name) for name in names)
        return clean.table(self._pages("V3_Fixture_Stats", columns, only, "half = 'FT'"), len(names))

    def _pages(
        self, table: str, columns: str, only: Sequence[int] | None = None, where: str = "1"
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows of all fixtures or of some, with their keys, a page a statement: no lock outlives a page."""
        if only is None:
            return self._pages_by_key(table, columns, where)
        return self._pages_by_fixture(
            f"SELECT {columns}, rowid FROM {table} WHERE {where} AND fixture_id", only
        )

    def _pages_by_key(self, table: str, columns: str, where: str) -> Iterator[list[tuple[Any, ...]]]:
        """Rows in order of key; the key itself is each row's last value."""
        statement = f"SELECT {columns}, rowid FROM {table} WHERE rowid > ? AND {where} ORDER BY rowid LIMIT ?"
        last = -(2**63)
        while True:
            page = self._query(statement, (last, PAGE_ROWS))
            yield page
            if len(page) < PAGE_ROWS:
                return
            last = page[-1][-1]

    def _pages_by_fixture(self, statement: str, ids: Sequence[int]) -> Iterator[list[tuple[Any, ...]]]:
        for start in range(0, len(ids), _IDS_AT_ONCE):
            some = ids[start : start + _IDS_AT_ONCE]
            yield self._query(f"{statement} IN ({','.join('?' * len(some))})", some)

    def _column(self, table: str, name: str) -> str:
        """The column in SQL; NULL where an optional table lacks it."""
        return f'"{name}"' if name in self._columns[table] else "NULL"

    def _query(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connect().execute(statement, values).fetchall()

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """One view of the data in WAL mode, where that makes no writer wait."""
        connection = self._connect()
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        if mode != "wal":
            yield
            return
        connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")

    def _connect(self) -> sqlite3.Connection:
        identity = self._file_identity()
        if self._connection is None or identity != self._identity:
            self.close()
            self._connection = self._open()
            self._identity = identity
            self._opened += 1
            self._columns = _checked_columns(self._connection)
        return self._connection

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
        connection.text_factory = _decode
        return connection

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


_FIXTURE_COLUMNS = ", ".join(f'"{name}"' for name in REQUIRED["V3_Fixtures"])
_OUR_MARKETS = "(market_id IN (1, 8) OR (market_id = 5 AND CAST(handicap_value AS REAL) = 2.5))"
_PRICE_COLUMNS = 7
_DIGEST_ROWS = 50_000
_FIXTURE_DIGEST = (
    'fixture_id * 0.1 + league_id * 1.1 + home_team_id * 1.3 + away_team_id * 1.7 + COALESCE(julianday("date"), 0)'
    " + COALESCE(goals_home, -3) * 2.3 + COALESCE(goals_away, -3) * 3.1 + COALESCE(score_fulltime_home, -3) * 4.7"
    " + COALESCE(score_fulltime_away, -3) * 5.9 + COALESCE(unicode(substr(status_short, 1, 1)), 0) * 7.3"
    " + COALESCE(unicode(substr(status_short, 2, 1)), 0) * 11.9"
)
_OPTIONAL_DIGESTS = {
    "V3_Odds": "COALESCE(value_home_over, 0) + COALESCE(value_draw, 0) * 1.3 + COALESCE(value_away_under, 0) * 1.7"
    " + bookmaker_id * 0.1 + market_id * 0.7 + fixture_id * 0.01",
    "V3_Odds_History": "COALESCE(value_home_over, 0) + COALESCE(value_draw, 0) * 1.3"
    " + COALESCE(value_away_under, 0) * 1.7 + bookmaker_id * 0.1 + market_id * 0.7 + fixture_id * 0.01",
    "V3_Fixture_Stats": "shots_on_goal + shots_total * 1.3 + corner_kicks * 1.7 + fixture_id * 0.01 + team_id * 0.1",
}
_LOCKED = (5, 6)  # SQLITE_BUSY, SQLITE_LOCKED; sqlite3 names them from Python 3.11 on


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


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
