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
from db.file_state import FileState, file_state
from db.fixture_table import RowIndexes
from db.price_tables import UnreadPrices
from db.reader import Reader
from db.schema import FINISHED
from db.upcoming import RecentFixtures
from errors import Busy, DatabaseError
from features.closings import Closings, sharpness_of
from live.cache import BaseCache, CachedBase
from live.snapshot import BaseHistory, Snapshot, cut_of
from markets.prices import Quotes

CHECK_LOCK_TIMEOUT_SECONDS = 0.05
MAX_NEW_FIXTURES = 20_000
"""With more new fixtures than this, the cache is not used: reading the whole database takes no longer."""
MAX_RECENT_RESULTS = 600
"""With more results after its cut, a base is made again: each is replayed after every commit."""
SAMPLED_FIXTURES = 200
DIGEST_THREADS = 2


@dataclass(frozen=True)
class _Loaded:
    """A base and the digest of its rows, None where Node committed while they were read.

    `is_sure` tells whether that digest is of the rows as they are now, and not of files that look the same.
    """

    base: BaseHistory
    digest: Digest | None
    unread: UnreadPrices
    is_sure: bool = True


@dataclass(frozen=True)
class _Remainder:
    """What no answer needs of a base read from the database: its digest, counts of unread prices, the cache.

    `reader` still reads the moment of the base if `is_held`, until `opened` closes. `state` and `stamp` are of that
    moment; `is_consistent` is false where Node committed while the base was read.
    """

    opened: ExitStack
    reader: Reader
    base: BaseHistory
    state: FileState | None
    stamp: Stamp
    is_held: bool
    is_consistent: bool


class LiveHistory:
    """Serves the newest snapshot. `current` is for one thread; `load` and `verify` may run in another."""

    def __init__(self, path: Path, cache: BaseCache, bookmakers: Sequence[int]) -> None:
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
        self._remainder: _Remainder | None = None
        self.unread: UnreadPrices | None = None
        """Price rows that nothing reads, as they were counted last; None before they are."""
        self._highest_id = 0
        self._state: tuple[Stamp, BaseHistory] | None = None
        self._snapshot: Snapshot | None = None
        self._is_complete = False
        self._opened: int | None = None

    def close(self) -> None:
        """Release the database."""
        # A thread that loads or completes closes what it has opened, and a stop waits for neither.
        if self._loading.acquire(blocking=False):
            try:
                self._forget_remainder()
            finally:
                self._loading.release()
        self._reader.close()
        self._watch.close()

    @property
    def loaded(self) -> bool:
        """Whether there is a base to build on; if not, `load` is due.

        A file that replaces the database may be a newer copy of it or an unrelated database.
        """
        if self._base is None:
            return False
        try:
            return self._holds_base(self._reader.stamp())
        except (DatabaseError, Busy):
            return True  # `current` reports the fault

    def _holds_base(self, stamp: Stamp) -> bool:
        """Whether the file with this stamp is the one that the base was read from, or a newer copy of it."""
        opened = stamp[0]
        is_reopened = self._opened not in (None, opened)
        self._opened = opened
        if is_reopened and self._base is not None and not self._holds_sample(self._base):
            self._base = None
        return self._base is not None

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

    def load(self, *, renew: bool = False) -> None:
        """`begin` and `complete`. Raises DatabaseError."""
        self.begin(renew=renew)
        self.complete()

    def begin(self, *, renew: bool = False) -> None:
        """Take the base from the cache, or read it from the database. Raises DatabaseError.

        Takes a moment where neither the database nor the code has changed since the base was cached, a second or two
        where the database has, several seconds without a cache; `complete` is due then. `renew` moves the cut to the
        newest results.
        """
        with self._loading:
            self._forget_remainder()
            self.indexes.forget()
            with ExitStack() as opened:
                reader = opened.enter_context(closing(Reader(self._path, indexes=self.indexes)))
                stamp, cached = self._watch.stamp(), self._cache.get()
                loaded = self._unchanged(cached) or self._from_cache(reader, cached, renew)
                if loaded is None:
                    self._remainder = self._from_database(reader, opened)
                    self._digest, self.unread = None, None
                    self._serve(self._remainder.base)
                    return
            self._take(loaded, stamp)

    def _take(self, loaded: _Loaded, stamp: Stamp) -> None:
        """Serve a base with all that it is known by; `stamp` was the database's before it was read."""
        self._digest, self.unread = loaded.digest, loaded.unread
        # Unless Node committed meanwhile, the digest is of exactly the rows that were read.
        if loaded.digest is not None and loaded.is_sure and self._watch.stamp() == stamp:
            self._verified = (stamp, loaded.base)
        self._serve(loaded.base)

    def _serve(self, base: BaseHistory) -> None:
        fixture_ids = base.segment.dataset.fixtures["fixture_id"]
        self._highest_id = int(fixture_ids.max()) if len(fixture_ids) else 0
        self._base = base

    @property
    def is_complete(self) -> bool:
        """Whether `complete` has nothing to do."""
        return self._remainder is None

    def complete(self) -> None:
        """Do what `begin` put off, if anything: seconds, mostly without the GIL. Raises DatabaseError.

        Whatever fails, `verify` then reads everything again.
        """
        with self._loading:
            remainder, self._remainder = self._remainder, None
            if remainder is None:
                return
            with remainder.opened:
                loaded = self._completed(remainder)
            # No request shall wait for what is looked for in a base once.
            loaded.base.prepare()
            # Another file may have taken the database's place meanwhile.
            if self._base is remainder.base:
                self._take(loaded, remainder.stamp)

    def _forget_remainder(self) -> None:
        remainder, self._remainder = self._remainder, None
        if remainder is not None:
            remainder.opened.close()

    def _completed(self, remainder: _Remainder) -> _Loaded:
        reader, base = remainder.reader, remainder.base
        digest = reader.digest(base.cut) if remainder.is_consistent else None
        unread = reader.unread_prices(UnreadPrices())
        if digest is None or not (remainder.is_held or self._watch.stamp() == remainder.stamp):
            # Of other rows than the base: without a digest `verify` fails and all is read again.
            return _Loaded(base, None, unread)
        return self._cached(reader, _Loaded(base, digest, unread), remainder.state)

    def _unchanged(self, cached: CachedBase | None) -> _Loaded | None:
        """The cached base where the files are the very ones it was made of; `verify` looks at their rows later."""
        state = file_state(self._path)
        if cached is None or state is None or state != cached.state or self._base is not None:
            return None
        return _Loaded(cached.base, cached.digest, cached.unread, is_sure=False)

    def _from_cache(self, reader: Reader, cached: CachedBase | None, renew: bool) -> _Loaded | None:
        """The cached base, or one made of it and later fixtures; None where the cache is missing or out of date."""
        if cached is None:
            return None
        state, before = file_state(self._path), cached.base.cut
        with _digest_in_background(self._path, before) as wait_for_digest:

            def read() -> tuple[_Loaded, Dataset] | None:
                newer = reader.later(before)
                if len(newer.fixtures) > MAX_NEW_FIXTURES or not cached.fits(newer):
                    return None
                is_renewed = renew or _has_outgrown(cached.base, newer)
                base = self._extended(cached, newer) if is_renewed else cached.counted(newer)
                if (wait_for_digest() or reader.digest(before)) != cached.digest:
                    return None
                digest = reader.longer_digest(cached.digest, before, base.cut)
                return _Loaded(base, digest, reader.unread_prices(cached.unread)), newer

            result, consistent = reader.together(read)
        if result is None:
            return None
        loaded, newer = result
        if not consistent:
            return replace(loaded, digest=None)
        if loaded.base.matches is not cached.base.matches:
            return self._cached(reader, loaded, state)
        self._cache.note(CachedBase.of(loaded.base, cached.digest, loaded.unread, newer, self._still(state)))
        return loaded

    def _still(self, state: FileState | None) -> FileState | None:
        """`state`, where the database's files are still in it."""
        return state if file_state(self._path) == state else None

    def _extended(self, cached: CachedBase, newer: Dataset) -> BaseHistory:
        """A base of the cached fixtures and later ones."""
        dataset, before = cached.joined(newer), cached.base.cut
        cut = max(cut_of(dataset.fixtures), before)
        sharpness = cached.base.sharpness.joined(sharpness_of(newer, before, cut))
        whole = sharpness.joined(sharpness_of(newer, first=cut))
        closings = cached.closings.joined(Closings.of(newer, self._bookmakers, whole))
        return BaseHistory.of(dataset, closings, cut, sharpness)

    def _from_database(self, reader: Reader, opened: ExitStack) -> _Remainder:
        """Everything, and what is left to do, for which the remainder keeps open what is in `opened`."""
        state, stamp = file_state(self._path), self._watch.stamp()
        is_held = opened.enter_context(reader.held())
        whole, is_consistent = reader.together(reader.load)
        cut = cut_of(whole.fixtures)
        sharpness = sharpness_of(whole, before=cut)
        closings = Closings.of(whole, self._bookmakers, sharpness.joined(sharpness_of(whole, first=cut)))
        base = BaseHistory.of(replace(whole, quotes=Quotes.none()), closings, cut, sharpness)
        return _Remainder(opened.pop_all(), reader, base, state, stamp, is_held, is_consistent)

    def _cached(self, reader: Reader, loaded: _Loaded, state: FileState | None) -> _Loaded:
        """`loaded` with its base in the cache, mapped from there; as it is where the cache cannot be written."""
        base, digest = loaded.base, loaded.digest
        if digest is None:
            return loaded
        newer = reader.later(base.cut)
        cached = CachedBase.of(base, digest, loaded.unread, newer, self._still(state))
        mapped = self._cache.get() if self._cache.put(cached) else None
        return loaded if mapped is None or mapped.digest != digest else replace(loaded, base=mapped.base)

    def verify(self) -> bool:
        """Whether the database still holds every row that the base was built from, unchanged.

        Takes seconds after a commit, so it belongs in a thread; microseconds otherwise. What `begin` put off comes
        first.
        """
        self.complete()
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
        has_grown = self._has_grown()
        if has_grown or not self.verify():
            self.load(renew=has_grown)

    def _has_grown(self) -> bool:
        """Whether the newest snapshot is of the present base and has too many results after it."""
        snapshot = self._snapshot
        return snapshot is not None and snapshot.base is self._base and snapshot.results > MAX_RECENT_RESULTS

    def current(self) -> Snapshot:
        """The snapshot of the database as it is now.

        Takes microseconds without a new commit, else milliseconds. Raises DatabaseError, and Busy while a writer
        locks the file.
        """
        return self._current(self._reader.stamp(), trusting=False)

    def current_of(self, fixture_ids: Sequence[int] | None) -> Snapshot:
        """As `current`, of a base that is loaded first where `loaded` says that it is due.

        With ids, in half the time: right about these fixtures and all that are played by now, while about others
        some days ahead it may be out of date.
        """
        stamp = None if self._base is None else self._reader.stamp()
        if stamp is None or not self._holds_base(stamp):
            self.load()
            stamp = self._reader.stamp()
        snapshot = self._current(stamp, trusting=fixture_ids is not None)
        if self._is_complete or not fixture_ids:
            return snapshot
        ahead = snapshot.ahead(fixture_ids)
        return snapshot if not ahead or self._reader.holds_ahead(ahead) else self.current()

    def _current(self, stamp: Stamp, trusting: bool) -> Snapshot:
        base = self._base
        if base is None:
            raise LookupError("there is no base: call load() first")
        last = self._state
        is_same = last is not None and last[0] == stamp and last[1] is base
        if self._snapshot is None or not is_same or not (trusting or self._is_complete):
            also = base.unsettled_ids + self._reader.ids_above(self._highest_id)
            recent = self._reader.recent_parts(base.since, also, known_from=base.cut, trusting=trusting)
            self._snapshot = self._snapshot_of(base, recent)
            self._state, self._is_complete = (stamp, base), not trusting
        return self._snapshot

    @property
    def stamp(self) -> Stamp | None:
        """The database's stamp when `current` was last asked; prices may differ with it under the same snapshot."""
        return None if self._state is None else self._state[0]

    def _snapshot_of(self, base: BaseHistory, recent: RecentFixtures) -> Snapshot:
        """The snapshot of `base` and `recent`: the last one where Node has changed nothing that it holds."""
        last = self._snapshot
        if last is not None and last.base is base and last.recent is recent:
            return last
        return Snapshot(base, recent, self._bookmakers, last)


@contextmanager
def _in_background(
    path: Path, works: Sequence[Callable[[Reader], Digest]]
) -> Iterator[Callable[[], list[Digest] | None]]:
    """Each of `works` in a thread with a reader of its own, since SQLite releases the GIL.

    Yields a function that waits for their results; it returns None if Node committed meanwhile.
    """
    with ExitStack() as opened:
        readers = [opened.enter_context(closing(Reader(path))) for _ in works]
        stamps = [reader.stamp() for reader in readers]
        threads = opened.enter_context(ThreadPoolExecutor(len(works)))
        running = [threads.submit(work, reader) for work, reader in zip(works, readers, strict=True)]

        def wait() -> list[Digest] | None:
            results = [each.result() for each in running]
            return results if [reader.stamp() for reader in readers] == stamps else None

        yield wait


@contextmanager
def _digest_in_background(path: Path, before: int) -> Iterator[Callable[[], Digest | None]]:
    """The digest up to `before`, in shares; as `_in_background`."""

    def share_of(share: int) -> Callable[[Reader], Digest]:
        return lambda reader: reader.digest(before, share, DIGEST_THREADS)

    with _in_background(path, [share_of(share) for share in range(DIGEST_THREADS)]) as wait_for_shares:

        def wait() -> Digest | None:
            shares = wait_for_shares()
            return None if shares is None else tuple(map(sum, zip(*shares, strict=True)))

        yield wait


def _league_facts(leagues: pd.DataFrame) -> set[tuple[int, int, bool]]:
    """What ratings and features depend on: ids of leagues, their countries, and whether they are cups."""
    names = ("league_id", "country_id", "is_cup")
    return set(zip(*(leagues[name].tolist() for name in names), strict=True))


def _has_outgrown(base: BaseHistory, newer: Dataset) -> bool:
    """Whether the fixtures from the cut on have too many results, or leagues that are not what they were."""
    results = int((newer.fixtures["state"] == FINISHED).sum())
    same = _league_facts(base.segment.dataset.leagues) <= _league_facts(newer.leagues)
    return results > MAX_RECENT_RESULTS or not same
