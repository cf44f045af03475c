"""Keeps the history in step with the database that Node writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from db.change_detection import Digest
from db.connection import Stamp
from db.dataset import Dataset
from db.fixture_table import RowIndexes
from db.price_tables import UnreadPrices
from db.reader import Reader
from errors import Busy, DatabaseError
from features.closings import Closings, sharpness_of
from live.history import Archive, History, cut_of
from live.shelf import Shelf, Shelved
from markets.prices import Quotes

CHECK_LOCK_TIMEOUT_SECONDS = 0.05
FEW_FIXTURES = 20_000
FEW_RESULTS = 1_000
MOST_RESULTS = 600
"""Results after the archive's end, each of which is replayed after every commit, before a later archive is made."""
SAMPLED_FIXTURES = 200
DIGEST_THREADS = 2
_NEVER = 4_000_000_000  # 2096: later than any kick-off


@dataclass(frozen=True)
class _Read:
    """An archive, the closing prices in it and the digest of what is old in it, None where that is not sure."""

    archive: Archive
    closings: Closings
    digest: Digest | None
    unread: UnreadPrices


class Follower:
    """The newest history. `current` is for one thread, `load` and `verify` may run in another beside it."""

    def __init__(self, path: Path, shelf: Shelf, bookmakers: Sequence[int]) -> None:
        self._path = path
        self._shelf = shelf
        self._bookmakers = bookmakers
        self.indexes = RowIndexes()
        """Where prices are in tables without an index, for all who read this database."""
        self._reader = Reader(path, CHECK_LOCK_TIMEOUT_SECONDS, self.indexes)
        self._watch = Reader(path)
        self._verified: tuple[Stamp, Archive] | None = None
        self._loading = threading.Lock()
        self._archive: Archive | None = None
        self._digest: Digest | None = None
        self.unread = UnreadPrices()
        """Rows of prices that nothing reads, as `load` counted them."""
        self._highest_id = 0
        self._seen: tuple[Stamp, Archive] | None = None
        self._history: History | None = None
        self._opened: int | None = None

    def close(self) -> None:
        """Release the database."""
        self._reader.close()
        self._watch.close()

    @property
    def loaded(self) -> bool:
        """Whether there is an archive to build on; if not, `load` is due.

        A database that was replaced may be a newer copy of the one that was read, or another one altogether.
        """
        archive = self._archive
        if archive is not None and self._was_replaced() and not self._holds_sample(archive):
            self._archive = None
        return self._archive is not None

    def _was_replaced(self) -> bool:
        """Whether the file was opened anew since this was last asked; what is wrong with it shows in `current`."""
        try:
            opened = self._reader.stamp()[0]
        except (DatabaseError, Busy):
            return False
        replaced = self._opened not in (None, opened)
        self._opened = opened
        return replaced

    def _holds_sample(self, archive: Archive) -> bool:
        """Whether fixtures of the archive, spread over all of it, are in the database as they were read."""
        known = archive.stretch.dataset.fixtures
        old = known[known["kickoff"].to_numpy() < archive.since]
        sample = old.iloc[:: max(1, len(old) // SAMPLED_FIXTURES)]
        if sample.empty:
            return True
        reader = Reader(self._path, indexes=self.indexes)
        try:
            found = reader.recent(_NEVER, sample["fixture_id"].tolist()).fixtures
        except (DatabaseError, Busy):
            return False
        finally:
            reader.close()
        same = ["fixture_id", "league_id", "home_team_id", "away_team_id", "kickoff"]
        return found[same].equals(sample[same].reset_index(drop=True))

    def load(self) -> None:
        """Read what is not on the shelf, which may be all. Raises DatabaseError.

        Takes a second or two for hundreds of thousands of fixtures on the shelf, else many seconds.
        """
        with self._loading:
            self.indexes.forget()
            reader, stamp = Reader(self._path, indexes=self.indexes), self._watch.stamp()
            try:
                read = self._from_shelf(reader) or self._from_database(reader)
            finally:
                reader.close()
            known = read.archive.stretch.dataset
            self._highest_id = int(known.fixtures["fixture_id"].max()) if len(known.fixtures) else 0
            self._digest = read.digest
            self.unread = read.unread
            self._archive = read.archive
            # What was read is what its digest was taken of, unless Node committed on the way.
            if read.digest is not None and self._watch.stamp() == stamp:
                self._verified = (stamp, self._archive)

    def _from_shelf(self, reader: Reader) -> _Read | None:
        """What is on the shelf and what came later; None where the shelf does not hold."""
        shelved = self._shelf.get()
        if shelved is None:
            return None
        with _digest_beside(self._path, shelved.before) as beside:

            def read() -> _Read | None:
                newer = reader.later(shelved.before)
                if len(newer.fixtures) > FEW_FIXTURES or not shelved.fits(newer):
                    return None
                known = shelved.joined(newer)
                cut = max(cut_of(known), shelved.before)
                sharpness = shelved.sharpness.joined(sharpness_of(newer, shelved.before, cut))
                whole = sharpness.joined(sharpness_of(newer, first=cut))
                closings = shelved.closings.joined(Closings.of(newer, self._bookmakers, whole))
                archive = Archive.of(known, closings, cut, sharpness)
                if (beside() or reader.digest(shelved.before)) != shelved.digest:
                    return None
                digest = reader.longer_digest(shelved.digest, shelved.before, cut)
                return _Read(archive, closings, digest, reader.unread_prices(shelved.unread))

            found, settled = reader.together(read)
            if found is None:
                return None
            if settled and _results_since(found.archive, shelved.before) > FEW_RESULTS:
                self._put_aside(reader, found)
            return found if settled else replace(found, digest=None)

    def _from_database(self, reader: Reader) -> _Read:
        """Everything, and what is old of it put on the shelf."""

        def read() -> tuple[Dataset, int, Digest, UnreadPrices]:
            whole = reader.load()
            cut = cut_of(whole)
            return whole, cut, reader.digest(cut), reader.unread_prices(UnreadPrices())

        (whole, cut, digest, unread), settled = reader.together(read)
        sharpness = sharpness_of(whole, before=cut)
        closings = Closings.of(whole, self._bookmakers, sharpness.joined(sharpness_of(whole, first=cut)))
        archive = Archive.of(replace(whole, quotes=Quotes.none()), closings, cut, sharpness)
        found = _Read(archive, closings, digest, unread)
        if settled:
            self._put_aside(reader, found)
        # Without a digest `verify` soon fails: Node committed too often for all to be of one moment.
        return found if settled else replace(found, digest=None)

    def _put_aside(self, reader: Reader, found: _Read) -> None:
        """Put the matches of an archive on the shelf."""
        archive = found.archive
        if found.digest is not None:
            newer = reader.later(archive.cut)
            self._shelf.put(Shelved.of(archive, found.closings, found.digest, found.unread, newer))

    def verify(self) -> bool:
        """Whether what the archive was built from still stands in the database, all of it.

        Seconds where anything was committed since this was last found true, for a thread; else microseconds.
        """
        archive = self._archive
        if archive is None:
            return False
        looked_at = (self._watch.stamp(), archive)
        if self._verified is None or self._verified[0] != looked_at[0] or self._verified[1] is not archive:
            reader = Reader(self._path)
            try:
                known = _what_they_are(archive.stretch.dataset.leagues)
                holds = (
                    known <= _what_they_are(reader.leagues()) and reader.digest(archive.cut) == self._digest
                )
            finally:
                reader.close()
            self._verified = looked_at if holds else None
            return holds
        return True

    def keep_up(self) -> None:
        """Look whether anything old changed, or so much came that it takes long to follow; load anew then."""
        if self._has_grown() or not self.verify():
            self.load()

    def _has_grown(self) -> bool:
        """Whether the newest history is of this archive and long: an older one's archive has moved on already."""
        history = self._history
        return history is not None and history.archive is self._archive and history.results > MOST_RESULTS

    def current(self) -> History:
        """The history as the database is now.

        Microseconds where nothing changed, else milliseconds. Raises DatabaseError, and Busy while a writer
        holds the file.
        """
        stamp = self._reader.stamp()
        archive = self._archive
        if archive is None:
            raise LookupError("load first")
        seen = (stamp, archive)
        if (
            self._history is None
            or self._seen is None
            or self._seen[0] != stamp
            or self._seen[1] is not archive
        ):
            also = archive.unsettled_ids + self._reader.ids_above(self._highest_id)
            recent = self._reader.recent(archive.since, also)
            kept = recent.fixtures["kickoff"] >= archive.since
            self._history = History(archive, recent.only(kept.to_numpy()), self._bookmakers)
            self._seen = seen
        return self._history


@contextmanager
def _digest_beside(path: Path, before: int) -> Iterator[Callable[[], Digest | None]]:
    """Takes the digest up to `before` in threads while other things are read: SQLite needs no GIL for it.

    What is yielded waits for it and tells it; None where Node has committed since.
    """
    with ExitStack() as opened:
        watches = [opened.enter_context(closing(Reader(path))) for _ in range(DIGEST_THREADS)]
        stamps = [watch.stamp() for watch in watches]
        beside = opened.enter_context(ThreadPoolExecutor(DIGEST_THREADS))
        taken = [
            beside.submit(watch.digest, before, share, DIGEST_THREADS) for share, watch in enumerate(watches)
        ]

        def told() -> Digest | None:
            digests = [each.result() for each in taken]
            still = [watch.stamp() for watch in watches] == stamps
            return tuple(map(sum, zip(*digests, strict=True))) if still else None

        yield told


def _what_they_are(leagues: pd.DataFrame) -> set[tuple[int, int, bool]]:
    """What ratings and features know of leagues: their ids, their countries, and whether they are cups."""
    names = ("league_id", "country_id", "is_cup")
    return set(zip(*(leagues[name].tolist() for name in names), strict=True))


def _results_since(archive: Archive, moment: int) -> int:
    known_at, _ = archive.results
    return int((known_at >= moment).sum())
