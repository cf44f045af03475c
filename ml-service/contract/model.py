"""The answers of /train and /model/current."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from typing_extensions import NotRequired, TypedDict

from contract.job import JobAnswer
from contract.markets import MarketKey
from contract.values import (
    BY_MARKET,
    Basis,
    Day,
    Difference,
    Interval,
    Loss,
    Matches,
    Moment,
    Probability,
    Seconds,
    about,
    by,
    measured_in,
)

CalibrationMethod = Literal["none", "temperature", "platt", "isotonic"]


class AgainstMarket(TypedDict):
    """Model and market on the same matches."""

    n: Annotated[Matches, about("matches that have prices")]
    log_loss_model: Annotated[Loss, about("the model's mean log-loss over these matches")]
    log_loss_market: Annotated[Loss, about("the market's, margin removed, over the same ones")]
    difference: Annotated[Difference, about("model minus market; below zero the model is better")]
    ci95: Annotated[
        Interval | None,
        about("95% interval of the difference, UTC days resampled; null with fewer than 30 days"),
    ]


_TestDays = TypedDict(
    "_TestDays",
    {
        "from": Annotated[Day, about("first day of the test matches")],
        "to": Annotated[Day, about("last day of the test matches")],
    },
)


class Metrics(_TestDays):
    """How the evaluation fit did on matches later than any that it, its stopping or its calibration saw."""

    n: Annotated[Matches, about("test matches")]
    log_loss: Annotated[Loss, about("mean log-loss; lower is better")]
    brier: Annotated[
        float,
        measured_in("squared probability", 0.0, 2.0),
        about("Brier score, summed over outcomes; lower is better"),
    ]
    rps: Annotated[
        Annotated[float, measured_in("squared probability", 0.0, 1.0)] | None,
        about("ranked probability score; null except for 1x2"),
    ]
    ece: Annotated[
        Probability,
        about("expected calibration error of the most likely outcome, 15 bins of equal width"),
    ]
    base_rate_log_loss: Annotated[
        Loss, about("log-loss of always forecasting how often each outcome happens")
    ]
    elo_log_loss: Annotated[Loss | None, about("log-loss of Elo ratings alone; null except for 1x2")]
    market: Annotated[AgainstMarket | None, about("null where no test match has prices")]


class ChosenOn(TypedDict):
    """The matches that the calibration was chosen on."""

    n: Annotated[Matches, about("validation matches")]
    log_loss: Annotated[
        dict[CalibrationMethod, Loss], by("method"), about("mean log-loss that each method gives")
    ]


class CalibrationCard(TypedDict):
    """How raw probabilities become served ones."""

    method: Annotated[CalibrationMethod, about("the method of lowest log-loss")]
    chosen_on: ChosenOn


class Importance(TypedDict):
    """How much a feature matters."""

    feature: Annotated[str, about("its name")]
    mean_abs_shap: Annotated[
        float,
        measured_in("log-odds", 0),
        about("mean absolute SHAP value over test matches and outcomes"),
    ]


class Card(TypedDict):
    """A model card: one market and basis of a model."""

    features: Annotated[list[str], about("the model's inputs, in its order")]
    rounds: Annotated[int, measured_in("trees an outcome", 0), about("boosting rounds")]
    calibration: CalibrationCard
    metrics: Metrics
    importance: Annotated[
        list[Importance],
        about("every feature, the most important first; empty for the price itself, which has none"),
    ]
    weight: Annotated[
        float,
        measured_in("share", 0.0, 1.0),
        about("how far trees move the price: 0 where the forecast is the implied probability itself"),
    ]
    reason: Annotated[
        str | None,
        about(
            "why there are no trees yet, or why they count in part, with how many matches there are and how "
            "many it takes; null where they count in full"
        ),
    ]


_FittedDays = TypedDict(
    "_FittedDays",
    {
        "from": Annotated[Day, about("day of the first match fitted on")],
        "to": Annotated[Day, about("day of the last match fitted on")],
    },
)


class Data(_FittedDays):
    """What the model was fitted on."""

    fixtures: Annotated[Matches, about("matches fitted on")]
    league_ids: Annotated[list[int], about("leagues fitted on")]
    selected_league_ids: Annotated[
        list[int] | None, about("the leagues that the request selects; null where it selects none")
    ]
    fingerprint: Annotated[str, about("digest of these matches and their results, 16 hex digits")]


class Training(TypedDict):
    """How the model was fitted."""

    seconds: Annotated[Seconds, about("how long it took")]
    parameters: Annotated[
        dict[Basis, Annotated[dict[str, Any], by("parameter")]],
        by("basis"),
        about("LightGBM's parameters, by half of the model"),
    ]
    versions: Annotated[dict[str, str], by("package"), about("versions of the packages used")]


class Promotion(TypedDict):
    """What became of the model after its training."""

    promoted: Annotated[bool, about("whether it became the current model")]
    reason: Annotated[str, about("why, in a sentence")]


class Drift(TypedDict):
    """How far the coming matches lie from the training ones."""

    feature: Annotated[str, about("its name")]
    psi: Annotated[
        float,
        measured_in("nats", 0),
        about("population stability index: below 0.1 little has changed, above 0.25 much"),
    ]


class SinceTraining(TypedDict):
    """How the model's 1x2 did on the matches played since its training."""

    n: Annotated[Matches, about("matches played since")]
    log_loss: Annotated[Loss, about("mean log-loss over them")]
    market: Annotated[AgainstMarket | None, about("beside the market; null where none has prices")]


class FurtherEvidence(TypedDict):
    """What a training found out about markets that have no model of their own."""

    further: NotRequired[
        Annotated[
            dict[Basis, Annotated[dict[str, AgainstMarket | None], by("key")]],
            by("basis"),
            about(
                "forecasts of further markets (`ah`, `dc`, `ou`, `ht_1x2`, `ht_ft`) beside their prices on the test "
                "matches, on each match's main line; null without a price, absent where the database has none at all"
            ),
        ]
    ]


class Description(FurtherEvidence):
    """What a model is made of, and how good it is."""

    model_id: Annotated[str, about("the model's id; ids sort by time")]
    created_at: Annotated[Moment, about("when its training ended")]
    format_version: Annotated[int, measured_in("version", 1), about("version of the model file's format")]
    markets: Annotated[list[MarketKey], about("the markets it predicts")]
    data: Data
    training: Training
    models: Annotated[
        dict[Basis, Annotated[dict[MarketKey, Card | None], BY_MARKET]],
        by("basis"),
        about(
            "a card for each half of the model (`without_odds`, `with_odds`) and market; "
            "null where no finished match has a price: the price itself answers there"
        ),
    ]


class Meta(Description):
    """The content of a model's meta file."""

    promotion: Promotion
    features_digest: Annotated[
        str,
        about(
            "digest of the code that gives features their meaning, 16 hex digits: "
            "a model of another digest is refused"
        ),
    ]
    file: Annotated[str, about("name of the model file")]
    sha256: Annotated[str, about("checksum of the model file, 64 hex digits")]


_Drifts = Annotated[
    list[Drift] | None,
    about(
        "on `/model/current` alone: every feature that does not merely count matches, the most "
        "changed first; null with fewer than 50 matches to come"
    ),
]
_SinceTraining = Annotated[
    SinceTraining | None,
    about("on `/model/current` alone: the 1x2 of the matches played since; null before the first"),
]


class Monitoring(TypedDict):
    """How a model has fared since its training."""

    drift: _Drifts
    since_training: _SinceTraining


class MetaAnswer(Meta):
    """The content of a model's meta file; `/model/current` adds how the model has fared since."""

    drift: NotRequired[_Drifts]
    since_training: NotRequired[_SinceTraining]


class AcceptedAnswer(TypedDict):
    """A training that has begun."""

    job: Annotated[JobAnswer, about("as it stands; `/health` follows it")]


class TrainedAnswer(TypedDict):
    """A training that has ended."""

    job: Annotated[JobAnswer, about("how it went")]
    model: Annotated[MetaAnswer, about("the new model, promoted or not")]
    promoted: Annotated[bool, about("whether it is the current model now")]
    reason: Annotated[str, about("why, in a sentence")]
