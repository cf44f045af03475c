"""What a backtest works on: the matches in scope, the prices on offer, and features as of the moment of each bet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting.leakage import audited_features, forbid_later_knowledge, forbid_later_prices
from backtesting.request import BacktestRequest
from common.arrays import Floats, Ints, Mask
from common.times import DAY_SECONDS, day_number
from db.dataset import Dataset
from db.leagues import check_selection
from db.schema import POSTPONED, VOID
from errors import InsufficientData
from features.closings import sharpness_of
from markets.market import UNKNOWN, Market
from markets.offer import Offer
from markets.registry import BY_KEY
from models.training_data import TrainingData, labels_of, offer_on


@dataclass(frozen=True)
class MatchSelection:
    """All fixtures of `dataset`, (n,), in its order; `candidates` (c,) are the rows to forecast.

    `in_scope` (n,) marks the fixtures that the request selects. Candidates are finished matches among them, and void
    or postponed ones that could have been bet on.
    """

    dataset: Dataset
    in_scope: Mask
    candidates: Ints

    def column(self, name: str) -> NDArray[Any]:
        """A column of the fixtures, shape (n,)."""
        return self.dataset.fixtures[name].to_numpy()


@dataclass(frozen=True)
class BacktestInputs(MatchSelection):
    """What a backtest of a calibrated market works on.

    `implied` (n, k) holds margin-free probabilities of the price that a bet takes, NaN rows where there is none;
    `data` what models are fitted on and see.
    """

    market: Market
    offer: Offer
    implied: Floats
    data: TrainingData


def prepare(dataset: Dataset, request: BacktestRequest, bookmakers: tuple[int, ...]) -> BacktestInputs:
    """Prices, features and labels of every fixture; `bookmakers` are in order of preference.

    Raises LeagueNotFound, InsufficientData without a single match to evaluate, and LeakageError.
    """
    in_scope = rows_in_scope(dataset, request)
    market = BY_KEY[request.market]
    kickoff = dataset.fixtures["kickoff"].to_numpy()
    sharpness = sharpness_of(dataset)
    offer = offer_on(dataset, market, bookmakers, sharpness, request.bookmaker_id, at_capture=True)
    forbid_later_prices(offer.taken.captured_at, offer.as_of, kickoff)
    forbid_later_knowledge(offer.as_of, kickoff)
    candidates = settleable_rows(dataset, market, in_scope, offer.taken.is_known)
    features = audited_features(dataset, offer.as_of, candidates, bookmakers, sharpness)
    data = TrainingData.of(dataset, market, features, offer)
    return BacktestInputs(dataset, in_scope, candidates, market, offer, offer.taken.implied(), data)


def rows_in_scope(dataset: Dataset, request: BacktestRequest) -> Mask:
    """Which fixtures a request selects, shape (n,); raises as `prepare`."""
    fixtures = dataset.fixtures
    days = fixtures["kickoff"].to_numpy() // DAY_SECONDS
    in_scope = (days >= day_number(request.first)) & (days <= day_number(request.last))
    if request.league_ids is not None:
        check_selection(dataset, request.league_ids)
        in_scope &= np.isin(fixtures["league_id"].to_numpy(), request.league_ids)
    if not (in_scope & np.isfinite(fixtures["goals_home"].to_numpy())).any():
        raise InsufficientData(0, 1, "finished matches in these leagues and days")
    return np.asarray(in_scope)


def settleable_rows(dataset: Dataset, market: Market, in_scope: Mask, priced: Mask) -> Ints:
    """Rows of the matches to forecast, by masks (n,); one whose score after 90 minutes is unknown is none."""
    settled = labels_of(dataset, market) != UNKNOWN
    returned = np.isin(dataset.fixtures["state"].to_numpy(), (VOID, POSTPONED)) & priced
    return np.flatnonzero(in_scope & (settled | returned))


def excluded_by_reason(matches: MatchSelection, has_result: Mask) -> dict[str, int]:
    """How many of the matches in scope have no result to evaluate, by reason; `has_result` (n,) marks the others."""
    state = matches.column("state")[matches.in_scope]
    settleable = has_result[matches.in_scope]
    counts = {
        "void": int((state == VOID).sum()),
        "postponed": int((state == POSTPONED).sum()),
        "no_result_yet": int((~np.isin(state, (VOID, POSTPONED)) & ~settleable).sum()),
    }
    return {reason: count for reason, count in counts.items() if count}
