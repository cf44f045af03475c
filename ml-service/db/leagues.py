"""Leagues as people know them: by country and name, and which of them have matches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from db.dataset import Dataset
from errors import InvalidRequest, LeagueNotFound


class League(NamedTuple):
    """`league_id` is the database's own id, `api_id` API-Football's, `db.rows.NO_API_ID` where there is none."""

    league_id: int
    name: str
    country: str | None
    api_id: int

    def __str__(self) -> str:
        return self.name if self.country is None else f"{self.name} ({self.country})"


def leagues_of(frame: pd.DataFrame) -> dict[int, League]:
    """The leagues of a dataset by `league_id`."""
    columns = (frame[name].tolist() for name in League._fields)
    return {row[0]: League._make(row) for row in zip(*columns, strict=True)}


def check_selection(dataset: Dataset, wanted: Collection[int]) -> None:
    """As `check_leagues`, among the leagues and matches of `dataset`."""
    check_leagues(
        wanted, leagues_of(dataset.leagues), frozenset(dataset.fixtures["league_id"].unique().tolist())
    )


def check_leagues(wanted: Collection[int], leagues: Mapping[int, League], played: Collection[int]) -> None:
    """Raise unless every league that is `wanted` is there and among those `played` in.

    LeagueNotFound names the ids that no league has, InvalidRequest the leagues without matches. Both say where an id
    is API-Football's of another league.
    """
    unknown = sorted(set(wanted) - leagues.keys())
    if unknown:
        raise league_not_found(unknown, leagues)
    empty = sorted(set(wanted).difference(played))
    if empty:
        said = _joined([_empty(leagues[key]), *_elsewhere([key], leagues)] for key in empty)
        raise InvalidRequest(said, hint=LeagueNotFound.default_hint, fields={"league_ids": said})


def league_not_found(ids: Iterable[int], leagues: Mapping[int, League]) -> LeagueNotFound:
    """The error for ids that no league has; its hint says which leagues have them as their `api_id`."""
    missing = list(ids)
    hint = "; ".join(_elsewhere(missing, leagues))
    return LeagueNotFound("there is no league " + ", ".join(map(str, missing)), hint=hint or None)


def _empty(league: League) -> str:
    return f"{league.league_id} is {league}, without matches"


def _elsewhere(ids: Collection[int], leagues: Mapping[int, League]) -> list[str]:
    """Which other leagues have these ids as their `api_id`."""
    return [
        f"{league.api_id} is the api_id of {league.league_id} {league}"
        for league in leagues.values()
        if league.api_id in ids and league.api_id != league.league_id
    ]


def _joined(parts: Iterable[Iterable[str]]) -> str:
    return "; ".join(text for part in parts for text in part)
