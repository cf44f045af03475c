"""What answers hold, for /docs and /openapi.json. Answers are built elsewhere and sent as they are."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0.0, le=1.0, description="probability, 0 to 1")]
Edge = Annotated[
    float, Field(ge=-1.0, le=1.0, description="model probability minus the market's, margin removed; -1 to 1")
]
Odds = Annotated[float, Field(gt=1.0, description="decimal odds, above 1")]
Impact = Annotated[float, Field(description="SHAP value, in units of the margin (log-odds)")]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2024-08-17T14:00:00Z"])]
Day = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2024-08-17"])]
MarketKey = Literal["1x2", "ou25", "btts"]


class Answer(BaseModel):
    """May grow further fields, never lose any."""

    model_config = ConfigDict(extra="allow")


class Error(Answer):
    """What went wrong."""

    code: str = Field(description="stable, for programs", examples=["fixture_not_found"])
    message: str = Field(description="for people")
    hint: str | None = Field(description="what to do about it")
    fields: dict[str, str] | None = Field(description="what is wrong, by request field")
    request_id: str = Field(description="also in the x-request-id header and the log")


class ErrorAnswer(Answer):
    """Every error has this form."""

    error: Error


class Job(Answer):
    """A training or a backtest."""

    job_id: str
    kind: Literal["train", "backtest"]
    status: Literal["running", "succeeded", "failed"]
    stage: str = Field(description="what it is doing, in plain words")
    progress: float = Field(ge=0.0, le=1.0, description="fraction done, 0 to 1")
    started_at: Moment
    finished_at: Moment | None
    eta_seconds: float | None = Field(description="estimated seconds to the end")
    error: Error | None


class DatabaseHealth(Answer):
    """Node's database as this service sees it."""

    status: Literal["ok", "missing", "unreadable", "invalid_schema"]
    fixtures: int | None = Field(description="usable fixtures")
    rejected_rows: int | None = Field(description="rows left out because they make no sense")
    latest_result: Moment | None = Field(description="kick-off of the newest match with a result")
    detail: str | None


class ModelHealth(Answer):
    """The model that serves."""

    status: Literal["ok", "missing", "invalid"]
    model_id: str | None = Field(description="the model that serves")
    detail: str | None


class HealthAnswer(Answer):
    """How the service is."""

    status: Literal["ok", "degraded"]
    ready: bool = Field(description="whether a /predict for a known fixture would be answered")
    version: str
    uptime_seconds: float = Field(ge=0.0)
    database: DatabaseHealth
    model: ModelHealth
    training: Job | None = Field(description="the running training or the last one")
    backtest: Job | None = Field(description="the running backtest or the last one")


class Match(Answer):
    """Who plays whom, when."""

    league_id: int
    league: str
    home_team_id: int
    home_team: str
    away_team_id: int
    away_team: str
    date: Moment = Field(description="kick-off")


class MatchWinner(BaseModel):
    """Of home win, draw and away win; they sum to 1."""

    home: Probability
    draw: Probability
    away: Probability


class OverUnder(BaseModel):
    """Of more and of fewer than 2.5 goals; they sum to 1."""

    over: Probability
    under: Probability


class BothScore(BaseModel):
    """Of both teams scoring, and not; they sum to 1."""

    yes: Probability
    no: Probability


class Probabilities(BaseModel):
    """Probabilities of every market."""

    match_winner: MatchWinner = Field(alias="1x2")
    over_under: OverUnder = Field(alias="ou25")
    both_score: BothScore = Field(alias="btts")


class OddsSource(Answer):
    """Where a market's prices come from."""

    origin: Literal["request", "database"] = Field(alias="from")
    bookmaker_id: int | None
    captured_at: Moment | None


class ValueBet(Answer):
    """An outcome that the model deems more likely than the market does."""

    market: MarketKey
    outcome: str
    probability: Probability
    odds: Odds
    edge: Edge
    expected_value: float = Field(description="probability times odds minus 1, per unit staked")
    kelly_fraction: float = Field(ge=0.0, le=0.05, description="a quarter of Kelly's stake, 0 to 0.05")


class ImpactOfFeature(Answer):
    """What one feature adds to each outcome of 1x2."""

    feature: str
    value: float | None = Field(description="the feature's value, null where it is missing")
    impact: dict[Literal["home", "draw", "away"], Impact]


class PredictionAnswer(Answer):
    """One match predicted."""

    fixture_id: int | None
    match: Match
    prediction: Probabilities
    basis: dict[MarketKey, Literal["with_odds", "without_odds"]] = Field(
        description="which of the model's two halves answered, by market"
    )
    odds: dict[MarketKey, dict[str, Odds] | None] = Field(description="one bookmaker's full set, by market")
    odds_source: dict[MarketKey, OddsSource | None] = Field(description="where the odds come from, by market")
    edge: dict[MarketKey, dict[str, Edge] | None] | None = Field(
        description="null where no market has a full set of prices; else always the keys 1x2, ou25 and btts"
    )
    value_bets: list[ValueBet] = Field(description="at most one a market, highest expected value first")
    explanation: list[ImpactOfFeature] | None = Field(
        description="largest impact first; null unless asked for"
    )
    warnings: list[str]
    model_id: str
    data_as_of: Moment = Field(description="kick-off of the newest result that was known")


class FixtureError(Answer):
    """A fixture that could not be predicted."""

    fixture_id: int
    error: Error


class PredictionsAnswer(Answer):
    """Many fixtures predicted, in the order asked."""

    predictions: list[PredictionAnswer]
    errors: list[FixtureError]
    model_id: str


class Metrics(Answer):
    """How the evaluation fit did on matches that it had never seen."""

    n: int = Field(description="matches")
    log_loss: float
    brier: float = Field(description="summed over outcomes")
    rps: float | None = Field(description="ranked probability score; 1x2 only")
    ece: float = Field(description="expected calibration error of the most likely outcome, 15 equal bins")
    base_rate_log_loss: float
    elo_log_loss: float | None
    market: dict[str, Any] | None = Field(
        description="the same matches beside the market, with a 95% interval"
    )


class Card(Answer):
    """One market of a model."""

    features: list[str]
    rounds: int
    calibration: dict[str, Any]
    metrics: Metrics
    importance: list[dict[str, Any]]


class MetaAnswer(Answer):
    """A model's meta file."""

    model_id: str
    created_at: Moment
    format_version: int
    markets: list[MarketKey]
    data: dict[str, Any]
    training: dict[str, Any]
    models: dict[Literal["without_odds", "with_odds"], dict[MarketKey, Card | None]]
    file: str
    sha256: str


class AcceptedAnswer(Answer):
    """A training that has begun."""

    job: Job


class TrainedAnswer(AcceptedAnswer):
    """A training that has ended."""

    model: MetaAnswer
    promoted: bool
    reason: str


class BacktestAnswer(Answer):
    """A backtest that has ended."""

    scope: dict[str, Any] = Field(description="the request, resolved")
    matches: dict[str, Any] = Field(description="how many were evaluated, and not, by reason")
    metrics: dict[str, Any] = Field(description="of model, base_rate, elo and market")
    versus_market: dict[str, Any] | None = Field(description="over exactly the matches that have prices")
    calibration: list[dict[str, Any]]
    bets: dict[str, Any] = Field(description="stakes and profit in the currency of the bankroll")
    favourite: dict[str, Any] = Field(description="always backing the favourite, for comparison")
    equity: list[dict[str, Any]]
    periods: list[dict[str, Any]]
    seconds: float
