"""What is asked about: fixtures of the database, or matches that are not in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.times import now
from db.leagues import league_not_found
from errors import FixtureNotFound, TeamNotFound
from live.snapshot import KnownFixture, Snapshot
from models.query import MatchQuery, PredictQuery

Features = NDArray[np.float32]


@dataclass(frozen=True)
class Subject:
    """A match to predict; `fixture_id` is None where it is not in the database, `api_id` where it has none.

    Prices count that were captured before `closes_at`; `moment` is the present, or `closes_at` where that is past.
    All times are in epoch seconds UTC. `features` (F,) are as of the kick-off, `swapped` (F,) those with the teams
    changed over, for a neutral ground.
    """

    fixture_id: int | None
    league_id: int
    home_team_id: int
    away_team_id: int
    kickoff: int
    closes_at: int
    moment: int
    features: Features
    swapped: Features | None = None
    api_id: int | None = None


def subject_of(query: PredictQuery, snapshot: Snapshot) -> Subject:
    """The match that `query` asks about. Raises FixtureNotFound, LeagueNotFound, TeamNotFound."""
    if query.match is not None:
        return _match(query.match, snapshot)
    if query.api_id is not None:
        return _fixture(_by_api_id(query.api_id, snapshot))
    return _fixture(_by_id(query.fixture_id or 0, snapshot))


def _by_id(fixture_id: int, snapshot: Snapshot) -> KnownFixture:
    fixture = snapshot.find(fixture_id)
    if fixture is not None:
        return fixture
    other = snapshot.find_api(fixture_id)
    raise FixtureNotFound(
        f"there is no fixture {fixture_id}",
        hint=None
        if other is None
        else f"{fixture_id} is the api_id of fixture {other.fixture_id}; ask with api_id",
    )


def _by_api_id(api_id: int, snapshot: Snapshot) -> KnownFixture:
    fixture = snapshot.find_api(api_id)
    if fixture is not None:
        return fixture
    other = snapshot.find(api_id)
    raise FixtureNotFound(
        f"there is no fixture with api_id {api_id}",
        hint=None if other is None else f"{api_id} is a fixture_id; ask with fixture_id",
    )


def _fixture(fixture: KnownFixture) -> Subject:
    return Subject(
        fixture.fixture_id,
        fixture.league_id,
        fixture.home_team_id,
        fixture.away_team_id,
        fixture.kickoff,
        fixture.closes_at,
        min(fixture.closes_at, now()),
        fixture.features,
        api_id=fixture.api_id,
    )


def _match(match: MatchQuery, snapshot: Snapshot) -> Subject:
    if match.league_id not in snapshot.leagues:
        raise league_not_found([match.league_id], snapshot.leagues)
    for team_id in (match.home_team_id, match.away_team_id):
        if team_id not in snapshot.teams:
            raise TeamNotFound(f"there is no team {team_id}")
    kickoff = int(match.kickoff.timestamp())
    league, home, away = match.league_id, match.home_team_id, match.away_team_id
    return Subject(
        None,
        league,
        home,
        away,
        kickoff,
        kickoff,
        min(kickoff, now()),
        features=snapshot.read(league, home, away, kickoff),
        swapped=snapshot.read(league, away, home, kickoff) if match.neutral else None,
    )
