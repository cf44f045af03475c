"""The walk-forward backtest: from the database to the answer."""

from __future__ import annotations

import time
from typing import Any

from backtesting.answer import Findings, compose
from backtesting.folds import Matches, plan
from backtesting.inputs import Study, gather
from backtesting.placing import place
from backtesting.request import BacktestRequest, Staking
from backtesting.walk_forward import walk
from backtesting.workers import Workers
from common.progress import Progress
from config import Settings
from db.dataset import Dataset
from db.reader import Reader

__all__ = ["BacktestRequest", "Staking", "evaluate", "investigate", "run"]

_GATHER, _FIT, _SETTLE = 0.05, 0.2, 0.95


def run(request: BacktestRequest, settings: Settings, progress: Progress) -> dict[str, Any]:
    """Backtest on the database of `settings`: the contract's body, ready for JSON.

    `progress` hears the stage in plain words and the fraction done. Raises DatabaseError, LeagueNotFound,
    InsufficientData, SettingError (a cluster that is not there) and LeakageError.
    """
    started = time.perf_counter()
    progress("reading the database", 0.0)
    reader = Reader(settings.db_path)
    try:
        dataset = reader.load()
    finally:
        reader.close()
    body = evaluate(dataset, request, settings, progress)
    return {**body, "seconds": time.perf_counter() - started}


def evaluate(
    dataset: Dataset, request: BacktestRequest, settings: Settings, progress: Progress
) -> dict[str, Any]:
    """Backtest on `dataset`; as `run`, without `seconds`."""
    found = investigate(dataset, request, settings, progress)
    progress("resampling days", _SETTLE)
    body = compose(found, settings.bookmakers)
    progress("done", 1.0)
    return body


def investigate(
    dataset: Dataset, request: BacktestRequest, settings: Settings, progress: Progress
) -> Findings:
    """Forecast, bet and settle; raises as `run`."""
    progress("describing every match as it looked beforehand", _GATHER)
    study = gather(dataset, request, settings.bookmakers)
    folds = plan(_matches(study), request.refit, request.first, request.last)
    stage = f"fitting models for {len(folds)} periods, each on what was known before"
    progress(stage, _FIT)
    walked = walk(
        study,
        folds,
        request.use_odds,
        Workers.of(settings),
        lambda share: progress(stage, _FIT + share * (_SETTLE - _FIT)),
    )
    return Findings(request, study, walked, *place(study, walked, request))


def _matches(study: Study) -> Matches:
    rows = study.candidates
    return Matches(
        kickoff=study.column("kickoff")[rows],
        as_of=study.offer.as_of[rows],
        league_id=study.column("league_id")[rows],
        season=study.column("season")[rows],
    )
