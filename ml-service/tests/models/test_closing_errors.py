"""Closing prices are put right by what outcomes say of them, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import log_softmax

from common.probabilities import softmax
from features.catalogue import FEATURES
from markets.market import UNKNOWN
from markets.market_features import DEVIATIONS
from markets.match_winner import MATCH_WINNER
from models.closing_errors import EXCESS, PRIOR_INFORMATION, SUPREMACY, ClosingErrors, _columns
from models.training_data import TrainingData

Array = NDArray[np.float64]

MATCHES = 40_000
COLUMN = {feature.name: place for place, feature in enumerate(FEATURES)}


def tilted(probabilities: Array, supremacy: Array) -> Array:
    """Probabilities (n, 3) whose log(P home / P away) is moved by `supremacy` (n,)."""
    return softmax(np.log(probabilities) + np.outer(supremacy, [0.5, 0.0, -0.5]))


def drawn(probabilities: Array, generator: np.random.Generator) -> NDArray[np.int8]:
    """An outcome (n,) of each match."""
    passed = generator.random((len(probabilities), 1)) > probabilities.cumsum(axis=1)
    outcomes: NDArray[np.int8] = passed.sum(axis=1).astype(np.int8)
    return outcomes


@pytest.fixture(scope="module")
def truth() -> Array:
    """The probabilities of home, draw and away, shape (MATCHES, 3)."""
    return np.random.default_rng(1).dirichlet([9.0, 5.0, 6.0], size=MATCHES)


@pytest.fixture(scope="module")
def data(truth: Array) -> TrainingData:
    """Matches whose price is right when a bet is placed and whose closing price then follows goals too far."""
    generator = np.random.default_rng(2)
    goals = generator.normal(scale=0.5, size=MATCHES)
    features = np.full((MATCHES, len(FEATURES)), np.nan, dtype=np.float32)
    features[:, COLUMN["goals_supremacy"]] = np.log(truth[:, 0] / truth[:, 2]) + goals
    features[:, COLUMN["supremacy_move"]] = generator.normal(scale=0.02, size=MATCHES)
    moments = np.arange(MATCHES, dtype=np.int64)
    return TrainingData(
        market=MATCH_WINNER,
        features=features,
        labels=drawn(truth, generator),
        kickoff=moments,
        known_at=moments,
        implied=truth,
        deviations=np.zeros((MATCHES, len(DEVIATIONS)), dtype=np.float32),
        closing=tilted(truth, 0.2 * goals),
        closed_later=np.ones(MATCHES, dtype=np.bool_),
    )


def gap(probabilities: Array, truth: Array) -> float:
    """Mean Kullback-Leibler divergence from the truth, in nats."""
    return float((truth * np.log(truth / probabilities)).sum(axis=1).mean())


def test_prices_that_follow_goals_too_far_are_pulled_back(data: TrainingData, truth: Array) -> None:
    corrected = ClosingErrors.of(data).corrected(data)
    assert gap(corrected, truth) < 0.5 * gap(data.closing, truth)


def test_prices_that_are_right_stay_nearly_as_they_are(data: TrainingData, truth: Array) -> None:
    right = replace(data, closing=truth)
    assert gap(ClosingErrors.of(right).corrected(right), truth) < 2e-5


def test_the_coefficients_are_the_most_likely_ones(data: TrainingData) -> None:
    columns = _columns(data)
    directions = np.array([[0.5, 0.0, -0.5]] * (len(SUPREMACY) + 1) + [[0.0, 1.0, 0.0]] * (len(EXCESS) + 1))
    size = (columns**2).mean(axis=0)

    def loss(coefficients: Array) -> float:
        margins = np.log(data.closing) + (columns * coefficients) @ directions
        likelihood = log_softmax(margins, axis=1)[np.arange(MATCHES), data.labels].sum()
        return float(-likelihood + 0.5 * PRIOR_INFORMATION * (size * coefficients**2).sum())

    likeliest = ClosingErrors.of(data).coefficients
    for place in np.flatnonzero(size):
        step = 1e-4 / np.sqrt(size[place]) * (np.arange(len(size)) == place)
        assert loss(likeliest) < min(loss(likeliest - step), loss(likeliest + step))


def test_matches_without_a_result_or_a_later_price_say_nothing(data: TrainingData) -> None:
    half = np.arange(MATCHES) < MATCHES // 2
    of_half = ClosingErrors.of(data.only(half)).coefficients
    labels = np.where(half, data.labels, UNKNOWN).astype(np.int8)
    for others_silent in (replace(data, labels=labels), replace(data, closed_later=half)):
        np.testing.assert_array_equal(ClosingErrors.of(others_silent).coefficients, of_half)


def test_nothing_is_put_right_where_nothing_has_been_seen(data: TrainingData) -> None:
    unseen = replace(data, closed_later=np.zeros(MATCHES, dtype=np.bool_))
    np.testing.assert_allclose(ClosingErrors.of(unseen).corrected(data), data.closing)


def test_a_match_without_a_closing_price_has_none_put_right(data: TrainingData) -> None:
    closing = data.closing.copy()
    closing[0] = np.nan
    corrected = ClosingErrors.of(data).corrected(replace(data, closing=closing))
    assert np.isnan(corrected[0]).all()
    assert np.isfinite(corrected[1:]).all()
