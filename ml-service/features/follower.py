"""Keeps the history in step with the database that Node writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from db.dataset import Dataset
from db.reader import Digest, Reader, Stamp
from db.rows import IMPOSSIBLE_ODDS
from db.schema import FINISHED
from errors import Busy, DatabaseError
from features.closings import Closings, Shelf, Shelved
from features.history import Archive, History, cut_of

CHECK_LOCK_TIMEOUT_SECONDS = 0.05
FEW_FIXTURES = 20_000
FEW_RESULTS = 1_000
SAMPLED_FIXTURES = 200
_NEVER = 4_000_000_000  # 2096: later than any kick-off


class Follower:
    """The newest history. `current` is for one thread, `load` and `verify` may run in another beside it."""

    def __init__(self, path: Path, shelf: Shelf, bookmakers: Sequence[int]) -> None:
        self._path = path
        self._shelf = shelf
        self._bookmakers = bookmakers
        self._reader = Reader(path, CHECK_LOCK_TIMEOUT_SECONDS)
        self._watch = Reader(path)
        self._verified: tuple[Stamp, Archive] | None = None
        self._loading = threading.Lock()
        self._archive: Archive | None = None
        self._digest: Digest | None = None
        self._rejected: dict[str, int] = {}
        self._highest_id = 0
        self._seen: tuple[Stamp, Archive] | None = None
        self._history: History | None = None
        self._stale = False
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
        reader = Reader(self._path)
        try:
            found = reader.recent(_NEVER, sample["fixture_id"].tolist()).fixtures
        except (DatabaseError, Busy):
            return False
        finally:
            reader.close()
        same = ["fixture_id", "league_id", "home_team_id", "away_team_id", "kickoff"]
        return found[same].equals(sample[same].reset_index(drop=True))

    @property
    def rejected(self) -> dict[str, int]:
        """Rows left out when the archive was read, by reason."""
        return self._rejected

    def load(self) -> None:
        """Read the whole database. Raises DatabaseError; takes seconds for hundreds of thousands of fixtures."""
        with self._loading:
            reader, stamp = Reader(self._path), self._watch.stamp()
            try:
                dataset, cut, digest, closings = self._read(reader)
            finally:
                reader.close()
            self._rejected = dataset.rejected
            self._highest_id = int(dataset.fixtures["fixture_id"].max()) if len(dataset.fixtures) else 0
            self._digest = digest
            self._archive = Archive.of(dataset, closings, cut)
            # What was read is what its digest was taken of, unless Node committed on the way.
            if digest is not None and self._watch.stamp() == stamp:
                self._verified = (stamp, self._archive)

    def _read(self, reader: Reader) -> tuple[Dataset, int, Digest | None, Closings]:
        """Fixtures, where the archive is to end, the digest up to there and all closings, of one moment.

        The digest is None, so that `verify` soon fails, where Node committed too often for that.
        """
        shelved = self._shelf.get()
        with _digest_beside(self._path, shelved.before if shelved else None) as beside:

            def read() -> tuple[Dataset, int, Digest, Closings, Shelved | None]:
                dataset = reader.load(with_prices=False)
                before = _cut(dataset, shelved)
                digest = beside(before) or reader.digest(before)
                return dataset, before, digest, *self._closings(reader, dataset, before, digest, shelved)

            (dataset, cut, digest, closings, to_shelve), settled = reader.together(read)
        if settled and to_shelve is not None:
            self._shelf.put(to_shelve)
        return dataset, cut, digest if settled else None, closings

    def _closings(
        self, reader: Reader, dataset: Dataset, before: int, digest: Digest, shelved: Shelved | None
    ) -> tuple[Closings, Shelved | None]:
        """All closings, and what to put on the shelf where they did not come off it while it holds.

        Impossible odds are added to what `dataset` counts as rejected.
        """
        kickoffs = dataset.fixtures["kickoff"].to_numpy()
        if shelved is not None and shelved.before == before and shelved.digest == digest:
            newer = dataset.only(kickoffs >= shelved.before)
            if len(newer.fixtures) <= FEW_FIXTURES:
                priced = reader.with_prices(newer)
                _count_odds(dataset, shelved.impossible_odds + priced.rejected.get(IMPOSSIBLE_ODDS, 0))
                return shelved.closings.joined(Closings.of(priced, self._bookmakers)), None
        whole, newer = reader.load(), reader.with_prices(dataset.only(kickoffs >= before))
        impossible = whole.rejected.get(IMPOSSIBLE_ODDS, 0)
        _count_odds(dataset, impossible)
        closings = Closings.of(whole, self._bookmakers)
        old = closings.only(dataset.fixtures["fixture_id"].to_numpy()[kickoffs < before])
        return closings, Shelved(before, digest, old, impossible - newer.rejected.get(IMPOSSIBLE_ODDS, 0))

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
                holds = reader.digest(archive.cut) == self._digest
            finally:
                reader.close()
            self._verified = looked_at if holds else None
            return holds
        return True

    def current(self) -> tuple[History, bool]:
        """The history as the database is now, and whether the archive is known to lack something old.

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
            self._stale = _has_old_news(archive, recent)
            kept = recent.fixtures["kickoff"] >= archive.since
            self._history = History(archive, recent.only(kept.to_numpy()), self._bookmakers)
            self._seen = seen
        return self._history, self._stale


@contextmanager
def _digest_beside(path: Path, before: int | None) -> Iterator[Callable[[int], Digest | None]]:
    """Takes the digest up to `before` in a thread while the fixtures are read: SQLite needs no GIL for it.

    What is yielded tells it; None where another moment is asked about or Node has committed since.
    """
    if before is None:
        yield lambda _: None
        return
    with closing(Reader(path)) as watch, ThreadPoolExecutor(1) as beside:
        stamp = watch.stamp()
        taken = beside.submit(watch.digest, before)

        def up_to(moment: int) -> Digest | None:
            digest = taken.result()
            return digest if moment == before and watch.stamp() == stamp else None

        yield up_to


def _cut(dataset: Dataset, shelved: Shelved | None) -> int:
    """Where the archive ends: where what was put aside does, if few results have come since."""
    newest = cut_of(dataset)
    if shelved is None or shelved.before > newest:
        return newest
    frame = dataset.fixtures
    since = (frame["state"].to_numpy() == FINISHED) & (frame["known_at"].to_numpy() >= shelved.before)
    return shelved.before if since.sum() <= FEW_RESULTS else newest


def _count_odds(dataset: Dataset, impossible: int) -> None:
    if impossible:
        dataset.rejected[IMPOSSIBLE_ODDS] = impossible


def _has_old_news(archive: Archive, recent: Dataset) -> bool:
    """Whether `recent` holds finished matches that the archive should have replayed but has not."""
    frame = recent.fixtures
    old = (frame["known_at"].to_numpy() < archive.cut) & (frame["state"].to_numpy() == FINISHED)
    return bool(np.any(old & ~np.isin(frame["fixture_id"].to_numpy(), archive.replayed_ids)))
