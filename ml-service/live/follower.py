"""Follows the database that Node writes: the base history is loaded once, recent matches after every commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from common.times import NEVER
from db.change_detection import Digest
from db.connection import Stamp
from db.dataset import Dataset
from db.fixture_table import RowIndexes
from db.price_tables import UnreadPrices
from db.reader import Reader
from errors import Busy, DatabaseError
from features.closings import Closings, sharpness_of
from live.cache import CachedFixtures, FixtureCache
from live.snapshot import BaseHistory, Snapshot, cut_of
from markets.prices import Quotes

CHECK_LOCK_TIMEOUT_SECONDS = 0.05
MAX_NEW_FIXTURES = 20_000
"""With more new fixtures than this, the cache is not used: reading the whole database takes no longer."""
MAX_NEW_RESULTS = 1_000
"""With more new results than this, the cache is written again."""
MAX_RECENT_RESULTS = 600
"""With more results after its cut, the base is loaded again: each is replayed after every commit."""
SAMPLED_FIXTURES = 200
DIGEST_THREADS = 2


@dataclass(frozen=True)
class _Loaded:
    """A base, its closing prices and the digest of its rows, None where Node committed while they were read."""

    base: BaseHistory
    closings: Closings
    digest: Digest | None
    unread: UnreadPrices


class LiveHistory:
    """Serves the newest snapshot. `current` is for one thread; `load` and `verify` may run in another."""

    def __init__(self, path: Path, cache: FixtureCache, bookmakers: Sequence[int]) -> None:
        self._path = path
        self._cache = cache
        self._bookmakers = bookmakers
        self.indexes = RowIndexes()
        """Row indexes of price tables without an index, shared by all readers of this database."""
        self._reader = Reader(path, CHECK_LOCK_TIMEOUT_SECONDS, self.indexes)
        self._watch = Reader(path)
        self._verified: tuple[Stamp, BaseHistory] | None = None
        self._loading = threading.Lock()
        self._base: BaseHistory | None = None
        self._digest: Digest | None = None
        self.unread = UnreadPrices()
        """Price rows that nothing reads, as `load` counted them."""
        self._highest_id = 0
        self._state: tuple[Stamp, BaseHistory] | None = None
        self._snapshot: Snapshot | None = None
        self._opened: int | None = None

    def close(self) -> None:
        """Release the database."""
        self._reader.close()
        self._watch.close()

    @property
    def loaded(self) -> bool:
        """Whether there is a base to build on; if not, `load` is due.

        A file that replaces the database may be a newer copy of it or an unrelated database.
        """
        base = self._base
        if base is not None and self._was_replaced() and not self._holds_sample(base):
            self._base = None
        return self._base is not None

    def _was_replaced(self) -> bool:
        """Whether the file has been reopened since the last call; `current` reports any fault of it."""
        try:
            opened = self._reader.stamp()[0]
        except (DatabaseError, Busy):
            return False
        replaced = self._opened not in (None, opened)
        self._opened = opened
        return replaced

    def _holds_sample(self, base: BaseHistory) -> bool:
        """Whether a sample of the base's fixtures is unchanged in the database."""
        fixtures = base.segment.dataset.fixtures
        old = fixtures[fixtures["kickoff"].to_numpy() < base.since]
        sample = old.iloc[:: max(1, len(old) // SAMPLED_FIXTURES)]
        if sample.empty:
            return True
        reader = Reader(self._path, indexes=self.indexes)
        try:
            current = reader.recent(NEVER, sample["fixture_id"].tolist()).fixtures
        except (DatabaseError, Busy):
            return False
        finally:
            reader.close()
        same = ["fixture_id", "league_id", "home_team_id", "away_team_id", "kickoff"]
        return current[same].equals(sample[same].reset_index(drop=True))

    def load(self) -> None:
        """Read the base from the cache and the database. Raises DatabaseError.

        Takes a second or two for hundreds of thousands of cached fixtures, many seconds without a cache.
        """
        with self._loading:
            self.indexes.forget()
            reader, stamp = Reader(self._path, indexes=self.indexes), self._watch.stamp()
            try:
                loaded = self._from_cache(reader) or self._from_database(reader)
            finally:
                reader.close()
            fixture_ids = loaded.base.segment.dataset.fixtures["fixture_id"]
            self._highest_id = int(fixture_ids.max()) if len(fixture_ids) else 0
            self._digest = loaded.digest
            self.unread = loaded.unread
            self._base = loaded.base
            # Unless Node committed meanwhile, the digest is of exactly the rows that were read.
            if loaded.digest is not None and self._watch.stamp() == stamp:
                self._verified = (stamp, self._base)

    def _from_cache(self, reader: Reader) -> _Loaded | None:
        """Cached fixtures and later ones; None where the cache is missing or out of date."""
        cached = self._cache.get()
        if cached is None:
            return None
        with _digest_in_background(self._path, cached.before) as wait_for_digest:

            def read() -> _Loaded | None:
                newer = reader.later(cached.before)
                if len(newer.fixtures) > MAX_NEW_FIXTURES or not cached.fits(newer):
                    return None
                dataset = cached.joined(newer)
                cut = max(cut_of(dataset), cached.before)
                sharpness = cached.sharpness.joined(sharpness_of(newer, cached.before, cut))
                whole = sharpness.joined(sharpness_of(newer, first=cut))
                closings = cached.closings.joined(Closings.of(newer, self._bookmakers, whole))
                base = BaseHistory.of(dataset, closings, cut, sharpness)
                if (wait_for_digest() or reader.digest(cached.before)) != cached.digest:
                    return None
                digest = reader.longer_digest(cached.digest, cached.before, cut)
                return _Loaded(base, closings, digest, reader.unread_prices(cached.unread))

            loaded, consistent = reader.together(read)
            if loaded is None:
                return None
            if consistent and _results_since(loaded.base, cached.before) > MAX_NEW_RESULTS:
                self._write_cache(reader, loaded)
            return loaded if consistent else replace(loaded, digest=None)

    def _from_database(self, reader: Reader) -> _Loaded:
        """Everything, and the old part written to the cache."""

        def read() -> tuple[Dataset, int, Digest, UnreadPrices]:
            whole = reader.load()
            cut = cut_of(whole)
            return whole, cut, reader.digest(cut), reader.unread_prices(UnreadPrices())

        (whole, cut, digest, unread), consistent = reader.together(read)
        sharpness = sharpness_of(whole, before=cut)
        closings = Closings.of(whole, self._bookmakers, sharpness.joined(sharpness_of(whole, first=cut)))
        base = BaseHistory.of(replace(whole, quotes=Quotes.none()), closings, cut, sharpness)
        loaded = _Loaded(base, closings, digest, unread)
        if consistent:
            self._write_cache(reader, loaded)
        # Node committed too often for a consistent read: without a digest `verify` fails and `load` runs again.
        return loaded if consistent else replace(loaded, digest=None)

    def _write_cache(self, reader: Reader, loaded: _Loaded) -> None:
        base = loaded.base
        if loaded.digest is not None:
            newer = reader.later(base.cut)
            self._cache.put(CachedFixtures.of(base, loaded.closings, loaded.digest, loaded.unread, newer))

    def verify(self) -> bool:
        """Whether the database still holds every row that the base was built from, unchanged.

        Takes seconds after a commit, so it belongs in a thread; microseconds otherwise.
        """
        base = self._base
        if base is None:
            return False
        checked = (self._watch.stamp(), base)
        if self._verified is None or self._verified[0] != checked[0] or self._verified[1] is not base:
            reader = Reader(self._path)
            try:
                facts = _league_facts(base.segment.dataset.leagues)
                holds = facts <= _league_facts(reader.leagues()) and reader.digest(base.cut) == self._digest
            finally:
                reader.close()
            self._verified = checked if holds else None
            return holds
        return True

    def keep_up(self) -> None:
        """Load the base again if old rows have changed or too many results have come since its cut."""
        if self._has_grown() or not self.verify():
            self.load()

    def _has_grown(self) -> bool:
        """Whether the newest snapshot is of the present base and has too many results after it."""
        snapshot = self._snapshot
        return snapshot is not None and snapshot.base is self._base and snapshot.results > MAX_RECENT_RESULTS

    def current(self) -> Snapshot:
        """The snapshot of the database as it is now.

        Takes microseconds without a new commit, else milliseconds. Raises DatabaseError, and Busy while a writer
        locks the file.
        """
        stamp = self._reader.stamp()
        base = self._base
        if base is None:
            raise LookupError("there is no base: call load() first")
        state = (stamp, base)
        if (
            self._snapshot is None
            or self._state is None
            or self._state[0] != stamp
            or self._state[1] is not base
        ):
            also = base.unsettled_ids + self._reader.ids_above(self._highest_id)
            recent = self._reader.recent(base.since, also)
            is_recent = recent.fixtures["kickoff"] >= base.since
            self._snapshot = Snapshot(base, recent.only(is_recent.to_numpy()), self._bookmakers)
            self._state = state
        return self._snapshot


@contextmanager
def _digest_in_background(path: Path, before: int) -> Iterator[Callable[[], Digest | None]]:
    """Computes the digest up to `before` in background threads, since SQLite releases the GIL.

    Yields a function that waits for the digest; it returns None if Node committed meanwhile.
    """
    with ExitStack() as opened:
        watches = [opened.enter_context(closing(Reader(path))) for _ in range(DIGEST_THREADS)]
        stamps = [watch.stamp() for watch in watches]
        threads = opened.enter_context(ThreadPoolExecutor(DIGEST_THREADS))
        digests = [
            threads.submit(watch.digest, before, share, DIGEST_THREADS) for share, watch in enumerate(watches)
        ]

        def wait() -> Digest | None:
            shares = [digest.result() for digest in digests]
            is_unchanged = [watch.stamp() for watch in watches] == stamps
            return tuple(map(sum, zip(*shares, strict=True))) if is_unchanged else None

        yield wait


def _league_facts(leagues: pd.DataFrame) -> set[tuple[int, int, bool]]:
    """What ratings and features depend on: ids of leagues, their countries, and whether they are cups."""
    names = ("league_id", "country_id", "is_cup")
    return set(zip(*(leagues[name].tolist() for name in names), strict=True))


def _results_since(base: BaseHistory, moment: int) -> int:
    known_at, _ = base.results
    return int((known_at >= moment).sum())
