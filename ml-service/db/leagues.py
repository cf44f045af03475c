"""Leagues as people know them: by country and name, and which of them have matches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from db.dataset import Dataset
from errors import InvalidRequest, LeagueNotFound

_MOST_NAMED = 10


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
    unknown = set(wanted) - leagues.keys()
    if unknown:
        raise league_not_found(unknown, leagues)
    empty = sorted(set(wanted).difference(played))
    if empty:
        said = [
            part
            for key in empty[:_MOST_NAMED]
            for part in (_empty(leagues[key]), *_elsewhere([key], leagues))
        ]
        fields = {"league_ids": f"leagues without matches: {_listed(empty)}"}
        raise InvalidRequest("; ".join(said), hint=LeagueNotFound.default_hint, fields=fields)


def league_not_found(ids: Iterable[int], leagues: Mapping[int, League]) -> LeagueNotFound:
    """The error for ids that no league has; its hint says which leagues have them as their `api_id`."""
    missing = sorted(ids)
    hint = "; ".join(_elsewhere(missing[:_MOST_NAMED], leagues))
    return LeagueNotFound(f"there is no league {_listed(missing)}", hint=hint or None)


def _empty(league: League) -> str:
    return f"{league.league_id} is {league}, without matches"


def _elsewhere(ids: Collection[int], leagues: Mapping[int, League]) -> list[str]:
    """Which other leagues have these ids as their `api_id`."""
    return [
        f"{league.api_id} is the api_id of {league.league_id} {league}"
        for league in leagues.values()
        if league.api_id in ids and league.api_id != league.league_id
    ]


def _listed(ids: Sequence[int]) -> str:
    more = len(ids) - _MOST_NAMED
    return ", ".join(map(str, ids[:_MOST_NAMED])) + (f" and {more} more" if more > 0 else "")
