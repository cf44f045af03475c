"""Fitting one market's model: days split by time, rounds by early stopping, calibration on later matches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.probabilities import softmax
from contract.model import CalibrationMethod
from errors import InsufficientData
from evaluation.metrics import one_hot
from features.catalogue import FEATURES
from markets.market import Market
from markets.match_winner import MATCH_WINNER
from models import calibrator
from models.calibration import NONE, Calibration
from models.closing_errors import ClosingErrors
from models.columns import inputs, price_columns
from models.init_scores import PAST_PRICES, PRICE, RESULTS, starting_margins
from models.leaf_values import refit_leaves
from models.lightgbm import lgb, register_thread
from models.market_model import BASES, WITH_ODDS, WITHOUT_ODDS, MarketModel, as_margins
from models.soft_labels import cross_entropy, mixed, objective
from models.training_data import TrainingData

Array = NDArray[np.float64]
Features = NDArray[np.float32]
Mask = NDArray[np.bool_]

RESULTS_ONLY = "results_only"
"""A variant that knows no prices at all, not even past ones: it does not serve, but shows what prices are worth."""

MIN_MATCHES = 500
MIN_DAYS = 30
TREES_IN_FULL = 40_000
"""Matches with prices from which trees with odds count in full; see RESULTS.md, young databases."""
YEAR_SECONDS = 365 * 86_400
MAX_ROUNDS = 300
LEAF_MATCHES = 200
PATIENCE_ROUNDS = 60
SHARES = {"stop": (0.08, 8_000), "calibrate": (0.12, 12_000), "test": (0.12, 12_000)}
"""Newest matches set aside, each as a share of all and at most so many matches; the rest is fitted on."""

EVIDENT_ERRORS = 4.0
"""Standard errors by which fewer trees have to be better: prices of a day move together, and say less than their
number."""

Parameters = dict[str, float | int | bool]

_COMMON: Parameters = {
    "verbosity": -1,
    "seed": 20_240_229,
    "deterministic": True,
    # Bins of a row would be copied together for every tree, since each sees a part of the columns.
    "force_col_wise": True,
    "learning_rate": 0.04,
    "num_leaves": 6,
    "max_bin": 63,
    "bin_construct_sample_cnt": 50_000,
    "feature_fraction": 0.4,
    "lambda_l2": 50.0,
}


@dataclass(frozen=True)
class Variant:
    """What a basis means: what the trees see, where their margins start, how they grow and what they learn from.

    `columns` gives a market's inputs; `closing_share` is how much of a training match's label is its closing
    price, the rest being its outcome; `years` is how far back the trees look, where ratings follow everything;
    `winner` are the parameters that differ where the market is the match winner, and `winner_rounds` how many there
    are at most, MAX_ROUNDS for the others.
    """

    columns: Callable[[Market], tuple[str, ...]]
    start: str
    parameters: Parameters
    closing_share: float
    years: int = 12
    winner: Parameters = field(default_factory=dict)
    winner_rounds: int = 150

    def max_rounds(self, market: Market) -> int:
        """After how many rounds growing stops at the latest."""
        return self.winner_rounds if market == MATCH_WINNER else MAX_ROUNDS

    def lightgbm(self, market: Market, threads: int, matches: int) -> dict[str, Any]:
        """LightGBM's parameters but for its objective; no class weights and no resampling, ever.

        Few `matches` have leaves of a fiftieth of them, so that there is something to split.
        """
        return {
            **self.parameters,
            **(self.winner if market == MATCH_WINNER else {}),
            "min_data_in_leaf": min(LEAF_MATCHES, max(1, matches // 50)),
            "num_class": market.size if market.size > 2 else 1,
            "num_threads": threads,
            "metric": "none",
        }


def _all_features(_: Market) -> tuple[str, ...]:
    return tuple(feature.name for feature in FEATURES)


def _results_features(_: Market) -> tuple[str, ...]:
    return tuple(feature.name for feature in FEATURES if feature.group != "market_history")


VARIANTS = {
    WITHOUT_ODDS: Variant(
        _all_features,
        PAST_PRICES,
        _COMMON,
        closing_share=0.7,
        # Half the rounds at twice the rate: RESULTS.md, training and backtest, says what that costs.
        winner={"learning_rate": 0.08},
    ),
    WITH_ODDS: Variant(
        price_columns,
        PRICE,
        {**_COMMON, "learning_rate": 0.05, "num_leaves": 8, "lambda_l2": 1.0},
        closing_share=1.0,
        # Seasons 2016-17 to 2018-19 gained from them, RPS -0.000014; with goals there is nothing to be gained.
        winner={"num_leaves": 16, "learning_rate": 0.1},
    ),
    # Outcomes alone say little each: more of them, and smaller steps from a start that is good already.
    RESULTS_ONLY: Variant(
        _results_features,
        RESULTS,
        _COMMON,
        closing_share=0.0,
        years=20,
        winner={"learning_rate": 0.02, "lambda_l2": 200.0},
        winner_rounds=MAX_ROUNDS,
    ),
}
PARAMETERS = {basis: VARIANTS[basis].parameters for basis in BASES}


@dataclass(frozen=True)
class Recipe:
    """What an earlier fit found and a later one may reuse.

    Rounds, the calibration with how it was chosen, and how much trees with odds count (`tree_weight`).
    """

    rounds: int
    calibration: Calibration
    chosen_on: int
    log_loss: dict[CalibrationMethod, float]
    weight: float = 1.0


@dataclass(frozen=True)
class Evaluation:
    """A fit that never saw the newest matches: its recipe, its model and which rows it was kept from."""

    recipe: Recipe
    model: MarketModel
    fitted: Mask
    test: Mask


def usable(data: TrainingData, basis: str, among: Mask | None = None) -> Mask:
    """Which matches, of all or of those `among`, can be fitted on: those with a result.

    With odds, those with a price that moved until kick-off, or with any price where prices are only captured once.
    """
    labelled = data.labelled if among is None else data.labelled & among
    if basis != WITH_ODDS:
        return labelled
    priced = labelled & data.priced
    moved = priced & data.closed_later
    return moved if moved.sum() >= MIN_MATCHES else priced


def fit(data: TrainingData, basis: str, threads: int, recipe: Recipe | None = None) -> MarketModel:
    """Fit on every usable match of `data`.

    Without a `recipe` rounds and calibration are first found on a split of these same matches. Raises
    InsufficientData with fewer than MIN_MATCHES usable matches.
    """
    rows = _enough(data, basis)
    recipe = recipe if recipe is not None else tune(data.only(rows), basis, threads)[0]
    grown = data.only(rows & _newest_years(data.kickoff, rows, basis))
    trees = _train(grown, basis, threads, recipe.rounds)
    return replace(_model(grown, basis, trees, recipe.calibration), weight=recipe.weight)


def refit(model: MarketModel, data: TrainingData) -> MarketModel:
    """`model`, grown on earlier matches, with leaf values and shift refitted to every usable match of `data`.

    Raises InsufficientData as `fit`.
    """
    basis = model.basis
    rows = _enough(data, basis)
    matches = data.only(rows & _newest_years(data.kickoff, rows, basis))
    matrix, targets = _matrix(matches, basis), _targets(matches, basis, _closing_errors(matches, basis))
    settings = VARIANTS[basis].lightgbm(data.market, 1, len(matches))
    trees, scores = refit_leaves(
        model.trees,
        matrix,
        _start(matches, basis),
        objective(targets),
        settings["learning_rate"],
        settings["lambda_l2"],
    )
    return replace(model, trees=trees, means=_means(matrix), shift=_shift(scores, matches, basis))


def recipe_of(data: TrainingData, basis: str, threads: int) -> Recipe:
    """The recipe that a split of the usable matches of `data` finds; raises as `fit`."""
    return tune(data.only(_enough(data, basis)), basis, threads)[0]


def _enough(data: TrainingData, basis: str) -> Mask:
    """The usable matches (n,); raises InsufficientData where they are too few."""
    rows = usable(data, basis)
    require_enough(data.days[rows], basis)
    return rows


def evaluate(data: TrainingData, basis: str, threads: int) -> Evaluation:
    """Fit on all but the newest usable matches, the test; masks are over the rows of `data`."""
    rows = _enough(data, basis)
    matches = data.only(rows)
    test = newest(matches.days, *SHARES["test"])
    recipe, model = tune(matches.only(~test), basis, threads)
    fitted_rows, test_rows = np.zeros_like(rows), np.zeros_like(rows)
    test_rows[np.flatnonzero(rows)[test]] = True
    fitted_rows[np.flatnonzero(rows)[~test]] = True
    return Evaluation(recipe, model, fitted_rows, test_rows)


def tune(data: TrainingData, basis: str, threads: int) -> tuple[Recipe, MarketModel]:
    """Rounds by early stopping, calibration and weight by later matches, with the model that found them.

    Raises InsufficientData where a few days hold nearly all matches.
    """
    early, stop, later = _split(data.days)
    grown = data.only(early & _newest_years(data.kickoff, early, basis))
    trees = _train(grown, basis, threads, VARIANTS[basis].max_rounds(data.market), data.only(stop))
    for _ in range(trees.booster.current_iteration() - max(1, trees.booster.best_iteration)):
        trees.booster.rollback_one_iter()
    model = _model(grown, basis, trees, NONE)
    choice = _calibrate(model, data.only(later))
    weight = tree_weight(model, data.only(later), len(data))
    # What little there is to calibrate a price by finds luck.
    calibration = choice.calibration if weight == 1.0 else NONE
    recipe = Recipe(model.rounds, calibration, choice.n, choice.log_loss, weight)
    return recipe, replace(model, calibration=calibration, weight=weight)


def tree_weight(model: MarketModel, later: TrainingData, matches: int) -> float:
    """How much trees grown on so many `matches` with prices count, in (0, 1]; without odds always in full.

    In full where they beat the price on `later` matches by more than EVIDENT_ERRORS standard errors, or of
    TREES_IN_FULL matches, and else in proportion to their number. They are judged by closing prices as they are,
    which say more than outcomes, where those came later.
    """
    if model.basis != WITH_ODDS:
        return 1.0
    probabilities = softmax(model.margins(later.features, later.implied, later.deviations))
    gains = (_targets(later, model.basis) * np.log(probabilities / later.implied)).sum(axis=1)
    if gains.mean() > EVIDENT_ERRORS * gains.std() / np.sqrt(len(gains)):
        return 1.0
    return min(1.0, matches / TREES_IN_FULL)


def _split(days: NDArray[np.int64]) -> tuple[Mask, Mask, Mask]:
    """Matches to grow trees on, later ones to stop by and the newest to calibrate on, these of two days at least."""
    later = newest(days, *SHARES["calibrate"]) | np.isin(days, np.unique(days)[-2:])
    stop = np.zeros_like(later)
    stop[~later] = newest(days[~later], *SHARES["stop"])
    early = ~later & ~stop
    if not (early.any() and stop.any()):
        raise InsufficientData(0, 1, "days of matches left to grow trees on")
    return early, stop, later


def newest(days: NDArray[np.int64], share: float, most: int) -> Mask:
    """The newest whole days that together hold `share` of the matches, or `most` where that is fewer."""
    count = min(int(len(days) * share), most)
    if count == 0:
        return np.zeros(len(days), dtype=np.bool_)
    return np.asarray(days >= np.sort(days)[len(days) - count])


def _calibrate(model: MarketModel, later: TrainingData) -> calibrator.Choice:
    """Fit every method on the earlier half of the days, choose on the later half, refit the chosen on both."""
    margins = model.margins(later.features, later.implied, later.deviations)
    decide = newest(later.days, 0.5, len(later)) & (later.days > later.days.min())
    choice = calibrator.choose(
        (margins[~decide], later.labels[~decide]), (margins[decide], later.labels[decide])
    )
    refitted = calibrator.fit(choice.calibration.method, margins, later.labels)
    return replace(choice, calibration=refitted)


@dataclass(frozen=True)
class _GrownTrees:
    """A booster and the mean of each column over its matches, None where one of them lacked it."""

    booster: lgb.Booster
    means: tuple[float | None, ...]


def _train(
    data: TrainingData, basis: str, threads: int, rounds: int, stop_on: TrainingData | None = None
) -> _GrownTrees:
    register_thread()
    settings = VARIANTS[basis].lightgbm(data.market, threads, len(data))
    matrix, errors = _matrix(data, basis), _closing_errors(data, basis)
    train_set = _dataset(data, basis, matrix, settings)
    settings["objective"] = objective(_targets(data, basis, errors))
    booster = lgb.train(
        settings,
        train_set,
        num_boost_round=rounds,
        keep_training_booster=True,
        **({} if stop_on is None else _early_stopping(stop_on, basis, errors, settings, train_set)),
    )
    return _GrownTrees(booster, _means(matrix))


def _early_stopping(
    data: TrainingData,
    basis: str,
    errors: ClosingErrors | None,
    settings: dict[str, Any],
    train_set: lgb.Dataset,
) -> dict[str, Any]:
    """Arguments of LightGBM's training that stop it where `data` gain no more."""
    return {
        "valid_sets": [_dataset(data, basis, _matrix(data, basis), settings, train_set)],
        "feval": cross_entropy(_targets(data, basis, errors)),
        "callbacks": [lgb.early_stopping(PATIENCE_ROUNDS, verbose=False)],
    }


def _means(matrix: Features) -> tuple[float | None, ...]:
    """The mean of each column of `matrix` (n, C), None where it has a missing value."""
    return tuple(None if mean != mean else mean for mean in matrix.mean(axis=0, dtype=np.float64).tolist())


def _newest_years(kickoff: NDArray[np.int64], of: Mask, basis: str) -> Mask:
    """Those within the years before the newest `of` them that trees are grown on."""
    return np.asarray(kickoff > kickoff[of].max() - VARIANTS[basis].years * YEAR_SECONDS)


def _closing_errors(data: TrainingData, basis: str) -> ClosingErrors | None:
    """What closing prices of `data` get wrong, where trees learn from nothing else: of the match winner with odds."""
    return ClosingErrors.of(data) if basis == WITH_ODDS and data.market == MATCH_WINNER else None


def _targets(data: TrainingData, basis: str, errors: ClosingErrors | None = None) -> Array:
    """Closing prices, put right by `errors` if given, and outcomes, mixed as the variant says; shape (n, k)."""
    closing = data.closing if errors is None else errors.corrected(data)
    if basis == WITH_ODDS:
        # A price that never moved says nothing of where prices move to.
        closing = np.where(data.closed_later[:, None], closing, np.nan)
    return mixed(closing, one_hot(data.labels, data.market.size), VARIANTS[basis].closing_share)


def _matrix(data: TrainingData, basis: str) -> Features:
    """What trees see of each match, NaN where missing."""
    columns = VARIANTS[basis].columns(data.market)
    return inputs(columns, data.market, data.features, data.implied, data.deviations)


def _dataset(
    data: TrainingData,
    basis: str,
    matrix: Features,
    settings: dict[str, Any],
    reference: lgb.Dataset | None = None,
) -> lgb.Dataset:
    start, columns = _start(data, basis), list(VARIANTS[basis].columns(data.market))
    return lgb.Dataset(
        matrix, data.labels, reference=reference, init_score=start, feature_name=columns, params=settings
    )


def _start(data: TrainingData, basis: str) -> Array:
    """The raw scores that trees correct, as LightGBM holds them: (n, k), of two outcomes (n,)."""
    margins = starting_margins(VARIANTS[basis].start, data.market, data.features, data.implied)
    return margins if data.market.size > 2 else margins[:, 0].copy()


def _model(data: TrainingData, basis: str, trees: _GrownTrees, calibration: Calibration) -> MarketModel:
    """The model of trees grown on `data`."""
    variant, market = VARIANTS[basis], data.market
    return MarketModel(
        market=market,
        basis=basis,
        start=variant.start,
        trees=trees.booster.model_to_string(),
        columns=variant.columns(market),
        means=trees.means,
        rounds=trees.booster.current_iteration(),
        shift=_shift(_scores(trees.booster), data, basis),
        calibration=calibration,
    )


def _shift(scores: Array, data: TrainingData, basis: str) -> tuple[float, ...]:
    """What shifts raw `scores` of the matches that trees learnt from until they agree with the outcomes there.

    Trees that learn from closing prices take over what prices get wrong about every match alike, such as too few
    draws; a constant an outcome is little enough to be read off the training matches themselves.
    """
    if VARIANTS[basis].closing_share == 0.0:
        return (0.0,) * data.market.size
    return calibrator.fit_shift(as_margins(scores, data.market), data.labels)


def _scores(booster: lgb.Booster) -> Array:
    """What a booster says of the matches it was grown on, their start included: it has kept that."""
    rounds: list[Array] = []

    def look(scores: Array, _: lgb.Dataset) -> tuple[str, float, bool]:
        rounds.append(scores)
        return "scores", 0.0, False

    booster.eval_train(look)
    return rounds[0]


def require_enough(days_of: NDArray[np.int64], basis: str) -> None:
    """Enough matches, on enough days to be split by day; `days_of` (n,) are theirs. Raises InsufficientData."""
    what = "finished matches" if basis != WITH_ODDS else "finished matches with prices"
    if len(days_of) < MIN_MATCHES:
        raise InsufficientData(len(days_of), MIN_MATCHES, what)
    days = len(np.unique(days_of))
    if days < MIN_DAYS:
        raise InsufficientData(days, MIN_DAYS, f"days with {what}")
