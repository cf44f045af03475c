"""What is asked about: fixtures of the database, or matches that are not in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from errors import FixtureNotFound, LeagueNotFound, TeamNotFound
from features.history import History
from models.query import MatchQuery, PredictQuery
from times import now

Features = NDArray[np.float32]


@dataclass(frozen=True)
class Subject:
    """A match to predict; `fixture_id` is None where it is not in the database.

    `moment` is the present, or the kick-off where that is past, in epoch seconds UTC. `features` (F,) are as of
    the kick-off, `swapped` (F,) those with the teams changed over, for a neutral ground.
    """

    fixture_id: int | None
    league_id: int
    home_team_id: int
    away_team_id: int
    kickoff: int
    moment: int
    features: Features
    swapped: Features | None = None


def subject_of(query: PredictQuery, history: History) -> Subject:
    """The match that `query` asks about. Raises FixtureNotFound, LeagueNotFound, TeamNotFound."""
    if query.match is not None:
        return _match(query.match, history)
    return _fixture(query.fixture_id or 0, history)


def _fixture(fixture_id: int, history: History) -> Subject:
    known = history.find(fixture_id)
    if known is None:
        raise FixtureNotFound(f"there is no fixture {fixture_id}")
    return Subject(
        known.fixture_id,
        known.league_id,
        known.home_team_id,
        known.away_team_id,
        known.kickoff,
        min(known.kickoff, now()),
        known.features,
    )


def _match(match: MatchQuery, history: History) -> Subject:
    if match.league_id not in history.leagues:
        raise LeagueNotFound(f"there is no league {match.league_id}")
    for team_id in (match.home_team_id, match.away_team_id):
        if team_id not in history.teams:
            raise TeamNotFound(f"there is no team {team_id}")
    kickoff = int(match.kickoff.timestamp())
    league, home, away = match.league_id, match.home_team_id, match.away_team_id
    return Subject(
        None,
        league,
        home,
        away,
        kickoff,
        min(kickoff, now()),
        features=history.read(league, home, away, kickoff),
        swapped=history.read(league, away, home, kickoff) if match.neutral else None,
    )
