"""The answer: a backtest's result in plain Python values that JSON can hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from backtesting import book as books
from backtesting import leakage, scores, verdict
from backtesting.book import Book
from backtesting.further import (
    FurtherForecasts,
    FurtherInputs,
    evaluated_matches,
    pushed,
    settled_bets,
    without_half_time,
    without_line,
)
from backtesting.inputs import BacktestInputs, MatchSelection, excluded_by_reason
from backtesting.notable import notable_bets, notable_rows
from backtesting.request import BacktestRequest
from backtesting.scores import EvaluatedMatches, MarketComparison
from backtesting.settlement import Settlement
from backtesting.walk_forward import Forecasts
from common.arrays import Ints, Mask
from common.times import DAY_SECONDS, date_of, day_number
from contract.backtest import (
    BacktestFindings,
    BetsPlaced,
    ByLine,
    CalibrationBin,
    Conclusions,
    LeagueBets,
    LeagueResult,
    MatchesEvaluated,
    Notable,
    NotableBet,
    NotableLine,
    Period,
    SettledBets,
)
from models.market_model import BASES, WITH_ODDS, WITHOUT_ODDS

TOO_FEW_EARLIER_MATCHES = "too_few_earlier_matches"
PUSHED, WITHOUT_LINE, WITHOUT_HALF_TIME = "pushed", "without_line", "without_half_time"


@dataclass(frozen=True)
class BacktestResult:
    """All that a backtest of a calibrated market computes: what it works on, its forecasts and its bets."""

    request: BacktestRequest
    inputs: BacktestInputs
    forecasts: Forecasts
    book: Book
    settlement: Settlement

    @property
    def has_result(self) -> Mask:
        """Which fixtures have a result to evaluate, shape (n,)."""
        return self.inputs.data.labelled

    @property
    def evaluated(self) -> EvaluatedMatches:
        """The candidates with a forecast and a result."""
        inputs, forecasts = self.inputs, self.forecasts
        which = np.flatnonzero(forecasts.available & self.has_result[inputs.candidates])
        rows = inputs.candidates[which]
        return EvaluatedMatches(
            day=inputs.column("kickoff")[rows] // DAY_SECONDS,
            league=inputs.column("league_id")[rows],
            fold=forecasts.fold[which],
            label=inputs.data.labels[rows],
            model=forecasts.probabilities[which],
            base=forecasts.base[which],
            elo=forecasts.elo[which],
            market=inputs.implied[rows],
            saw_prices=forecasts.saw_prices[which],
            weight=np.ones(len(which)),
            line=np.full(len(which), np.nan),
        )

    @property
    def not_evaluated(self) -> dict[str, int]:
        """Further numbers of matches that are not evaluated, by reason: none in these markets."""
        return {}

    def calibration(self, matches: EvaluatedMatches) -> list[CalibrationBin]:
        """The answer's `calibration`."""
        return scores.reliability(matches, self.inputs.market.outcomes)

    def notable(self) -> dict[Notable, list[NotableBet]]:
        """The answer's `notable`."""
        return notable_bets(self.inputs, self.forecasts, self.book)

    def settled(self) -> SettledBets:
        """Fields of the answer's `bets` about settlements: none in these markets."""
        return {}

    def lines(self, _: EvaluatedMatches) -> ByLine:
        """Fields of the answer about lines: none in these markets."""
        return {}


@dataclass(frozen=True)
class FurtherResult:
    """The same of a further market."""

    request: BacktestRequest
    inputs: FurtherInputs
    further: FurtherForecasts
    book: Book
    settlement: Settlement

    @property
    def forecasts(self) -> Forecasts:
        """Cover probabilities of all candidates."""
        return self.further.covers

    @property
    def has_result(self) -> Mask:
        """Which fixtures have a result to settle by, shape (n,)."""
        return self.inputs.has_result

    @property
    def evaluated(self) -> EvaluatedMatches:
        """The candidates with a forecast and a result that is no push."""
        return evaluated_matches(self.inputs, self.further)

    @property
    def not_evaluated(self) -> dict[str, int]:
        """Further numbers of matches that are not evaluated, by reason."""
        return {
            PUSHED: pushed(self.inputs, self.further),
            WITHOUT_LINE: without_line(self.inputs),
            WITHOUT_HALF_TIME: without_half_time(self.inputs, self.further),
        }

    def calibration(self, matches: EvaluatedMatches) -> list[CalibrationBin]:
        """The answer's `calibration`; outcomes of double chance come true where their counterpart does not."""
        market = self.inputs.choice.market
        if market.winners == 1:
            return scores.reliability(matches, market.outcomes)
        return [
            row
            for index, outcome in enumerate(market.outcomes)
            for row in scores.outcome_reliability(
                outcome, 1.0 - matches.model[:, index], (matches.label != index) * 1.0, matches.weight
            )
        ]

    def notable(self) -> dict[Notable, list[NotableBet]]:
        """The answer's `notable`, each with its line and without an explanation: no single model forecast it."""
        has_lines = self.inputs.choice.market.has_lines

        def line(row: int) -> NotableLine:
            return {"line": float(self.inputs.line[row]) if has_lines else None}

        return notable_rows(self.inputs, self.request.outcomes, self.book, lambda *_: [], line)

    def settled(self) -> SettledBets:
        """Fields of the answer's `bets` about settlements."""
        return {"settled": settled_bets(self.inputs, self.book)}

    def lines(self, matches: EvaluatedMatches) -> ByLine:
        """Fields of the answer about lines: the scores and the money of each."""
        if not self.inputs.choice.market.has_lines:
            return {"by_line": []}
        line_of_bet = self.inputs.line[self.book.row]
        return {
            "by_line": [
                {**row, **_money(self.book.select(line_of_bet == row["line"]))}
                for row in scores.by_line(matches)
            ]
        }


Result = BacktestResult | FurtherResult


def compose(result: Result, bookmakers: tuple[int, ...]) -> BacktestFindings:
    """The contract's body without `seconds`, with further fields; `bookmakers` are in order of preference."""
    matches, book = result.evaluated, result.book
    request, inputs = result.request, result.inputs
    curve = books.equity_curve(book, request.staking.bankroll, day_number(request.first))
    versus = scores.versus_market(matches)
    return {
        "scope": request.scope(_leagues(inputs), bookmakers),
        **_conclusions(result, matches, versus),
        "matches": _matches(result, matches),
        "metrics": scores.metrics(matches),
        "versus_market": versus.to_plain() if versus else None,
        "calibration": result.calibration(matches),
        "bets": _bets(result, curve),
        "favourite": books.favourite(book),
        "random": books.at_random(book),
        "equity": curve.points(),
        "periods": [_period(result, matches, number) for number in range(len(result.forecasts.folds))],
        "by_league": _by_league(result, matches),
        "by_edge": books.by_edge(book),
        "by_price": books.by_price(book),
        **result.lines(matches),
        "notable": result.notable(),
    }


def _bets(result: Result, curve: books.EquityCurve) -> BetsPlaced:
    return {
        **books.summary(result.book, curve),
        "ruined_on": _day_text(result.settlement.ruined_on),
        **result.settled(),
    }


def _leagues(inputs: MatchSelection) -> list[int]:
    return [int(league) for league in np.unique(inputs.column("league_id")[inputs.in_scope])]


def _matches(result: Result, matches: EvaluatedMatches) -> MatchesEvaluated:
    reasons = Counter(excluded_by_reason(result.inputs, result.has_result))
    has_result = result.has_result[result.inputs.candidates]
    reasons[TOO_FEW_EARLIER_MATCHES] += int((has_result & ~result.forecasts.available).sum())
    reasons.update(result.not_evaluated)
    return {
        "evaluated": len(matches),
        "not_evaluated": {reason: count for reason, count in reasons.items() if count},
        "basis": {WITH_ODDS: int(matches.saw_prices.sum()), WITHOUT_ODDS: int((~matches.saw_prices).sum())},
        "rejected_rows": dict(result.inputs.dataset.rejected),
    }


def _conclusions(result: Result, matches: EvaluatedMatches, versus: MarketComparison | None) -> Conclusions:
    """The answer's `verdict`, `evidence` and `warnings`."""
    book = result.book
    money = books.totals(book)
    market = _market_conclusion(versus)
    profit = verdict.judge_profit(int((~book.void).sum()), money["yield"], money["yield_ci95"])
    difference = versus.log_loss_difference if versus else None
    headline = verdict.headline(market, profit, difference, money["yield"])
    warning = _suspicion(matches, versus)
    ruin = _ruin(result.settlement)
    sentences = [headline, market.sentence if market else None, profit.sentence, ruin, warning]
    return {
        "verdict": " ".join(filter(None, sentences)),
        "evidence": {
            "headline": headline,
            "market": market.to_plain() if market else None,
            "profit": profit.to_plain(),
            "ruin": ruin,
        },
        "warnings": [warning] if warning else [],
    }


def _market_conclusion(versus: MarketComparison | None) -> verdict.Conclusion | None:
    if versus is None:
        return None
    return verdict.compare_with_market(versus.n, versus.log_loss_difference, versus.log_loss_interval)


def _ruin(settlement: Settlement) -> str | None:
    day = _day_text(settlement.ruined_on)
    if day is None:
        return None
    return f"The bankroll was gone by {day} and betting stopped; later matches are only scored."


def _suspicion(matches: EvaluatedMatches, versus: MarketComparison | None) -> str | None:
    if versus is None:
        return None
    saw_prices = bool(matches.saw_prices.any())
    return leakage.suspicion(versus.log_loss_difference, versus.log_loss_interval, saw_prices)


def _day_text(number: int | None) -> str | None:
    return None if number is None else date_of(number).isoformat()


def _period(result: Result, matches: EvaluatedMatches, number: int) -> Period:
    fold = result.forecasts.folds[number]
    bets = result.book.select(_fold_of_fixtures(result)[result.book.row] == number)
    trained_on = [result.forecasts.trained_on.get((number, basis), 0) for basis in BASES]
    return {
        "from": date_of(fold.first).isoformat(),
        "to": date_of(fold.last).isoformat(),
        "trained_on": max(trained_on),
        **scores.loss_summary(matches.select(matches.fold == number)),
        "bets": len(bets),
        "profit": float(bets.profit.sum()),
    }


def _fold_of_fixtures(result: Result) -> Ints:
    """The fold of each fixture of the dataset, -1 where it is no candidate, (n,)."""
    folds = np.full(len(result.inputs.in_scope), -1, dtype=np.int64)
    folds[result.inputs.candidates] = result.forecasts.fold
    return folds


def _by_league(result: Result, matches: EvaluatedMatches) -> list[LeagueResult]:
    leagues = result.inputs.dataset.leagues
    names = dict(zip(leagues["league_id"].tolist(), leagues["name"].tolist(), strict=True))
    league_of_bet = result.inputs.column("league_id")[result.book.row]
    return [
        {**row, **_money(result.book.select(league_of_bet == row["league_id"]))}
        for row in scores.by_league(matches, names)
    ]


def _money(book: Book) -> LeagueBets:
    return {"bets": len(book), **books.totals(book)}
