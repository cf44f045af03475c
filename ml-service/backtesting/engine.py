"""The walk-forward backtest: from the database to the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from backtesting.answer import BacktestResult, FurtherResult, compose
from backtesting.book import calibrated_wagers, place_bets
from backtesting.folds import Candidates, Fold, plan_folds
from backtesting.further import forecast_further, further_wagers, prepare_further
from backtesting.inputs import MatchSelection, prepare
from backtesting.request import BacktestRequest, StakingRules
from backtesting.walk_forward import walk_forward
from backtesting.workers import Workers
from common.arrays import Ints
from common.progress import Progress
from config import Settings
from contract.backtest import BacktestAnswer, BacktestFindings
from db.dataset import Dataset
from db.reader import Reader
from markets.further import MarketChoice

__all__ = ["BacktestRequest", "StakingRules", "compute", "evaluate", "run"]

_PREPARING, _FITTING, _RESAMPLING = 0.05, 0.2, 0.95
"""Fractions of a backtest's time at which its stages begin."""


def run(request: BacktestRequest, settings: Settings, progress: Progress) -> BacktestAnswer:
    """Backtest on the database of `settings`: the contract's body, ready for JSON.

    `progress` is called with the stage and the fraction done. Raises DatabaseError, LeagueNotFound, InsufficientData,
    SettingError (a cluster that cannot be reached) and LeakageError.
    """
    started = time.perf_counter()
    progress("reading the database", 0.0)
    with closing(Reader(settings.db_path)) as reader:
        dataset = reader.load(further=request.further is not None)
    body = evaluate(dataset, request, settings, progress)
    return {**body, "seconds": time.perf_counter() - started}


def evaluate(
    dataset: Dataset, request: BacktestRequest, settings: Settings, progress: Progress
) -> BacktestFindings:
    """Backtest on `dataset`; as `run`, without `seconds`."""
    result = compute(dataset, request, settings, progress)
    progress("resampling days for intervals", _RESAMPLING)
    body = compose(result, settings.bookmakers)
    progress("done", 1.0)
    return body


def compute(
    dataset: Dataset, request: BacktestRequest, settings: Settings, progress: Progress
) -> BacktestResult | FurtherResult:
    """Forecast, bet and settle; raises as `run`."""
    progress("computing features as of each bet", _PREPARING)
    if request.further is not None:
        return _compute_further(dataset, request.further, request, settings, progress)
    inputs = prepare(dataset, request, settings.bookmakers)
    folds = _folds(inputs, inputs.offer.as_of, request)
    forecasts = walk_forward(inputs, folds, request.use_odds, Workers.of(settings), _fitting(folds, progress))
    return BacktestResult(
        request, inputs, forecasts, *place_bets(calibrated_wagers(inputs, forecasts), request)
    )


def _compute_further(
    dataset: Dataset,
    choice: MarketChoice,
    request: BacktestRequest,
    settings: Settings,
    progress: Progress,
) -> FurtherResult:
    inputs = prepare_further(dataset, choice, request, settings.bookmakers)
    folds = _folds(inputs, inputs.as_of, request)
    forecasts = forecast_further(
        inputs, folds, request.use_odds, Workers.of(settings), _fitting(folds, progress)
    )
    return FurtherResult(request, inputs, forecasts, *place_bets(further_wagers(inputs, forecasts), request))


def _fitting(folds: list[Fold], progress: Progress) -> Callable[[float], None]:
    """Reports the share of the fitting that is done as progress of the whole."""
    stage = f"fitting models for {len(folds)} periods, each on earlier results"
    progress(stage, _FITTING)
    return lambda share: progress(stage, _FITTING + share * (_RESAMPLING - _FITTING))


def _folds(matches: MatchSelection, as_of: Ints, request: BacktestRequest) -> list[Fold]:
    """The periods of the candidates, which are forecast at `as_of` (n,)."""
    rows = matches.candidates
    candidates = Candidates(
        kickoff=matches.column("kickoff")[rows],
        as_of=as_of[rows],
        league_id=matches.column("league_id")[rows],
        season=matches.column("season")[rows],
    )
    return plan_folds(candidates, request.refit, request.first, request.last)
