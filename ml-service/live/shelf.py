"""Past matches put aside in a file, which spare a starting service from reading a whole database again."""

from __future__ import annotations

import logging
import os
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.source_digest import FIXTURE_CACHE, source_digest
from db.change_detection import Digest
from db.dataset import Dataset
from db.price_tables import UnreadPrices
from db.rows import UNUSED_REASONS
from features.closings import Closings
from features.compile import empty_dataset
from live.history import Archive
from markets.prices import Quotes
from markets.sharpness import Sharpness

_COLUMN = "fixtures."

logger = logging.getLogger("statfoot")


@dataclass(frozen=True)
class Shelved:
    """Fixtures that kick off before `before` (epoch seconds UTC), their closing prices and how bookmakers compare.

    They hold while the database's digest of what is before `before` is `digest`. `rejected` counts the rows that
    are not used, for whatever reason, among those that are not read with what is later; `unread` those of prices
    that nothing reads.
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
        cls, archive: Archive, closings: Closings, digest: Digest, unread: UnreadPrices, newer: Dataset
    ) -> Shelved:
        """What is before the cut of `archive`, `newer` being the rest as it is read by itself."""
        whole, before = archive.stretch.dataset, archive.cut
        fixtures = whole.fixtures[whole.fixtures["kickoff"] < before]
        old = closings.only(fixtures["fixture_id"].to_numpy())
        rejected = dict(_counts(whole) - _counts(newer))
        return cls(before, digest, fixtures, old, rejected, unread, archive.sharpness)

    def fits(self, newer: Dataset) -> bool:
        """Whether all leagues and teams are still there."""
        teams, leagues = newer.teams["team_id"], newer.leagues["league_id"]
        sides = self.fixtures["home_team_id"], self.fixtures["away_team_id"]
        return all(np.isin(side, teams).all() for side in sides) and bool(
            np.isin(self.fixtures["league_id"], leagues).all()
        )

    def joined(self, newer: Dataset) -> Dataset:
        """These fixtures and those of `newer`, without prices."""
        old = self.fixtures[~np.isin(self.fixtures["fixture_id"], newer.fixtures["fixture_id"])]
        parts = [part for part in (old, newer.fixtures) if len(part)]
        fixtures = pd.concat(parts, ignore_index=True) if parts else newer.fixtures
        counts = Counter(self.rejected) + _counts(newer)
        unused = {reason: counts.pop(reason) for reason in UNUSED_REASONS if reason in counts}
        return replace(newer, fixtures=fixtures, quotes=Quotes.none(), rejected=dict(counts), unused=unused)


def _counts(dataset: Dataset) -> Counter[str]:
    """Rows that are not used, by reason."""
    return Counter(dataset.rejected) + Counter(dataset.unused)


class Shelf:
    """The file in the folder of models. It is only a cache, which may be lost or damaged at any time."""

    def __init__(self, folder: Path, bookmakers: Sequence[int]) -> None:
        name = "_".join(str(bookmaker) for bookmaker in bookmakers) or "any"
        self._path = folder / f".shelf-{source_digest(FIXTURE_CACHE)}-{name}.npz"
        self._older = f".shelf-*-{name}.npz"

    def get(self) -> Shelved | None:
        """What was put aside, None where there is nothing that can be read."""
        try:
            with self._path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                return _checked(_unpacked(file))
        except FileNotFoundError:
            return None
        except Exception as wrong:  # noqa: BLE001  a damaged archive may raise anything at all
            logger.warning(
                "%s is damaged (%s): all matches are read from the database", self._path.name, _reason(wrong)
            )
            return None

    def put(self, shelved: Shelved) -> bool:
        """Put matches aside; whether there was room for them. If not, what was there stays."""
        temporary = self._path.with_name(f".tmp-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            _write(temporary, _packed(shelved))
            temporary.replace(self._path)
        except (OSError, MemoryError) as wrong:
            logger.warning(
                "%s cannot be written (%s): the next start reads all matches from the database",
                self._path.name,
                _reason(wrong),
            )
            _remove(temporary)
            return False
        for older in self._path.parent.glob(self._older):
            if older != self._path:
                _remove(older)
        return True


def _packed(shelved: Shelved) -> dict[str, NDArray[Any]]:
    """Everything in arrays."""
    closings, rejected = shelved.closings, shelved.rejected
    return {
        "before": np.array(shelved.before),
        "digest": np.array(shelved.digest),
        "fixture_id": closings.fixture_id,
        "match_winner": closings.match_winner,
        "over": closings.over,
        "sharpness_pairs": shelved.sharpness.pairs,
        "sharpness_sums": shelved.sharpness.sums,
        "unread": np.array([shelved.unread.others, shelved.unread.unknown], dtype=np.int64),
        "unread_tables": np.array(list(shelved.unread.last), dtype=np.str_),
        "unread_last": np.array(list(shelved.unread.last.values()), dtype=np.int64),
        "reasons": np.array(list(rejected), dtype=np.str_),
        "rejected": np.array(list(rejected.values()), dtype=np.int64),
    } | {f"{_COLUMN}{name}": shelved.fixtures[name].to_numpy() for name in shelved.fixtures}


def _unpacked(arrays: Mapping[str, NDArray[Any]]) -> Shelved:
    """The opposite of `_packed`."""
    names = [name for name in arrays if name.startswith(_COLUMN)]
    return Shelved(
        int(arrays["before"]),
        tuple(arrays["digest"].tolist()),
        pd.DataFrame({name.removeprefix(_COLUMN): arrays[name] for name in names}),
        Closings(arrays["fixture_id"], arrays["match_winner"], arrays["over"]),
        dict(zip(arrays["reasons"].tolist(), arrays["rejected"].tolist(), strict=True)),
        _unread(arrays),
        Sharpness(arrays["sharpness_pairs"], arrays["sharpness_sums"]),
    )


def _unread(arrays: Mapping[str, NDArray[Any]]) -> UnreadPrices:
    others, unknown = arrays["unread"].tolist()
    last = zip(arrays["unread_tables"].tolist(), arrays["unread_last"].tolist(), strict=True)
    return UnreadPrices(others, unknown, dict(last))


def _checked(shelved: Shelved) -> Shelved:
    """The same. Raises ValueError where anything is of another type or shape than what is put aside."""
    closings, count = shelved.closings, len(shelved.closings.fixture_id)
    sharpness, pairs = shelved.sharpness, len(shelved.sharpness.pairs)
    unread = shelved.unread
    numbers = [
        *shelved.digest,
        *shelved.rejected.values(),
        unread.others,
        unread.unknown,
        *unread.last.values(),
    ]
    if not (
        dict(shelved.fixtures.dtypes) == dict(empty_dataset().fixtures.dtypes)
        and _is(closings.fixture_id, np.int64, count)
        and _is(closings.match_winner, np.float64, count, 3)
        and _is(closings.over, np.float64, count)
        and _is(sharpness.pairs, np.int64, pairs, 5)
        and _is(sharpness.sums, np.float64, pairs, 2)
        and all(isinstance(number, int) for number in numbers)
    ):
        raise ValueError("other columns than those of fixtures, closing prices and bookmakers compared")
    return shelved


def _is(array: NDArray[Any], kind: type[np.generic], *shape: int) -> bool:
    return array.dtype == kind and array.shape == shape


def _write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """As `np.savez`, which leaves an archive open where it fails, to be heard of when that is thrown away."""
    with ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.save(member, array, allow_pickle=False)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _reason(wrong: Exception) -> str:
    return str(getattr(wrong, "strerror", None) or wrong or type(wrong).__name__)
