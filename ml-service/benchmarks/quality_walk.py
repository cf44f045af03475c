"""Walk-forward by season through the service's own path: models of earlier days forecast each season."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed, parallel_config
from numpy.typing import NDArray

from benchmarks.data import Say
from features.catalogue import FEATURES, GROUPS
from models.calibration import NONE
from models.fitting import RESULTS_ONLY, VARIANTS, Recipe, evaluate, fit
from models.market_model import WITH_ODDS, WITHOUT_ODDS, MarketModel
from models.training_data import TrainingData

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

PROCESSES = 2
BASES = (RESULTS_ONLY, WITHOUT_ODDS, WITH_ODDS)
"""In the order of the tables' rows."""


@dataclass(frozen=True)
class SeasonFold:
    """A season: masks (n,), `train` of matches known before its first kick-off, `test` of its own matches."""

    season: int
    train: Mask
    test: Mask


@dataclass(frozen=True)
class Work:
    """One model to fit and to forecast with: `group`, if any, is left out of its features."""

    name: str
    market: str
    basis: str
    fold: SeasonFold
    group: str | None = None
    recipe: Recipe | None = None


@dataclass(frozen=True)
class SeasonForecast:
    """A model's probabilities (n, k), with and without calibration, NaN outside its season."""

    work: Work
    probabilities: Array
    uncalibrated: Array
    recipe: Recipe


def folds(data: TrainingData, seasons_of: Ints, seasons: Sequence[int]) -> list[SeasonFold]:
    """One fold per season; its training has no match of the season and no result known after its first kick-off."""
    return [fold(data, seasons_of, season) for season in seasons]


def fold(data: TrainingData, seasons_of: Ints, season: int) -> SeasonFold:
    """The fold of one season; `seasons_of` (n,) is the season of each match."""
    test = seasons_of == season
    start = data.kickoff[test].min()
    return SeasonFold(season, data.labelled & ~test & (data.known_at <= start), test)


def left_out(group: str) -> str:
    """Register a variant without a group's features with models.fitting, in this process; returns its name."""
    name = f"{WITHOUT_ODDS} less {group}"
    whole, lacking = VARIANTS[WITHOUT_ODDS], {feature.name for feature in FEATURES if feature.group == group}
    VARIANTS[name] = replace(whole, columns=lambda market: _without(whole.columns(market), lacking))
    return name


def _without(columns: tuple[str, ...], lacking: set[str]) -> tuple[str, ...]:
    return tuple(column for column in columns if column not in lacking)


def trained(earlier: TrainingData, basis: str, recipe: Recipe | None = None) -> MarketModel:
    """The model that /train makes of these matches, or the one that `recipe` makes."""
    return fit(earlier, basis, threads=1, recipe=recipe or evaluate(earlier, basis, threads=1).recipe)


def forecast(training_data: TrainingData, test_data: TrainingData, work: Work) -> SeasonForecast:
    """Fit on the fold's training rows of `training_data` and forecast its test rows of `test_data`, row by row."""
    basis = left_out(work.group) if work.group else work.basis
    model = trained(training_data.only(work.fold.train), basis, work.recipe)
    rows = work.fold.test & (test_data.priced if work.basis == WITH_ODDS else test_data.labelled)
    probabilities, uncalibrated = (
        _probabilities(each, test_data, rows) for each in (model, replace(model, calibration=NONE))
    )
    return SeasonForecast(work, probabilities, uncalibrated, _recipe(model))


def _probabilities(model: MarketModel, data: TrainingData, rows: Mask) -> Array:
    """The model's probabilities (n, k) on the mask `rows` (n,), NaN for other matches."""
    matches = data.only(rows)
    probabilities = np.full((len(data), data.market.size), np.nan)
    probabilities[rows] = model.predict(matches.features, matches.implied, matches.deviations)
    return probabilities


def _recipe(model: MarketModel) -> Recipe:
    """The recipe that makes a model like this one."""
    return Recipe(model.rounds, model.calibration, chosen_on=0, log_loss={}, weight=model.weight)


def every_basis(markets: Sequence[str], priced: Sequence[str], by_season: Sequence[SeasonFold]) -> list[Work]:
    """Each basis, market and season; with odds only the markets that have prices."""
    return [
        Work(basis, market, basis, fold)
        for fold in by_season
        for market in markets
        for basis in BASES
        if basis != WITH_ODDS or market in priced
    ]


def ablations(by_season: Sequence[SeasonFold], recipes: dict[int, Recipe]) -> list[Work]:
    """The match winner without the match's prices and without one group at a time, by the whole model's recipe.

    The group of past prices is not left out: without it the margins start elsewhere, and the results-only model
    already shows what it is worth.
    """
    return [
        Work(group, "1x2", WITHOUT_ODDS, fold, group, recipes[fold.season])
        for fold in by_season
        for group in GROUPS
        if group != "market_history"
    ]


def run(works: Sequence[Work], data: dict[str, TrainingData], say: Say) -> Iterator[SeasonForecast]:
    """Do all the work in two processes of one thread each."""
    with parallel_config("loky", inner_max_num_threads=1):
        parts = Parallel(n_jobs=PROCESSES, return_as="generator", batch_size=1)(
            delayed(forecast)(data[work.market], data[work.market], work) for work in works
        )
        for place, result in enumerate(parts, start=1):
            say(f"{place} of {len(works)}: {result.work.fold.season} {result.work.market} {result.work.name}")
            yield result
