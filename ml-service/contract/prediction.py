"""The answers of /predict."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, GetPydanticSchema
from typing_extensions import NotRequired, TypedDict

from contract.error import Error
from contract.markets import MarketKey, probabilities_model
from contract.scores import Scores
from contract.values import (
    BY_MARKET,
    BY_OUTCOME,
    Basis,
    Edge,
    Line,
    ModelProbability,
    Moment,
    Odds,
    Probability,
    about,
    measured_in,
)

_PROBABILITIES = probabilities_model(ModelProbability)
Probabilities = Annotated[
    dict[str, dict[str, float]], GetPydanticSchema(lambda _, handler: handler(_PROBABILITIES))
]
"""By market and outcome."""


class Match(TypedDict):
    """The match: league, teams and kick-off."""

    api_id: Annotated[int | None, about("API-Football's id (`V3_Fixtures.api_id`); null where there is none")]
    league_id: Annotated[int, about("`V3_Leagues.league_id`")]
    league: Annotated[str, about("name of the league")]
    country: Annotated[str | None, about("the league's country (`V3_Countries.name`); null where unknown")]
    home_team_id: Annotated[int, about("`V3_Teams.team_id`")]
    home_team: Annotated[str, about("name of the home team")]
    away_team_id: Annotated[int, about("`V3_Teams.team_id`")]
    away_team: Annotated[str, about("name of the away team")]
    date: Annotated[Moment, about("kick-off")]


_Origin = TypedDict(
    "_Origin", {"from": Annotated[Literal["request", "database"], about("where the price comes from")]}
)


class OddsSource(_Origin):
    """Where a market's prices come from."""

    bookmaker_id: Annotated[int | None, about("-1 is the imported average; null for prices of the request")]
    captured_at: Annotated[
        Moment | None,
        about("null for prices of the request, and where a closing price has no time of its own"),
    ]


class ValueBet(TypedDict):
    """An outcome that is more likely by the model than by the market."""

    market: Annotated[
        str,
        about(
            "the market to bet on; with `scores` also `ah`, `dc`, `ou` (totals of other lines), `ht_1x2` and `ht_ft`"
        ),
    ]
    outcome: Annotated[str, about("the outcome to bet on")]
    probability: ModelProbability
    odds: Annotated[Odds, about("the price to bet at")]
    edge: Edge
    expected_value: Annotated[
        float,
        measured_in("per unit staked"),
        about("probability times odds minus 1; of a further market exact, with pushes and halves"),
    ]
    kelly_fraction: Annotated[
        float,
        measured_in("share of the bankroll", 0.0, 0.05),
        about("a quarter of Kelly's stake"),
    ]
    line: NotRequired[
        Annotated[
            Line | None,
            about("only of further markets: the line to bet on, null where the market has none"),
        ]
    ]


class FurtherOutcome(TypedDict):
    """One outcome of a further market."""

    probability: Annotated[
        Probability,
        about(
            "of winning a unit of what is not pushed, halves counted as halves: the inverse of the fair price"
        ),
    ]
    implied: Annotated[Probability, about("the same of the price, margin removed")]
    odds: Annotated[Odds, about("the price")]
    edge: Edge
    expected_value: Annotated[
        float, measured_in("per unit staked"), about("the exact expected profit, with pushes and halves")
    ]
    kelly_fraction: Annotated[
        float,
        measured_in("share of the bankroll", 0.0, 0.05),
        about("a quarter of the share with the highest expected logarithm of the bankroll"),
    ]


class FurtherMarketPrice(TypedDict):
    """One bookmaker's price of a further market, on one line."""

    market: Annotated[
        str,
        about(
            "`ah` (Asian handicap), `dc` (double chance), `ou` (totals but 2.5), `ht_1x2` (half-time result) or "
            "`ht_ft` (half-time/full-time)"
        ),
    ]
    line: Annotated[
        Line | None, about("goals added to the home team's, or to be exceeded; null where there is none")
    ]
    outcomes: Annotated[dict[str, FurtherOutcome], BY_OUTCOME, about("every outcome of the market")]
    odds_source: Annotated[OddsSource, about("where the odds come from")]


class ImpactOfFeature(TypedDict):
    """What one feature adds to each outcome."""

    feature: Annotated[str, about("its name")]
    description: Annotated[str, about("what it is, in words")]
    unit: Annotated[str, about("of `value`; may be empty")]
    value: Annotated[
        Annotated[float, measured_in("see `unit`")] | None,
        about("the feature's value; null where it is missing or has more than one"),
    ]
    impact: Annotated[
        dict[str, Annotated[float, measured_in("log-odds")]],
        BY_OUTCOME,
        about("SHAP value of each outcome's margin before calibration: positive makes it likelier"),
    ]


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


class PredictionAnswer(TypedDict):
    """One match predicted."""

    fixture_id: Annotated[int | None, about("null for a match that is not in the database")]
    match: Match
    prediction: Probabilities
    basis: Annotated[
        dict[MarketKey, Basis],
        BY_MARKET,
        about(
            "which half of the model answered: the one that sees the match's prices or the one that does not"
        ),
    ]
    odds: Annotated[
        dict[MarketKey, Annotated[dict[str, Odds], BY_OUTCOME] | None],
        BY_MARKET,
        about(
            "one bookmaker's full set: the first of the setting `BOOKMAKERS` that has one, or the request's"
        ),
    ]
    odds_source: Annotated[
        dict[MarketKey, OddsSource | None],
        BY_MARKET,
        about("where the odds come from; null where there are none"),
    ]
    edge: Annotated[
        Annotated[dict[MarketKey, Annotated[dict[str, Edge], BY_OUTCOME] | None], BY_MARKET] | None,
        about(
            "model probability minus the market's, margin removed; "
            "null as a whole where no market has a full set of prices"
        ),
    ]
    value_bets: Annotated[
        list[ValueBet],
        about(
            "at most one a market, highest expected value first, with an edge of at least the setting "
            "`MIN_EDGE`; empty unless the model has beaten that market on its own test matches"
        ),
    ]
    explanation: Annotated[
        list[ImpactOfFeature] | None,
        about("of the 1x2 market, largest impact first; null unless the request has `explain`"),
    ]
    scores: Annotated[
        Scores | None,
        about("the distribution of scores and what follows from it; null unless the request has `scores`"),
    ]
    further_markets: NotRequired[
        Annotated[
            list[FurtherMarketPrice],
            about(
                "the database's prices of further markets, every line; only where the request has `scores`"
            ),
        ]
    ]
    warnings: Annotated[
        list[str],
        Field(
            description="reasons to trust the prediction less",
            json_schema_extra={"x-meanings": dict(_WARNINGS)},
        ),
    ]
    model_id: Annotated[str, about("the model that answered")]
    data_as_of: Annotated[Moment, about("kick-off of the newest result that was known before the match")]


class FixtureError(TypedDict):
    """A fixture that could not be predicted."""

    fixture_id: Annotated[int | None, about("the id in the request; null where that is an `api_id`")]
    api_id: Annotated[int | None, about("the id in the request; null where that is a `fixture_id`")]
    error: Annotated[Error, about("why it could not be predicted")]


class PredictionsAnswer(TypedDict):
    """Many fixtures predicted, in the order of the request."""

    predictions: Annotated[
        list[PredictionAnswer], about("in the order of the request, without those that failed")
    ]
    errors: Annotated[list[FixtureError], about("the fixtures that could not be predicted")]
    model_id: Annotated[str, about("the model that answered")]
