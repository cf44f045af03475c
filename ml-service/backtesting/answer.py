"""The answer: everything a backtest found, in plain Python values that JSON can hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting import book as books
from backtesting import breakdown, calibration, leakage, scores, verdict
from backtesting.book import Book
from backtesting.days import day_number, days_of, written
from backtesting.inputs import Study, left_out
from backtesting.notable import notable
from backtesting.request import BacktestRequest
from backtesting.scores import Evaluated
from backtesting.settlement import Ledger
from backtesting.walk_forward import Walk
from markets.market import UNKNOWN
from models.market_model import BASES, WITH_ODDS, WITHOUT_ODDS

TOO_FEW = "too_few_earlier_matches"


@dataclass(frozen=True)
class Findings:
    """All that a backtest found."""

    request: BacktestRequest
    study: Study
    walked: Walk
    book: Book
    ledger: Ledger

    @property
    def evaluated(self) -> Evaluated:
        """The candidates with a forecast and a result."""
        study, walked = self.study, self.walked
        which = np.flatnonzero(walked.forecast & (study.problem.labels[study.candidates] != UNKNOWN))
        rows = study.candidates[which]
        return Evaluated(
            day=days_of(study.column("kickoff")[rows]),
            league=study.column("league_id")[rows],
            fold=walked.fold[which],
            label=study.problem.labels[rows],
            model=walked.probabilities[which],
            base=walked.base[which],
            elo=walked.elo[which],
            market=study.implied[rows],
            saw_prices=walked.saw_prices[which],
        )


def compose(found: Findings, order: tuple[int, ...]) -> dict[str, Any]:
    """The contract's body without `seconds`, with further fields beside it."""
    matches, book = found.evaluated, found.book
    request, study = found.request, found.study
    curve = books.curve_of(book, request.staking.bankroll, day_number(request.first))
    return {
        "scope": request.scope(_leagues(study), order),
        **_conclusion(found, matches),
        "matches": _matches(found, matches),
        "metrics": scores.metrics(matches),
        "versus_market": _written(scores.versus_market(matches)),
        "calibration": calibration.table(matches.model, matches.label, study.market.outcomes),
        "bets": {**books.summary(book, curve), "ruined_on": _day(found.ledger.ruined_on)},
        "favourite": books.favourite(book),
        "random": books.at_random(book),
        "equity": curve.points(),
        "periods": [_period(found, matches, number) for number in range(len(found.walked.folds))],
        "by_league": _by_league(found, matches),
        "by_edge": breakdown.by_edge(book),
        "by_price": breakdown.by_price(book),
        "notable": notable(study, found.walked, book),
    }


def _leagues(study: Study) -> list[int]:
    return [int(league) for league in np.unique(study.column("league_id")[study.asked])]


def _matches(found: Findings, matches: Evaluated) -> dict[str, Any]:
    reasons = Counter(left_out(found.study))
    resulted = found.study.problem.labels[found.study.candidates] != UNKNOWN
    reasons[TOO_FEW] += int((resulted & ~found.walked.forecast).sum())
    return {
        "evaluated": len(matches),
        "not_evaluated": {reason: count for reason, count in reasons.items() if count},
        "basis": {WITH_ODDS: int(matches.saw_prices.sum()), WITHOUT_ODDS: int((~matches.saw_prices).sum())},
        "rejected_rows": dict(found.study.dataset.rejected),
    }


def _conclusion(found: Findings, matches: Evaluated) -> dict[str, Any]:
    versus, book = scores.versus_market(matches), found.book
    against = _against(versus)
    money = books.totals(book)
    profit = verdict.of_profit(int((~book.void).sum()), money["yield"], money["yield_ci95"])
    gap = versus.log_loss if versus else None
    head = verdict.headline(against, profit, gap, money["yield"])
    warning = _suspicion(matches, versus)
    ruin = _ruin(found.ledger)
    said = [head, against.sentence if against else None, profit.sentence, ruin, warning]
    return {
        "verdict": " ".join(filter(None, said)),
        "evidence": {
            "headline": head,
            "market": _written_finding(against),
            "profit": _written_finding(profit),
            "ruin": ruin,
        },
        "warnings": [warning] if warning else [],
    }


def _ruin(ledger: Ledger) -> str | None:
    if ledger.ruined_on is None:
        return None
    return f"The bankroll was gone by {written(ledger.ruined_on)} and betting stopped; later matches are only scored."


def _against(versus: scores.Difference | None) -> verdict.Finding | None:
    return verdict.against_market(versus.n, versus.log_loss, versus.interval) if versus else None


def _suspicion(matches: Evaluated, versus: scores.Difference | None) -> str | None:
    saw_prices = bool(matches.saw_prices.any())
    return leakage.suspicion(versus.log_loss, versus.interval, saw_prices) if versus else None


def _written_finding(finding: verdict.Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {
        "sentence": finding.sentence,
        "could_be_luck": finding.could_be_luck,
        "needed_to_know": finding.needed,
    }


def _written(difference: scores.Difference | None) -> dict[str, Any] | None:
    return difference.written() if difference else None


def _day(number: int | None) -> str | None:
    return None if number is None else written(number)


def _period(found: Findings, matches: Evaluated, number: int) -> dict[str, Any]:
    fold = found.walked.folds[number]
    bets = found.book.only(_fold_of(found)[found.book.row] == number)
    trained_on = [found.walked.trained_on.get((number, basis), 0) for basis in BASES]
    return {
        "from": written(fold.first),
        "to": written(fold.last),
        "trained_on": max(trained_on),
        **scores.losses(matches.only(matches.fold == number)),
        "bets": len(bets),
        "profit": float(bets.profit.sum()),
    }


def _fold_of(found: Findings) -> NDArray[np.int64]:
    """The period of each fixture of the dataset, -1 outside, (n,)."""
    folds = np.full(len(found.study.asked), -1, dtype=np.int64)
    folds[found.study.candidates] = found.walked.fold
    return folds


def _by_league(found: Findings, matches: Evaluated) -> list[dict[str, Any]]:
    leagues = found.study.dataset.leagues
    names = dict(zip(leagues["league_id"].tolist(), leagues["name"].tolist(), strict=True))
    of_bet = found.study.column("league_id")[found.book.row]
    rows = scores.by_league(matches, names)
    return [{**row, **_money(found.book.only(of_bet == row["league_id"]))} for row in rows]


def _money(book: Book) -> dict[str, Any]:
    return {"bets": len(book), **books.totals(book)}
