"""Figures of a model since its training: drift and scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.catalogue import FEATURES
from models.drift import COUNTING, MIN_TO_COMPARE, drift, reference, since_training


def features(rows: int, shift: float = 0.0) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    drawn = np.random.default_rng(1).normal(size=(rows, len(FEATURES)))
    drawn[:, 0] += shift
    return drawn.astype(np.float32)


def test_matches_like_those_of_training_do_not_drift() -> None:
    drifts = drift(reference(features(4_000)), features(4_000))
    assert drifts is not None
    assert max(one["psi"] for one in drifts) < 1e-9


def test_a_feature_that_moved_drifts_most() -> None:
    drifts = drift(reference(features(4_000)), features(1_000, shift=2.0))
    assert drifts is not None
    assert drifts[0]["feature"] == FEATURES[0].name
    assert drifts[0]["psi"] > 0.25


def test_what_merely_counts_matches_is_no_drift() -> None:
    counting = [feature for feature in FEATURES if feature.group == COUNTING]
    drifts = drift(reference(features(4_000)), features(1_000))
    assert drifts is not None
    assert len(counting) == 4
    assert {one["feature"] for one in drifts}.isdisjoint(feature.name for feature in counting)


def test_few_coming_matches_say_nothing_of_drift() -> None:
    assert drift(reference(features(4_000)), features(MIN_TO_COMPARE - 1)) is None


def test_a_model_with_its_markets_own_probabilities_is_as_good_as_the_market() -> None:
    probabilities = {"home": 0.5, "draw": 0.3, "away": 0.2}
    level = {"1x2": dict.fromkeys(probabilities, 0.0)}
    answers: Any = [{"prediction": {"1x2": probabilities}, "edge": level} for _ in range(3)]
    record: Any = since_training(answers, np.array([0, 1, 2], dtype=np.int8), np.arange(3) * 86_400)
    assert record is not None
    assert record["n"] == 3
    assert record["market"]["difference"] == 0.0


def test_nothing_played_since_is_nothing_to_tell() -> None:
    assert since_training([], np.empty(0, dtype=np.int8), np.empty(0, dtype=np.int64)) is None
