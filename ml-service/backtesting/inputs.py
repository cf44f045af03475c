"""What a backtest works on: the matches asked for, what was on offer, and every match as it looked beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting import leakage
from backtesting.audit import audit
from backtesting.days import day_number, days_of
from backtesting.offer import Choice, Listing, Offer, offer
from backtesting.request import BacktestRequest
from db.dataset import Dataset
from db.leagues import check_selection
from db.schema import POSTPONED, VOID
from errors import InsufficientData
from features.builder import build
from features.closings import sharpness_of
from markets.market import UNKNOWN, Market
from markets.registry import BY_KEY
from models import training_data as problems
from models.training_data import Problem

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Study:
    """All fixtures of `dataset`, (n,), in its order; `candidates` (c,) are the rows to forecast.

    `implied` holds margin-free probabilities of the price taken, NaN rows where there is none. Candidates are
    finished matches, and void or postponed ones that one could have bet on.
    """

    dataset: Dataset
    market: Market
    asked: Mask
    candidates: Ints
    offer: Offer
    implied: Array
    problem: Problem

    def column(self, name: str) -> NDArray[Any]:
        """A column of the fixtures."""
        return self.dataset.fixtures[name].to_numpy()


def gather(dataset: Dataset, request: BacktestRequest, order: tuple[int, ...]) -> Study:
    """Prices, features and labels of every match, and which of them are asked for.

    Raises LeagueNotFound, InsufficientData without a single match to evaluate, LeakageError.
    """
    asked = _asked(dataset, request)
    market = BY_KEY[request.market]
    fixtures = dataset.fixtures
    ids, kickoff = fixtures["fixture_id"].to_numpy(), fixtures["kickoff"].to_numpy()
    listing = Listing(dataset.quotes, market, ids, kickoff, sharpness_of(dataset))
    offered = offer(listing, Choice(request.bookmaker_id, order))
    leakage.forbid_later_knowledge(offered.as_of, kickoff)
    problem = _problem(dataset, market, offered, order)
    candidates = _candidates(dataset, asked, offered, problem)
    audit(dataset, offered.as_of, problem.features, candidates, order)
    return Study(dataset, market, asked, candidates, offered, offered.taken.implied(), problem)


def _asked(dataset: Dataset, request: BacktestRequest) -> Mask:
    fixtures = dataset.fixtures
    days = days_of(fixtures["kickoff"].to_numpy())
    asked = (days >= day_number(request.first)) & (days <= day_number(request.last))
    if request.league_ids is not None:
        check_selection(dataset, request.league_ids)
        asked &= np.isin(fixtures["league_id"].to_numpy(), request.league_ids)
    if not (asked & np.isfinite(fixtures["goals_home"].to_numpy())).any():
        raise InsufficientData(0, 1, "finished matches in these leagues and days")
    return np.asarray(asked)


def _problem(dataset: Dataset, market: Market, offered: Offer, order: tuple[int, ...]) -> Problem:
    kickoff = dataset.fixtures["kickoff"].to_numpy()
    shown = problems.Offer.on(offered.board, offered.as_of, kickoff, order)
    return problems.problem(dataset, market, build(dataset, offered.as_of, order), shown, order)


def _candidates(dataset: Dataset, asked: Mask, offered: Offer, problem: Problem) -> Ints:
    """A match after extra time of which the score after 90 minutes is unknown settles nothing."""
    state = dataset.fixtures["state"].to_numpy()
    returned = np.isin(state, (VOID, POSTPONED)) & offered.taken.known
    return np.flatnonzero(asked & (problem.labelled | returned))


def left_out(study: Study) -> dict[str, int]:
    """How many of the matches asked for have no result to evaluate, by reason."""
    state = study.column("state")[study.asked]
    resulted = study.problem.labels[study.asked] != UNKNOWN
    counts = {
        "void": int((state == VOID).sum()),
        "postponed": int((state == POSTPONED).sum()),
        "no_result_yet": int((~np.isin(state, (VOID, POSTPONED)) & ~resulted).sum()),
    }
    return {reason: count for reason, count in counts.items() if count}
