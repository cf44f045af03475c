"""The answer of /backtest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import NotRequired, TypedDict

from contract.markets import BacktestMarket
from contract.prediction import ImpactOfFeature
from contract.values import (
    Basis,
    Bets,
    Day,
    Difference,
    Interval,
    Line,
    Loss,
    Matches,
    Moment,
    Odds,
    Probability,
    RowCounts,
    Seconds,
    Share,
    about,
    by,
    measured_in,
)

Money = Annotated[float, measured_in("currency of the bankroll")]
Stake = Annotated[float, measured_in("currency of the bankroll", 0)]
Yield = Annotated[float, measured_in("per unit staked", -1)]
YieldInterval = Annotated[list[Yield], Field(min_length=2, max_length=2)]
Score = Annotated[float, measured_in("squared probability", 0)]
ScoreDifference = Annotated[float, measured_in("squared probability")]
ScoreInterval = Annotated[list[ScoreDifference], Field(min_length=2, max_length=2)]
Refit = Literal["month", "quarter", "season"]
StakingMethod = Literal["flat", "kelly"]
Forecaster = Literal["model", "base_rate", "elo", "market"]
Notable = Literal["wins", "losses"]

_REASONS = {
    "void": "ended `AWD`, `WO`, `CANC` or `ABD`",
    "postponed": "stands at `PST`",
    "no_result_yet": "not played, or its result is not known",
    "too_few_earlier_matches": "too few earlier matches to fit a model on",
    "pushed": "its line is pushed: a bet on either side gets its stake back",
    "without_line": "has no price that says on which line it is judged",
    "without_half_time": "has no half-time score, on which the market settles",
}


class Staking(TypedDict):
    """How much a bet staked."""

    method: Annotated[StakingMethod, about("as in the request")]
    fraction: Annotated[Share, about("of Kelly's stake")]
    cap: Annotated[Share, about("largest share of the bankroll in one bet")]
    bankroll: Annotated[Stake, about("the first bankroll")]


_EvaluatedDays = TypedDict(
    "_EvaluatedDays",
    {
        "from": Annotated[Day, about("first UTC day of kick-off evaluated")],
        "to": Annotated[Day, about("last UTC day of kick-off evaluated")],
    },
)


class Scope(_EvaluatedDays):
    """The request, resolved."""

    league_ids: Annotated[list[int], about("the leagues evaluated, listed also where the request names none")]
    market: Annotated[BacktestMarket, about("the market bet on")]
    outcomes: Annotated[list[str], about("its outcomes, in their order")]
    refit: Annotated[Refit, about("how often the model was refitted")]
    use_odds: Annotated[bool, about("whether the model saw the matches' prices")]
    bookmaker_id: Annotated[
        int | Literal["best"] | None, about("whose prices the bets take, as in the request")
    ]
    bookmakers: Annotated[
        list[int], about("the order of the setting `BOOKMAKERS`; -1 is the imported average")
    ]
    min_edge: Annotated[Probability, about("smallest edge of a bet")]
    staking: Staking


class Finding(TypedDict):
    """One conclusion."""

    sentence: Annotated[str, about("in words")]
    could_be_luck: Annotated[
        bool | None, about("whether its 95% interval holds zero; null where there is too little to tell")
    ]
    needed_to_know: Annotated[
        Annotated[int, measured_in("matches or bets", 0)] | None,
        about(
            "about how many it takes to show a difference of this size four times in five; "
            "null where that is unknown"
        ),
    ]


class Evidence(TypedDict):
    """What the figures show."""

    headline: Annotated[str, about("the conclusion in a sentence")]
    market: Annotated[Finding | None, about("the model against the market; null without prices")]
    profit: Annotated[Finding, about("the bets")]
    ruin: Annotated[str | None, about("that the bankroll was lost, and when; null where it was not")]


class MatchesEvaluated(TypedDict):
    """Every match of the range."""

    evaluated: Annotated[Matches, about("matches with a forecast and a result")]
    not_evaluated: Annotated[
        dict[str, Matches],
        by("reason"),
        Field(description="the others, by reason", json_schema_extra={"x-meanings": dict(_REASONS)}),
    ]
    basis: Annotated[
        dict[Basis, Matches],
        by("basis"),
        about("of the evaluated ones, by the half of the model that forecast: `with_odds` or `without_odds`"),
    ]
    rejected_rows: Annotated[RowCounts, about("rows of the database left out because they cannot be true")]


class ForecastScores(TypedDict):
    """Mean scores of one forecaster."""

    n: Annotated[Matches, about("matches scored")]
    log_loss: Annotated[Loss, about("mean log-loss; lower is better")]
    brier: Annotated[
        float,
        measured_in("squared probability", 0.0, 2.0),
        about("Brier score, summed over outcomes; lower is better"),
    ]
    rps: Annotated[Score | None, about("ranked probability score, 0 to 1; null except for 1x2")]
    ece: Annotated[
        Probability, about("expected calibration error of the most likely outcome, 15 bins of equal width")
    ]
    accuracy: Annotated[Share, about("how often the most likely outcome happened")]
    log_loss_ci95: Annotated[
        Interval | None, about("95% interval of `log_loss`; null with fewer than 30 days")
    ]


class VersusMarket(TypedDict):
    """The model against the market, over exactly the matches that have prices."""

    n: Annotated[Matches, about("matches that have prices")]
    log_loss_model: Annotated[Loss, about("the model's mean log-loss over them")]
    log_loss_market: Annotated[
        Loss, about("the market's: the price at the moment of the bet, margin removed")
    ]
    log_loss_difference: Annotated[Difference, about("model minus market; below zero the model is better")]
    ci95: Annotated[Interval | None, about("95% interval of the difference; null with fewer than 30 days")]
    rps_difference: Annotated[ScoreDifference | None, about("the same in RPS; null except for 1x2")]
    rps_ci95: Annotated[ScoreInterval | None, about("95% interval of the difference in RPS")]


_Bin = TypedDict(
    "_Bin",
    {
        "from": Annotated[Probability, about("lower end of the bin")],
        "to": Annotated[Probability, about("upper end of the bin")],
    },
)


class CalibrationBin(_Bin):
    """Forecasts of about one probability, and how often the outcome happened."""

    outcome: Annotated[str, about("the outcome forecast")]
    n: Annotated[Matches, about("forecasts in the bin")]
    predicted: Annotated[Probability, about("mean probability forecast")]
    observed: Annotated[Share, about("how often the outcome happened")]
    low: Annotated[Share, about("lower end of the band that holds a perfect forecast 95 times in 100")]
    high: Annotated[Share, about("upper end of that band")]


Totals = TypedDict(
    "Totals",
    {
        "staked": Annotated[Stake, about("turnover: stakes without what was void or pushed")],
        "profit": Annotated[Money, about("winnings minus stakes")],
        "yield": Annotated[Yield | None, about("profit / turnover; null without turnover")],
        "yield_ci95": Annotated[
            YieldInterval | None, about("95% interval of `yield`; null with fewer than 30 days")
        ],
    },
)


class ClosingLineValue(TypedDict):
    """What the prices taken were worth at the close."""

    n: Annotated[Bets, about("bets whose price closed later than it was taken")]
    mean: Annotated[
        Yield, about("stake-weighted mean of odds taken times closing probability without margin, minus 1")
    ]
    ci95: Annotated[YieldInterval | None, about("95% interval of the mean; null with fewer than 30 days")]


class _Counts(TypedDict):
    """How many bets."""

    count: Annotated[Bets, about("bets placed")]
    won: Annotated[Bets, about("bets won, wholly or by half")]
    void: Annotated[Bets, about("bets whose stake was returned")]


class BetSummary(_Counts, Totals):
    """Bets, their profit and the bankroll that they leave."""

    ending_bankroll: Annotated[Stake, about("the bankroll at the end")]
    growth: Annotated[float, measured_in("fraction", -1), about("ending bankroll / first bankroll - 1")]
    max_drawdown: Annotated[Share, about("largest loss from a peak of the bankroll")]
    closing_line_value: Annotated[ClosingLineValue | None, about("null where no price closed later")]


class SettledBets(TypedDict):
    """How bets settled, only of markets that may be pushed or settled by halves."""

    settled: NotRequired[
        Annotated[
            dict[str, Bets],
            by("settlement"),
            about("bets by `win`, `half_win`, `push`, `half_loss` and `loss`; only with further markets"),
        ]
    ]


class BetsPlaced(BetSummary, SettledBets):
    """The bets and what became of them."""

    ruined_on: Annotated[
        Day | None, about("when the bankroll was gone and betting stopped; null where it was not")
    ]


_Alternative = TypedDict(
    "_Alternative",
    {
        "count": Annotated[Bets, about("bets, as many as the model's")],
        "profit": Annotated[Money, about("winnings minus stakes")],
        "yield": Annotated[Yield | None, about("profit / turnover; null without turnover")],
    },
)


class Alternative(_Alternative):
    """The same stakes on the same matches, bet otherwise."""


class EquityPoint(TypedDict):
    """The bankroll at the end of a day on which bets were settled."""

    date: Annotated[Day, about("UTC day; the first point is the day before `from`")]
    bankroll: Annotated[Stake, about("the bankroll at the end of the day")]
    drawdown: Annotated[Share, about("lost since the highest bankroll so far")]
    no_skill_low: Annotated[Money, about("lower end of the band that holds 95% of bettors without skill")]
    no_skill_high: Annotated[Money, about("upper end of that band")]


class LossSummary(TypedDict):
    """Log-losses over some matches."""

    evaluated: Annotated[Matches, about("matches with a forecast and a result")]
    log_loss: Annotated[Loss | None, about("the model's; null without matches")]
    base_rate_log_loss: Annotated[
        Loss | None, about("log-loss of always forecasting how often each outcome happens")
    ]
    priced: Annotated[Matches, about("of the evaluated ones, those with prices")]
    log_loss_where_priced: Annotated[Loss | None, about("the model's over the priced ones")]
    market_log_loss: Annotated[Loss | None, about("the market's over the priced ones; null without any")]
    difference_ci95: Annotated[
        Interval | None, about("95% interval of model minus market; null with fewer than 30 days")
    ]


_Period = TypedDict(
    "_Period",
    {
        "from": Annotated[Day, about("first day of the period")],
        "to": Annotated[Day, about("last day of the period")],
        "trained_on": Annotated[Matches, about("earlier matches that its model was fitted on")],
    },
)


class _BetCount(TypedDict):
    """How many bets."""

    bets: Annotated[Bets, about("bets placed")]


class _PeriodBets(_BetCount):
    """What was bet, without the stakes."""

    profit: Annotated[Money, about("winnings minus stakes")]


class Period(_Period, LossSummary, _PeriodBets):
    """The days between two refits."""


class _League(TypedDict):
    """Which league."""

    league_id: Annotated[int, about("`V3_Leagues.league_id`")]
    league: Annotated[str, about("name of the league")]


class LeagueLosses(_League, LossSummary):
    """Log-losses over one league's matches."""


class LeagueBets(_BetCount, Totals):
    """Bets on one league's matches."""


class LeagueResult(LeagueLosses, LeagueBets):
    """One league."""


class _LineOfMatches(TypedDict):
    """Which line."""

    line: Annotated[Line, about("the home team's handicap, or the total")]


class LineLosses(_LineOfMatches, LossSummary):
    """Log-losses over the matches of one line."""


class LineResult(LineLosses, LeagueBets):
    """One line."""


class ByLine(TypedDict):
    """What is said of lines, only of markets that may have any."""

    by_line: NotRequired[
        Annotated[
            list[LineResult],
            about(
                "each line, the lowest first; empty in a market without lines, absent with `1x2`, `ou25` and `btts`"
            ),
        ]
    ]


_EdgeClass = TypedDict(
    "_EdgeClass",
    {
        "from": Annotated[Probability, about("smallest edge of the class")],
        "to": Annotated[Probability, about("the edge at which the next class begins")],
        "count": Annotated[Bets, about("bets of the class")],
    },
)


class ByEdge(_EdgeClass, Totals):
    """Bets of about the same edge."""


_PriceClass = TypedDict(
    "_PriceClass",
    {
        "from": Annotated[float, measured_in("decimal odds", 1), about("lowest price of the class")],
        "to": Annotated[Odds | None, about("the price at which the next class begins; null for the last")],
        "count": Annotated[Bets, about("bets of the class")],
    },
)


class ByPrice(_PriceClass, Totals):
    """Bets at about the same price."""


class NotableMatch(TypedDict):
    """The match of a bet, and how it ended."""

    fixture_id: Annotated[int, about("`V3_Fixtures.fixture_id`")]
    date: Annotated[Moment, about("kick-off")]
    league: Annotated[str, about("name of the league")]
    home_team: Annotated[str, about("name of the home team")]
    away_team: Annotated[str, about("name of the away team")]
    score: Annotated[str, about("goals of both after 90 minutes")]


class NotableLine(TypedDict):
    """The line of a bet."""

    line: NotRequired[
        Annotated[
            Line | None,
            about("the line bet on; null in a market without lines, absent with `1x2`, `ou25` and `btts`"),
        ]
    ]


class NotableBet(NotableMatch, NotableLine):
    """One of the biggest wins or losses, and why it was placed."""

    outcome: Annotated[str, about("the outcome bet on")]
    odds: Annotated[Odds, about("the price taken")]
    probability: Annotated[Probability, about("the model's")]
    market_probability: Annotated[Probability, about("the market's, margin removed")]
    edge: Annotated[
        float,
        Field(ge=-1.0, le=1.0),
        measured_in("probability"),
        about("the model's probability minus the market's"),
    ]
    stake: Annotated[Stake, about("the stake")]
    profit: Annotated[Money, about("winnings minus stakes")]
    explanation: Annotated[
        list[ImpactOfFeature],
        about(
            "what moved the outcome bet on most against the others, the price itself aside; empty with further "
            "markets, which no single model forecasts"
        ),
    ]


class Conclusions(TypedDict):
    """What a backtest shows, in sentences."""

    verdict: Annotated[str, about("the conclusion in a few sentences: read this first")]
    evidence: Annotated[Evidence, about("the verdict in parts")]
    warnings: Annotated[list[str], about("alarms, in sentences: results too good to be true")]


class _Scope(TypedDict):
    """What was evaluated."""

    scope: Annotated[Scope, about("the request, resolved")]


class BacktestFindings(_Scope, Conclusions, ByLine):
    """All of the answer that does not depend on the machine."""

    matches: Annotated[MatchesEvaluated, about("how many were evaluated, and why others were not")]
    metrics: Annotated[
        dict[Forecaster, ForecastScores | None],
        by("forecaster"),
        about(
            "of the model, base rates, Elo alone and the market; `market` is over the matches that have "
            "prices, null without any; base rates and Elo are null with `ah` and `ou<line>`"
        ),
    ]
    versus_market: Annotated[VersusMarket | None, about("null where no match has prices")]
    calibration: Annotated[
        list[CalibrationBin],
        about("by outcome and bin of probability, 20 of equal width, empty ones left out"),
    ]
    bets: Annotated[BetsPlaced, about("one bet a market and match, the highest expected value")]
    favourite: Annotated[Alternative, about("the same stakes on the favourite, for comparison")]
    random: Annotated[
        Alternative, about("the same stakes on an outcome drawn at random: the exact expectation")
    ]
    equity: Annotated[list[EquityPoint], about("the bankroll over time")]
    periods: Annotated[list[Period], about("each with a model of earlier days alone")]
    by_league: Annotated[list[LeagueResult], about("the league with most matches first")]
    by_edge: Annotated[list[ByEdge], about("bets by their edge, empty classes left out")]
    by_price: Annotated[list[ByPrice], about("bets by the odds taken, empty classes left out")]
    notable: Annotated[
        dict[Notable, list[NotableBet]],
        by("kind"),
        about("`wins` and `losses`: the biggest of each, largest first"),
    ]


class BacktestAnswer(BacktestFindings):
    """A backtest that has ended."""

    seconds: Annotated[Seconds, about("how long it took")]
