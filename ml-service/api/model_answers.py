"""Schemas of the answers of /train and /model/current, for /docs and /openapi.json only."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from api.answers import BY_MARKET, Answer, Basis, JobAnswer, Matches, Moment, Seconds, by, measured_in
from api.markets import MarketKey

Day = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2024-08-17"])]
Loss = Annotated[float, measured_in("nats", 0)]
Difference = Annotated[float, measured_in("nats")]
Calibration = Literal["none", "temperature", "platt", "isotonic"]


class AgainstMarket(Answer):
    """Model and market on the same matches."""

    n: Matches = Field(description="matches that have prices")
    log_loss_model: Loss = Field(description="the model's mean log-loss over these matches")
    log_loss_market: Loss = Field(description="the market's, margin removed, over the same ones")
    difference: Difference = Field(description="model minus market; below zero the model is better")
    ci95: Annotated[list[Difference], Field(min_length=2, max_length=2)] | None = Field(
        description="95% interval of the difference, UTC days resampled; null with fewer than 30 days"
    )


class Metrics(Answer):
    """How the evaluation fit did on matches later than any that it, its stopping or its calibration saw."""

    n: Matches = Field(description="test matches")
    first: Day = Field(alias="from", description="first day of the test matches")
    last: Day = Field(alias="to", description="last day of the test matches")
    log_loss: Loss = Field(description="mean log-loss; lower is better")
    brier: Annotated[float, Field(ge=0.0, le=2.0), measured_in("squared probability")] = Field(
        description="Brier score, summed over outcomes; lower is better"
    )
    rps: Annotated[float, Field(ge=0.0, le=1.0), measured_in("squared probability")] | None = Field(
        description="ranked probability score; null except for 1x2"
    )
    ece: Annotated[float, Field(ge=0.0, le=1.0), measured_in("probability")] = Field(
        description="expected calibration error of the most likely outcome, 15 bins of equal width"
    )
    base_rate_log_loss: Loss = Field(
        description="log-loss of always forecasting how often each outcome happens"
    )
    elo_log_loss: Loss | None = Field(description="log-loss of Elo ratings alone; null except for 1x2")
    market: AgainstMarket | None = Field(description="null where no test match has prices")


class ChosenOn(Answer):
    """The matches that the calibration was chosen on."""

    n: Matches = Field(description="validation matches")
    log_loss: Annotated[dict[Calibration, Loss], by("method")] = Field(
        description="mean log-loss that each method gives"
    )


class CalibrationCard(Answer):
    """How raw probabilities become served ones."""

    method: Calibration = Field(description="the method of lowest log-loss")
    chosen_on: ChosenOn


class Importance(Answer):
    """How much a feature matters."""

    feature: str = Field(description="its name")
    mean_abs_shap: Annotated[float, measured_in("log-odds", 0)] = Field(
        description="mean absolute SHAP value over test matches and outcomes"
    )


class Card(Answer):
    """A model card: one market and basis of a model."""

    features: list[str] = Field(description="the model's inputs, in its order")
    rounds: Annotated[int, measured_in("trees an outcome", 0)] = Field(description="boosting rounds")
    calibration: CalibrationCard
    metrics: Metrics
    importance: list[Importance] = Field(
        description="every feature, the most important first; empty for the price itself, which has none"
    )
    weight: Annotated[float, Field(ge=0.0, le=1.0), measured_in("share")] = Field(
        default=1.0,
        description="how far trees move the price: 0 where the forecast is the implied probability itself",
    )
    reason: str | None = Field(
        default=None,
        description="why there are no trees yet, or why they count in part, with how many matches there are and how "
        "many it takes; null where they count in full",
    )


class Data(Answer):
    """What the model was fitted on."""

    fixtures: Matches = Field(description="matches fitted on")
    league_ids: list[int] = Field(description="leagues fitted on")
    selected_league_ids: list[int] | None = Field(
        description="the leagues that the request selects; null where it selects none"
    )
    first: Day = Field(alias="from", description="day of the first match fitted on")
    last: Day = Field(alias="to", description="day of the last match fitted on")
    fingerprint: str = Field(description="digest of these matches and their results, 16 hex digits")


class Training(Answer):
    """How the model was fitted."""

    seconds: Seconds = Field(description="how long it took")
    parameters: Annotated[dict[Basis, Annotated[dict[str, Any], by("parameter")]], by("basis")] = Field(
        description="LightGBM's parameters, by half of the model"
    )
    versions: Annotated[dict[str, str], by("package")] = Field(description="versions of the packages used")


class Promotion(Answer):
    """What became of the model after its training."""

    promoted: bool = Field(description="whether it became the current model")
    reason: str = Field(description="why, in a sentence")


class Drift(Answer):
    """How far the coming matches lie from the training ones."""

    feature: str = Field(description="its name")
    psi: Annotated[float, measured_in("nats", 0)] = Field(
        description="population stability index: below 0.1 little has changed, above 0.25 much"
    )


class SinceTraining(Answer):
    """How the model's 1x2 did on the matches played since its training."""

    n: Matches = Field(description="matches played since")
    log_loss: Loss = Field(description="mean log-loss over them")
    market: AgainstMarket | None = Field(description="beside the market; null where none has prices")


class MetaAnswer(Answer):
    """The content of a model's meta file; `/model/current` adds how the model has fared since."""

    model_id: str = Field(description="the model's id; ids sort by time")
    created_at: Moment = Field(description="when its training ended")
    format_version: Annotated[int, measured_in("version", 1)] = Field(
        description="version of the model file's format"
    )
    markets: list[MarketKey] = Field(description="the markets it predicts")
    data: Data
    training: Training
    models: Annotated[
        dict[Basis, Annotated[dict[MarketKey, Card | None], BY_MARKET]],
        by("basis"),
    ] = Field(
        description="a card for each half of the model (`without_odds`, `with_odds`) and market; "
        "null where no finished match has a price: the price itself answers there"
    )
    further: (
        Annotated[
            dict[Basis, Annotated[dict[str, AgainstMarket | None], BY_MARKET]],
            by("basis"),
        ]
        | None
    ) = Field(
        default=None,
        description="forecasts of further markets (`ah`, `dc`, `ou`) beside their prices on the test matches, on "
        "each match's main line; null without a price, absent where the database has none at all",
    )
    promotion: Promotion
    features_digest: str = Field(
        description="digest of the code that gives features their meaning, 16 hex digits: "
        "a model of another digest is refused"
    )
    file: str = Field(description="name of the model file")
    sha256: str = Field(description="checksum of the model file, 64 hex digits")
    drift: list[Drift] | None = Field(
        default=None,
        description="on `/model/current` alone: every feature that does not merely count matches, the most "
        "changed first; null with fewer than 50 matches to come",
    )
    since_training: SinceTraining | None = Field(
        default=None,
        description="on `/model/current` alone: the 1x2 of the matches played since; null before the first",
    )


class AcceptedAnswer(Answer):
    """A training that has begun."""

    job: JobAnswer = Field(description="as it stands; `/health` follows it")


class TrainedAnswer(Answer):
    """A training that has ended."""

    job: JobAnswer = Field(description="how it went")
    model: MetaAnswer = Field(description="the new model, promoted or not")
    promoted: bool = Field(description="whether it is the current model now")
    reason: str = Field(description="why, in a sentence")
