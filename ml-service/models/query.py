"""What can be asked of the predictor and the trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from datetime import date, datetime
from itertools import chain

QueryKey = tuple[object, ...]


@dataclass(frozen=True)
class MatchQuery:
    """A match that is not in the database. `kickoff` is aware, in UTC; a `neutral` ground has no home team."""

    league_id: int
    home_team_id: int
    away_team_id: int
    kickoff: datetime
    neutral: bool = False


@dataclass(frozen=True)
class PredictQuery:
    """One prediction: of a fixture by either of its ids, or of a match.

    `api_id` is API-Football's id of the fixture.
    `odds` maps a market's key to decimal odds in the order of its outcomes, and replaces the database's.
    Equal queries have equal answers.
    """

    fixture_id: int | None = None
    match: MatchQuery | None = None
    odds: Mapping[str, tuple[float, ...]] = field(default_factory=dict, hash=False)
    use_odds: bool = True
    explain: bool = False
    scores: bool = False
    api_id: int | None = None

    @property
    def key(self) -> QueryKey:
        """What is asked as plain values in a row, equal for equal queries."""
        return (
            self.fixture_id,
            self.api_id,
            self.use_odds,
            self.explain,
            self.scores,
            *(() if self.match is None else astuple(self.match)),
            *chain.from_iterable((market, *self.odds[market]) for market in sorted(self.odds)),
        )


@dataclass(frozen=True)
class TrainRequest:
    """A training: the matches to fit on (`first` and `last` are inclusive UTC days of kick-off).

    `promote` is "if_better", "always" or "never". Ratings follow all matches known, up to `last`.
    """

    league_ids: tuple[int, ...] | None = None
    first: date | None = None
    last: date | None = None
    promote: str = "if_better"
