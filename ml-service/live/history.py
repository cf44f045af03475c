"""All that is known for serving: every fixture's features at its kick-off, kept up with the database.

What lies far enough back is an archive, replayed once. What came later is read and replayed anew after every
commit of Node's: a few hundred matches, whatever the size of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.times import now
from db.dataset import Dataset
from db.league_remarks import league_remarks
from db.leagues import League, leagues_of
from db.rows import NO_API_ID, closing_moments
from db.schema import FINISHED, OPEN, VOID
from features.catalogue import FEATURES
from features.closings import Closings, sharpness_of
from features.encoding import Events, Index, encode, encode_one, events
from features.ratings.replay import replay
from features.ratings.state import READ, UPDATE, MatchArrays, State, copy, grow, new_state
from live.connectivity import Pools
from markets.sharpness import Sharpness

Ints = NDArray[np.int64]
Features = NDArray[np.float32]

RECENT_RESULTS = 150
MONITORED = 1_000
READS_AT_A_TIME = 256
CHECKPOINT_EVENTS = 40_000
LONGEST_MATCH_SECONDS = 2 * 86_400
SEASON_BREAK_SECONDS = 45 * 86_400
YEAR_SECONDS = 365 * 86_400
_ALWAYS, _FOREVER = -4_000_000_000, np.iinfo(np.int64).max  # 1843: before the first match of all


@dataclass(frozen=True)
class KnownFixture:
    """A fixture as the predictor needs it; times in epoch seconds UTC, `features` (F,) as of its kick-off.

    `api_id` is API-Football's id, None where there is none. Prices count that were captured before `closes_at`:
    the kick-off, or the end of its day where only the day of a match to come is known.
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
class _Rows:
    """Which row an id is in: `ids` ascending, and the row of each."""

    ids: Ints
    rows: NDArray[np.intp]

    @classmethod
    def of(cls, ids: Ints) -> _Rows:
        rows = np.argsort(ids)
        return cls(ids[rows], rows)

    def find(self, wanted: int) -> int | None:
        place = int(self.ids.searchsorted(wanted))
        if place == len(self.ids) or self.ids[place] != wanted:
            return None
        return int(self.rows[place])


@dataclass(frozen=True)
class _Stretch:
    """Replayed matches: the dataset, its features at kick-off, and where each id is."""

    dataset: Dataset
    features: Features
    columns: tuple[NDArray[np.generic], ...]
    by_id: _Rows
    by_api_id: _Rows

    @classmethod
    def of(cls, dataset: Dataset, features: Features) -> _Stretch:
        names = ("fixture_id", "api_id", "league_id", "home_team_id", "away_team_id", "kickoff", "state")
        columns = (*(dataset.fixtures[name].to_numpy() for name in names), closing_moments(dataset.fixtures))
        return cls(dataset, features, columns, _Rows.of(columns[0]), _Rows.of(columns[1]))

    def row(self, fixture_id: int) -> int | None:
        return self.by_id.find(fixture_id)

    def fixture_of(self, api_id: int) -> int | None:
        """The fixture id of what API-Football calls `api_id`."""
        row = self.by_api_id.find(api_id)
        return None if row is None else int(self.columns[0][row])


@dataclass(frozen=True)
class Archive:
    """Everything before `cut` (epoch seconds): states at checkpoints in order of time, the last one at `cut`."""

    stretch: _Stretch
    matches: MatchArrays
    timeline: Events
    checkpoints: tuple[tuple[int, State], ...]
    pools: Pools
    index: Index
    cut: int
    sharpness: Sharpness

    @classmethod
    def of(
        cls, dataset: Dataset, closings: Closings, cut: int, sharpness: Sharpness | None = None
    ) -> Archive:
        """Replay `dataset`, whose own prices are not looked at, up to `cut`.

        `sharpness` is that of its bookmakers in matches that kick off before `cut`.
        """
        index = Index.empty().extended(dataset)
        kickoffs = dataset.fixtures["kickoff"].to_numpy()
        matches = encode(dataset, index, kickoffs, closings)
        timeline = events(matches)
        features = np.full((len(kickoffs), len(FEATURES)), np.nan, dtype=np.float32)
        before = timeline.between(_ALWAYS, cut)
        checkpoints = _replayed(matches, before, cut, new_state(*index.sizes), features)
        pools = Pools(index.sizes[0])
        _link(pools, matches, before)
        stretch = _Stretch.of(dataset, features)
        known = sharpness or Sharpness.none()
        return cls(stretch, matches, before, checkpoints, pools, index, cut, known)

    @property
    def since(self) -> int:
        """Kick-off from which matches may have events after the cut: these are to be read anew."""
        return since_of(self.cut)

    @cached_property
    def leagues(self) -> dict[int, League]:
        """Leagues by id."""
        return leagues_of(self.stretch.dataset.leagues)

    @cached_property
    def league_remarks(self) -> tuple[str, ...]:
        """What looks odd about the leagues, in sentences."""
        dataset = self.stretch.dataset
        return league_remarks(dataset.fixtures, dataset.leagues, now())

    @cached_property
    def leagues_played(self) -> frozenset[int]:
        """Ids of the leagues that have matches."""
        return _leagues_played(self.stretch.dataset)

    @cached_property
    def teams(self) -> dict[int, str]:
        """Names of teams."""
        return _names(self.stretch.dataset.teams)

    @cached_property
    def first_results(self) -> dict[int, int]:
        """When the first result of each league was known."""
        return _first_known(self.stretch.dataset)

    @cached_property
    def results(self) -> tuple[Ints, Ints]:
        """When each replayed result was known, ascending, and the newest kick-off among those known by then."""
        return _results(self.matches, self.timeline)

    @cached_property
    def unsettled_ids(self) -> list[int]:
        """Fixtures of before `since` without an end: the ones that may still change."""
        frame = self.stretch.dataset.fixtures
        waiting = ~np.isin(frame["state"].to_numpy(), (FINISHED, VOID)) & (
            frame["kickoff"].to_numpy() < self.since
        )
        return [int(i) for i in frame["fixture_id"].to_numpy()[waiting]]


class History:
    """The archive and what came after it, as one. Immutable: a later state of the database is another History."""

    def __init__(self, archive: Archive, recent: Dataset, bookmakers: Sequence[int]) -> None:
        """`recent` holds the fixtures that kick off at `archive.since` or later, in the database as it is now."""
        self._archive = archive
        index = archive.index.extended(recent)
        kickoffs = recent.fixtures["kickoff"].to_numpy()
        sharpness = archive.sharpness.joined(sharpness_of(recent, first=archive.cut))
        matches = encode(recent, index, kickoffs, Closings.of(recent, bookmakers, sharpness))
        later = events(matches).between(archive.cut, _FOREVER)
        features = np.full((len(kickoffs), len(FEATURES)), np.nan, dtype=np.float32)
        self._state = grow(archive.checkpoints[-1][1], *index.sizes)
        self._pools = archive.pools.copy(index.sizes[0])
        results = np.flatnonzero(later.kind == UPDATE)
        settled = int(results[-1]) + 1 if len(results) else 0
        replay(matches, later.match[:settled], later.kind[:settled], self._state, features)
        _link(self._pools, matches, later)
        self._recent = _Stretch.of(recent, features)
        self._matches, self._later, self._index = matches, later, index
        # Nothing moves any more when these are looked at: most of a season to come, and few are asked for.
        self._unread = np.zeros(len(kickoffs), dtype=np.bool_)
        self._unread[later.match[settled:]] = True
        self._last_event = int(later.time[-1]) if len(later.time) else archive.cut
        # An archived match keeps its league's and teams' names where the database lost them since.
        self.leagues = {**archive.leagues, **leagues_of(recent.leagues)}
        self.teams = {**archive.teams, **_names(recent.teams)}

    @property
    def archive(self) -> Archive:
        """What this history was built upon."""
        return self._archive

    @property
    def results(self) -> int:
        """How many results came after the archive's end."""
        return len(self._results[0])

    @property
    def recent(self) -> Dataset:
        """The fixtures from `archive.since` on."""
        return self._recent.dataset

    def find(self, fixture_id: int) -> KnownFixture | None:
        """The fixture, None where the database has no usable one of this id."""
        row = self._recent.row(fixture_id)
        if row is not None:
            if self._unread[row]:
                self._look_at(row, row + READS_AT_A_TIME)
            known = _known(self._recent, row)
            if known.kickoff >= self._archive.cut:
                return known
        row = self._archive.stretch.row(fixture_id)
        if row is None:
            return None
        # What the archive holds of later matches is how the database was when it was made.
        known = _known(self._archive.stretch, row)
        return known if known.kickoff < self._archive.cut else None

    def find_api(self, api_id: int) -> KnownFixture | None:
        """As `find`, by API-Football's id."""
        if api_id == NO_API_ID:
            return None
        found = (stretch.fixture_of(api_id) for stretch in (self._recent, self._archive.stretch))
        known = (self.find(fixture_id) for fixture_id in found if fixture_id is not None)
        return next((fixture for fixture in known if fixture is not None), None)

    @cached_property
    def leagues_played(self) -> frozenset[int]:
        """Ids of the leagues that have matches."""
        return self._archive.leagues_played | _leagues_played(self._recent.dataset)

    def read(self, league_id: int, home_team_id: int, away_team_id: int, kickoff: int) -> Features:
        """Features (F,) of a match that is not in the database, as of its kick-off; its ids must be known."""
        season = self._season(league_id, kickoff)
        match = encode_one(
            self._index, self._recent.dataset, league_id, home_team_id, away_team_id, kickoff, season
        )
        out = np.full((1, len(FEATURES)), np.nan, dtype=np.float32)
        first = np.zeros(1, dtype=np.int32)
        replay(match, first, np.array([READ], dtype=np.int8), self._state_at(kickoff), out)
        row: Features = out[0]
        return row

    def _look_at(self, first: int, before: int) -> None:
        """Fill in the features of the rows from `first` on that were left until somebody asks."""
        rows = np.flatnonzero(self._unread[first:before]) + first
        reads = np.full(len(rows), READ, dtype=np.int8)
        replay(self._matches, rows.astype(np.int32), reads, self._state, self._recent.features)
        self._unread[rows] = False

    def league_known(self, league_id: int, moment: int) -> bool:
        """Whether a result of the league was known at `moment`."""
        return self._first_results.get(league_id, _FOREVER) <= moment

    def connected(self, home_team_id: int, away_team_id: int, moment: int) -> bool:
        """Whether matches known at `moment` link the two teams, directly or through others."""
        places = self._index.team_places
        return self._pools.connected(places[home_team_id], places[away_team_id], moment)

    def played_since(self, moment: int) -> pd.DataFrame:
        """The newest finished matches, MONITORED at the most, that kicked off after `moment`."""
        cut = self._archive.cut
        parts = [
            _played(self._archive.stretch.dataset, moment + 1, cut),
            _played(self._recent.dataset, max(moment + 1, cut), _FOREVER),
        ]
        return pd.concat([part for part in parts if len(part)] or parts[1:]).tail(MONITORED)

    def coming(self) -> Features:
        """Features of the fixtures to be played, shape (n, F)."""
        self._look_at(0, len(self._unread))
        return np.asarray(self._recent.features[self._recent.dataset.fixtures["state"].to_numpy() == OPEN])

    @cached_property
    def latest_result(self) -> int | None:
        """Kick-off of the newest finished match; None without any."""
        for stretch in (self._recent, self._archive.stretch):
            frame = stretch.dataset.fixtures
            finished = frame["kickoff"].to_numpy()[frame["state"].to_numpy() == FINISHED]
            if len(finished):
                return int(finished[-1])
        return None

    def latest_known(self, moment: int) -> int | None:
        """Kick-off of the newest match whose result was known at `moment`; None without any."""
        all_known, latest = self._latest
        if moment >= all_known:
            return latest
        newest: int | None = None
        for known_at, kickoffs in (self._archive.results, self._results):
            known = int(known_at.searchsorted(moment, side="right"))
            if known:
                newest = max(int(kickoffs[known - 1]), newest if newest is not None else _ALWAYS)
        return newest

    @cached_property
    def _latest(self) -> tuple[int, int | None]:
        """When the last result was known, and the newest kick-off of all matches with a result."""
        parts = [part for part in (self._archive.results, self._results) if len(part[0])]
        known_at = max((int(known[-1]) for known, _ in parts), default=_ALWAYS)
        return known_at, max((int(kickoffs[-1]) for _, kickoffs in parts), default=None)

    @cached_property
    def _results(self) -> tuple[Ints, Ints]:
        return _results(self._matches, self._later)

    @cached_property
    def _first_results(self) -> dict[int, int]:
        """When the first result of each league was known."""
        first = _first_known(self._recent.dataset)
        return {**first, **self._archive.first_results}

    @property
    def fixtures(self) -> int:
        """How many usable fixtures are known."""
        older = self._archive.stretch.dataset.fixtures["kickoff"].to_numpy() < self._archive.since
        return int(older.sum()) + len(self._recent.dataset.fixtures)

    def _state_at(self, moment: int) -> State:
        """The state with all results known at `moment` and none later."""
        if moment >= self._last_event:
            return self._state
        if moment >= self._archive.cut:
            state = grow(self._archive.checkpoints[-1][1], *self._index.sizes)
            self._advance(state, self._matches, self._later.between(self._archive.cut, moment + 1))
            return state
        start, checkpoint = max((c for c in self._archive.checkpoints if c[0] <= moment), key=lambda c: c[0])
        state = grow(checkpoint, *self._index.sizes)
        self._advance(state, self._archive.matches, self._archive.timeline.between(start, moment + 1))
        return state

    def _advance(self, state: State, matches: MatchArrays, given: Events) -> None:
        results = given.kind == UPDATE
        nothing = np.empty((0, len(FEATURES)), dtype=np.float32)
        replay(matches, given.match[results], given.kind[results], state, nothing)

    def _season(self, league_id: int, kickoff: int) -> int:
        """The league's running season; after a break the one after that of a year ago, else by the July before."""
        last = self._newest(league_id, kickoff)
        if last is not None and kickoff - last[0] < SEASON_BREAK_SECONDS:
            return last[1]
        # A season may begin some weeks earlier or later than the one before did.
        year_ago = kickoff - YEAR_SECONDS
        last = self._newest(league_id, year_ago + SEASON_BREAK_SECONDS)
        if last is not None and abs(year_ago - last[0]) <= SEASON_BREAK_SECONDS:
            return last[1] + 1
        day = datetime.fromtimestamp(kickoff, timezone.utc)
        return day.year - (day.month < 7)

    def _newest(self, league_id: int, moment: int) -> tuple[int, int] | None:
        """Kick-off and season of the league's newest fixture at `moment`."""
        for stretch in (self._recent, self._archive.stretch):
            frame = stretch.dataset.fixtures
            earlier = (frame["league_id"].to_numpy() == league_id) & (frame["kickoff"].to_numpy() <= moment)
            if earlier.any():
                row = int(np.flatnonzero(earlier)[-1])
                return int(frame["kickoff"].iat[row]), int(frame["season"].iat[row])
        return None


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
    found, first = np.unique(leagues[order], return_index=True)
    return dict(zip(found.tolist(), known_at[order][first].tolist(), strict=True))


def _played(dataset: Dataset, first: int, before: int) -> pd.DataFrame:
    """Fixtures with a result that kicked off from `first` on and before `before`."""
    kickoffs = dataset.fixtures["kickoff"].to_numpy()
    played = np.isfinite(dataset.fixtures["goals_home"].to_numpy())
    return dataset.only(played & (kickoffs >= first) & (kickoffs < before)).fixtures


def _known(stretch: _Stretch, row: int) -> KnownFixture:
    fixture_id, api_id, league_id, home, away, kickoff, state, closes_at = [
        column.item(row) for column in stretch.columns
    ]
    return KnownFixture(
        fixture_id=fixture_id,
        api_id=None if api_id == NO_API_ID else api_id,
        league_id=league_id,
        home_team_id=home,
        away_team_id=away,
        kickoff=kickoff,
        closes_at=closes_at,
        state=state,
        features=stretch.features[row],
    )


def since_of(cut: int) -> int:
    """Kick-off from which matches may have events after `cut`."""
    return cut - LONGEST_MATCH_SECONDS


def cut_of(dataset: Dataset) -> int:
    """The moment before which all but the newest RECENT_RESULTS results are known."""
    frame = dataset.fixtures
    results = np.sort(frame["known_at"].to_numpy()[frame["state"].to_numpy() == FINISHED])
    return int(results[-RECENT_RESULTS]) if len(results) > RECENT_RESULTS else _ALWAYS


def _replayed(
    matches: MatchArrays, timeline: Events, cut: int, state: State, features: Features
) -> tuple[tuple[int, State], ...]:
    """Replay `timeline`, filling `features`; states with the moment up to which they know all, exclusive."""
    checkpoints = [(_ALWAYS, copy(state))]
    size = len(timeline.time)
    start = 0
    while start < size:
        end = start + CHECKPOINT_EVENTS
        # A checkpoint lies between two moments, never inside one.
        end = int(np.searchsorted(timeline.time, timeline.time[end])) if end < size else size
        end = end if end > start else size
        replay(matches, timeline.match[start:end], timeline.kind[start:end], state, features)
        checkpoints.append((int(timeline.time[end]) if end < size else cut, copy(state)))
        start = end
    return tuple(checkpoints)


def _link(pools: Pools, matches: MatchArrays, timeline: Events) -> None:
    results = timeline.match[timeline.kind == UPDATE]
    pools.add(matches.home[results], matches.away[results], matches.known_at[results])
