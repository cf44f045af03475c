"""Fixtures some days ahead, up to a season of them, converted to columns only when they change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd

from common.times import DAY_SECONDS
from db import rows as clean
from db.dataset import Dataset
from db.rollback_mode import Rows
from db.schema import API_ID, FINISHED, FIXTURE_ID, STATISTICS

AHEAD_SECONDS = 3 * DAY_SECONDS
Row = tuple[Any, ...]

_NO_STATISTICS = np.empty((0, 2 + len(STATISTICS)))


class UpcomingFixtures:
    """Rows of V3_Fixtures at the last update, and their columns."""

    def __init__(self) -> None:
        self.rows: Mapping[int, Row] = {}
        """Rows by `fixture_id`."""
        self._api_ids: Mapping[Any, int] = {}
        self._where: object = None
        self._mark: object = None
        self._ids: tuple[list[int], list[int]] | None = None
        self._since: int | None = None
        self._columns: tuple[pd.DataFrame, Counter[str]] | None = None

    def update(self, where: object, mark: object, query: Callable[[], Rows]) -> None:
        """Query the rows again unless `where` they are and `mark`, which changes with them, are as last time."""
        if (where, mark) != (self._where, self._mark):
            rows = query()
            self._where, self._mark, self._columns = where, mark, None
            self.rows = {row[FIXTURE_ID]: row for row in rows}
            self._api_ids = {row[API_ID]: row[FIXTURE_ID] for row in rows if row[API_ID] is not None}

    def may_be(self, where: object, others: Rows) -> bool:
        """Whether nothing in `others`, which were read elsewhere, tells that these rows have changed."""
        return where == self._where and all(self.rows.get(row[FIXTURE_ID], row) == row for row in others)

    def share_api_id(self, others: Rows) -> bool:
        """Whether other fixtures have an id of API-Football's that one of these has."""
        return any(self._api_ids.get(row[API_ID], row[FIXTURE_ID]) != row[FIXTURE_ID] for row in others)

    def beside(self, near: Dataset, since: int) -> RecentFixtures:
        """`near` and the fixtures of these rows that kick off at `since` or later, none of which it contains."""
        ids = near.leagues["league_id"].tolist(), near.teams["team_id"].tolist()
        if self._columns is None or ids != self._ids or since != self._since:
            frame, rejected = _to_columns(list(self.rows.values()), *ids)
            self._columns = _from(frame, since), rejected
            self._ids, self._since = ids, since
        frame, rejected = self._columns
        return RecentFixtures(near, frame, dict(rejected))


@dataclass(frozen=True)
class RecentFixtures:
    """Recent fixtures, and those some days ahead, which kick off after all results of `near` are known.

    `upcoming` is as `Dataset.fixtures`, and the same object while these fixtures stay as they are.
    """

    near: Dataset
    upcoming: pd.DataFrame
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Rows of fixtures ahead that are rejected, by reason."""

    @classmethod
    def of(cls, dataset: Dataset) -> RecentFixtures:
        """All of `dataset` as near ones."""
        return cls(dataset, dataset.fixtures.iloc[:0])

    def joined(self) -> Dataset:
        """All of them in order of kick-off."""
        rejected = dict(Counter(self.near.rejected) + Counter(self.rejected))
        return replace(self.near, fixtures=_merged(self.near.fixtures, self.upcoming), rejected=rejected)

    def is_of(self, other: RecentFixtures) -> bool:
        """Whether these are the very fixtures of `other`."""
        return self.near is other.near and self.upcoming is other.upcoming

    def since(self, moment: int) -> RecentFixtures:
        """Those that kick off at `moment` (epoch seconds UTC) or later."""
        late = self.near.fixtures["kickoff"].to_numpy() >= moment
        return replace(self, near=self.near.only(late), upcoming=_from(self.upcoming, moment))

    def apart(self) -> RecentFixtures:
        """These, the fixtures ahead moved to `near` where a result becomes known after one kicks off."""
        known_at = self.near.fixtures["known_at"].to_numpy()[
            self.near.fixtures["state"].to_numpy() == FINISHED
        ]
        kickoffs = self.upcoming["kickoff"].to_numpy()
        if not len(kickoffs) or not len(known_at) or known_at.max() <= kickoffs[0]:
            return self
        return RecentFixtures.of(self.joined())


def _from(frame: pd.DataFrame, since: int) -> pd.DataFrame:
    """The fixtures that kick off at `since` or later."""
    late = frame["kickoff"].to_numpy() >= since
    return frame if late.all() else frame[late].reset_index(drop=True)


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
