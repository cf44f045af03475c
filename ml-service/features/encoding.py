"""Matches as the arrays of the feature pass: dense indices for ids, events in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.arrays import index_of
from db.dataset import Dataset
from db.schema import FINISHED, OUTCOME_COLUMNS
from features.closings import Closings
from features.ratings.state import READ, UPDATE, MatchArrays

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Index:
    """Dense indices of team, league and country ids, stable while new ids are only added at the end."""

    teams: Ints
    leagues: Ints
    countries: Ints

    @classmethod
    def empty(cls) -> Index:
        """No ids yet."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none, none)

    def extended(self, dataset: Dataset) -> Index:
        """This index with the new ids of `dataset` appended in ascending order."""
        return Index(
            _appended(self.teams, dataset.teams["team_id"].to_numpy()),
            _appended(self.leagues, dataset.leagues["league_id"].to_numpy()),
            _appended(self.countries, dataset.leagues["country_id"].to_numpy()),
        )

    @cached_property
    def team_places(self) -> dict[int, int]:
        """The index of each team id."""
        return {team_id: place for place, team_id in enumerate(self.teams.tolist())}

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Numbers of teams, leagues and countries."""
        return len(self.teams), len(self.leagues), len(self.countries)


@dataclass(frozen=True)
class Events:
    """What happens when, in order of `time` (epoch seconds): `match` (row) and `kind` (UPDATE or READ)."""

    match: NDArray[np.int32]
    kind: NDArray[np.int8]
    time: Ints

    def between(self, first: int, before: int) -> Events:
        """Events with first <= time < before."""
        low, high = np.searchsorted(self.time, [first, before])
        return Events(self.match[low:high], self.kind[low:high], self.time[low:high])


def encode(dataset: Dataset, index: Index, as_of: Ints, closings: Closings) -> MatchArrays:
    """The arrays of all matches of `dataset`; their teams and leagues must be in `index`.

    `as_of` (n,) is the moment each match is looked at, at most its kick-off.
    """
    frame = dataset.fixtures
    prices = closings.aligned(frame["fixture_id"].to_numpy())
    kickoff = frame["kickoff"].to_numpy()
    league = positions(index.leagues, frame["league_id"].to_numpy())
    country, is_cup = _of_leagues(dataset.leagues, index)
    rated = (frame["state"].to_numpy() == FINISHED) & np.isfinite(frame["goals_home"].to_numpy())
    return MatchArrays(
        league=league,
        country=country[league],
        home=positions(index.teams, frame["home_team_id"].to_numpy()),
        away=positions(index.teams, frame["away_team_id"].to_numpy()),
        kickoff=kickoff,
        as_of=np.minimum(as_of, kickoff),
        known_at=frame["known_at"].to_numpy(),
        season=frame["season"].to_numpy(dtype=np.int32),
        **{name: frame[name].to_numpy(dtype=np.float64) for name in OUTCOME_COLUMNS},
        close=prices.match_winner,
        close_over=prices.over,
        moves=prices.moves,
        is_cup=is_cup[league],
        rated=rated.astype(np.int8),
    )


def encode_one(
    index: Index,
    dataset: Dataset,
    league_id: int,
    home_team_id: int,
    away_team_id: int,
    kickoff: int,
    season: int,
) -> MatchArrays:
    """The arrays of one match that has not been played, looked at as it kicks off."""
    country, is_cup = _of_leagues(dataset.leagues, index)
    league = positions(index.leagues, np.array([league_id]))
    home, away = positions(index.teams, np.array([home_team_id, away_team_id])).reshape(2, 1)
    moment = np.array([kickoff], dtype=np.int64)
    unknown = np.full(1, np.nan)
    return MatchArrays(
        league=league,
        country=country[league],
        home=home,
        away=away,
        kickoff=moment,
        as_of=moment,
        known_at=moment,
        season=np.array([season], dtype=np.int32),
        **dict.fromkeys(OUTCOME_COLUMNS, unknown),
        close=np.full((1, 3), np.nan),
        close_over=unknown,
        moves=np.full((1, 3), np.nan),
        is_cup=is_cup[league],
        rated=np.zeros(1, dtype=np.int8),
    )


def events(matches: MatchArrays) -> Events:
    """Every rated match's result when it is known and every match's look, results first at equal times."""
    rated = np.flatnonzero(matches.rated).astype(np.int32)
    reads = np.arange(len(matches.kickoff), dtype=np.int32)
    match = np.concatenate([rated, reads])
    kind = np.concatenate([np.full(len(rated), UPDATE, np.int8), np.full(len(reads), READ, np.int8)])
    time = np.concatenate([matches.known_at[rated], matches.as_of])
    # Results stand before looks and matches in order, so that a stable sort keeps them so at equal times; being all
    # but sorted, both halves cost it little.
    order = np.argsort(time, kind="stable")
    return Events(match[order], kind[order], time[order])


def _of_leagues(leagues: pd.DataFrame, index: Index) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Country index and cup flag of every league of `index`."""
    country = np.zeros(len(index.leagues), dtype=np.int32)
    is_cup = np.zeros(len(index.leagues), dtype=np.int8)
    rows = positions(index.leagues, leagues["league_id"].to_numpy())
    country[rows] = positions(index.countries, leagues["country_id"].to_numpy())
    is_cup[rows] = leagues["is_cup"].to_numpy()
    return country, is_cup


def _appended(index: Ints, ids: Ints) -> Ints:
    return np.concatenate([index, np.setdiff1d(ids, index)])


def positions(index: Ints, ids: Ints) -> NDArray[np.int32]:
    """Index of each id in `index`, an array of distinct ids that has them all."""
    return index_of(index, ids).astype(np.int32)
