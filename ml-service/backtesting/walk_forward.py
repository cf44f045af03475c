"""The walk forward: fold after fold, every candidate is forecast by a model fitted on what was known then."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from backtesting.folds import Fold
from backtesting.inputs import BacktestInputs
from backtesting.leakage import forbid_later_training
from backtesting.workers import Workers
from common.arrays import Floats, Ints, Mask
from common.threads import in_threads
from errors import InsufficientData
from evaluation import baselines
from models.fitting import Recipe, fit, recipe_of, refit, require_enough, usable
from models.market_model import WITH_ODDS, WITHOUT_ODDS, MarketModel
from models.training_data import TrainingData

FoldBasis = tuple[int, str]
"""Number of a fold and basis of a model."""

TUNING_GROWTH = 1.5
"""A fold tunes its own rounds and calibration once it has this many times the matches of the last fold that did."""
TREES_GROWTH = 1.05
"""A fold grows its own trees once it has this many times the matches of the last fold that did; until then the leaves
of those are refitted. RESULTS.md, training and backtest, has what was measured."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class FoldTask:
    """Forecast `rows` of the data, bet on at `as_of`, by a model of `basis` fitted on results known by `cutoff`.

    Times in epoch seconds UTC. Without `trees`, an earlier model whose leaf values are refitted, trees are grown;
    without a `recipe` the fit tunes rounds and calibration itself. The numbers are the same for any number of
    `threads`.
    """

    rows: Ints
    as_of: Ints
    cutoff: int
    basis: str
    recipe: Recipe | None = None
    trees: MarketModel | None = None
    threads: int = 1


@dataclass(frozen=True)
class FoldForecast:
    """Probabilities (len(rows), k) and the model behind them, or None of both and why there are none.

    `trained_on` is the number of training matches.
    """

    probabilities: Floats | None
    model: MarketModel | None
    trained_on: int
    shortage: InsufficientData | None = None


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of all candidates, (c,) or (c, k); NaN rows where there are too few earlier matches.

    `fold` is the number of each candidate's fold; `saw_prices` marks the forecasts of models with prices. `base` and
    `elo` are the baselines' probabilities. `models` and `trained_on` are by fold and basis.
    """

    folds: list[Fold]
    fold: Ints
    probabilities: Floats
    saw_prices: Mask
    base: Floats
    elo: Floats
    models: dict[FoldBasis, MarketModel]
    trained_on: dict[FoldBasis, int]

    @property
    def available(self) -> Mask:
        """Which candidates have a forecast, shape (c,)."""
        return np.asarray(np.isfinite(self.probabilities[:, 0]))


def walk_forward(
    inputs: BacktestInputs,
    folds: list[Fold],
    use_odds: bool,
    workers: Workers,
    report: Callable[[float], None],
) -> Forecasts:
    """Forecast all candidates; `report` is called with the share done.

    Raises InsufficientData if not one of them can be forecast, and LeakageError.
    """
    return walked(inputs, folds, use_odds, workers, report).forecasts(workers.count)


def walked(
    inputs: BacktestInputs,
    folds: list[Fold],
    use_odds: bool,
    workers: Workers,
    report: Callable[[float], None],
) -> WalkForward:
    """The walk of `walk_forward`, at its end; raises as that."""
    walk = WalkForward(inputs, folds)
    priced = np.isfinite(inputs.data.implied[inputs.candidates, 0]) & use_odds
    share = float(priced.mean())
    if priced.any():
        walk.forecast(WITH_ODDS, priced, workers, lambda part: report(part * share))
    if walk.missing.any():
        walk.forecast(WITHOUT_ODDS, walk.missing, workers, lambda part: report(share + part * (1.0 - share)))
    if walk.missing.all() and walk.shortage is not None:
        raise walk.shortage
    return walk


class WalkForward:
    """A walk in progress: candidates are forecast basis by basis."""

    def __init__(self, inputs: BacktestInputs, folds: list[Fold]) -> None:
        self.inputs, self.folds = inputs, folds
        size = len(inputs.candidates)
        self.fold = np.zeros(size, dtype=np.int64)
        for number, fold in enumerate(folds):
            self.fold[fold.rows] = number
        self.probabilities = np.full((size, inputs.market.size), np.nan)
        self.saw_prices = np.zeros(size, dtype=np.bool_)
        self.models: dict[FoldBasis, MarketModel] = {}
        self.trained_on: dict[FoldBasis, int] = {}
        self.shortage: InsufficientData | None = None

    @property
    def missing(self) -> Mask:
        """Which candidates have no forecast yet, shape (c,)."""
        return np.asarray(np.isnan(self.probabilities[:, 0]))

    def forecast(self, basis: str, selected: Mask, workers: Workers, report: Callable[[float], None]) -> None:
        """Forecast the `selected` candidates (c,) by models of `basis`."""
        parts = [(number, fold.rows[selected[fold.rows]]) for number, fold in enumerate(self.folds)]
        parts = [(number, rows) for number, rows in parts if len(rows)]
        tasks = [self._task(number, rows, basis) for number, rows in parts]
        forecasts = forecast_folds(self.inputs.data, tasks, workers, report)
        for (number, rows), forecast in zip(parts, forecasts, strict=True):
            self._keep(number, rows, basis, forecast)

    def forecasts(self, threads: int) -> Forecasts:
        """The forecasts made so far, with those of the baselines, computed by so many threads of this machine."""
        base, elo = baseline_forecasts(self.inputs, self.folds, threads)
        return Forecasts(
            self.folds,
            self.fold,
            self.probabilities,
            self.saw_prices,
            base,
            elo,
            self.models,
            self.trained_on,
        )

    def _task(self, number: int, rows: Ints, basis: str) -> FoldTask:
        fixtures = self.inputs.candidates[rows]
        return FoldTask(fixtures, self.inputs.offer.as_of[fixtures], self.folds[number].cutoff, basis)

    def _keep(self, number: int, rows: Ints, basis: str, forecast: FoldForecast) -> None:
        self.trained_on[number, basis] = forecast.trained_on
        self.shortage = forecast.shortage or self.shortage
        if forecast.probabilities is not None and forecast.model is not None:
            self.probabilities[rows] = forecast.probabilities
            self.saw_prices[rows] = basis == WITH_ODDS
            self.models[number, basis] = forecast.model


def baseline_forecasts(inputs: BacktestInputs, folds: list[Fold], threads: int) -> tuple[Floats, Floats]:
    """Base rates and Elo forecasts (c, k) of the candidates, from results known by the cutoff of their fold."""
    base = np.full((len(inputs.candidates), inputs.market.size), np.nan)
    elo = base.copy()
    forecasts = in_threads(lambda fold: _baselines(inputs, fold), folds, threads)
    for fold, (rates, by_elo) in zip(folds, forecasts, strict=True):
        base[fold.rows], elo[fold.rows] = rates, by_elo
    return base, elo


def _baselines(inputs: BacktestInputs, fold: Fold) -> tuple[Floats, Floats]:
    """Base rates and Elo forecasts of one fold's candidates."""
    size, labels, leagues = inputs.market.size, inputs.data.labels, inputs.column("league_id")
    difference = inputs.data.elo_difference
    earlier = trainable(inputs.data, WITHOUT_ODDS, fold.cutoff)
    now = inputs.candidates[fold.rows]
    return (
        baselines.league_base_rates(labels[earlier], leagues[earlier], leagues[now], size),
        baselines.elo_forecasts(labels[earlier], difference[earlier], difference[now], size),
    )


def trainable(data: TrainingData, basis: str, cutoff: int) -> Mask:
    """Matches that a model of `basis` can be fitted on by results known at `cutoff` (epoch seconds UTC), (n,)."""
    return usable(data, basis, data.known_at <= cutoff)


def find_recipe(data: TrainingData, task: FoldTask) -> Recipe | None:
    """Rounds and calibration found on what was known; None where that is too little."""
    earlier = data.only(trainable(data, task.basis, task.cutoff))
    try:
        return recipe_of(earlier, task.basis, task.threads)
    except InsufficientData:
        return None


def forecast_fold(data: TrainingData, task: FoldTask) -> FoldForecast:
    """Fit on what was known and forecast; raises LeakageError if that became known after a bet.

    Where there are enough earlier matches but too few with prices, the forecast with odds is the margin-free price.
    """
    earlier = data.only(trainable(data, task.basis, task.cutoff))
    forbid_later_training(earlier.known_at, task.as_of)
    try:
        model = _fitted(data, earlier, task)
    except InsufficientData as shortage:
        return FoldForecast(None, None, len(earlier), shortage)
    probabilities = model.predict(
        data.features[task.rows], data.implied[task.rows], data.deviations[task.rows]
    )
    return FoldForecast(probabilities, model, len(earlier))


def _fitted(data: TrainingData, earlier: TrainingData, task: FoldTask) -> MarketModel:
    """The model of the `earlier` matches; raises InsufficientData where even the price may not stand in for one."""
    try:
        if task.trees is not None:
            return refit(task.trees, earlier)
        return fit(earlier, task.basis, task.threads, task.recipe)
    except InsufficientData:
        if task.basis != WITH_ODDS:
            raise
    require_enough(data.days[trainable(data, WITHOUT_ODDS, task.cutoff)], WITHOUT_ODDS)
    return MarketModel.of_price(data.market)


def forecast_folds(
    data: TrainingData, tasks: Sequence[FoldTask], workers: Workers, report: Callable[[float], None]
) -> list[FoldForecast]:
    """The forecasts of `tasks` of one basis, in their order; `report` is called with the share done.

    Rounds and calibration are tuned where the history has grown by TUNING_GROWTH, and trees grown where it has by
    TREES_GROWTH. Both are reused at later cutoffs until it has again: they never rest on later results than the task
    that uses them.
    """
    order = sorted(range(len(tasks)), key=lambda i: tasks[i].cutoff)
    in_order = [tasks[i] for i in order]
    tuning = _due(data, in_order, TUNING_GROWTH)
    growing = sorted({*tuning, *_due(data, in_order, TREES_GROWTH)})
    others = sorted({*range(len(tasks))} - {*growing})

    def results(
        function: Callable[[TrainingData, FoldTask], Result], of: Sequence[FoldTask], done: int
    ) -> list[Result]:
        return workers.map(function, data, of, lambda n: report((done + n) / (len(tuning) + len(tasks))))

    threads = workers.threads_each(len(tuning))
    recipes = results(find_recipe, [replace(in_order[i], threads=threads) for i in tuning], 0)
    fits = [replace(task, recipe=_latest(tuning, recipes, i)) for i, task in enumerate(in_order)]
    growths = results(forecast_fold, [fits[i] for i in growing], len(tuning))
    refits = [replace(fits[i], trees=_trees(_latest(growing, growths, i).model)) for i in others]
    forecasts = growths + results(forecast_fold, refits, len(tuning) + len(growing))
    by_task = {order[i]: forecast for i, forecast in zip(growing + others, forecasts, strict=True)}
    return [by_task[i] for i in range(len(tasks))]


def _due(data: TrainingData, tasks: Sequence[FoldTask], growth: float) -> list[int]:
    """Places of the tasks with at least `growth` times the matches of the last such task, the first among them."""
    due, last = [], 0
    for place, task in enumerate(tasks):
        matches = int(trainable(data, task.basis, task.cutoff).sum())
        # With prices the number falls once enough matches are known whose price moved after the first.
        if place == 0 or matches >= growth * last or matches < last:
            due.append(place)
            last = matches
    return due


def _latest(due: Sequence[int], results: Sequence[Result], place: int) -> Result:
    """The result of the last of the tasks `due`, in order, up to `place`."""
    return results[bisect_right(due, place) - 1]


def _trees(model: MarketModel | None) -> MarketModel | None:
    """`model` where it has trees."""
    return None if model is None or model.is_price else model
