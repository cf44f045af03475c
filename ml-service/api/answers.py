"""Schemas of the answers of /health and /predict, for /docs and /openapi.json only.

They extend JSON Schema by three words: `x-unit` of a number, `x-key`, what the keys of a map are, and `x-meanings`
of possible values or keys.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetPydanticSchema

from api.markets import MarketKey, probabilities_model


def measured_in(name: str, least: float | None = None) -> Any:
    """The unit of a number, and its minimum."""
    return Field(ge=least, json_schema_extra={"x-unit": name})


def by(key: str) -> Any:
    """What the keys of a map are."""
    return Field(json_schema_extra={"x-key": key})


_SHARE: Any = {"x-unit": "probability"}

Probability = Annotated[
    float, Field(ge=0.0, le=1.0, description="the model's probability", json_schema_extra=_SHARE)
]
Edge = Annotated[
    float,
    Field(
        ge=-1.0,
        le=1.0,
        description="model probability minus the market's, margin removed",
        json_schema_extra=_SHARE,
    ),
]
Odds = Annotated[float, Field(gt=1.0, json_schema_extra={"x-unit": "decimal odds"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2024-08-17T14:00:00Z"])]
Matches = Annotated[int, measured_in("matches", 0)]
Seconds = Annotated[float, measured_in("seconds", 0)]
RowCounts = Annotated[dict[str, Annotated[int, measured_in("rows", 0)]], by("reason")]
Basis = Literal["with_odds", "without_odds"]
BY_MARKET = by("market")
BY_OUTCOME = by("outcome")
_Probabilities = probabilities_model(Probability)
Probabilities = Annotated[BaseModel, GetPydanticSchema(lambda _, handler: handler(_Probabilities))]


class Answer(BaseModel):
    """An answer, which may gain further fields but never lose any."""

    model_config = ConfigDict(extra="allow")


class Error(Answer):
    """What went wrong."""

    code: str = Field(description="stable, for programs", examples=["fixture_not_found"])
    message: str = Field(description="for people")
    hint: str | None = Field(description="what to do about it")
    fields: Annotated[dict[str, str], by("field")] | None = Field(
        description="what is wrong, by request field; with `invalid_request`"
    )
    request_id: str = Field(description="also in the `x-request-id` header and the log")


class ErrorAnswer(Answer):
    """Every error has this form."""

    error: Error


class JobAnswer(Answer):
    """A training or a backtest."""

    job_id: str = Field(description="its kind, start and a random end; sorts by time within a kind")
    kind: Literal["train", "backtest"] = Field(description="what it does")
    status: Literal["running", "succeeded", "failed"] = Field(description="whether it runs or how it ended")
    stage: str = Field(description="the present stage, in plain words")
    progress: float = Field(
        ge=0.0, le=1.0, description="fraction complete", json_schema_extra={"x-unit": "fraction"}
    )
    started_at: Moment = Field(description="when it began")
    finished_at: Moment | None = Field(description="when it ended; null while it runs")
    eta_seconds: Seconds | None = Field(description="estimate of what is left; null where it is unknown")
    error: Error | None = Field(description="what ended it; null unless it failed")


class DatabaseHealth(Answer):
    """Node's database as this service sees it."""

    status: Literal["ok", "missing", "unreadable", "invalid_schema"] = Field(
        description="whether it can be read"
    )
    fixtures: Matches | None = Field(description="usable fixtures; null before the database is read")
    rejected_rows: Annotated[int, measured_in("rows", 0)] | None = Field(
        description="rows left out because they cannot be true"
    )
    rejected_by_reason: RowCounts | None = Field(description="the same rows, by what is wrong with them")
    unused_by_reason: RowCounts | None = Field(
        description="correct rows that the service has no use for, by reason"
    )
    latest_result: Moment | None = Field(description="kick-off of the newest match with a result")
    detail: str | None = Field(
        description="what is wrong and what to do; counts of rejected rows by reason; what Node's tables lack"
    )


class ModelHealth(Answer):
    """The model that serves."""

    status: Literal["ok", "missing", "invalid"] = Field(
        description="`invalid` when the current model is refused"
    )
    model_id: str | None = Field(description="the model that serves, also where it replaces a refused one")
    detail: str | None = Field(description="why it was refused, or what to do")


class HealthAnswer(Answer):
    """The state of the service."""

    status: Literal["ok", "degraded"] = Field(description="`ok`, or `degraded` when anything below is not")
    ready: bool = Field(description="whether a /predict for a known fixture would be answered")
    version: str = Field(description="version of the service")
    uptime_seconds: Seconds = Field(description="time since the process started")
    database: DatabaseHealth
    model: ModelHealth
    training: JobAnswer | None = Field(
        description="the running training or the last one; null before the first"
    )
    backtest: JobAnswer | None = Field(
        description="the running backtest or the last one; null before the first"
    )


class Match(Answer):
    """The match: league, teams and kick-off."""

    api_id: int | None = Field(
        description="API-Football's id (`V3_Fixtures.api_id`); null where there is none"
    )
    league_id: int = Field(description="`V3_Leagues.league_id`")
    league: str = Field(description="name of the league")
    country: str | None = Field(description="the league's country (`V3_Countries.name`); null where unknown")
    home_team_id: int = Field(description="`V3_Teams.team_id`")
    home_team: str = Field(description="name of the home team")
    away_team_id: int = Field(description="`V3_Teams.team_id`")
    away_team: str = Field(description="name of the away team")
    date: Moment = Field(description="kick-off")


class OddsSource(Answer):
    """Where a market's prices come from."""

    origin: Literal["request", "database"] = Field(alias="from", description="where the price comes from")
    bookmaker_id: int | None = Field(description="-1 is the imported average; null for prices of the request")
    captured_at: Moment | None = Field(
        description="null for prices of the request, and where a closing price has no time of its own"
    )


class ValueBet(Answer):
    """An outcome that is more likely by the model than by the market."""

    market: MarketKey = Field(description="the market to bet on")
    outcome: str = Field(description="the outcome to bet on")
    probability: Probability
    odds: Odds = Field(description="the price to bet at")
    edge: Edge
    expected_value: Annotated[float, measured_in("per unit staked")] = Field(
        description="probability times odds minus 1"
    )
    kelly_fraction: float = Field(
        ge=0.0,
        le=0.05,
        description="a quarter of Kelly's stake",
        json_schema_extra={"x-unit": "share of the bankroll"},
    )


class ImpactOfFeature(Answer):
    """What one feature adds to each outcome."""

    feature: str = Field(description="its name")
    description: str = Field(description="what it is, in words")
    unit: str = Field(description="of `value`; may be empty")
    value: Annotated[float, measured_in("see `unit`")] | None = Field(
        description="the feature's value; null where it is missing or has more than one"
    )
    impact: Annotated[dict[str, Annotated[float, measured_in("log-odds")]], BY_OUTCOME] = Field(
        description="SHAP value of each outcome's margin before calibration: positive makes it likelier"
    )


_WARNINGS = {
    "home_team_without_history": "no earlier match of the home team is known; the prediction is uncertain",
    "away_team_without_history": "no earlier match of the away team is known; the prediction is uncertain",
    "league_without_history": "no earlier match of the league is known; the prediction is uncertain",
    "pools_not_connected": "the teams were never linked by common opponents",
    "odds_missing": "no market has a full set of prices",
    "odds_implausible": "a book sums below 1",
    "stale_data": "no result within the setting `STALE_AFTER_DAYS` before the match or today",
    "in_training_data": "not later than the matches the model was fitted on: no test of its skill",
    "not_better_than_market": "no value bet is listed: the model has not beaten this market on its test matches",
}


class PredictionAnswer(Answer):
    """One match predicted."""

    fixture_id: int | None = Field(description="null for a match that is not in the database")
    match: Match
    prediction: Probabilities
    basis: Annotated[dict[MarketKey, Basis], BY_MARKET] = Field(
        description="which half of the model answered: the one that sees the match's prices or the one that does not"
    )
    odds: Annotated[dict[MarketKey, Annotated[dict[str, Odds], BY_OUTCOME] | None], BY_MARKET] = Field(
        description="one bookmaker's full set: the first of the setting `BOOKMAKERS` that has one, or the request's"
    )
    odds_source: Annotated[dict[MarketKey, OddsSource | None], BY_MARKET] = Field(
        description="where the odds come from; null where there are none"
    )
    edge: Annotated[dict[MarketKey, Annotated[dict[str, Edge], BY_OUTCOME] | None], BY_MARKET] | None = Field(
        description="model probability minus the market's, margin removed; "
        "null as a whole where no market has a full set of prices"
    )
    value_bets: list[ValueBet] = Field(
        description="at most one a market, highest expected value first, with an edge of at least the setting "
        "`MIN_EDGE`; empty unless the model has beaten that market on its own test matches"
    )
    explanation: list[ImpactOfFeature] | None = Field(
        description="of the 1x2 market, largest impact first; null unless the request has `explain`"
    )
    warnings: list[str] = Field(
        description="reasons to trust the prediction less", json_schema_extra={"x-meanings": dict(_WARNINGS)}
    )
    model_id: str = Field(description="the model that answered")
    data_as_of: Moment = Field(description="kick-off of the newest result that was known before the match")


class FixtureError(Answer):
    """A fixture that could not be predicted."""

    fixture_id: int | None = Field(description="the id in the request; null where that is an `api_id`")
    api_id: int | None = Field(description="the id in the request; null where that is a `fixture_id`")
    error: Error = Field(description="why it could not be predicted")


class PredictionsAnswer(Answer):
    """Many fixtures predicted, in the order of the request."""

    predictions: list[PredictionAnswer] = Field(
        description="in the order of the request, without those that failed"
    )
    errors: list[FixtureError] = Field(description="the fixtures that could not be predicted")
    model_id: str = Field(description="the model that answered")
