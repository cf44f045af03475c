"""Schema of the answer of /backtest, for /docs and /openapi.json only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.answers import (
    Answer,
    Basis,
    ImpactOfFeature,
    Matches,
    Moment,
    Odds,
    RowCounts,
    Seconds,
    by,
    measured_in,
)
from api.markets import BacktestMarket
from api.model_answers import Day, Difference, Loss

Bets = Annotated[int, measured_in("bets", 0)]
Money = Annotated[float, measured_in("currency of the bankroll")]
Stake = Annotated[float, measured_in("currency of the bankroll", 0)]
Yield = Annotated[float, measured_in("per unit staked", -1)]
YieldInterval = Annotated[list[Yield], Field(min_length=2, max_length=2)]
Interval = Annotated[list[Difference], Field(min_length=2, max_length=2)]
Share = Annotated[float, Field(ge=0.0, le=1.0), measured_in("fraction")]
Probability = Annotated[float, Field(ge=0.0, le=1.0), measured_in("probability")]
Line = Annotated[float, measured_in("goals")]
Score = Annotated[float, measured_in("squared probability", 0)]
ScoreDifference = Annotated[float, measured_in("squared probability")]
ScoreInterval = Annotated[list[ScoreDifference], Field(min_length=2, max_length=2)]

_REASONS = {
    "void": "ended `AWD`, `WO`, `CANC` or `ABD`",
    "postponed": "stands at `PST`",
    "no_result_yet": "not played, or its result is not known",
    "too_few_earlier_matches": "too few earlier matches to fit a model on",
    "pushed": "its line is pushed: a bet on either side gets its stake back",
    "without_line": "has no price that says on which line it is judged",
}


class Staking(Answer):
    """How much a bet staked."""

    method: Literal["flat", "kelly"] = Field(description="as in the request")
    fraction: Share = Field(description="of Kelly's stake")
    cap: Share = Field(description="largest share of the bankroll in one bet")
    bankroll: Stake = Field(description="the first bankroll")


class Scope(Answer):
    """The request, resolved."""

    first: Day = Field(alias="from", description="first UTC day of kick-off evaluated")
    last: Day = Field(alias="to", description="last UTC day of kick-off evaluated")
    league_ids: list[int] = Field(
        description="the leagues evaluated, listed also where the request names none"
    )
    market: BacktestMarket = Field(description="the market bet on")
    outcomes: list[str] = Field(description="its outcomes, in their order")
    refit: Literal["month", "quarter", "season"] = Field(description="how often the model was refitted")
    use_odds: bool = Field(description="whether the model saw the matches' prices")
    bookmaker_id: int | Literal["best"] | None = Field(
        description="whose prices the bets take, as in the request"
    )
    bookmakers: list[int] = Field(
        description="the order of the setting `BOOKMAKERS`; -1 is the imported average"
    )
    min_edge: Probability = Field(description="smallest edge of a bet")
    staking: Staking


class Finding(Answer):
    """One conclusion."""

    sentence: str = Field(description="in words")
    could_be_luck: bool | None = Field(
        description="whether its 95% interval holds zero; null where there is too little to tell"
    )
    needed_to_know: Annotated[int, measured_in("matches or bets", 0)] | None = Field(
        description="about how many it takes to show a difference of this size four times in five; "
        "null where that is unknown"
    )


class Evidence(Answer):
    """What the figures show."""

    headline: str = Field(description="the conclusion in a sentence")
    market: Finding | None = Field(description="the model against the market; null without prices")
    profit: Finding = Field(description="the bets")
    ruin: str | None = Field(description="that the bankroll was lost, and when; null where it was not")


class MatchesEvaluated(Answer):
    """Every match of the range."""

    evaluated: Matches = Field(description="matches with a forecast and a result")
    not_evaluated: Annotated[dict[str, Matches], by("reason")] = Field(
        description="the others, by reason", json_schema_extra={"x-meanings": dict(_REASONS)}
    )
    basis: Annotated[dict[Basis, Matches], by("basis")] = Field(
        description="of the evaluated ones, by the half of the model that forecast: `with_odds` or `without_odds`"
    )
    rejected_rows: RowCounts = Field(description="rows of the database left out because they cannot be true")


class Scores(Answer):
    """Mean scores of one forecaster."""

    n: Matches = Field(description="matches scored")
    log_loss: Loss = Field(description="mean log-loss; lower is better")
    brier: Annotated[float, Field(ge=0.0, le=2.0), measured_in("squared probability")] = Field(
        description="Brier score, summed over outcomes; lower is better"
    )
    rps: Score | None = Field(description="ranked probability score, 0 to 1; null except for 1x2")
    ece: Probability = Field(
        description="expected calibration error of the most likely outcome, 15 bins of equal width"
    )
    accuracy: Share = Field(description="how often the most likely outcome happened")
    log_loss_ci95: Interval | None = Field(
        description="95% interval of `log_loss`; null with fewer than 30 days"
    )


class VersusMarket(Answer):
    """The model against the market, over exactly the matches that have prices."""

    n: Matches = Field(description="matches that have prices")
    log_loss_model: Loss = Field(description="the model's mean log-loss over them")
    log_loss_market: Loss = Field(
        description="the market's: the price at the moment of the bet, margin removed"
    )
    log_loss_difference: Difference = Field(description="model minus market; below zero the model is better")
    ci95: Interval | None = Field(description="95% interval of the difference; null with fewer than 30 days")
    rps_difference: ScoreDifference | None = Field(description="the same in RPS; null except for 1x2")
    rps_ci95: ScoreInterval | None = Field(description="95% interval of the difference in RPS")


class CalibrationBin(Answer):
    """Forecasts of about one probability, and how often the outcome happened."""

    outcome: str = Field(description="the outcome forecast")
    start: Probability = Field(alias="from", description="lower end of the bin")
    end: Probability = Field(alias="to", description="upper end of the bin")
    n: Matches = Field(description="forecasts in the bin")
    predicted: Probability = Field(description="mean probability forecast")
    observed: Share = Field(description="how often the outcome happened")
    low: Share = Field(description="lower end of the band that holds a perfect forecast 95 times in 100")
    high: Share = Field(description="upper end of that band")


class Totals(Answer):
    """Turnover and profit of some bets."""

    staked: Stake = Field(description="turnover: stakes without what was void or pushed")
    profit: Money = Field(description="winnings minus stakes")
    rate: Yield | None = Field(alias="yield", description="profit / turnover; null without turnover")
    yield_ci95: YieldInterval | None = Field(
        description="95% interval of `yield`; null with fewer than 30 days"
    )


class ClosingLineValue(Answer):
    """What the prices taken were worth at the close."""

    n: Bets = Field(description="bets whose price closed later than it was taken")
    mean: Yield = Field(
        description="stake-weighted mean of odds taken times closing probability without margin, minus 1"
    )
    ci95: YieldInterval | None = Field(description="95% interval of the mean; null with fewer than 30 days")


class _Counts(Answer):
    """How many bets."""

    count: Bets = Field(description="bets placed")
    won: Bets = Field(description="bets won, wholly or by half")
    void: Bets = Field(description="bets whose stake was returned")


class BetsPlaced(Totals, _Counts):
    """The bets and what became of them."""

    ending_bankroll: Stake = Field(description="the bankroll at the end")
    growth: Annotated[float, measured_in("fraction", -1)] = Field(
        description="ending bankroll / first bankroll - 1"
    )
    max_drawdown: Share = Field(description="largest loss from a peak of the bankroll")
    closing_line_value: ClosingLineValue | None = Field(description="null where no price closed later")
    ruined_on: Day | None = Field(
        description="when the bankroll was gone and betting stopped; null where it was not"
    )
    settled: Annotated[dict[str, Bets], by("settlement")] | None = Field(
        default=None,
        description="bets by `win`, `half_win`, `push`, `half_loss` and `loss`; only with `ah`, `dc` and `ou<line>`",
    )


class Alternative(Answer):
    """The same stakes on the same matches, bet otherwise."""

    count: Bets = Field(description="bets, as many as the model's")
    profit: Money = Field(description="winnings minus stakes")
    rate: Yield | None = Field(alias="yield", description="profit / turnover; null without turnover")


class EquityPoint(Answer):
    """The bankroll at the end of a day on which bets were settled."""

    date: Day = Field(description="UTC day; the first point is the day before `from`")
    bankroll: Stake = Field(description="the bankroll at the end of the day")
    drawdown: Share = Field(description="lost since the highest bankroll so far")
    no_skill_low: Money = Field(description="lower end of the band that holds 95% of bettors without skill")
    no_skill_high: Money = Field(description="upper end of that band")


class Losses(Answer):
    """Log-losses over some matches."""

    evaluated: Matches = Field(description="matches with a forecast and a result")
    log_loss: Loss | None = Field(description="the model's; null without matches")
    base_rate_log_loss: Loss | None = Field(
        description="log-loss of always forecasting how often each outcome happens"
    )
    priced: Matches = Field(description="of the evaluated ones, those with prices")
    log_loss_where_priced: Loss | None = Field(description="the model's over the priced ones")
    market_log_loss: Loss | None = Field(description="the market's over the priced ones; null without any")
    difference_ci95: Interval | None = Field(
        description="95% interval of model minus market; null with fewer than 30 days"
    )
    bets: Bets = Field(description="bets placed")
    profit: Money = Field(description="winnings minus stakes")


class _Days(Answer):
    """Which days; pydantic puts the fields of the last base first."""

    first: Day = Field(alias="from", description="first day of the period")
    last: Day = Field(alias="to", description="last day of the period")
    trained_on: Matches = Field(description="earlier matches that its model was fitted on")


class Period(Losses, _Days):
    """The days between two refits."""


class _League(Answer):
    """Which league."""

    league_id: int = Field(description="`V3_Leagues.league_id`")
    league: str = Field(description="name of the league")


class LeagueResult(Losses, _League):
    """One league."""

    staked: Stake = Field(description="turnover: stakes without those of void bets")
    rate: Yield | None = Field(alias="yield", description="profit / turnover; null without turnover")
    yield_ci95: YieldInterval | None = Field(
        description="95% interval of `yield`; null with fewer than 30 days"
    )


class _LineOfMatches(Answer):
    """Which line."""

    line: Line = Field(description="the home team's handicap, or the total")


class LineResult(Losses, _LineOfMatches):
    """One line."""

    staked: Stake = Field(description="turnover: stakes without what was void or pushed")
    rate: Yield | None = Field(alias="yield", description="profit / turnover; null without turnover")
    yield_ci95: YieldInterval | None = Field(
        description="95% interval of `yield`; null with fewer than 30 days"
    )


class _EdgeClass(Answer):
    """Which edges, and how many bets."""

    start: Probability = Field(alias="from", description="smallest edge of the class")
    end: Probability = Field(alias="to", description="the edge at which the next class begins")
    count: Bets = Field(description="bets of the class")


class ByEdge(Totals, _EdgeClass):
    """Bets of about the same edge."""


class _PriceClass(Answer):
    """Which prices, and how many bets."""

    start: Annotated[float, measured_in("decimal odds", 1)] = Field(
        alias="from", description="lowest price of the class"
    )
    end: Odds | None = Field(
        alias="to", description="the price at which the next class begins; null for the last"
    )
    count: Bets = Field(description="bets of the class")


class ByPrice(Totals, _PriceClass):
    """Bets at about the same price."""


class NotableBet(Answer):
    """One of the biggest wins or losses, and why it was placed."""

    fixture_id: int = Field(description="`V3_Fixtures.fixture_id`")
    date: Moment = Field(description="kick-off")
    league: str = Field(description="name of the league")
    home_team: str = Field(description="name of the home team")
    away_team: str = Field(description="name of the away team")
    score: str = Field(description="goals of both after 90 minutes")
    outcome: str = Field(description="the outcome bet on")
    line: Line | None = Field(
        default=None,
        description="the line bet on; null in a market without lines, absent with `1x2`, `ou25` and `btts`",
    )
    odds: Odds = Field(description="the price taken")
    probability: Probability = Field(description="the model's")
    market_probability: Probability = Field(description="the market's, margin removed")
    edge: Annotated[float, Field(ge=-1.0, le=1.0), measured_in("probability")] = Field(
        description="the model's probability minus the market's"
    )
    stake: Stake = Field(description="the stake")
    profit: Money = Field(description="winnings minus stakes")
    explanation: list[ImpactOfFeature] = Field(
        description="what moved the outcome bet on most against the others, the price itself aside; empty with `ah`, "
        "`dc` and `ou<line>`, which no single model forecasts"
    )


class BacktestAnswer(Answer):
    """A backtest that has ended."""

    scope: Scope = Field(description="the request, resolved")
    verdict: str = Field(description="the conclusion in a few sentences: read this first")
    evidence: Evidence = Field(description="the verdict in parts")
    warnings: list[str] = Field(description="alarms, in sentences: results too good to be true")
    matches: MatchesEvaluated = Field(description="how many were evaluated, and why others were not")
    metrics: Annotated[
        dict[Literal["model", "base_rate", "elo", "market"], Scores | None], by("forecaster")
    ] = Field(
        description="of the model, base rates, Elo alone and the market; `market` is over the matches that have "
        "prices, null without any; base rates and Elo are null with `ah` and `ou<line>`"
    )
    versus_market: VersusMarket | None = Field(description="null where no match has prices")
    calibration: list[CalibrationBin] = Field(
        description="by outcome and bin of probability, 20 of equal width, empty ones left out"
    )
    bets: BetsPlaced = Field(description="one bet a market and match, the highest expected value")
    favourite: Alternative = Field(description="the same stakes on the favourite, for comparison")
    random: Alternative = Field(
        description="the same stakes on an outcome drawn at random: the exact expectation"
    )
    equity: list[EquityPoint] = Field(description="the bankroll over time")
    periods: list[Period] = Field(description="each with a model of earlier days alone")
    by_league: list[LeagueResult] = Field(description="the league with most matches first")
    by_edge: list[ByEdge] = Field(description="bets by their edge, empty classes left out")
    by_price: list[ByPrice] = Field(description="bets by the odds taken, empty classes left out")
    by_line: list[LineResult] | None = Field(
        default=None,
        description="each line, the lowest first; empty in a market without lines, absent with `1x2`, `ou25`, `btts`",
    )
    notable: Annotated[dict[Literal["wins", "losses"], list[NotableBet]], by("kind")] = Field(
        description="`wins` and `losses`: the biggest of each, largest first"
    )
    seconds: Seconds = Field(description="how long it took")
