"""The walk-forward backtest: from the database to the answer."""

from __future__ import annotations

import time
from contextlib import closing

from backtesting.answer import BacktestResult, compose
from backtesting.book import place_bets
from backtesting.folds import Candidates, plan_folds
from backtesting.inputs import BacktestInputs, prepare
from backtesting.request import BacktestRequest, StakingRules
from backtesting.walk_forward import walk_forward
from backtesting.workers import Workers
from common.progress import Progress
from config import Settings
from contract.backtest import BacktestAnswer, BacktestFindings
from db.dataset import Dataset
from db.reader import Reader

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
        dataset = reader.load()
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
) -> BacktestResult:
    """Forecast, bet and settle; raises as `run`."""
    progress("computing features as of each bet", _PREPARING)
    inputs = prepare(dataset, request, settings.bookmakers)
    folds = plan_folds(_candidates(inputs), request.refit, request.first, request.last)
    stage = f"fitting models for {len(folds)} periods, each on earlier results"
    progress(stage, _FITTING)
    forecasts = walk_forward(
        inputs,
        folds,
        request.use_odds,
        Workers.of(settings),
        lambda share: progress(stage, _FITTING + share * (_RESAMPLING - _FITTING)),
    )
    return BacktestResult(request, inputs, forecasts, *place_bets(inputs, forecasts, request))


def _candidates(inputs: BacktestInputs) -> Candidates:
    rows = inputs.candidates
    return Candidates(
        kickoff=inputs.column("kickoff")[rows],
        as_of=inputs.offer.as_of[rows],
        league_id=inputs.column("league_id")[rows],
        season=inputs.column("season")[rows],
    )
