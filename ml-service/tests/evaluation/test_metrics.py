"""Scores against closed forms, and the inputs that they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.metrics import (
    base_rates,
    briers,
    expected_calibration_error,
    log_losses,
    ranked_probability_scores,
    score,
    validate,
)

HALF = np.array([[0.5, 0.5]])
THIRDS = np.full((3, 3), 1.0 / 3.0)
EACH = np.array([0, 1, 2])


def one(*values: float) -> NDArray[np.float64]:
    return np.array([values])


def test_log_loss_of_a_coin_is_log_two() -> None:
    assert log_losses(HALF, np.array([1])) == pytest.approx(np.log(2.0))


def test_log_loss_of_certainty_that_fails_is_infinite() -> None:
    assert log_losses(one(1.0, 0.0), np.array([1]))[0] == np.inf


def test_brier_sums_over_outcomes_from_zero_to_two() -> None:
    assert briers(one(1.0, 0.0, 0.0), np.array([0]))[0] == 0.0
    assert briers(one(1.0, 0.0, 0.0), np.array([2]))[0] == 2.0
    assert briers(THIRDS, EACH) == pytest.approx(2.0 / 3.0)


def test_rps_of_thirds_follows_the_order_of_outcomes() -> None:
    assert ranked_probability_scores(THIRDS, EACH) == pytest.approx([5 / 18, 1 / 9, 5 / 18])


def test_rps_punishes_a_far_miss_more_than_a_near_one() -> None:
    home = one(1.0, 0.0, 0.0)
    near, far = (ranked_probability_scores(home, np.array([label]))[0] for label in (1, 2))
    assert (near, far) == (0.5, 1.0)


def test_rps_of_two_outcomes_is_half_the_brier_score() -> None:
    forecasts, labels = np.array([[0.7, 0.3], [0.2, 0.8]]), np.array([1, 1])
    assert ranked_probability_scores(forecasts, labels) == pytest.approx(briers(forecasts, labels) / 2.0)


def test_calibration_error_is_the_gap_between_confidence_and_hits() -> None:
    forecasts = np.tile([0.8, 0.2], (10, 1))
    labels = np.array([0] * 6 + [1] * 4)
    assert expected_calibration_error(forecasts, labels) == pytest.approx(0.2)


def test_calibration_error_does_not_let_bins_cancel_out() -> None:
    forecasts = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10)
    labels = np.array([0] * 7 + [1] * 3 + [0] * 8 + [1] * 2)
    assert expected_calibration_error(forecasts, labels) == pytest.approx(0.2)


def test_calibration_error_counts_full_confidence_in_the_last_bin() -> None:
    assert expected_calibration_error(one(1.0, 0.0), np.array([0])) == 0.0


def test_calibration_error_of_no_match_is_unknown() -> None:
    assert np.isnan(expected_calibration_error(np.empty((0, 3)), np.empty(0, dtype=np.int8)))


@pytest.mark.parametrize(
    ("probabilities", "labels"),
    [
        (one(0.5, 0.6), [0]),
        (one(0.5, 0.4), [0]),
        (one(1.2, -0.2), [0]),
        (one(np.nan, 1.0), [0]),
        (one(np.inf, 0.0), [0]),
        (HALF, [2]),
        (HALF, [-1]),
        (HALF, [0, 1]),
        (np.array([0.5, 0.5]), [0, 1]),
    ],
)
@pytest.mark.parametrize(
    "metric", [log_losses, briers, ranked_probability_scores, expected_calibration_error, validate, score]
)
def test_every_metric_refuses_what_are_no_probabilities_or_labels(
    metric: object, probabilities: NDArray[np.float64], labels: list[int]
) -> None:
    with pytest.raises(ValueError, match=r"probabilities|labels|shapes"):
        metric(probabilities, np.array(labels))  # type: ignore[operator]


def test_base_rates_give_an_outcome_never_seen_a_chance() -> None:
    assert base_rates(np.array([0, 0, 1]), 3) == pytest.approx([3 / 6, 2 / 6, 1 / 6])


def test_score_of_two_outcomes_has_no_rps_and_of_three_has() -> None:
    assert score(HALF, np.array([0])).rps is None
    assert score(THIRDS, EACH).rps is not None


def test_score_is_the_mean_of_each_metric() -> None:
    scores = score(THIRDS, EACH)
    assert scores.log_loss == pytest.approx(np.log(3.0))
    assert scores.n == 3
    assert scores.accuracy == pytest.approx(1 / 3)


def test_ece_has_fifteen_bins() -> None:
    """0.61 and 0.66 lie in one of fifteenths, 0.66 and 0.67 in two."""
    hit_and_miss = np.array([0, 1])
    together = np.array([[0.61, 0.39], [0.66, 0.34]])
    apart = np.array([[0.66, 0.34], [0.67, 0.33]])
    assert expected_calibration_error(together, hit_and_miss) == pytest.approx(abs(0.39 - 0.66) / 2)
    assert expected_calibration_error(apart, hit_and_miss) == pytest.approx((0.34 + 0.67) / 2)
