"""Season by season, through the service's own path: each season forecast by models of earlier days."""

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
class Fold:
    """A season: `train` (n,) admits matches known before its first kick-off, `test` (n,) its own."""

    season: int
    train: Mask
    test: Mask


@dataclass(frozen=True)
class Work:
    """One model to fit and ask: `group`, if any, is left out of its features."""

    name: str
    market: str
    basis: str
    fold: Fold
    group: str | None = None
    recipe: Recipe | None = None


@dataclass(frozen=True)
class Done:
    """What a model said of its season's matches (n, k), and would have without calibration, NaN where not asked."""

    work: Work
    said: Array
    uncalibrated: Array
    recipe: Recipe


def folds(data: TrainingData, seasons_of: Ints, seasons: Sequence[int]) -> list[Fold]:
    """One fold a season; nothing of a season, and nothing known after its first kick-off, is trained on."""
    return [fold(data, seasons_of, season) for season in seasons]


def fold(data: TrainingData, seasons_of: Ints, season: int) -> Fold:
    """The fold of one season; `seasons_of` (n,) says which season each match is of."""
    test = seasons_of == season
    start = data.kickoff[test].min()
    return Fold(season, data.labelled & ~test & (data.known_at <= start), test)


def left_out(group: str) -> str:
    """The name of a variant, told to models.fitting in this process, that lacks a group's features."""
    name = f"{WITHOUT_ODDS} less {group}"
    whole, lacking = VARIANTS[WITHOUT_ODDS], {feature.name for feature in FEATURES if feature.group == group}
    VARIANTS[name] = replace(whole, columns=lambda market: _without(whole.columns(market), lacking))
    return name


def _without(columns: tuple[str, ...], lacking: set[str]) -> tuple[str, ...]:
    return tuple(column for column in columns if column not in lacking)


def trained(earlier: TrainingData, basis: str, recipe: Recipe | None = None) -> MarketModel:
    """The model that /train makes of these matches, or the one made by a `recipe` already found."""
    return fit(earlier, basis, threads=1, recipe=recipe or evaluate(earlier, basis, threads=1).recipe)


def forecast(given: TrainingData, asked: TrainingData, work: Work) -> Done:
    """Fit on `given`'s earlier matches and ask of the season's matches of `asked`, whose rows are the same."""
    basis = left_out(work.group) if work.group else work.basis
    model = trained(given.only(work.fold.train), basis, work.recipe)
    rows = work.fold.test & (asked.priced if work.basis == WITH_ODDS else asked.labelled)
    said, uncalibrated = (_ask(each, asked, rows) for each in (model, replace(model, calibration=NONE)))
    return Done(work, said, uncalibrated, _recipe(model))


def _ask(model: MarketModel, asked: TrainingData, rows: Mask) -> Array:
    """The model's probabilities (n, k) of the matches that `rows` admits, NaN for others."""
    some = asked.only(rows)
    said = np.full((len(asked), asked.market.size), np.nan)
    said[rows] = model.predict(some.features, some.implied, some.deviations)
    return said


def _recipe(model: MarketModel) -> Recipe:
    """What the model was made by, for another to be made alike."""
    return Recipe(model.rounds, model.calibration, chosen_on=0, log_loss={}, weight=model.weight)


def every_basis(markets: Sequence[str], priced: Sequence[str], by_season: Sequence[Fold]) -> list[Work]:
    """Each basis, market and season; with odds only the markets that have prices."""
    return [
        Work(basis, market, basis, fold)
        for fold in by_season
        for market in markets
        for basis in BASES
        if basis != WITH_ODDS or market in priced
    ]


def ablations(by_season: Sequence[Fold], recipes: dict[int, Recipe]) -> list[Work]:
    """The match winner without the coming prices, lacking one group at a time, made by the whole model's recipe.

    Past prices are not among them: without them the margins cannot start where they do, and the results-only
    model says what they are worth.
    """
    return [
        Work(group, "1x2", WITHOUT_ODDS, fold, group, recipes[fold.season])
        for fold in by_season
        for group in GROUPS
        if group != "market_history"
    ]


def run(works: Sequence[Work], given: dict[str, TrainingData], say: Say) -> Iterator[Done]:
    """All the work, two processes of one thread each."""
    with parallel_config("loky", inner_max_num_threads=1):
        parts = Parallel(n_jobs=PROCESSES, return_as="generator", batch_size=1)(
            delayed(forecast)(given[work.market], given[work.market], work) for work in works
        )
        for place, done in enumerate(parts, start=1):
            say(f"{place} of {len(works)}: {done.work.fold.season} {done.work.market} {done.work.name}")
            yield done
