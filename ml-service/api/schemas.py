"""Request bodies. Strict: no coercion of types, no impossible dates, no unknown fields."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetPydanticSchema, model_validator

from contract.markets import BacktestMarket, odds_model
from errors import InvalidRequest
from markets.match_winner import MATCH_WINNER
from models.query import MatchQuery, PredictQuery

MAX_ID = 2**63 - 1
MAX_FIXTURES = 1000

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"([T ](?P<clock>\d{2}:\d{2}(:\d{2}(?P<fraction>\.\d{1,9})?)?)(?P<offset>Z|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)
_FIRST_YEAR, _LAST_YEAR = 1870, 2199


def _day(value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("expected a day such as 2024-08-17")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("there is no such day") from None


def _moment(value: Any) -> datetime:
    parts = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        raise ValueError("expected a date and time such as 2024-08-17T14:00:00Z")
    try:
        utc = datetime.fromisoformat(_plain(parts)).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError("there is no such date and time") from None
    if not _FIRST_YEAR <= utc.year <= _LAST_YEAR:
        raise ValueError(f"expected a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return utc


def _plain(parts: re.Match[str]) -> str:
    """The moment to the second, with its offset, in the one format that Python 3.10 parses."""
    clock = (parts["clock"] or "00:00").removesuffix(parts["fraction"] or "")
    offset = (parts["offset"] or "Z").replace("Z", "+00:00")
    return f"{parts['day']}T{clock}{offset}"


Id = Annotated[int, Field(ge=1, le=MAX_ID)]
FixtureId = Annotated[int, Field(ge=-MAX_ID, le=MAX_ID)]
"""Any integer that SQLite stores: an id without a fixture is not found, and does not fail the rest of a list.

Also used for API-Football's ids of fixtures.
"""

Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
DecimalOdds = Annotated[
    float, Field(gt=1.0, allow_inf_nan=False, json_schema_extra={"x-unit": "decimal odds"})
]
Share = Annotated[float, Field(gt=0.0, le=1.0, allow_inf_nan=False, json_schema_extra={"x-unit": "fraction"})]
Leagues = Annotated[
    list[Id],
    Field(min_length=1, max_length=10_000, description="internal league ids (`V3_Leagues.league_id`)"),
]


FixtureIds = Annotated[
    list[FixtureId], Field(min_length=1, max_length=MAX_FIXTURES, json_schema_extra={"uniqueItems": True})
]


class Body(BaseModel):
    """Strict, closed and immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class MatchBody(Body):
    """A match that is not in the database."""

    league_id: Id = Field(description="internal league id (`V3_Leagues.league_id`)", examples=[1])
    home_team_id: Id = Field(description="internal team id (`V3_Teams.team_id`)", examples=[1])
    away_team_id: Id = Field(description="internal team id, not the home team's", examples=[2])
    date: Moment = Field(
        description="kick-off, ISO 8601; UTC without an offset, 00:00 without a time; years 1870 to 2199",
        examples=["2030-08-17T14:00:00Z"],
    )
    neutral: bool = Field(default=False, description="true where neither team plays at home")

    @model_validator(mode="after")
    def _two_teams(self) -> MatchBody:
        if self.home_team_id == self.away_team_id:
            raise InvalidRequest(
                "a team cannot play itself", fields={"match.away_team_id": "must differ from home_team_id"}
            )
        return self

    def query(self) -> MatchQuery:
        """The match as a query of the predictor."""
        return MatchQuery(self.league_id, self.home_team_id, self.away_team_id, self.date, self.neutral)


class MarketOdds(Body):
    """One bookmaker's full sets of prices, by market; an omitted market keeps the database's."""

    def by_market(self) -> dict[str, tuple[float, ...]]:
        """Prices by market key, in the market's order of outcomes, without omitted markets."""
        sets = self.model_dump(by_alias=True, exclude_none=True)
        return {key: tuple(map(float, prices.values())) for key, prices in sets.items()}


_Odds = odds_model(MarketOdds, Body, DecimalOdds)
OddsBody = Annotated[MarketOdds, GetPydanticSchema(lambda _, handler: handler(_Odds))]


_LISTS = ("fixture_ids", "api_ids")
_KINDS = ("fixture_id", "fixture_ids", "api_id", "api_ids", "match")
_EXACTLY_ONE = f"exactly one of {', '.join(_KINDS[:-1])} and {_KINDS[-1]}"


def _absent(field: str) -> dict[str, Any]:
    """The schema of objects whose `field` is null or omitted."""
    return {"properties": {field: {"type": "null"}}}


_ONE_KIND: dict[str, Any] = {
    "oneOf": [{"required": [kind], "properties": {kind: {"not": {"type": "null"}}}} for kind in _KINDS],
    "dependentSchemas": {name: {"anyOf": [_absent(name), _absent("odds")]} for name in _LISTS},
}


class PredictBody(Body):
    """Which match or matches to predict: one of `fixture_id`, `fixture_ids`, `api_id`, `api_ids` and `match`."""

    model_config = ConfigDict(json_schema_extra=_ONE_KIND)

    fixture_id: FixtureId | None = Field(default=None, description="`V3_Fixtures.fixture_id`", examples=[1])
    fixture_ids: FixtureIds | None = Field(
        default=None,
        description="fixture ids (`V3_Fixtures.fixture_id`), answered in this order",
    )
    api_id: FixtureId | None = Field(
        default=None, description="API-Football's id (`V3_Fixtures.api_id`)", examples=[1208021]
    )
    api_ids: FixtureIds | None = Field(
        default=None,
        description="API-Football's ids (`V3_Fixtures.api_id`), answered in this order",
    )
    match: MatchBody | None = Field(default=None, description="a match that is not in the database")
    odds: OddsBody | None = Field(
        default=None,
        description="prices that replace the database's, market by market; not with `fixture_ids` or `api_ids`",
        examples=[{"1x2": {"home": 2.1, "draw": 3.4, "away": 3.6}}],
    )
    use_odds: bool = Field(default=True, description="false predicts without the coming match's prices")
    explain: bool = Field(default=False, description="true adds exact SHAP values for the 1x2 market")
    scores: bool = Field(
        default=False,
        description="true adds the distribution of scores, all that follows from it and prices of further markets",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> PredictBody:
        if sum(getattr(self, kind) is not None for kind in _KINDS) != 1:
            raise InvalidRequest(f"expected {_EXACTLY_ONE}", fields=dict.fromkeys(_KINDS, _EXACTLY_ONE))
        for name in _LISTS:
            self._check_many(name)
        return self

    def _check_many(self, name: str) -> None:
        ids: list[int] | None = getattr(self, name)
        if ids is None:
            return
        if self.odds is not None:
            raise InvalidRequest(
                f"odds belong to one match: omit them with {name}",
                fields={"odds": f"not allowed with {name}"},
            )
        if len(set(ids)) != len(ids):
            raise InvalidRequest(f"{name} has an id twice", fields={name: "must be distinct"})

    def queries(self) -> list[PredictQuery] | None:
        """The fixtures of a list as queries of the predictor; None for a request of one match."""
        if self.fixture_ids is not None:
            return [self._fixture(fixture_id=each) for each in self.fixture_ids]
        if self.api_ids is not None:
            return [self._fixture(api_id=each) for each in self.api_ids]
        return None

    def query(self) -> PredictQuery:
        """The one match as a query of the predictor."""
        return PredictQuery(
            fixture_id=self.fixture_id,
            api_id=self.api_id,
            match=self.match.query() if self.match else None,
            odds=self.odds.by_market() if self.odds else {},
            use_odds=self.use_odds,
            explain=self.explain,
            scores=self.scores,
        )

    def _fixture(self, fixture_id: int | None = None, api_id: int | None = None) -> PredictQuery:
        return PredictQuery(
            fixture_id, use_odds=self.use_odds, explain=self.explain, scores=self.scores, api_id=api_id
        )


class TrainBody(Body):
    """Which matches to fit on, and when to promote the model. All fields are optional."""

    league_ids: Leagues | None = Field(
        default=None,
        description="leagues to fit on (`V3_Leagues.league_id`), all where null; ratings always follow all",
    )
    first: Day | None = Field(
        default=None,
        alias="from",
        description="first UTC day of kick-off to fit on; null means the earliest in the database",
    )
    last: Day | None = Field(
        default=None,
        alias="to",
        description="last UTC day of kick-off that the model may use; null means the latest in the database",
    )
    promote: Literal["if_better", "always", "never"] = Field(
        default="if_better",
        description="when the new model replaces the current one",
        json_schema_extra={
            "x-meanings": {
                "if_better": "unless it is worse on the test matches of both, or no better than base rates",
                "always": "whatever its figures",
                "never": "the new model is stored, and the current one keeps serving",
            }
        },
    )
    wait: bool = Field(default=False, description="true answers at the end of the training")

    @model_validator(mode="after")
    def _order(self) -> TrainBody:
        _check_order(self.first, self.last)
        return self


class StakingBody(Body):
    """How much a bet stakes."""

    method: Literal["flat", "kelly"] = Field(
        default="flat",
        description="how the stake is computed",
        json_schema_extra={
            "x-meanings": {
                "flat": "1% of the first bankroll",
                "kelly": "`fraction` of Kelly's stake, at most `cap` of the bankroll",
            }
        },
    )
    fraction: Share = Field(default=0.25, description="of Kelly's stake")
    cap: Share = Field(default=0.05, description="largest share of the bankroll in one bet")
    bankroll: float = Field(
        default=1000.0,
        gt=0.0,
        le=1e12,
        allow_inf_nan=False,
        description="first bankroll",
        json_schema_extra={"x-unit": "any currency"},
    )


class BacktestBody(Body):
    """Which matches to evaluate and how to bet on them. Only `from` and `to` are required."""

    first: Day = Field(
        alias="from", description="first UTC day of kick-off to evaluate", examples=["2022-08-01"]
    )
    last: Day = Field(alias="to", description="last UTC day of kick-off to evaluate", examples=["2023-06-30"])
    league_ids: Leagues | None = Field(
        default=None,
        description="leagues to evaluate (`V3_Leagues.league_id`), all where null; fitting uses all",
    )
    market: BacktestMarket = Field(
        default=MATCH_WINNER.key,
        description="the market to bet on: `1x2`, `ou25`, `btts`, `ah` (Asian handicap on each match's main line), "
        "`dc` (double chance), `ht_1x2` (half-time result), `ht_ft` (half-time/full-time) or `ou` and a line, such "
        "as `ou3.5`",
    )
    refit: Literal["month", "quarter", "season"] = Field(
        default="quarter",
        description="how often the model is refitted; `season` follows each league's own",
    )
    use_odds: bool = Field(default=True, description="false evaluates the model without the match's prices")
    bookmaker_id: Annotated[int, Field(ge=-MAX_ID, le=MAX_ID)] | Literal["best"] | None = Field(
        default=None,
        description="whose prices are used: an id, `best` for the highest on each outcome, "
        "null for the order of the setting `BOOKMAKERS`",
    )
    min_edge: float = Field(
        default=0.03,
        ge=0.0,
        le=1.0,
        allow_inf_nan=False,
        description="smallest edge of a bet: model probability minus the market's, margin removed",
        json_schema_extra={"x-unit": "probability"},
    )
    staking: StakingBody = Field(default_factory=lambda: StakingBody(), description="how much a bet stakes")

    @model_validator(mode="after")
    def _order(self) -> BacktestBody:
        _check_order(self.first, self.last)
        return self


def _check_order(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and first > last:
        raise InvalidRequest(
            "the period ends before it begins: `to` must not be before `from`",
            fields={"to": "must not be before from"},
        )
