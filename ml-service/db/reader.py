"""Read-only access to the database that Node writes.

In rollback-journal mode rows are read again if Node commits meanwhile; in WAL mode they are read in one snapshot. A
file that is replaced by a rename stays readable until the present reading ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.arrays import Floats, Ints
from common.memory import paused_collection
from common.times import BEFORE_ALL, DAY_SECONDS, now
from db import rows as clean
from db.change_detection import ChangeDetection, Digest, day_of
from db.connection import Connection, Stamp
from db.dataset import Dataset
from db.finished_prices import FinishedPrices
from db.fixture_prices import FixturePrices
from db.fixture_table import (
    IN_RANGE,
    MAX_IDS_PER_STATEMENT,
    FixtureTable,
    RowIndexes,
    has_index,
    page_rows,
    rows_of,
)
from db.number_scans import NumberScans, Scan
from db.numbers import NumberConnection
from db.price_tables import PriceTables, UnreadPrices
from db.rollback_mode import Rows
from db.row_index import key_ranges
from db.schema import (
    FIXTURE_COLUMNS,
    FIXTURE_ID,
    HALF_TIME_COLUMNS,
    OPTIONAL,
    RED_CARDS,
    STATISTICS,
)
from db.upcoming import AHEAD_SECONDS, RecentFixtures, UpcomingFixtures
from markets.further import outcomes_by_code
from markets.prices import Quotes

MAX_ATTEMPTS = 4
LOCK_TIMEOUT_SECONDS = 2.0

T = TypeVar("T")
_QuotesOf = Callable[[Floats, clean.PricedFixtures], tuple[Quotes, clean.PriceCounts]]


class _CachedFrame:
    """The frame made of the last rows, reused while the rows are equal."""

    def __init__(self, make: Callable[[Rows], pd.DataFrame]) -> None:
        self._make = make
        self._rows: Rows | None = None
        self._frame = pd.DataFrame()

    def of(self, rows: Rows) -> pd.DataFrame:
        """The frame of `rows`."""
        if rows != self._rows:
            self._rows, self._frame = rows, self._make(rows)
        return self._frame


class _CachedQuotes:
    """The quotes made of the last prices, reused while these are the same object, of equal fixtures."""

    def __init__(self) -> None:
        self._made_of: tuple[Floats, clean.PricedFixtures] | None = None
        self._made: tuple[Quotes, clean.PriceCounts] = Quotes.none(), clean.PriceCounts()

    def of(self, raw: Floats, fixtures: clean.PricedFixtures) -> tuple[Quotes, clean.PriceCounts]:
        """As `_quotes`."""
        last = self._made_of
        if last is None or last[0] is not raw or not last[1].equal(fixtures):
            self._made_of, self._made = (raw, fixtures), _quotes(raw, fixtures)
        return self._made


@dataclass(frozen=True)
class _Parts:
    """What a dataset is made of beside leagues and teams, as it was read."""

    rows: Rows
    statistics: Floats
    events: Floats
    api_names: clean.ApiNames
    prices: Floats

    def details(self) -> _Details:
        """The same as what is still to be read."""
        return _Details(
            lambda: self.statistics, lambda: self.events, lambda: self.api_names, lambda _: self.prices
        )

    def equal(self, others: _Parts) -> bool:
        """Whether all of it is the same, numbers bit for bit."""
        pairs = zip(self._arrays(), others._arrays(), strict=True)
        return self.rows == others.rows and all(
            one.shape == other.shape and one.tobytes() == other.tobytes() for one, other in pairs
        )

    def _arrays(self) -> tuple[NDArray[np.generic], ...]:
        names = self.api_names
        return self.statistics, self.events, self.prices, names.api_id, names.fixture_id


class _Assembled(NamedTuple):
    """A dataset, and what it was made of."""

    parts: _Parts
    dataset: Dataset

    def is_with(self, leagues: pd.DataFrame, teams: pd.DataFrame) -> bool:
        """Whether these are its leagues and teams."""
        return self.dataset.leagues is leagues and self.dataset.teams is teams


class Reader:
    """One read-only connection, opened when first needed and reopened when the file is replaced.

    `indexes` are shared with other readers of the same file. Every method raises DatabaseMissing,
    DatabaseUnreadable, DatabaseInvalidSchema or, if a writer locks the file for longer than
    `lock_timeout_seconds`, Busy. Not for use by two threads at once.
    """

    def __init__(
        self,
        path: Path,
        lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
        indexes: RowIndexes | None = None,
    ) -> None:
        self._connection = Connection(path, lock_timeout_seconds)
        self._indexes = indexes or RowIndexes()
        self._prices = PriceTables(self._connection, self._indexes)
        self._finished_prices = FinishedPrices(self._connection, self._indexes, self._prices)
        self._fixture_prices = FixturePrices(self._connection, self._indexes, self._prices)
        self._changes = ChangeDetection(self._connection)
        self._query = self._connection.query
        self._reading = False
        self._numbers: NumberConnection | None = None
        self._upcoming = UpcomingFixtures()
        self._quotes = _CachedQuotes()
        self._last: _Assembled | None = None
        self._last_parts: tuple[int, RecentFixtures, RecentFixtures] | None = None
        self._league_frame, self._team_frame = _CachedFrame(_league_frame), _CachedFrame(_team_frame)

    def close(self) -> None:
        """Close the connection, if it is open."""
        self._connection.close()

    def stamp(self) -> Stamp:
        """A value that differs after every commit of another process and when the file is replaced."""
        with self._connection.errors():
            return self._connection.stamp()

    def load(self, *, further: bool = False) -> Dataset:
        """Everything that the service uses, read again a few times if Node commits meanwhile.

        Prices of `further` markets only where they are asked for.
        """

        def read() -> Dataset:
            with self._scans() as scans:
                dataset = self._load(scans)
                return self._with_further(dataset, scans) if further else dataset

        # Millions of rows have no cycles.
        with paused_collection(), self.held():
            return self.together(read)[0]

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Whether all that is read meanwhile is of one moment: in WAL mode. Else a snapshot would block Node."""
        with self._connection.errors():
            if self._reading:
                yield True
                return
            self._connection.note_mode()
            if not self._connection.has_snapshots:
                yield False
                return
            with self._connection.shared_snapshot() as numbers:
                self._reading, self._numbers = True, numbers
                try:
                    yield True
                finally:
                    self._reading, self._numbers = False, None

    @contextmanager
    def _scans(self) -> Iterator[NumberScans]:
        """Scans of the moment that is held, or, between commits, of the present file."""
        with ExitStack() as opened:
            is_held = self._connection.has_snapshots
            numbers = self._numbers if is_held else opened.enter_context(self._connection.numbers())
            yield NumberScans(self._connection, numbers, opened.enter_context(ThreadPoolExecutor(1)))

    def together(self, read: Callable[[], T]) -> tuple[T, bool]:
        """The result of `read`, which calls this reader's methods, and whether all of it is of one moment.

        In rollback mode, where a snapshot would block Node, `read` is called again a few times if Node commits
        meanwhile. A nested call belongs to the outer one.
        """
        with self._connection.errors():
            if self._reading:
                return read(), True
            self._connection.note_mode()
            self._reading = True
            try:
                return (
                    self._in_snapshot(read) if self._connection.has_snapshots else self._between_commits(read)
                )
            finally:
                self._reading = False

    def _in_snapshot(self, read: Callable[[], T]) -> tuple[T, bool]:
        with self._connection.snapshot():
            return read(), True

    def _between_commits(self, read: Callable[[], T]) -> tuple[T, bool]:
        for _ in range(MAX_ATTEMPTS):
            before = self._connection.stamp()
            result = read()
            if self._connection.stamp() == before:
                return result, True
        return result, False

    def recent(self, since: int, also: Sequence[int]) -> Dataset:
        """Fixtures that kick off at `since` (epoch seconds UTC) or later and those with the ids `also`.

        Only finished matches come with prices and statistics.
        """
        dataset = self.together(lambda: self._recent(since, also))[0].joined()
        fixtures = dataset.fixtures
        selected = (fixtures["kickoff"] >= since) | fixtures["fixture_id"].isin(also)
        return dataset.only(selected.to_numpy())

    def recent_parts(
        self, since: int, also: Sequence[int], *, known_from: int = BEFORE_ALL, trusting: bool = False
    ) -> RecentFixtures:
        """The fixtures of `recent` that kick off at `since` or later; the same object while they are the same.

        Results known before `known_from` (epoch seconds UTC) come without prices and statistics.
        `trusting` that those some days ahead have not changed unless a near one shows it takes half the time; for
        each of them `holds_ahead` tells whether it is so.
        """
        parts, _ = self.together(lambda: self._recent(since, also, known_from, trusting))
        last = self._last_parts
        if last is None or last[0] != since or not parts.is_of(last[1]):
            last = self._last_parts = since, parts, parts.since(since).apart()
        return last[2]

    def holds_ahead(self, fixture_ids: Sequence[int]) -> bool:
        """Whether all of these are fixtures some days ahead that are as `recent_parts` has them."""
        with self._session():
            pages = self._pages("V3_Fixtures", self._fixture_columns(), fixture_ids)
            rows = {row[FIXTURE_ID]: row for row in chain.from_iterable(pages)}
        return len(rows) == len(fixture_ids) and rows.items() <= self._upcoming.rows.items()

    def later(self, since: int) -> Dataset:
        """All fixtures that kick off at `since` (epoch seconds UTC) or later, with their prices.

        `rejected` and `unused` count all rows read for that.
        """
        return self.together(lambda: self._later(since))[0]

    def _later(self, since: int) -> Dataset:
        statement = f'SELECT {self._fixture_columns()} FROM V3_Fixtures WHERE "date" >= ? OR "date" IS NULL'
        rows = sorted(self._query(statement, (day_of(since - DAY_SECONDS),)), key=itemgetter(FIXTURE_ID))
        dataset = self._with_remarks(self._assemble(rows, [row[FIXTURE_ID] for row in rows]))
        return dataset.only((dataset.fixtures["kickoff"] >= since).to_numpy())

    def quotes_of(self, fixture_ids: Ints, closes_at: Ints) -> Quotes:
        """Present prices of these fixtures, each captured before its `closes_at` (epoch seconds).

        Both arrays have shape (n,). All prices of a fixture come from one statement and so from one moment.
        """
        with self._session():
            priced, ids = self._priced(fixture_ids, closes_at)
            return _quotes(self._fixture_prices.calibrated(ids), priced)[0]

    def both_quotes_of(self, fixture_ids: Ints, closes_at: Ints) -> tuple[Quotes, Quotes]:
        """As `quotes_of`, and those of further markets, whose `market` holds codes of `markets.further`."""
        with self._session():
            priced, ids = self._priced(fixture_ids, closes_at)
            sets, further = self._fixture_prices.both(ids)
            return _quotes(sets, priced)[0], _quotes(further, priced, further=True)[0]

    def _priced(self, fixture_ids: Ints, closes_at: Ints) -> tuple[clean.PricedFixtures, list[int]]:
        """The fixtures to read prices of, and the ids under which the tables may hold them."""
        only = fixture_ids.tolist()
        names = self._api_ids(only)
        return clean.PricedFixtures(fixture_ids, closes_at, names), [*only, *names.api_id.tolist()]

    def unread_prices(self, counts: UnreadPrices) -> UnreadPrices:
        """Counts of price rows that nothing reads: those in `counts` and of the rows added since."""
        with self._session():
            return self._prices.unread(counts)

    def ids_above(self, fixture_id: int) -> list[int]:
        """Ids of fixtures added since `fixture_id` was the highest."""
        with self._session():
            rows = self._query("SELECT fixture_id FROM V3_Fixtures WHERE fixture_id > ?", (fixture_id,))
            return [int(added) for (added,) in rows]

    def leagues(self) -> pd.DataFrame:
        """The present leagues, as in `Dataset`."""
        with self._session():
            return self._leagues()

    def matches_by_league(self) -> dict[int, int]:
        """Number of rows of V3_Fixtures by league, for leagues that have any."""
        with self._session():
            return dict(self._query("SELECT league_id, COUNT(*) FROM V3_Fixtures GROUP BY league_id"))

    def digest(self, before: int, share: int = 0, of: int = 1) -> Digest:
        """A digest that differs if anything changed about fixtures that kick off before `before`, or soon after.

        Takes seconds for hundreds of thousands of fixtures, without the GIL; no lock outlives a page. The sum of the
        digests of all shares, 0 to `of` - 1, is the digest of the whole.
        """
        with self._session():
            return self._changes.digest(before, share, of)

    def longer_digest(self, digest: Digest, before: int, longer: int) -> Digest:
        """Extend the digest from `before` to `longer`; reads only the rows between them."""
        with self._session():
            return self._changes.longer(digest, before, longer)

    def _load(self, scans: NumberScans) -> Dataset:
        statistics, events = self._statistics_of_all(scans), self._events_of_all(scans)
        prices = [scans.begin(scan) for scan in self._prices.scans()]
        pages = self._pages_by_key("V3_Fixtures", self._fixture_columns())
        rows = list(chain.from_iterable(pages))
        details = _Details(
            statistics,
            events,
            lambda: clean.api_names(rows),
            lambda _: clean.price_sets(page for pages in prices for page in pages()),
        )
        return self._with_remarks(self._dataset(rows, details))

    def _with_further(self, dataset: Dataset, scans: NumberScans) -> Dataset:
        half_time = self._half_time(scans)
        prices = [scans.begin(scan) for scan in self._prices.scans(further=True)]
        names = clean.api_names(self._query("SELECT fixture_id, api_id FROM V3_Fixtures"))
        priced = clean.PricedFixtures.of(dataset.fixtures, names)
        fixtures = clean.with_half_time(dataset.fixtures, half_time())
        sets = clean.price_sets(page for pages in prices for page in pages())
        quotes, counts = _quotes(sets, priced, further=True)
        return replace(
            dataset,
            fixtures=fixtures,
            further_quotes=quotes,
            rejected=dict(Counter(dataset.rejected) + counts.rejected),
            unused=dict(Counter(dataset.unused) + counts.unused),
        )

    def _half_time(self, scans: NumberScans) -> Callable[[], Floats]:
        """Fixture id and goals of the first half (n, 3) of all fixtures, read from now on."""
        return _table(scans, self._scan("V3_Fixtures", ("fixture_id", *HALF_TIME_COLUMNS)))

    def _recent(
        self, since: int, also: Sequence[int], known_from: int = BEFORE_ALL, trusting: bool = False
    ) -> RecentFixtures:
        # Offsets shift the day in a text by less than one; rows from before `since` are dropped afterwards.
        first, ahead = day_of(since - DAY_SECONDS), day_of(now() + AHEAD_SECONDS)
        columns = self._fixture_columns()
        statement = f"SELECT {columns} FROM V3_Fixtures WHERE"
        rows = self._query(f'{statement} "date" >= ? AND "date" < ? OR "date" IS NULL', (first, ahead))
        rows += chain.from_iterable(self._pages("V3_Fixtures", columns, also))
        day, upcoming = max(first, ahead), self._upcoming
        if not (trusting and upcoming.may_be((day, columns), rows) and not upcoming.share_api_id(rows)):
            # Hashing a season of upcoming fixtures takes SQLite half the time of returning it.
            mark = self._changes.sums("V3_Fixtures", '"date" >= :day', {"day": day})
            upcoming.update((day, columns), mark, lambda: self._query(f'{statement} "date" >= ?', (day,)))
        unique = {row[FIXTURE_ID]: row for row in rows if row[FIXTURE_ID] not in upcoming.rows}
        near = [unique[fixture_id] for fixture_id in sorted(unique)]
        finished = clean.results(near, known_from)
        if upcoming.share_api_id(near):
            rows = sorted([*near, *upcoming.rows.values()], key=itemgetter(FIXTURE_ID))
            return RecentFixtures.of(self._assemble_again(rows, finished))
        return upcoming.beside(self._assemble_again(near, finished), since)

    def _assemble(self, rows: Rows, only: Sequence[int]) -> Dataset:
        """The dataset of `rows`, with prices and statistics of `only`."""
        return self._dataset(rows, self._parts(rows, only).details())

    def _assemble_again(self, rows: Rows, only: Sequence[int]) -> Dataset:
        """As `_assemble`, where much was read before; the same object where all of it was."""
        parts, last = self._parts(rows, only, again=True), self._last
        names = self._leagues(), self._teams()
        if last is not None and last.parts.equal(parts) and last.is_with(*names):
            return last.dataset
        dataset = self._dataset(rows, parts.details(), self._quotes.of)
        # A row that waits for its kick-off to be used changes the dataset without changing.
        self._last = None if _FINISHED_EARLY in dataset.rejected else _Assembled(parts, dataset)
        return dataset

    def _parts(self, rows: Rows, only: Sequence[int], again: bool = False) -> _Parts:
        api_names = self._api_ids(only)
        prices = self._price_sets(api_names, only, again=again)
        return _Parts(rows, self._statistics(only), self._events(only), api_names, prices)

    def _dataset(self, rows: Rows, details: _Details, quotes_of: _QuotesOf | None = None) -> Dataset:
        rejected: Counter[str] = Counter()
        leagues, teams = self._leagues(), self._teams()
        fixtures = clean.fixtures(
            rows, leagues["league_id"].to_numpy(), teams["team_id"].to_numpy(), rejected
        )
        fixtures = clean.with_statistics(fixtures, details.statistics())
        fixtures = clean.with_red_cards(fixtures, details.events())
        priced = clean.PricedFixtures.of(fixtures, details.names())
        quotes, counts = (quotes_of or _quotes)(details.sets(priced), priced)
        rejected += counts.rejected
        return Dataset(fixtures, quotes, leagues, teams, dict(rejected), dict(counts.unused))

    def _with_remarks(self, dataset: Dataset) -> Dataset:
        return replace(dataset, remarks=tuple(self._prices.remarks()))

    def _leagues(self) -> pd.DataFrame:
        api_id, country = self._column("V3_Leagues", "api_id"), "NULL"
        if self._connection.columns.get("V3_Countries", frozenset()) >= set(OPTIONAL["V3_Countries"]):
            country = "(SELECT c.name FROM V3_Countries c WHERE c.country_id = l.country_id)"
        statement = f'SELECT league_id, name, country_id, "type", {api_id}, {country} FROM V3_Leagues l'
        return self._league_frame.of(self._query(f"{statement} ORDER BY league_id"))

    def _teams(self) -> pd.DataFrame:
        return self._team_frame.of(self._query("SELECT team_id, name FROM V3_Teams ORDER BY team_id"))

    def _price_sets(self, api_names: clean.ApiNames, only: Sequence[int], *, again: bool = False) -> Floats:
        ids = [*only, *api_names.api_id.tolist()]
        if again:
            return self._finished_prices.sets_of(ids)
        return clean.price_sets(self._prices.pages_of(ids))

    def _api_ids(self, only: Sequence[int]) -> clean.ApiNames:
        """API-Football's ids of some fixtures, except those that equal the id of another fixture."""
        statement = (
            "SELECT fixture_id, api_id FROM V3_Fixtures AS named WHERE fixture_id IN ({0}) AND NOT EXISTS"
            " (SELECT 1 FROM V3_Fixtures AS other WHERE other.fixture_id = named.api_id)"
        )
        return clean.ApiNames.of(list(chain.from_iterable(self._pages_by_fixture(statement, only))))

    def _fixture_columns(self) -> str:
        return ", ".join(self._column("V3_Fixtures", name) for name in FIXTURE_COLUMNS)

    def _statistics(self, only: Sequence[int]) -> Floats:
        """Full-time statistics (n, 2 + len(STATISTICS)): fixture id, team id and the columns of STATISTICS."""
        width = len(_STATISTICS)
        if not self._has_statistics():
            return np.empty((0, width))
        columns = ", ".join(self._column(_STATISTICS_TABLE, name) for name in _STATISTICS)
        return clean.table(self._pages(_STATISTICS_TABLE, columns, only, _FULL_TIME), width)

    def _statistics_of_all(self, scans: NumberScans) -> Callable[[], Floats]:
        """As `_statistics` of all fixtures, read from now on."""
        if not self._has_statistics():
            return lambda: np.empty((0, len(_STATISTICS)))
        return _table(scans, self._scan(_STATISTICS_TABLE, _STATISTICS, _FULL_TIME))

    def _has_statistics(self) -> bool:
        columns = self._connection.columns.get(_STATISTICS_TABLE, frozenset())
        return {"fixture_id", "team_id", "half"} <= columns

    def _events(self, only: Sequence[int]) -> Floats:
        """Events (n, 3): fixture id, team id, and 1 for a red card, else 0."""
        table = self._event_table()
        if table is None:
            return np.empty((0, _EVENT_WIDTH))
        return clean.table(rows_of(self._connection, self._indexes, [table], only), _EVENT_WIDTH)

    def _events_of_all(self, scans: NumberScans) -> Callable[[], Floats]:
        """As `_events` of all fixtures, read from now on."""
        table = self._event_table()
        if table is None:
            return lambda: np.empty((0, _EVENT_WIDTH))
        return _table(scans, Scan.of(table, _EVENT_WIDTH))

    def _event_table(self) -> FixtureTable | None:
        """The table of events, None where there is none that can be read."""
        name, columns = "V3_Fixture_Events", OPTIONAL["V3_Fixture_Events"]
        if not self._connection.columns.get(name, frozenset()) >= {*columns}:
            return None
        return FixtureTable(name, _EVENT, "1", has_index(self._connection, name))

    def _pages(self, table: str, columns: str, only: Sequence[int], where: str = "1") -> Iterator[Rows]:
        """Rows of some fixtures, one page per statement; no lock outlives a page."""
        statement = f"SELECT {columns} FROM {table} WHERE {where} AND fixture_id IN ({{0}})"
        return self._pages_by_fixture(statement, only)

    def _scan(self, table: str, names: Sequence[str], where: str = "1") -> Scan:
        """The scan of some columns of a table."""
        columns = ", ".join(self._column(table, name) for name in names)
        return Scan.of(FixtureTable(table, columns, where, has_index=False), len(names))

    def _pages_by_key(self, table: str, columns: str) -> Iterator[Rows]:
        """All rows in order of key, one page per statement; no lock outlives a page."""
        statement = f"SELECT {columns} FROM {table} WHERE {IN_RANGE} ORDER BY rowid"
        for keys in key_ranges(self._query, table, page_rows(self._connection)):
            yield self._query(statement, keys)

    def _pages_by_fixture(self, statement: str, ids: Sequence[int]) -> Iterator[Rows]:
        """Rows of a statement for some ids, whose placeholders go into {0}."""
        for start in range(0, len(ids), MAX_IDS_PER_STATEMENT):
            some = list(ids[start : start + MAX_IDS_PER_STATEMENT])
            yield self._query(statement.format(",".join("?" * len(some))), some)

    def _column(self, table: str, name: str) -> str:
        """SQL of a column; NULL if the table lacks it."""
        return f'"{name}"' if name in self._connection.columns[table] else "NULL"

    @contextmanager
    def _session(self) -> Iterator[None]:
        """Read the present file, or, within `together`, the one being read."""
        with self._connection.errors():
            if not self._reading:
                self._connection.note_mode()
            yield


class _Details(NamedTuple):
    """What belongs to fixtures, read when it is called for; `sets` are those of the fixtures that have prices."""

    statistics: Callable[[], Floats]
    events: Callable[[], Floats]
    names: Callable[[], clean.ApiNames]
    sets: Callable[[clean.PricedFixtures], Floats]


def _table(scans: NumberScans, scan: Scan) -> Callable[[], Floats]:
    """A scan from now on; the function waits for its numbers."""
    pages = scans.begin(scan)
    return lambda: clean.table(pages(), scan.width)


def _quotes(
    raw: Floats, fixtures: clean.PricedFixtures, *, further: bool = False
) -> tuple[Quotes, clean.PriceCounts]:
    counts = clean.PriceCounts()
    if further:
        sizes = outcomes_by_code()
        raw = clean.with_both_sides(raw, counts, sizes)
        return clean.quotes(raw, fixtures, counts, sizes), counts
    return clean.quotes(raw, fixtures, counts), counts


_STATISTICS_TABLE, _FULL_TIME = "V3_Fixture_Stats", "half = 'FT'"
_STATISTICS = ("fixture_id", "team_id", *STATISTICS.values())
_EVENT_WIDTH = 3
_FINISHED_EARLY = "finished_before_kickoff"
"""The one reason for which `clean.fixtures` rejects a row for some time only."""
_EVENT = f"""fixture_id, team_id, LOWER("type") = 'card' AND LOWER(detail) IN {RED_CARDS}"""


def _league_frame(rows: Rows) -> pd.DataFrame:
    ids, names, countries, types, api_ids, country_names = clean.columns(rows, 6)
    country = clean.numbers(countries)
    return pd.DataFrame(
        {
            "league_id": np.array(ids, dtype=np.int64),
            "name": pd.Series(names, dtype=object).map(_name),
            "country_id": np.where(np.isfinite(country), country, -1).astype(np.int64),
            "is_cup": np.array([str(kind).lower() == "cup" for kind in types], dtype=np.bool_),
            "api_id": clean.api_ids(api_ids),
            "country": pd.Series(
                [name if isinstance(name, str) else None for name in country_names], dtype=object
            ),
        }
    )


def _team_frame(rows: Rows) -> pd.DataFrame:
    ids, names = clean.columns(rows, 2)
    return pd.DataFrame(
        {"team_id": np.array(ids, dtype=np.int64), "name": pd.Series(names, dtype=object).map(_name)}
    )


def _name(value: Any) -> str:
    return "?" if value is None else str(value)
