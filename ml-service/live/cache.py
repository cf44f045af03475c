"""The base history on disk, so that a starting service neither reads the whole database nor replays it again.

Two files in the model folder: the base's arrays, under a name that tells their content, and what belongs to them, of
which one is the name of the arrays. The arrays are mapped, so that all processes that serve share one copy.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from common.array_file import map_arrays, write_arrays
from common.source_digest import BASE_HISTORY, folder_digest
from db.change_detection import Digest
from db.dataset import Dataset
from db.file_state import FileState
from db.price_tables import UnreadPrices
from db.rows import UNUSED_REASONS
from features.closings import Closings
from live.snapshot import BaseHistory
from live.stored_base import arrays_of, base_of, facts_of
from markets.prices import Quotes

_DIGEST_DIGITS = 16

logger = logging.getLogger("statfoot")


@dataclass(frozen=True)
class CachedBase:
    """A base history, valid while the database's digest of rows before its cut equals `digest`.

    `state` is that of the database's files when they held exactly this. `older` counts the rows not used, rejected or
    unused, except those that are read together with later fixtures; `unread` counts price rows that nothing reads.
    """

    base: BaseHistory
    digest: Digest
    older: dict[str, int]
    unread: UnreadPrices
    state: FileState | None

    @classmethod
    def of(
        cls, base: BaseHistory, digest: Digest, unread: UnreadPrices, newer: Dataset, state: FileState | None
    ) -> CachedBase:
        """Of a base and the fixtures from its cut on, read separately."""
        older = dict(_counts(base.segment.dataset) - _counts(newer))
        return cls(base, digest, older, unread, state)

    @cached_property
    def fixtures(self) -> pd.DataFrame:
        """The fixtures that kick off before the cut."""
        frame = self.base.segment.dataset.fixtures
        return frame[frame["kickoff"] < self.base.cut]

    @property
    def closings(self) -> Closings:
        """The closing prices of these fixtures."""
        rows = self.fixtures.index.to_numpy()
        matches = self.base.matches
        order = rows[np.argsort(self.fixtures["fixture_id"].to_numpy())]
        ids = self.base.segment.dataset.fixtures["fixture_id"].to_numpy()
        return Closings(ids[order], matches.close[order], matches.close_over[order], matches.moves[order])

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
        rejected, unused = self._counted(newer)
        return replace(newer, fixtures=fixtures, quotes=Quotes.none(), rejected=rejected, unused=unused)

    def counted(self, newer: Dataset) -> BaseHistory:
        """The base, with the rows not used as `newer` has them now."""
        segment = self.base.segment
        rejected, unused = self._counted(newer)
        dataset = replace(segment.dataset, rejected=rejected, unused=unused, remarks=newer.remarks)
        return replace(self.base, segment=replace(segment, dataset=dataset))

    def _counted(self, newer: Dataset) -> tuple[dict[str, int], dict[str, int]]:
        """Rows rejected and unused, by reason."""
        counts = Counter(self.older) + _counts(newer)
        unused = {reason: counts.pop(reason) for reason in UNUSED_REASONS if reason in counts}
        return dict(counts), unused


def _counts(dataset: Dataset) -> Counter[str]:
    """Rows not used, by reason."""
    return Counter(dataset.rejected) + Counter(dataset.unused)


class BaseCache:
    """Files in the model folder, which may be lost at any time and damaged until they are mapped."""

    def __init__(self, folder: Path, bookmakers: Sequence[int]) -> None:
        order = "_".join(str(bookmaker) for bookmaker in bookmakers) or "any"
        self._path = folder / f".base-{folder_digest(BASE_HISTORY)}-{order}.json"
        # Also what earlier versions of this service left.
        self._all = re.compile(
            rf"\.(base|fixtures)-[0-9a-f]+-{re.escape(order)}(-[0-9a-f]+)?\.(json|arrays|npz)"
        )

    def get(self) -> CachedBase | None:
        """The cached base, or None where there is none or a file is damaged."""
        try:
            facts = _unsealed(self._path.read_bytes())
            return _cached(base_of(map_arrays(self._arrays(facts["arrays"]), facts["arrays"]), facts), facts)
        except FileNotFoundError:
            return None
        except Exception as error:  # noqa: BLE001  a damaged file may raise anything
            logger.warning(
                "%s is damaged (%s): reading all matches from the database", self._path.name, _reason(error)
            )
            self._remove_all_but()
            return None

    def put(self, cached: CachedBase) -> bool:
        """Write the cache; whether that succeeded. If not, the former cache stays."""
        temporary = self._temporary()
        try:
            digest = write_arrays(temporary, arrays_of(cached.base))
            arrays = self._arrays(digest)
            # Another process may have written the same: then all share its file.
            if not arrays.exists():
                temporary.replace(arrays)
            self._write({**_facts(cached), "arrays": digest})
        except (OSError, MemoryError) as error:
            logger.warning(
                "%s cannot be written (%s): the next start reads all matches from the database",
                self._path.name,
                _reason(error),
            )
            return False
        finally:
            _remove(temporary)
        self._remove_all_but(self._path, arrays)
        return True

    def note(self, cached: CachedBase) -> None:
        """Write what belongs to the arrays that are there already, such as a new state, if it can be written."""
        with suppress(OSError, ValueError):
            digest = _unsealed(self._path.read_bytes())["arrays"]
            self._write({**_facts(cached), "arrays": digest})

    def _arrays(self, digest: str) -> Path:
        return self._path.with_name(f"{self._path.stem}-{digest[:_DIGEST_DIGITS]}.arrays")

    def _write(self, facts: Mapping[str, Any]) -> None:
        temporary = self._temporary()
        try:
            temporary.write_bytes(_sealed(facts))
            temporary.replace(self._path)
        finally:
            _remove(temporary)

    def _temporary(self) -> Path:
        return self._path.with_name(f".tmp-{os.getpid()}-{secrets.token_hex(4)}")

    def _remove_all_but(self, *others: Path) -> None:
        """Remove this cache and those of other versions of the code, except `others`."""
        for path in self._path.parent.glob(".*"):
            if self._all.fullmatch(path.name) and path not in others:
                _remove(path)


def _facts(cached: CachedBase) -> dict[str, Any]:
    """What belongs to the arrays, as JSON has it."""
    unread = cached.unread
    return {
        **facts_of(cached.base),
        "digest": cached.digest,
        "older": cached.older,
        "unread": {"unused": unread.unused, "unknown": unread.unknown, "last": unread.last},
        "state": cached.state,
    }


def _cached(base: BaseHistory, facts: Mapping[str, Any]) -> CachedBase:
    """The inverse of `_facts`."""
    state = None if facts["state"] is None else tuple(facts["state"])
    return CachedBase(base, tuple(facts["digest"]), facts["older"], UnreadPrices(**facts["unread"]), state)


def _sealed(facts: Mapping[str, Any]) -> bytes:
    """`facts` as JSON on a line, after one with its SHA-256."""
    body = json.dumps(facts).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _unsealed(content: bytes) -> dict[str, Any]:
    """What `_sealed` wrote. Raises ValueError where a byte differs."""
    digest, _, body = content.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("the checksum differs from the one written")
    facts: dict[str, Any] = json.loads(body)
    return facts


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
