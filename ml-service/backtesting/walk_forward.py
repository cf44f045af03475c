"""The walk forward: period after period, every candidate forecast by the model that existed then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtesting.fitting import Forecast, Task, forecast_all, known
from backtesting.folds import Fold
from backtesting.inputs import Study
from backtesting.workers import Workers
from errors import InsufficientData
from evaluation import baselines
from models.market_model import WITH_ODDS, WITHOUT_ODDS, MarketModel

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Walk:
    """Forecasts of the candidates of a study, (c,) or (c, k); NaN rows where there were too few earlier matches.

    `saw_prices` tells which were made by a model with prices; `fold` which period each is of. `models` and
    `trained_on` are by (period, basis).
    """

    folds: list[Fold]
    fold: Ints
    probabilities: Array
    saw_prices: Mask
    base: Array
    elo: Array
    models: dict[tuple[int, str], MarketModel]
    trained_on: dict[tuple[int, str], int]

    @property
    def forecast(self) -> Mask:
        """Which candidates have a forecast."""
        return np.asarray(np.isfinite(self.probabilities[:, 0]))


def walk(
    study: Study, folds: list[Fold], use_odds: bool, workers: Workers, done: Callable[[float], None]
) -> Walk:
    """Forecast all candidates. Raises InsufficientData if not one of them could be."""
    going = _Going(study, folds)
    priced = np.isfinite(study.problem.prior[study.candidates, 0]) & use_odds
    share = float(priced.mean())
    if priced.any():
        going.forecast(WITH_ODDS, priced, workers, lambda part: done(part * share))
    if not going.forecast_yet.all():
        going.forecast(
            WITHOUT_ODDS, ~going.forecast_yet, workers, lambda part: done(share + part * (1.0 - share))
        )
    if not going.forecast_yet.any() and going.too_few is not None:
        raise going.too_few
    base, elo = _baselines(study, folds)
    return Walk(
        folds, going.fold, going.probabilities, going.saw_prices, base, elo, going.models, going.trained_on
    )


class _Going:
    """A walk in the making."""

    def __init__(self, study: Study, folds: list[Fold]) -> None:
        self.study, self.folds = study, folds
        size = len(study.candidates)
        self.fold = np.zeros(size, dtype=np.int64)
        for number, fold in enumerate(folds):
            self.fold[fold.rows] = number
        self.probabilities = np.full((size, study.market.size), np.nan)
        self.saw_prices = np.zeros(size, dtype=np.bool_)
        self.models: dict[tuple[int, str], MarketModel] = {}
        self.trained_on: dict[tuple[int, str], int] = {}
        self.too_few: InsufficientData | None = None

    @property
    def forecast_yet(self) -> Mask:
        return np.asarray(np.isfinite(self.probabilities[:, 0]))

    def forecast(self, basis: str, wanted: Mask, workers: Workers, done: Callable[[float], None]) -> None:
        """Ask models of `basis` about the `wanted` candidates."""
        places = [(number, fold.rows[wanted[fold.rows]]) for number, fold in enumerate(self.folds)]
        places = [(number, rows) for number, rows in places if len(rows)]
        tasks = [self._task(number, rows, basis) for number, rows in places]
        for (number, rows), result in zip(
            places, forecast_all(self.study.problem, tasks, workers, done), strict=True
        ):
            self._keep(number, rows, basis, result)

    def _task(self, number: int, rows: Ints, basis: str) -> Task:
        places = self.study.candidates[rows]
        return Task(places, self.study.offer.as_of[places], self.folds[number].cutoff, basis)

    def _keep(self, number: int, rows: Ints, basis: str, result: Forecast) -> None:
        self.trained_on[number, basis] = result.trained_on
        self.too_few = result.too_few or self.too_few
        if result.probabilities is not None and result.model is not None:
            self.probabilities[rows] = result.probabilities
            self.saw_prices[rows] = basis == WITH_ODDS
            self.models[number, basis] = result.model


def _baselines(study: Study, folds: list[Fold]) -> tuple[Array, Array]:
    """Base rates and Elo forecasts of the candidates, from what was known at the cutoff of their period."""
    size = study.market.size
    base = np.full((len(study.candidates), size), np.nan)
    elo = base.copy()
    labels, leagues, difference = (
        study.problem.labels,
        study.column("league_id"),
        study.problem.elo_difference,
    )
    for fold in folds:
        earlier = known(study.problem, WITHOUT_ODDS, fold.cutoff)
        wanted = study.candidates[fold.rows]
        past = labels[earlier]
        base[fold.rows] = baselines.league_base_rates(past, leagues[earlier], leagues[wanted], size)
        elo[fold.rows] = baselines.elo_forecasts(past, difference[earlier], difference[wanted], size)
    return base, elo
