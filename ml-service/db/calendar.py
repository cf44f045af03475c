"""Fixtures some days ahead, a season of them: made into columns only when they change, not at every commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from db import rows as clean
from db.dataset import Dataset
from db.schema import STATISTICS

Rows = list[tuple[Any, ...]]
_Known = tuple[Rows, list[int], list[int]]

AHEAD_SECONDS = 3 * 86_400
_NO_STATISTICS = np.empty((0, 2 + len(STATISTICS)))


@dataclass(frozen=True)
class _Names:
    """Ids of rows and the keys that must not occur twice."""

    ids: frozenset[int]
    api_ids: frozenset[int]


class Calendar:
    """What was made of the rows last given."""

    def __init__(self) -> None:
        self._rows: Rows | None = None
        self._names = _Names(frozenset(), frozenset())
        self._known: _Known | None = None
        self._made: tuple[pd.DataFrame, Counter[str]] | None = None

    def names(self, rows: Rows) -> _Names:
        """The ids of `rows`."""
        if rows != self._rows:
            self._rows = rows
            self._names = _Names(
                frozenset(row[0] for row in rows), frozenset(row[1] for row in rows if row[1] is not None)
            )
        return self._names

    def added(self, rows: Rows, near: Dataset) -> Dataset:
        """`near` and the fixtures of `rows`, none of which it holds."""
        places = near.leagues["league_id"].tolist(), near.teams["team_id"].tolist()
        if self._made is None or (rows, *places) != self._known:
            self._made, self._known = _made(rows, *places), (rows, *places)
        frame, rejected = self._made
        both = pd.concat([near.fixtures, frame]) if len(near.fixtures) and len(frame) else None
        if both is None:
            both = near.fixtures if len(near.fixtures) else frame
        return replace(
            near,
            fixtures=both.sort_values(["kickoff", "fixture_id"], ignore_index=True),
            rejected=dict(Counter(near.rejected) + rejected),
        )


def _made(
    rows: Rows, league_ids: Sequence[int], team_ids: Sequence[int]
) -> tuple[pd.DataFrame, Counter[str]]:
    rejected: Counter[str] = Counter()
    ids = np.array(league_ids, dtype=np.int64), np.array(team_ids, dtype=np.int64)
    return clean.with_statistics(
        clean.fixtures(sorted(rows, key=itemgetter(0)), *ids, rejected), _NO_STATISTICS
    ), rejected
