"""Fitting splits by day, says when there is too little, and gives the same model for the same data."""

from __future__ import annotations

import pickle
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Settings
from db.reader import Reader
from errors import InsufficientData
from markets.market import UNKNOWN, Market
from markets.registry import MARKETS
from models import calibrator, fitting
from models.market_model import BASES, MarketModel
from models.training_data import TrainingData, data_by_market, only_rows

ORDER = Settings().bookmakers
KEYS = [market.key for market in MARKETS]


@pytest.fixture(scope="module")
def all_problems(world: Path) -> dict[str, TrainingData]:
    with closing(Reader(world)) as reader:
        return data_by_market(reader.load(), ORDER)


@pytest.fixture(scope="module")
def data(all_problems: dict[str, TrainingData]) -> TrainingData:
    return all_problems["1x2"]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=300), st.floats(0.0, 1.0), st.integers(1, 200))
def test_the_newest_days_are_whole_and_later_than_all_others(
    days: list[int], share: float, most: int
) -> None:
    given_days = np.array(days)
    chosen = fitting.newest(given_days, share, most)
    assert not set(given_days[chosen]) & set(given_days[~chosen])
    if chosen.any() and not chosen.all():
        assert given_days[chosen].min() > given_days[~chosen].max()
    assert chosen.sum() >= min(int(len(days) * share), most)


def parts_seen(monkeypatch: pytest.MonkeyPatch, data: TrainingData) -> list[tuple[str, set[int]]]:
    """The days of each part of an evaluation: fitted, stopped, calibrated, tested."""
    parts: list[tuple[str, set[int]]] = []
    train, calibrate = fitting._train, fitting._calibrate

    def spy_train(training: TrainingData, *args: Any, **more: Any) -> Any:
        stop_on = args[3] if len(args) > 3 else more.get("stop_on")
        parts.append(("fitted", set(training.days.tolist())))
        if stop_on is not None:
            parts.append(("stopped", set(stop_on.days.tolist())))
        return train(training, *args, **more)

    def spy_calibrate(model: MarketModel, later: TrainingData) -> Any:
        parts.append(("calibrated", set(later.days.tolist())))
        return calibrate(model, later)

    monkeypatch.setattr(fitting, "_train", spy_train)
    monkeypatch.setattr(fitting, "_calibrate", spy_calibrate)
    evaluation = fitting.evaluate(data, "without_odds", 1)
    parts.append(("tested", set(data.days[evaluation.test].tolist())))
    return parts


def test_fitting_stopping_calibrating_and_testing_share_no_day_and_come_in_order_of_time(
    monkeypatch: pytest.MonkeyPatch, data: TrainingData
) -> None:
    parts = parts_seen(monkeypatch, data)
    assert [name for name, _ in parts] == ["fitted", "stopped", "calibrated", "tested"]
    for (_, earlier), (_, later) in pairwise(parts):
        assert max(earlier) < min(later)


def test_the_calibration_is_chosen_on_later_days_than_those_it_was_fitted_on(
    monkeypatch: pytest.MonkeyPatch, data: TrainingData
) -> None:
    sizes: list[tuple[int, int]] = []
    choose = calibrator.choose

    def spy(fit_on: Any, decide_on: Any) -> Any:
        sizes.append((len(fit_on[1]), len(decide_on[1])))
        return choose(fit_on, decide_on)

    monkeypatch.setattr(calibrator, "choose", spy)
    recipe = fitting.evaluate(data, "without_odds", 1).recipe
    ((fitted, decided),) = sizes
    assert min(fitted, decided) > 20
    assert recipe.chosen_on == decided


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("key", KEYS)
def test_the_same_data_give_the_same_model_to_the_byte(
    key: str, basis: str, all_problems: dict[str, TrainingData]
) -> None:
    first, second = (fitting.fit(all_problems[key], basis, 1).to_plain() for _ in range(2))
    assert first == second


def test_a_model_comes_back_from_plain_types_as_it_was(data: TrainingData) -> None:
    model = fitting.fit(data, "with_odds", 1)
    again = MarketModel.from_plain(model.to_plain())
    priced = data.only(data.priced)
    np.testing.assert_array_equal(
        again.predict(priced.features, priced.implied, priced.deviations),
        model.predict(priced.features, priced.implied, priced.deviations),
    )


def without_missing_values(data: TrainingData) -> TrainingData:
    """The same matches, each missing value of a feature drawn from that feature's others."""
    features, generator = data.features.copy(), np.random.default_rng(5)
    for column in features.T:
        missing = np.isnan(column)
        if missing.any() and not missing.all():
            column[missing] = generator.choice(column[~missing], missing.sum())
    return replace(data, features=features)


def test_a_missing_value_that_training_never_saw_counts_as_the_mean_of_training(data: TrainingData) -> None:
    """LightGBM takes it for zero, which for Elo is the weakest team there is."""
    complete = without_missing_values(data)
    model = fitting.fit(complete, "without_odds", 1)
    unknown = np.full_like(complete.features[:1], np.nan), complete.implied[:1], complete.deviations[:1]
    means = complete.features[fitting.usable(complete, "without_odds")].mean(axis=0, dtype=np.float64)
    complete_columns = np.isfinite(means)
    np.testing.assert_allclose(
        model.tree_inputs(*unknown)[0, complete_columns], means[complete_columns], rtol=1e-6
    )
    assert np.isnan(model.inputs(*unknown)).all()
    assert not np.allclose(model.margins(*unknown), replace(model, means=()).margins(*unknown), atol=0.01), (
        "as zeros they are another match"
    )


def test_a_missing_value_that_training_saw_goes_where_the_trees_send_it(data: TrainingData) -> None:
    model = fitting.fit(data, "without_odds", 1)
    rows = fitting.usable(data, "without_odds")
    lacking = np.isnan(model.inputs(data.features[rows], data.implied[rows], data.deviations[rows])).any(
        axis=0
    )
    assert 0 < lacking.sum() < len(lacking)
    assert [mean is None for mean in model.means] == lacking.tolist()


@pytest.mark.parametrize("basis", BASES)
def test_too_few_matches_are_refused_with_both_counts(basis: str, data: TrainingData) -> None:
    enough = fitting.usable(data, basis)
    few = data.only(enough & (np.cumsum(enough) <= fitting.MIN_MATCHES - 1))
    for attempt in (fitting.fit, fitting.evaluate):
        with pytest.raises(InsufficientData, match=r"499 .* 500") as refused:
            attempt(few, basis, 1)
        assert (refused.value.available, refused.value.required) == (499, 500)


def test_matches_without_a_result_or_a_price_are_not_fitted_on(data: TrainingData) -> None:
    assert (data.labels[~data.labelled] == UNKNOWN).all()
    bare = replace(data, implied=np.where(np.arange(len(data))[:, None] % 3 > 0, data.implied, np.nan))
    with_odds, without = (fitting.usable(bare, basis) for basis in ("with_odds", "without_odds"))
    assert not with_odds[::3].any()
    assert without.sum() == data.labelled.sum()


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("key", KEYS)
def test_no_weights_of_classes_and_no_resampling(key: str, basis: str) -> None:
    market = MARKETS[KEYS.index(key)]
    parameters = fitting.VARIANTS[basis].lightgbm(market, 1, 10_000)
    forbidden = ("weight", "unbalance", "bagging", "subsample", "goss", "boost_from")
    assert not [name for name in parameters if any(part in name for part in forbidden)]


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.key)
def test_a_market_sent_to_another_process_grows_the_same_trees(market: Market, basis: str) -> None:
    variant, copy = fitting.VARIANTS[basis], pickle.loads(pickle.dumps(market))
    assert variant.lightgbm(copy, 1, 1_000) == variant.lightgbm(market, 1, 1_000)
    assert variant.max_rounds(copy) == variant.max_rounds(market)


def test_labels_of_the_future_do_not_reach_a_model_fitted_on_the_past(data: TrainingData) -> None:
    """Other outcomes on the test days change neither rounds nor trees nor calibration."""
    evaluation = fitting.evaluate(data, "without_odds", 1)
    labels = data.labels.copy()
    labels[evaluation.test] = (labels[evaluation.test] + 1) % 3
    closing = data.closing.copy()
    closing[evaluation.test] = closing[evaluation.test][:, ::-1]
    other = fitting.evaluate(replace(data, labels=labels, closing=closing), "without_odds", 1)
    assert other.model.to_plain() == evaluation.model.to_plain()


@pytest.mark.parametrize("basis", BASES)
def test_a_prediction_does_not_look_at_outcomes_or_closing_prices(basis: str, data: TrainingData) -> None:
    model = fitting.fit(data, basis, 1)
    priced = data.only(data.priced)
    probabilities = model.predict(priced.features, priced.implied, priced.deviations)
    assert np.all((probabilities > 0.0) & (probabilities < 1.0))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-9)
    one_by_one = [
        model.predict(priced.features[[row]], priced.implied[[row]], priced.deviations[[row]])[0]
        for row in range(40)
    ]
    np.testing.assert_array_equal(one_by_one, probabilities[:40])


def test_rows_of_all_markets_hold_their_features_in_memory_once(
    all_problems: dict[str, TrainingData],
) -> None:
    rows = np.arange(len(all_problems["1x2"])) % 2 == 0
    first, *others = only_rows(all_problems, rows).values()
    assert all(other.features is first.features for other in others)
    for key, data in only_rows(all_problems, rows).items():
        np.testing.assert_array_equal(data.labels, all_problems[key].only(rows).labels)
        np.testing.assert_array_equal(data.features, all_problems[key].only(rows).features)


def test_matches_of_a_single_day_are_too_few_days(data: TrainingData) -> None:
    same = replace(data, kickoff=np.full(len(data), data.kickoff[0]))
    with pytest.raises(InsufficientData, match="1 days"):
        fitting.evaluate(same, "without_odds", 1)


@given(st.lists(st.integers(0, 40), max_size=300))
def test_a_split_has_three_parts_in_order_of_time_the_last_of_two_days_or_there_is_too_little(
    days: list[int],
) -> None:
    given_days = np.array(days, dtype=np.int64)
    try:
        parts = [set(given_days[part].tolist()) for part in fitting._split(given_days)]
    except InsufficientData:
        return
    early, stop, later = parts
    assert max(early) < min(stop) <= max(stop) < min(later)
    assert len(later) >= 2


def test_a_fit_whose_newest_day_holds_more_than_the_calibration_needs_is_calibrated_on_two_days(
    data: TrainingData,
) -> None:
    days = data.days
    full = days >= np.sort(days)[int(0.8 * len(days))]
    crowded = replace(data, kickoff=np.where(full, data.kickoff.max(), data.kickoff))
    assert fitting.fit(crowded, "without_odds", 1).rounds > 0


def test_outcomes_of_the_matches_that_end_the_growth_do_not_change_trees_that_learn_from_closing_prices(
    data: TrainingData,
) -> None:
    priced = data.only(fitting.usable(data, "with_odds"))
    _, stop, _ = fitting._split(priced.days)
    otherwise = np.where(stop, (priced.labels + 1) % 3, priced.labels).astype(np.int8)
    first, second = (
        fitting.tune(each, "with_odds", 1)[1].trees for each in (priced, replace(priced, labels=otherwise))
    )
    assert first == second


def test_closing_prices_are_put_right_for_the_match_winner_with_odds_alone(
    all_problems: dict[str, TrainingData],
) -> None:
    put_right = {
        (key, basis)
        for key in KEYS
        for basis in BASES
        if fitting._closing_errors(all_problems[key], basis) is not None
    }
    assert put_right == {("1x2", "with_odds")}


def splits_of(model: MarketModel) -> list[str]:
    """What a model's trees compare, tree by tree."""
    return [line for line in model.trees.splitlines() if line.startswith(("split_feature=", "threshold="))]


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("key", KEYS)
def test_leaves_refitted_to_the_matches_that_trees_grew_on_are_as_they_were(
    all_problems: dict[str, TrainingData], key: str, basis: str
) -> None:
    of = all_problems[key]
    grown = fitting.fit(of, basis, 1)
    again = fitting.refit(grown, of)
    rows = of.priced
    before, after = (
        model.predict(of.features[rows], of.implied[rows], of.deviations[rows]) for model in (grown, again)
    )
    np.testing.assert_allclose(after, before, atol=1e-6)
    assert splits_of(again) == splits_of(grown)


def test_refitted_leaves_know_more_matches_and_the_splits_stay(data: TrainingData) -> None:
    earlier = data.only(data.kickoff < np.quantile(data.kickoff, 0.8))
    grown = fitting.fit(earlier, "without_odds", 1)
    later = fitting.refit(grown, data)
    assert splits_of(later) == splits_of(grown)
    assert later.rounds == grown.rounds
    assert later.calibration == grown.calibration
    before, after = (model.predict(data.features, data.implied, data.deviations) for model in (grown, later))
    assert np.abs(after - before).max() > 1e-3


def test_leaves_are_not_refitted_to_too_few_matches(data: TrainingData) -> None:
    grown = fitting.fit(data, "without_odds", 1)
    with pytest.raises(InsufficientData):
        fitting.refit(grown, data.only(data.kickoff < np.quantile(data.kickoff, 0.05)))
