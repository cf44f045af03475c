"""What is asked about: fixtures of the database, or matches that are not in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from common.times import DAY_SECONDS, now
from db.leagues import league_not_found
from errors import FixtureNotFound, NotFound, TeamNotFound
from live.snapshot import KnownFixture, Snapshot
from models.query import MatchQuery, PredictQuery

Features = NDArray[np.float32]

NO_ID = -(2**63)
"""Of no fixture: requests and the database have smaller numbers."""


class Subject(NamedTuple):
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

    @property
    def is_coming(self) -> bool:
        """Whether prices of the match may still count."""
        return self.moment < self.closes_at


class Knowledge(NamedTuple):
    """What was known at a subject's moment: the newest kick-off with a result, and whether that is long ago.

    Also whether a result of the league was known, and whether matches linked the teams.
    """

    latest: int | None
    is_stale: bool
    league: bool
    connected: bool


def knowledge_of(subjects: Sequence[Subject], snapshot: Snapshot, stale_after_days: float) -> list[Knowledge]:
    """What was known of each of `subjects`; without any result data are stale."""
    stale_from = stale_after_days * DAY_SECONDS
    latest = [snapshot.latest_known(subject.moment) for subject in subjects]
    return [
        Knowledge(
            newest,
            newest is None or subject.moment - newest > stale_from,
            snapshot.league_known(subject.league_id, subject.moment),
            snapshot.connected(subject.home_team_id, subject.away_team_id, subject.moment),
        )
        for subject, newest in zip(subjects, latest, strict=True)
    ]


def subjects_of(queries: Sequence[PredictQuery], snapshot: Snapshot) -> list[Subject | NotFound]:
    """The match that each of `queries` asks about, or FixtureNotFound, LeagueNotFound or TeamNotFound."""
    ids = [NO_ID if query.fixture_id is None else query.fixture_id for query in queries]
    fixtures = snapshot.find_all(ids)
    moment = now()
    return [
        _resolved(query, snapshot) if fixture is None else _fixture(fixture, moment)
        for query, fixture in zip(queries, fixtures, strict=True)
    ]


def _resolved(query: PredictQuery, snapshot: Snapshot) -> Subject | NotFound:
    try:
        if query.match is not None:
            return _match(query.match, snapshot)
        if query.api_id is not None:
            return _fixture(_by_api_id(query.api_id, snapshot), now())
        raise _fixture_not_found(query.fixture_id or 0, snapshot)
    except NotFound as error:
        return error


def _fixture_not_found(fixture_id: int, snapshot: Snapshot) -> FixtureNotFound:
    other = snapshot.find_api(fixture_id)
    return FixtureNotFound(
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


def _fixture(fixture: KnownFixture, moment: int) -> Subject:
    return Subject(
        fixture.fixture_id,
        fixture.league_id,
        fixture.home_team_id,
        fixture.away_team_id,
        fixture.kickoff,
        fixture.closes_at,
        min(fixture.closes_at, moment),
        fixture.features,
        None,
        fixture.api_id,
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
