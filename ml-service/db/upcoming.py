"""Fixtures some days ahead, up to a season of them, converted to columns only when they change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
import pandas as pd

from common.times import DAY_SECONDS
from db import rows as clean
from db.dataset import Dataset
from db.rollback_mode import Rows
from db.schema import API_ID, FIXTURE_ID, STATISTICS

AHEAD_SECONDS = 3 * DAY_SECONDS
_NO_STATISTICS = np.empty((0, 2 + len(STATISTICS)))


@dataclass(frozen=True)
class _Names:
    """Ids of rows, which must be unique."""

    ids: frozenset[int]
    api_ids: frozenset[int]


class UpcomingFixtures:
    """Rows of V3_Fixtures at the last update, and their columns."""

    def __init__(self) -> None:
        self.rows: Rows = []
        self.names = _Names(frozenset(), frozenset())
        self._mark: object = None
        self._ids: tuple[list[int], list[int]] | None = None
        self._columns: tuple[pd.DataFrame, Counter[str]] | None = None

    def update(self, mark: object, query: Callable[[], Rows]) -> None:
        """Query the rows again if `mark`, which changes with them, differs from the last one."""
        if mark != self._mark:
            self.rows, self._mark, self._columns = query(), mark, None
            api_ids = frozenset(row[API_ID] for row in self.rows if row[API_ID] is not None)
            self.names = _Names(frozenset(row[FIXTURE_ID] for row in self.rows), api_ids)

    def add_to(self, near: Dataset) -> Dataset:
        """`near` together with the fixtures of these rows, which it does not contain."""
        ids = near.leagues["league_id"].tolist(), near.teams["team_id"].tolist()
        if self._columns is None or ids != self._ids:
            self._columns, self._ids = _to_columns(self.rows, *ids), ids
        frame, rejected = self._columns
        return replace(
            near, fixtures=_merged(near.fixtures, frame), rejected=dict(Counter(near.rejected) + rejected)
        )


def _merged(near: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Both frames in order of kick-off, merged by column in a fifth of the time of pandas."""
    both = {name: np.concatenate([near[name].to_numpy(), frame[name].to_numpy()]) for name in frame}
    order = np.lexsort((both["fixture_id"], both["kickoff"]))
    return pd.DataFrame({name: column[order] for name, column in both.items()})


def _to_columns(
    rows: Rows, league_ids: Sequence[int], team_ids: Sequence[int]
) -> tuple[pd.DataFrame, Counter[str]]:
    rejected: Counter[str] = Counter()
    ids = np.array(league_ids, dtype=np.int64), np.array(team_ids, dtype=np.int64)
    return clean.with_statistics(
        clean.fixtures(sorted(rows, key=itemgetter(FIXTURE_ID)), *ids, rejected), _NO_STATISTICS
    ), rejected
