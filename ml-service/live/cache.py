"""Cache of past fixtures on disk, so that a starting service does not read the whole database again."""

from __future__ import annotations

import logging
import os
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.source_digest import FIXTURE_CACHE, source_digest
from db.change_detection import Digest
from db.dataset import Dataset
from db.price_tables import UNREAD_REASONS, UnreadPrices
from db.rows import UNUSED_REASONS
from features.closings import Closings
from features.compile import empty_dataset
from live.snapshot import BaseHistory
from markets.prices import Quotes
from markets.sharpness import Sharpness

_COLUMN = "fixtures."

logger = logging.getLogger("statfoot")


@dataclass(frozen=True)
class CachedFixtures:
    """Fixtures that kick off before `before` (epoch seconds UTC), their closing prices and bookmakers' sharpness.

    Valid while the database's digest of rows before `before` equals `digest`. `rejected` counts the rows not used,
    rejected or unused, except those that are read together with later fixtures; `unread` counts price rows that
    nothing reads.
    """

    before: int
    digest: Digest
    fixtures: pd.DataFrame
    closings: Closings
    rejected: dict[str, int]
    unread: UnreadPrices
    sharpness: Sharpness = field(default_factory=Sharpness.none)

    @classmethod
    def of(
        cls, base: BaseHistory, closings: Closings, digest: Digest, unread: UnreadPrices, newer: Dataset
    ) -> CachedFixtures:
        """Fixtures before the cut of `base`; `newer` is the rest, read separately."""
        whole, before = base.segment.dataset, base.cut
        fixtures = whole.fixtures[whole.fixtures["kickoff"] < before]
        old = closings.only(fixtures["fixture_id"].to_numpy())
        rejected = dict(_counts(whole) - _counts(newer))
        return cls(before, digest, fixtures, old, rejected, unread, base.sharpness)

    def fits(self, newer: Dataset) -> bool:
        """Whether `newer` still has all leagues and teams of these fixtures."""
        teams, leagues = newer.teams["team_id"], newer.leagues["league_id"]
        sides = self.fixtures["home_team_id"], self.fixtures["away_team_id"]
        return all(np.isin(side, teams).all() for side in sides) and bool(
            np.isin(self.fixtures["league_id"], leagues).all()
        )

    def joined(self, newer: Dataset) -> Dataset:
        """These fixtures and those of `newer`, without quotes."""
        old = self.fixtures[~np.isin(self.fixtures["fixture_id"], newer.fixtures["fixture_id"])]
        parts = [part for part in (old, newer.fixtures) if len(part)]
        fixtures = pd.concat(parts, ignore_index=True) if parts else newer.fixtures
        counts = Counter(self.rejected) + _counts(newer)
        unused = {reason: counts.pop(reason) for reason in UNUSED_REASONS if reason in counts}
        return replace(newer, fixtures=fixtures, quotes=Quotes.none(), rejected=dict(counts), unused=unused)


def _counts(dataset: Dataset) -> Counter[str]:
    """Rows not used, by reason."""
    return Counter(dataset.rejected) + Counter(dataset.unused)


class FixtureCache:
    """One file in the model folder, which may be lost or damaged at any time."""

    def __init__(self, folder: Path, bookmakers: Sequence[int]) -> None:
        name = "_".join(str(bookmaker) for bookmaker in bookmakers) or "any"
        self._path = folder / f".fixtures-{source_digest(FIXTURE_CACHE)}-{name}.npz"
        self._older = f".*-*-{name}.npz"

    def get(self) -> CachedFixtures | None:
        """The cached fixtures, or None where there are none or the file is damaged."""
        try:
            with self._path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                return _checked(_unpacked(file))
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001  a damaged file may raise anything
            logger.warning(
                "%s is damaged (%s): reading all matches from the database", self._path.name, _reason(error)
            )
            return None

    def put(self, cached: CachedFixtures) -> bool:
        """Write the cache; whether that succeeded. If not, the former cache stays."""
        temporary = self._path.with_name(f".tmp-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            _write(temporary, _packed(cached))
            temporary.replace(self._path)
        except (OSError, MemoryError) as error:
            logger.warning(
                "%s cannot be written (%s): the next start reads all matches from the database",
                self._path.name,
                _reason(error),
            )
            _remove(temporary)
            return False
        for older in self._path.parent.glob(self._older):
            if older != self._path:
                _remove(older)
        return True


def _packed(cached: CachedFixtures) -> dict[str, NDArray[Any]]:
    """The fields as named arrays."""
    closings, rejected = cached.closings, cached.rejected
    return {
        "before": np.array(cached.before),
        "digest": np.array(cached.digest),
        "fixture_id": closings.fixture_id,
        "match_winner": closings.match_winner,
        "over": closings.over,
        "moves": closings.moves,
        "sharpness_pairs": cached.sharpness.pairs,
        "sharpness_sums": cached.sharpness.sums,
        "unread": np.array(
            [cached.unread.unknown, *(cached.unread.unused.get(reason, 0) for reason in UNREAD_REASONS)],
            dtype=np.int64,
        ),
        "unread_tables": np.array(list(cached.unread.last), dtype=np.str_),
        "unread_last": np.array(list(cached.unread.last.values()), dtype=np.int64),
        "reasons": np.array(list(rejected), dtype=np.str_),
        "rejected": np.array(list(rejected.values()), dtype=np.int64),
    } | {f"{_COLUMN}{name}": cached.fixtures[name].to_numpy() for name in cached.fixtures}


def _unpacked(arrays: Mapping[str, NDArray[Any]]) -> CachedFixtures:
    """The inverse of `_packed`."""
    names = [name for name in arrays if name.startswith(_COLUMN)]
    return CachedFixtures(
        int(arrays["before"]),
        tuple(arrays["digest"].tolist()),
        pd.DataFrame({name.removeprefix(_COLUMN): arrays[name] for name in names}),
        Closings(*(arrays[each.name] for each in fields(Closings))),
        dict(zip(arrays["reasons"].tolist(), arrays["rejected"].tolist(), strict=True)),
        _unread(arrays),
        Sharpness(arrays["sharpness_pairs"], arrays["sharpness_sums"]),
    )


def _unread(arrays: Mapping[str, NDArray[Any]]) -> UnreadPrices:
    unknown, *unused = arrays["unread"].tolist()
    last = zip(arrays["unread_tables"].tolist(), arrays["unread_last"].tolist(), strict=True)
    return UnreadPrices(dict(zip(UNREAD_REASONS, unused, strict=True)), unknown, dict(last))


def _checked(cached: CachedFixtures) -> CachedFixtures:
    """`cached` itself. Raises ValueError where an array has another type or shape than `_packed` writes."""
    closings, count = cached.closings, len(cached.closings.fixture_id)
    sharpness, pairs = cached.sharpness, len(cached.sharpness.pairs)
    unread = cached.unread
    numbers = [
        *cached.digest,
        *cached.rejected.values(),
        *unread.unused.values(),
        unread.unknown,
        *unread.last.values(),
    ]
    if not (
        dict(cached.fixtures.dtypes) == dict(empty_dataset().fixtures.dtypes)
        and _is(closings.fixture_id, np.int64, count)
        and _is(closings.match_winner, np.float64, count, 3)
        and _is(closings.over, np.float64, count)
        and _is(closings.moves, np.float64, count, 3)
        and _is(sharpness.pairs, np.int64, pairs, 5)
        and _is(sharpness.sums, np.float64, pairs, 2)
        and all(isinstance(number, int) for number in numbers)
    ):
        raise ValueError("arrays of unexpected types or shapes")
    return cached


def _is(array: NDArray[Any], kind: type[np.generic], *shape: int) -> bool:
    return array.dtype == kind and array.shape == shape


def _write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Like `np.savez`, which leaves its file open, with a later ResourceWarning, where writing fails."""
    with ZipFile(path, "w") as file:
        for name, array in arrays.items():
            with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.save(member, array, allow_pickle=False)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
