"""Calibrations stay inside (0, 1), sum to 1 and are chosen on matches that are in no fit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from common.probabilities import softmax
from contract.model import CalibrationMethod
from evaluation.metrics import log_losses
from models.calibration import NONE, Calibration
from models.calibrator import METHODS, choose, fit

Array = NDArray[np.float64]
GENERATOR = np.random.default_rng(11)


def drawn(count: int, outcomes: int, sharpness: float = 1.0) -> tuple[Array, NDArray[np.int8]]:
    """Margins and outcomes drawn from them, the margins then sharpened."""
    margins = GENERATOR.normal(0.0, 0.8, (count, outcomes))
    chances = softmax(margins).cumsum(axis=1)
    labels = (GENERATOR.random((count, 1)) > chances).sum(axis=1).clip(0, outcomes - 1)
    return margins * sharpness, labels.astype(np.int8)


def loss(calibration: Calibration, margins: Array, labels: NDArray[np.int8]) -> float:
    return float(log_losses(calibration.apply(margins), labels).mean())


@cache
def fitted_on_few(method: CalibrationMethod, rows: int, outcomes: int) -> Calibration:
    margins = np.random.default_rng(rows).normal(0.0, 3.0, (rows, outcomes))
    return fit(method, margins, np.arange(rows) % outcomes)


@pytest.mark.parametrize("outcomes", [2, 3])
@pytest.mark.parametrize("rows", [6, 60])
@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
def test_any_margins_become_probabilities_inside_zero_and_one(
    method: CalibrationMethod, rows: int, outcomes: int, data: st.DataObject
) -> None:
    calibration = fitted_on_few(method, rows, outcomes)
    sample = data.draw(
        st.lists(st.lists(st.floats(-1e4, 1e4), min_size=outcomes, max_size=outcomes), min_size=1, max_size=4)
    )
    probabilities = calibration.apply(np.array(sample))
    assert np.all((probabilities > 0.0) & (probabilities < 1.0))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_an_outcome_that_never_came_true_keeps_a_chance(method: CalibrationMethod) -> None:
    margins, _ = drawn(80, 3)
    probabilities = fit(method, margins, np.zeros(80, dtype=np.int8)).apply(margins)
    assert np.all(probabilities > 0.0)
    assert np.isfinite(log_losses(probabilities, np.full(80, 2))).all()


@pytest.mark.parametrize("method", ["temperature", "platt", "isotonic"])
def test_margins_twice_too_sharp_are_made_right(method: CalibrationMethod) -> None:
    fitted_on, decided_on = drawn(4_000, 3, 2.0), drawn(4_000, 3, 2.0)
    calibration = fit(method, *fitted_on)
    right = Calibration("temperature", {"scale": [[0.5]]})
    assert loss(calibration, *decided_on) < loss(NONE, *decided_on)
    assert loss(calibration, *decided_on) == pytest.approx(loss(right, *decided_on), abs=0.03)


def test_temperature_finds_the_factor() -> None:
    calibration = fit("temperature", *drawn(20_000, 3, 2.0))
    assert calibration.parameters["scale"][0][0] == pytest.approx(0.5, abs=0.03)


def test_the_method_of_least_log_loss_on_the_later_matches_is_chosen() -> None:
    fitted_on, decided_on = drawn(1_000, 3, 2.5), drawn(1_000, 3, 2.5)
    choice = choose(fitted_on, decided_on)
    assert set(choice.log_loss) == set(METHODS)
    assert choice.log_loss[choice.calibration.method] == min(choice.log_loss.values())
    for method in METHODS:
        assert choice.log_loss[method] == pytest.approx(loss(fit(method, *fitted_on), *decided_on))
    assert choice.n == 1_000


def test_what_decides_is_not_what_was_fitted_on() -> None:
    """Isotonic calibration fits forty random matches perfectly, and fails on forty others."""
    margins, labels = GENERATOR.normal(0.0, 2.0, (40, 3)), np.arange(40) % 3
    others = np.zeros((400, 3)), np.arange(400) % 3
    fitted = fit("isotonic", margins, labels)
    assert loss(fitted, margins, labels.astype(np.int8)) < loss(NONE, margins, labels.astype(np.int8))
    assert choose((margins, labels), others).calibration.method != "isotonic"


def test_a_gain_that_could_be_luck_leaves_the_margins_as_they_are() -> None:
    few = np.random.default_rng(5)
    margins = few.normal(0.0, 0.8, (80, 3))
    labels = np.array([few.choice(3, p=chances) for chances in softmax(margins)])
    choice = choose(drawn(2_000, 3, 1.2), (1.2 * margins, labels))
    assert min(choice.log_loss.values()) < choice.log_loss["none"]
    assert choice.calibration == NONE


def test_good_margins_are_left_as_they_are_where_nothing_is_better() -> None:
    thirds = np.zeros((99, 3)), np.arange(99) % 3
    assert choose(thirds, thirds).calibration.method == "none"


@pytest.mark.parametrize("method", METHODS)
def test_fitting_again_gives_the_same_numbers(method: CalibrationMethod) -> None:
    margins, labels = drawn(300, 3)
    assert fit(method, margins, labels) == fit(method, margins.copy(), labels.copy())


@pytest.mark.parametrize("method", ["none", "temperature"])
def test_the_order_of_the_probabilities_of_a_row_is_kept(method: CalibrationMethod) -> None:
    margins, labels = drawn(300, 3, 1.5)
    probabilities = fit(method, margins, labels).apply(margins)
    np.testing.assert_array_equal(np.argsort(probabilities, axis=1), np.argsort(margins, axis=1))
