"""Leagues by country and name, and checks of a selection of leagues."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from db.dataset import Dataset
from errors import InvalidRequest, LeagueNotFound

_MAX_LISTED = 10


class League(NamedTuple):
    """`league_id` is the database's own id, `api_id` API-Football's, `db.rows.NO_API_ID` without one."""

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


def check_selection(dataset: Dataset, league_ids: Collection[int]) -> None:
    """Like `check_leagues`, with the leagues and matches of `dataset`."""
    check_leagues(
        league_ids, leagues_of(dataset.leagues), frozenset(dataset.fixtures["league_id"].unique().tolist())
    )


def check_leagues(
    league_ids: Collection[int], leagues: Mapping[int, League], with_matches: Collection[int]
) -> None:
    """Check that every selected league exists and has matches.

    Raises LeagueNotFound for unknown ids and InvalidRequest for leagues without matches. Both mention ids that are
    API-Football's of another league.
    """
    unknown = set(league_ids) - leagues.keys()
    if unknown:
        raise league_not_found(unknown, leagues)
    empty = sorted(set(league_ids).difference(with_matches))
    if empty:
        messages = [
            part
            for key in empty[:_MAX_LISTED]
            for part in (_empty(leagues[key]), *_elsewhere([key], leagues))
        ]
        fields = {"league_ids": f"leagues without matches: {_listed(empty)}"}
        raise InvalidRequest("; ".join(messages), hint=LeagueNotFound.default_hint, fields=fields)


def league_not_found(ids: Iterable[int], leagues: Mapping[int, League]) -> LeagueNotFound:
    """The error for unknown ids; its hint names the leagues that have them as their `api_id`."""
    missing = sorted(ids)
    hint = "; ".join(_elsewhere(missing[:_MAX_LISTED], leagues))
    return LeagueNotFound(f"there is no league {_listed(missing)}", hint=hint or None)


def _empty(league: League) -> str:
    return f"league {league.league_id}, {league}, has no matches"


def _elsewhere(ids: Collection[int], leagues: Mapping[int, League]) -> list[str]:
    """Other leagues that have these ids as their `api_id`, in words."""
    return [
        f"{league.api_id} is the api_id of {league.league_id} {league}"
        for league in leagues.values()
        if league.api_id in ids and league.api_id != league.league_id
    ]


def _listed(ids: Sequence[int]) -> str:
    more = len(ids) - _MAX_LISTED
    return ", ".join(map(str, ids[:_MAX_LISTED])) + (f" and {more} more" if more > 0 else "")
