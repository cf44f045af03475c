"""Match history for serving: every fixture's features at its kick-off.

Old matches form the base, which is replayed once. Recent matches, a few hundred whatever the size of the database,
are read and replayed again after every commit of Node's.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.arrays import Ints
from common.times import BEFORE_ALL, DAY_SECONDS, NEVER, now
from db.dataset import Dataset
from db.league_remarks import league_remarks
from db.leagues import League, leagues_of
from db.rows import NO_API_ID, closing_moments
from db.schema import FINISHED, OPEN, VOID
from db.upcoming import RecentFixtures
from features.catalogue import FEATURES
from features.closings import Closings, sharpness_of
from features.encoding import Events, Index, encode, encode_one, events
from features.ratings.replay import replay
from features.ratings.state import READ, UPDATE, MatchArrays, State, copy, grow, new_state
from live.connectivity import Pools
from markets.prices import Quotes
from markets.sharpness import Sharpness, season_of

Features = NDArray[np.float32]

RECENT_RESULTS = 150
MAX_MONITORED_MATCHES = 1_000
CHECKPOINT_EVENTS = 40_000
MAX_MATCH_SECONDS = 2 * DAY_SECONDS
MIN_SEASON_BREAK_SECONDS = 45 * DAY_SECONDS
YEAR_SECONDS = 365 * DAY_SECONDS
_NO_CLOSINGS = Closings(np.empty(0, np.int64), np.empty((0, 3)), np.empty(0), np.empty((0, 3)))
_STATE = -1
"""Place of the state among the columns of a segment."""


class KnownFixture(NamedTuple):
    """A fixture for the predictor; times in epoch seconds UTC, `features` (F,) as of its kick-off.

    `api_id` is API-Football's id or None. Prices count if captured before `closes_at`: the kick-off, or the end of
    its day where only the day of an upcoming match is known.
    """

    fixture_id: int
    api_id: int | None
    league_id: int
    home_team_id: int
    away_team_id: int
    kickoff: int
    closes_at: int
    state: int
    features: Features


@dataclass(frozen=True)
class RowsById:
    """The row of each id; `ids` are ascending."""

    ids: Ints
    rows: NDArray[np.intp]

    @classmethod
    def of(cls, ids: Ints) -> RowsById:
        rows = np.argsort(ids)
        return cls(ids[rows], rows)

    def find(self, row_id: int) -> int | None:
        (row,) = self.find_all(np.array([row_id], dtype=np.int64))
        return None if row < 0 else int(row)

    def find_all(self, row_ids: Ints) -> NDArray[np.intp]:
        """The row of each of `row_ids` (n,), -1 where there is none."""
        if not len(self.ids):
            return np.full(len(row_ids), -1, dtype=np.intp)
        positions = np.minimum(self.ids.searchsorted(row_ids), len(self.ids) - 1)
        return np.where(self.ids[positions] == row_ids, self.rows[positions], -1)


@dataclass(frozen=True)
class Segment:
    """Replayed matches: the dataset, its features at kick-off, and the row of each id."""

    dataset: Dataset
    features: Features
    columns: tuple[NDArray[np.generic], ...]
    by_id: RowsById
    by_api_id: RowsById

    @classmethod
    def of(cls, dataset: Dataset, features: Features) -> Segment:
        frame = dataset.fixtures
        by_id, by_api_id = (RowsById.of(frame[name].to_numpy()) for name in ("fixture_id", "api_id"))
        return cls.joined(dataset, features, closing_moments(frame), by_id, by_api_id)

    @classmethod
    def joined(
        cls, dataset: Dataset, features: Features, closes_at: Ints, by_id: RowsById, by_api_id: RowsById
    ) -> Segment:
        """Of the dataset and what `of` finds out about it."""
        names = ("fixture_id", "api_id", "league_id", "home_team_id", "away_team_id", "kickoff")
        frame = dataset.fixtures
        columns = (*(frame[name].to_numpy() for name in names), closes_at, frame["state"].to_numpy())
        return cls(dataset, features, columns, by_id, by_api_id)

    def fixtures(self, rows: NDArray[np.intp]) -> list[KnownFixture]:
        """The fixtures in these rows."""
        fixture_ids, api_ids, *others = [column[rows].tolist() for column in self.columns]
        known_api_ids = [None if api_id == NO_API_ID else api_id for api_id in api_ids]
        return list(map(KnownFixture, fixture_ids, known_api_ids, *others, self.features[rows]))

    def fixture_of(self, api_id: int) -> int | None:
        """The fixture id that belongs to API-Football's `api_id`."""
        row = self.by_api_id.find(api_id)
        return None if row is None else int(self.columns[0][row])


@dataclass(frozen=True)
class BaseHistory:
    """Everything before `cut` (epoch seconds), with rating states at checkpoints in order of time, last at `cut`."""

    segment: Segment
    matches: MatchArrays
    timeline: Events
    checkpoints: tuple[tuple[int, State], ...]
    pools: Pools
    index: Index
    cut: int
    sharpness: Sharpness
    results: tuple[Ints, Ints]
    """When each replayed result was known, ascending, and the newest kick-off known by then; both (n,)."""

    @classmethod
    def of(
        cls, dataset: Dataset, closings: Closings, cut: int, sharpness: Sharpness | None = None
    ) -> BaseHistory:
        """Replay `dataset` up to `cut`, with `closings` in place of its own prices.

        `sharpness` is that of its bookmakers in matches that kick off before `cut`.
        """
        index = Index.empty().extended(dataset)
        kickoffs = dataset.fixtures["kickoff"].to_numpy()
        matches = encode(dataset, index, kickoffs, closings)
        timeline = events(matches)
        features = np.full((len(kickoffs), len(FEATURES)), np.nan, dtype=np.float32)
        before = timeline.between(BEFORE_ALL, cut)
        checkpoints = _replayed(matches, before, cut, new_state(*index.sizes), features)
        pools = Pools(index.sizes[0])
        _link(pools, matches, before)
        segment = Segment.of(dataset, features)
        sharpness, results = sharpness or Sharpness.none(), _results(matches, before)
        return cls(segment, matches, before, checkpoints, pools, index, cut, sharpness, results)

    @property
    def since(self) -> int:
        """Earliest kick-off of matches that may have events after the cut; these are read again."""
        return since_of(self.cut)

    def prepare(self) -> None:
        """Look now for what snapshots and /health look for once in a base, a fifth of a second in all."""
        for name, value in vars(type(self)).items():
            if isinstance(value, cached_property):
                getattr(self, name)

    @cached_property
    def leagues(self) -> dict[int, League]:
        """Leagues by id."""
        return leagues_of(self.segment.dataset.leagues)

    @cached_property
    def newest_by_season(self) -> pd.DataFrame:
        """The newest kick-off before the cut by league, season and state: all that `league_remarks` looks at."""
        names = ["league_id", "season", "state"]
        fixtures = self.segment.dataset.fixtures
        old = fixtures["kickoff"].to_numpy() < self.cut
        columns = {name: fixtures[name].to_numpy()[old] for name in (*names, "kickoff")}
        return pd.DataFrame(columns).groupby(names, as_index=False).max()

    @cached_property
    def leagues_played(self) -> frozenset[int]:
        """Ids of the leagues that have matches."""
        return _leagues_played(self.segment.dataset)

    @cached_property
    def teams(self) -> dict[int, str]:
        """Names of teams by id."""
        return _names(self.segment.dataset.teams)

    @cached_property
    def first_results(self) -> dict[int, int]:
        """When the first result of each league was known."""
        return _first_known(self.segment.dataset)

    @cached_property
    def unsettled_ids(self) -> list[int]:
        """Fixtures before `since` that have not ended, and so may still change."""
        frame = self.segment.dataset.fixtures
        unsettled = ~np.isin(frame["state"].to_numpy(), (FINISHED, VOID)) & (
            frame["kickoff"].to_numpy() < self.since
        )
        return [int(i) for i in frame["fixture_id"].to_numpy()[unsettled]]


@dataclass(frozen=True)
class Surroundings:
    """What snapshots share while Node changes nothing but recent fixtures and prices.

    `upcoming` are the fixtures some days ahead, without features, and `matches` their arrays; there is no
    result among them.
    """

    sources: tuple[BaseHistory, pd.DataFrame, pd.DataFrame, pd.DataFrame]
    index: Index
    leagues: dict[int, League]
    teams: dict[int, str]
    upcoming: Segment
    matches: MatchArrays

    @classmethod
    def of(cls, base: BaseHistory, recent: RecentFixtures, last: Surroundings | None = None) -> Surroundings:
        """Those of a snapshot of `base` and `recent`: the `last` ones where they are of the same objects."""
        near, frame = recent.near, recent.upcoming
        sources = base, near.leagues, near.teams, frame
        if last is not None and all(map(operator.is_, last.sources, sources)):
            return last
        index = base.index.extended(near)
        upcoming = replace(near, fixtures=frame, quotes=Quotes.none())
        kickoffs = frame["kickoff"].to_numpy()
        return cls(
            sources,
            index,
            # An archived match keeps the names of its league and teams where the database has since lost them.
            {**base.leagues, **leagues_of(near.leagues)},
            {**base.teams, **_names(near.teams)},
            Segment.of(upcoming, np.empty((0, len(FEATURES)), dtype=np.float32)),
            encode(upcoming, index, kickoffs, _NO_CLOSINGS),
        )

    @cached_property
    def leagues_played(self) -> frozenset[int]:
        """Ids of the leagues that have matches to come."""
        return _leagues_played(self.upcoming.dataset)


@dataclass(frozen=True)
class _Closed:
    """The closing prices of finished matches after a base's cut, and what they were made of."""

    base: BaseHistory
    quotes: Quotes
    fixtures: tuple[Ints, Ints]
    """Ids and kick-offs."""
    closings: Closings

    @classmethod
    def of(
        cls, base: BaseHistory, recent: Dataset, bookmakers: Sequence[int], last: _Closed | None
    ) -> _Closed:
        """Those of `recent`, no other match of which has any yet: the `last` ones where they are the same."""
        finished = recent.only(recent.fixtures["state"].to_numpy() == FINISHED)
        ids, kickoffs = (finished.fixtures[name].to_numpy() for name in ("fixture_id", "kickoff"))
        seasons = season_of(kickoffs)
        # No season's order rests on what is measured in it.
        earlier = finished.only(seasons < seasons.max(initial=0))
        if len(earlier.fixtures):
            sharpness = base.sharpness.joined(sharpness_of(earlier, first=base.cut))
        elif last is not None and last.is_of(base, recent.quotes, (ids, kickoffs)):
            return last
        else:
            sharpness = base.sharpness
        return cls(base, recent.quotes, (ids, kickoffs), Closings.of(finished, bookmakers, sharpness))

    def is_of(self, base: BaseHistory, quotes: Quotes, fixtures: tuple[Ints, Ints]) -> bool:
        """Whether these are the closing prices of the same fixtures, where no result bears on them."""
        return (
            self.base is base and self.quotes is quotes and all(map(np.array_equal, self.fixtures, fixtures))
        )


class _Looks:
    """A segment's looks that no result follows: they wait until a request needs them, as few of a season's are."""

    def __init__(self, segment: Segment, matches: MatchArrays, waiting: NDArray[np.bool_]) -> None:
        """`waiting` (n,) are the matches whose `features` are to be computed."""
        self.segment = segment
        self._matches = matches
        self._waiting = waiting

    def at(self, rows: NDArray[np.intp], state: State) -> None:
        """Compute the features of `rows` from `state` where that was not done."""
        rows = rows[self._waiting[rows]]
        if len(rows):
            reads = np.full(len(rows), READ, dtype=np.int8)
            replay(self._matches, rows.astype(np.int32), reads, state, self.segment.features)
            self._waiting[rows] = False

    def coming(self, state: State) -> Features:
        """Features of all open fixtures, shape (n, F)."""
        self.at(np.arange(len(self._waiting)), state)
        return np.asarray(self.segment.features[self.segment.columns[_STATE] == OPEN])


class Snapshot:
    """The base and the matches after it. Immutable: each state of the database has its own Snapshot."""

    def __init__(
        self,
        base: BaseHistory,
        recent: RecentFixtures,
        bookmakers: Sequence[int],
        last: Snapshot | None = None,
    ) -> None:
        """`recent` are the fixtures that kick off at `base.since` or later, as the database has them now.

        What is the same is taken from the `last` snapshot, of the same `bookmakers`.
        """
        self._base = base
        self.recent = recent
        self.surroundings: Surroundings = Surroundings.of(
            base, recent, None if last is None else last.surroundings
        )
        self.closed: _Closed = _Closed.of(
            base, recent.near, bookmakers, None if last is None else last.closed
        )
        near, index = recent.near, self.surroundings.index
        kickoffs = near.fixtures["kickoff"].to_numpy()
        matches = encode(near, index, kickoffs, self.closed.closings)
        later = events(matches).between(base.cut, NEVER)
        features = np.full((len(kickoffs), len(FEATURES)), np.nan, dtype=np.float32)
        self._state = grow(base.checkpoints[-1][1], *index.sizes)
        self._pools = base.pools.copy(index.sizes[0])
        results = np.flatnonzero(later.kind == UPDATE)
        settled = int(results[-1]) + 1 if len(results) else 0
        replay(matches, later.match[:settled], later.kind[:settled], self._state, features)
        _link(self._pools, matches, later)
        self._matches, self._later, self._index = matches, later, index
        waiting = np.zeros(len(kickoffs), dtype=np.bool_)
        waiting[later.match[settled:]] = True
        self._near = _Looks(Segment.of(near, features), matches, waiting)
        self._upcoming = _upcoming_looks(self.surroundings, base.cut)
        self._last_event = int(later.time[-1]) if len(later.time) else base.cut

    @property
    def base(self) -> BaseHistory:
        """The base of this snapshot."""
        return self._base

    @property
    def results(self) -> int:
        """Number of results after the base's cut."""
        return len(self._results[0])

    @property
    def leagues(self) -> dict[int, League]:
        """Leagues by id."""
        return self.surroundings.leagues

    @property
    def teams(self) -> dict[int, str]:
        """Names of teams by id."""
        return self.surroundings.teams

    @property
    def near(self) -> Dataset:
        """The fixtures that kick off at `base.since` or later, but for those some days ahead."""
        return self._near.segment.dataset

    @property
    def _segments(self) -> tuple[Segment, Segment, Segment]:
        """Of the fixtures of the last days, those some days ahead, and the base's."""
        return self._near.segment, self._upcoming.segment, self._base.segment

    def find(self, fixture_id: int) -> KnownFixture | None:
        """The fixture, or None where the database has no usable one with this id."""
        return self.find_all([fixture_id])[0]

    def find_all(self, fixture_ids: Sequence[int]) -> list[KnownFixture | None]:
        """As `find`, for each of `fixture_ids`."""
        ids = np.array(fixture_ids, dtype=np.int64)
        fixtures: list[KnownFixture | None] = [None] * len(ids)
        base = self._base.segment
        for segment, looks in (
            (base, None),
            *((each.segment, each) for each in (self._near, self._upcoming)),
        ):
            rows = segment.by_id.find_all(ids)
            index = np.flatnonzero(rows >= 0)
            if not len(index):
                continue
            if looks is not None:
                looks.at(rows[index], self._state)
            for place, fixture in zip(index.tolist(), segment.fixtures(rows[index]), strict=True):
                # The base's copies of matches after its cut are out of date.
                if (fixture.kickoff >= self._base.cut) == (segment is not base):
                    fixtures[place] = fixture
        return fixtures

    def ahead(self, fixture_ids: Sequence[int]) -> list[int]:
        """Those of `fixture_ids` that are neither near fixtures nor the base's, each once."""
        ids = np.unique(np.array(fixture_ids, dtype=np.int64))
        old = self._base.segment.by_id.find_all(ids)
        is_old = (old >= 0) & (self._base.matches.kickoff[old] < self._base.cut)
        others: list[int] = ids[~is_old & (self._near.segment.by_id.find_all(ids) < 0)].tolist()
        return others

    def find_api(self, api_id: int) -> KnownFixture | None:
        """As `find`, by API-Football's id."""
        if api_id == NO_API_ID:
            return None
        fixture_ids = (segment.fixture_of(api_id) for segment in self._segments)
        fixtures = (self.find(fixture_id) for fixture_id in fixture_ids if fixture_id is not None)
        return next((fixture for fixture in fixtures if fixture is not None), None)

    @cached_property
    def leagues_played(self) -> frozenset[int]:
        """Ids of the leagues that have matches."""
        return self._base.leagues_played | self.surroundings.leagues_played | _leagues_played(self.near)

    def read(self, league_id: int, home_team_id: int, away_team_id: int, kickoff: int) -> Features:
        """Features (F,) of a match that is not in the database, as of its kick-off; its ids must be known."""
        season = self._season(league_id, kickoff)
        match = encode_one(self._index, self.near, league_id, home_team_id, away_team_id, kickoff, season)
        out = np.full((1, len(FEATURES)), np.nan, dtype=np.float32)
        first = np.zeros(1, dtype=np.int32)
        replay(match, first, np.array([READ], dtype=np.int8), self._state_at(kickoff), out)
        row: Features = out[0]
        return row

    def league_known(self, league_id: int, moment: int) -> bool:
        """Whether a result of the league was known at `moment`."""
        return self._first_results.get(league_id, NEVER) <= moment

    def connected(self, home_team_id: int, away_team_id: int, moment: int) -> bool:
        """Whether matches known at `moment` link the two teams, directly or through others."""
        index = self._index.team_places
        return self._pools.connected(index[home_team_id], index[away_team_id], moment)

    def played_since(self, moment: int) -> pd.DataFrame:
        """The newest finished matches that kicked off after `moment`, at most MAX_MONITORED_MATCHES."""
        cut = self._base.cut
        parts = [
            _played(self._base.segment.dataset, moment + 1, cut),
            _played(self.near, max(moment + 1, cut), NEVER),
        ]
        return pd.concat([part for part in parts if len(part)] or parts[1:]).tail(MAX_MONITORED_MATCHES)

    def coming(self) -> Features:
        """Features of upcoming fixtures, shape (n, F)."""
        return np.concatenate([looks.coming(self._state) for looks in (self._near, self._upcoming)])

    def coming_ids(self, moment: int) -> list[int]:
        """Ids of the fixtures that kick off after `moment`, the nearest first."""
        frames = [segment.dataset.fixtures for segment in self._segments[:2]]
        ids, kickoffs, states = (
            np.concatenate([frame[name].to_numpy() for frame in frames])
            for name in ("fixture_id", "kickoff", "state")
        )
        coming = np.flatnonzero((states == OPEN) & (kickoffs > moment))
        nearest: list[int] = ids[coming[np.lexsort((ids[coming], kickoffs[coming]))]].tolist()
        return nearest

    @cached_property
    def latest_result(self) -> int | None:
        """Kick-off of the newest finished match, or None."""
        for segment in (self._near.segment, self._base.segment):
            frame = segment.dataset.fixtures
            finished = frame["kickoff"].to_numpy()[frame["state"].to_numpy() == FINISHED]
            if len(finished):
                return int(finished[-1])
        return None

    def latest_known(self, moment: int) -> int | None:
        """Kick-off of the newest match whose result was known at `moment`, or None."""
        all_known, latest = self._latest
        if moment >= all_known:
            return latest
        newest: int | None = None
        for known_at, kickoffs in (self._base.results, self._results):
            count = int(known_at.searchsorted(moment, side="right"))
            if count:
                newest = max(int(kickoffs[count - 1]), newest if newest is not None else BEFORE_ALL)
        return newest

    def next_known(self, moment: int) -> int:
        """When the next result after `moment` is known; NEVER where the database has none."""
        if moment >= self._all_known:
            return NEVER
        moments = (self._base.results[0], self._results[0], self._leagues_known)
        indices = [int(each.searchsorted(moment, side="right")) for each in moments]
        return min(int(each[i]) for each, i in zip(moments, indices, strict=True) if i < len(each))

    @cached_property
    def _all_known(self) -> int:
        """When the last result is known."""
        moments = (self._base.results[0], self._results[0], self._leagues_known)
        return max((int(each[-1]) for each in moments if len(each)), default=BEFORE_ALL)

    @cached_property
    def _leagues_known(self) -> Ints:
        """When the first result of each league was known, ascending."""
        return np.sort(np.fromiter(self._first_results.values(), dtype=np.int64))

    @cached_property
    def _latest(self) -> tuple[int, int | None]:
        """When the last result was known, and the newest kick-off of matches with a result, or None."""
        parts = [part for part in (self._base.results, self._results) if len(part[0])]
        known_at = max((int(moments[-1]) for moments, _ in parts), default=BEFORE_ALL)
        return known_at, max((int(kickoffs[-1]) for _, kickoffs in parts), default=None)

    @cached_property
    def _results(self) -> tuple[Ints, Ints]:
        return _results(self._matches, self._later)

    @cached_property
    def _first_results(self) -> dict[int, int]:
        """When the first result of each league was known."""
        first = _first_known(self.near)
        return {**first, **self._base.first_results}

    @cached_property
    def league_remarks(self) -> tuple[str, ...]:
        """Sentences on leagues that look wrong."""
        older = self._base.newest_by_season
        newer = [segment.dataset.fixtures[older.columns] for segment in self._segments[:2]]
        fixtures = pd.concat([older, *newer])
        leagues = pd.concat([self._base.segment.dataset.leagues, self.near.leagues])
        return league_remarks(fixtures, leagues.drop_duplicates("league_id", keep="last"), now())

    @property
    def fixtures(self) -> int:
        """Number of usable fixtures."""
        older = self._base.segment.dataset.fixtures["kickoff"].to_numpy() < self._base.since
        return int(older.sum()) + sum(len(segment.dataset.fixtures) for segment in self._segments[:2])

    def _state_at(self, moment: int) -> State:
        """The rating state with all results known at `moment` and none later."""
        if moment >= self._last_event:
            return self._state
        if moment >= self._base.cut:
            state = grow(self._base.checkpoints[-1][1], *self._index.sizes)
            self._advance(state, self._matches, self._later.between(self._base.cut, moment + 1))
            return state
        start, checkpoint = max((c for c in self._base.checkpoints if c[0] <= moment), key=lambda c: c[0])
        state = grow(checkpoint, *self._index.sizes)
        self._advance(state, self._base.matches, self._base.timeline.between(start, moment + 1))
        return state

    def _advance(self, state: State, matches: MatchArrays, timeline: Events) -> None:
        results = timeline.kind == UPDATE
        no_features = np.empty((0, len(FEATURES)), dtype=np.float32)
        replay(matches, timeline.match[results], timeline.kind[results], state, no_features)

    def _season(self, league_id: int, kickoff: int) -> int:
        """The league's current season; after a break the one after last year's, else the year of the last July."""
        last = self._newest(league_id, kickoff)
        if last is not None and kickoff - last[0] < MIN_SEASON_BREAK_SECONDS:
            return last[1]
        # Seasons start some weeks earlier or later from year to year.
        year_ago = kickoff - YEAR_SECONDS
        last = self._newest(league_id, year_ago + MIN_SEASON_BREAK_SECONDS)
        if last is not None and abs(year_ago - last[0]) <= MIN_SEASON_BREAK_SECONDS:
            return last[1] + 1
        day = datetime.fromtimestamp(kickoff, timezone.utc)
        return day.year - (day.month < 7)

    def _newest(self, league_id: int, moment: int) -> tuple[int, int] | None:
        """Kick-off and season of the league's newest fixture at `moment`."""
        later = [
            newest
            for segment in self._segments[:2]
            if (newest := _newest_of(segment, league_id, moment)) is not None
        ]
        newest = max(later, default=None) or _newest_of(self._base.segment, league_id, moment)
        return None if newest is None else (newest[0], newest[2])


def _newest_of(segment: Segment, league_id: int, moment: int) -> tuple[int, int, int] | None:
    """Kick-off, id and season of the league's newest fixture of a segment at `moment`."""
    frame = segment.dataset.fixtures
    earlier = (frame["league_id"].to_numpy() == league_id) & (frame["kickoff"].to_numpy() <= moment)
    if not earlier.any():
        return None
    row = int(np.flatnonzero(earlier)[-1])
    kickoff, fixture_id, season = (int(frame[name].iat[row]) for name in ("kickoff", "fixture_id", "season"))
    return kickoff, fixture_id, season


def _upcoming_looks(surroundings: Surroundings, cut: int) -> _Looks:
    """The fixtures some days ahead, each waiting to be looked at unless it belongs to the base."""
    segment, matches = surroundings.upcoming, surroundings.matches
    waiting = matches.kickoff >= cut
    features = np.empty((len(waiting), len(FEATURES)), dtype=np.float32)
    features[~waiting] = np.nan
    return _Looks(replace(segment, features=features), matches, waiting)


def _results(matches: MatchArrays, timeline: Events) -> tuple[Ints, Ints]:
    results = timeline.kind == UPDATE
    return timeline.time[results], np.maximum.accumulate(matches.kickoff[timeline.match[results]])


def _names(teams: pd.DataFrame) -> dict[int, str]:
    return dict(zip(teams["team_id"].tolist(), teams["name"].tolist(), strict=True))


def _leagues_played(dataset: Dataset) -> frozenset[int]:
    return frozenset(np.unique(dataset.fixtures["league_id"].to_numpy()).tolist())


def _first_known(dataset: Dataset) -> dict[int, int]:
    frame = dataset.fixtures
    finished = frame["state"].to_numpy() == FINISHED
    leagues, known_at = frame["league_id"].to_numpy()[finished], frame["known_at"].to_numpy()[finished]
    order = np.argsort(known_at, kind="stable")
    unique, first = np.unique(leagues[order], return_index=True)
    return dict(zip(unique.tolist(), known_at[order][first].tolist(), strict=True))


def _played(dataset: Dataset, first: int, before: int) -> pd.DataFrame:
    """Fixtures with a result that kicked off at `first` or later and before `before`."""
    kickoffs = dataset.fixtures["kickoff"].to_numpy()
    played = np.isfinite(dataset.fixtures["goals_home"].to_numpy())
    return dataset.only(played & (kickoffs >= first) & (kickoffs < before)).fixtures


def since_of(cut: int) -> int:
    """Earliest kick-off of matches that may have events after `cut`."""
    return cut - MAX_MATCH_SECONDS


def cut_of(fixtures: pd.DataFrame) -> int:
    """The moment before which all but the newest RECENT_RESULTS results are known."""
    results = np.sort(fixtures["known_at"].to_numpy()[fixtures["state"].to_numpy() == FINISHED])
    return int(results[-RECENT_RESULTS]) if len(results) > RECENT_RESULTS else BEFORE_ALL


def _replayed(
    matches: MatchArrays, timeline: Events, cut: int, state: State, features: Features
) -> tuple[tuple[int, State], ...]:
    """Replay `timeline`, filling `features`; the states, each with the moment before which it knows every result."""
    checkpoints = [(BEFORE_ALL, copy(state))]
    size = len(timeline.time)
    start = 0
    while start < size:
        end = start + CHECKPOINT_EVENTS
        # Events of one moment stay on one side of a checkpoint.
        end = int(np.searchsorted(timeline.time, timeline.time[end])) if end < size else size
        end = end if end > start else size
        replay(matches, timeline.match[start:end], timeline.kind[start:end], state, features)
        checkpoints.append((int(timeline.time[end]) if end < size else cut, copy(state)))
        start = end
    return tuple(checkpoints)


def _link(pools: Pools, matches: MatchArrays, timeline: Events) -> None:
    results = timeline.match[timeline.kind == UPDATE]
    pools.add(matches.home[results], matches.away[results], matches.known_at[results])
