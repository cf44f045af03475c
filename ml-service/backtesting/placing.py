"""From forecasts and prices to placed and settled bets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtesting.bets import of_each
from backtesting.book import Book
from backtesting.inputs import Study
from backtesting.request import BacktestRequest
from backtesting.settlement import Ledger, Slips, play
from backtesting.walk_forward import Walk
from db.schema import FINISHED
from markets.value import NO_BET, choose

Ints = NDArray[np.int64]


def place(study: Study, walked: Walk, request: BacktestRequest) -> tuple[Book, Ledger]:
    """Choose, stake and settle the bets of a walk, in order of kick-off."""
    implied, odds = study.implied[study.candidates], study.offer.taken.odds[study.candidates]
    chosen = choose(walked.probabilities, implied, odds, request.min_edge)
    made = np.flatnonzero(chosen != NO_BET)
    rows, outcome = study.candidates[made], chosen[made]
    slips = _slips(study, rows, outcome, of_each(walked.probabilities[made], outcome))
    ledger = play(slips, request.staking)
    book = _book(study, rows, outcome, slips, ledger)
    return book.only(ledger.placed), ledger


def _slips(study: Study, rows: Ints, outcome: Ints, probability: NDArray[np.float64]) -> Slips:
    kickoff = study.column("kickoff")[rows]
    return Slips(
        kickoff=kickoff,
        settled_at=np.maximum(study.column("known_at")[rows], kickoff),
        probability=probability,
        odds=of_each(study.offer.taken.odds[rows], outcome),
        won=study.problem.labels[rows] == outcome,
        void=study.column("state")[rows] != FINISHED,
    )


def _book(study: Study, rows: Ints, outcome: Ints, slips: Slips, ledger: Ledger) -> Book:
    return Book(
        row=rows,
        kickoff=slips.kickoff,
        settled_at=slips.settled_at,
        outcome=outcome,
        label=study.problem.labels[rows].astype(np.int64),
        probability=slips.probability,
        odds=study.offer.taken.odds[rows],
        implied=study.implied[rows],
        closing=of_each(study.offer.closing[rows], outcome),
        stake=ledger.stakes,
        profit=ledger.profits,
        void=slips.void,
    )
