"""One model a period: fitted on what was known before it, asked about the period's matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backtesting import leakage
from backtesting.workers import Workers
from errors import InsufficientData
from models.fitting import Recipe, fit, require_enough, usable
from models.market_model import WITH_ODDS, WITHOUT_ODDS, MarketModel
from models.training_data import Problem

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

GROWTH = 1.5
"""A period finds its own rounds and calibration once so many times the matches are known as when last found."""


@dataclass(frozen=True)
class Task:
    """Forecast `rows` of a problem, decided on at `as_of`, by a model of what was known by `cutoff`.

    Times in epoch seconds. Without a `recipe` the fit finds rounds and calibration itself. The numbers are the same
    however many `threads` it uses.
    """

    rows: Ints
    as_of: Ints
    cutoff: int
    basis: str
    recipe: Recipe | None = None
    threads: int = 1


@dataclass(frozen=True)
class Forecast:
    """Probabilities (len(rows), k) and the model behind them, or why there are none."""

    probabilities: Array | None
    model: MarketModel | None
    trained_on: int
    too_few: InsufficientData | None = None


def known(problem: Problem, basis: str, cutoff: int) -> Mask:
    """Matches whose result was known by `cutoff` and that a model of this basis can be fitted on."""
    return usable(problem, basis, problem.known_at <= cutoff)


def forecast(problem: Problem, task: Task) -> Forecast:
    """Fit on what was known and forecast; raises LeakageError if that was known later than a bet.

    Where there were matches enough but too few with prices, the forecast with odds is the margin-free price itself.
    """
    earlier = problem.only(known(problem, task.basis, task.cutoff))
    leakage.forbid_later_training(earlier.known_at, task.as_of)
    try:
        model = _fitted(problem, earlier, task)
    except InsufficientData as too_few:
        return Forecast(None, None, len(earlier), too_few)
    probabilities = model.predict(
        problem.features[task.rows], problem.prior[task.rows], problem.deviations[task.rows]
    )
    return Forecast(probabilities, model, len(earlier))


def _fitted(problem: Problem, earlier: Problem, task: Task) -> MarketModel:
    """The model of the `earlier` matches; raises InsufficientData where not even the price itself may answer."""
    try:
        return fit(earlier, task.basis, task.threads, task.recipe)
    except InsufficientData:
        if task.basis != WITH_ODDS:
            raise
    require_enough(problem.days[known(problem, WITHOUT_ODDS, task.cutoff)], WITHOUT_ODDS)
    return MarketModel.of_price(problem.market)


def forecast_all(
    problem: Problem, tasks: Sequence[Task], workers: Workers, done: Callable[[float], None]
) -> list[Forecast]:
    """The forecasts of `tasks` of one basis, in their order; `done` hears the share done.

    Recipes are found where the history has grown by `GROWTH`, and reused by later cutoffs until it has again: they
    never know more than the task that uses them.
    """
    order = sorted(range(len(tasks)), key=lambda i: tasks[i].cutoff)
    found = dict(zip(order, _in_order(problem, [tasks[i] for i in order], workers, done), strict=True))
    return [found[i] for i in range(len(tasks))]


def _in_order(
    problem: Problem, tasks: Sequence[Task], workers: Workers, done: Callable[[float], None]
) -> list[Forecast]:
    """The forecasts of `tasks`, which come in order of cutoff."""
    finders = _finders(problem, tasks)
    threads = workers.threads_each(len(finders))
    finding = [replace(tasks[i], threads=threads) for i in finders]
    found = workers.map(forecast, problem, finding, lambda n: done(n / len(tasks)))
    results = dict(zip(finders, found, strict=True))
    others = [i for i in range(len(tasks)) if i not in results]
    recipes = [_recipe(results, finders, i) for i in others]
    followers = [replace(tasks[i], recipe=recipe) for i, recipe in zip(others, recipes, strict=True)]
    rest = workers.map(forecast, problem, followers, lambda n: done((len(finders) + n) / len(tasks)))
    results.update(zip(others, rest, strict=True))
    return [results[i] for i in range(len(tasks))]


def _finders(problem: Problem, tasks: Sequence[Task]) -> list[int]:
    """Places of the tasks that find a recipe of their own."""
    finders, last = [], 0
    for place, task in enumerate(tasks):
        matches = int(known(problem, task.basis, task.cutoff).sum())
        # With prices there are fewer than before once enough are known of which the moving is known too.
        if place == 0 or matches >= GROWTH * last or matches < last:
            finders.append(place)
            last = matches
    return finders


def _recipe(results: dict[int, Forecast], finders: Sequence[int], place: int) -> Recipe | None:
    """The latest recipe found before `place`, None if that fit had too few matches."""
    model = results[max(i for i in finders if i < place)].model
    if model is None or model.is_price:
        return None
    return Recipe(model.rounds, model.calibration, 0, {}, model.weight)
