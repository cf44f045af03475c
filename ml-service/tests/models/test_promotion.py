"""The choice between the current model and a new one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models import model_card
from models.promotion import MIN_IN_COMMON, decide
from models.store import StoredModel

Array = NDArray[np.float64]
MATCHES = 1_200
DAYS = np.arange(MATCHES, dtype=np.int64) // 6
TRUTH = np.random.default_rng(3).dirichlet([6.0, 4.0, 5.0], MATCHES)
LABELS = np.array([np.random.default_rng(row).choice(3, p=p) for row, p in enumerate(TRUTH)], dtype=np.int8)


def blurred(share: float) -> Array:
    """The truth mixed with thirds; a larger share is a worse forecast."""
    return (1.0 - share) * TRUTH + share / 3.0


def as_plain(probabilities: Array, rows: slice = slice(None)) -> dict[str, Any]:
    ids = np.arange(MATCHES, dtype=np.int64)
    return model_card.TestForecasts(ids[rows], DAYS[rows], LABELS[rows], probabilities[rows]).to_plain()


def content(**tests: dict[str, Any]) -> dict[str, Any]:
    return {"tests": {"without_odds": tests}}


def meta(log_loss: float = 1.0, base: float = 1.08, leagues: list[int] | None = None) -> dict[str, Any]:
    metrics = {"n": MATCHES, "log_loss": log_loss, "base_rate_log_loss": base}
    return {
        "model_id": "m",
        "data": {"selected_league_ids": leagues},
        "models": {"without_odds": {"1x2": {"metrics": metrics}}},
    }


def against(new: dict[str, Any], old: dict[str, Any]) -> tuple[bool, str]:
    decision = decide("if_better", meta(), new, StoredModel(meta(), old))
    return decision.promoted, decision.reason


def test_a_model_that_is_worse_beyond_chance_is_refused_with_its_figures() -> None:
    promoted, reason = against(content(x=as_plain(blurred(0.9))), content(x=as_plain(TRUTH)))
    assert not promoted
    assert "x without_odds" in reason
    assert "interval" in reason


@pytest.mark.parametrize(("new", "old"), [(0.0, 0.9), (0.0, 0.0), (0.02, 0.0)])
def test_a_model_that_is_better_or_no_worse_than_chance_allows_is_promoted(new: float, old: float) -> None:
    assert against(content(x=as_plain(blurred(new))), content(x=as_plain(blurred(old))))[0]


def test_one_market_that_is_worse_is_enough_to_refuse() -> None:
    new = content(x=as_plain(TRUTH), y=as_plain(blurred(0.9)))
    assert not against(new, content(x=as_plain(TRUTH), y=as_plain(TRUTH)))[0]


@pytest.mark.parametrize(("common", "promoted"), [(MIN_IN_COMMON - 1, True), (MIN_IN_COMMON, False)])
def test_with_fewer_than_500_matches_in_common_the_newer_model_wins(common: int, promoted: bool) -> None:
    new = content(x=as_plain(blurred(1.0), slice(0, 600)))
    old = content(x=as_plain(TRUTH, slice(600 - common, None)))
    decided, reason = against(new, old)
    assert decided == promoted
    assert ("too few to compare" in reason) == promoted
    assert (str(common) in reason) or not promoted


def test_matches_of_another_database_that_have_the_same_ids_are_not_compared() -> None:
    ids = np.arange(MATCHES, dtype=np.int64)
    other = model_card.TestForecasts(ids, DAYS + 1, LABELS, TRUTH).to_plain()
    decided, reason = against(content(x=as_plain(blurred(1.0))), content(x=other))
    assert decided
    assert "newer one: 0 test matches" in reason


def test_a_market_with_few_matches_in_common_does_not_excuse_another_that_is_worse() -> None:
    new = content(x=as_plain(blurred(0.9)), y=as_plain(TRUTH, slice(0, 50)))
    old = content(x=as_plain(TRUTH), y=as_plain(TRUTH, slice(0, 50)))
    assert not against(new, old)[0]


def test_the_models_are_compared_on_the_same_matches_only() -> None:
    easy = np.eye(3)[LABELS] * 0.98 + 0.02 / 3.0
    old = np.where(np.arange(MATCHES)[:, None] < 600, TRUTH, easy)
    assert against(content(x=as_plain(TRUTH, slice(0, 600))), content(x=as_plain(old)))[0]


def test_a_market_that_only_one_of_the_two_has_is_not_compared() -> None:
    assert against(content(x=as_plain(TRUTH), y=as_plain(blurred(1.0))), content(x=as_plain(TRUTH)))[0]


def test_a_model_that_does_not_beat_base_rates_is_refused_even_as_the_first() -> None:
    decision = decide("if_better", meta(1.09), content(x=as_plain(TRUTH)), None)
    assert not decision.promoted
    assert "base rates" in decision.reason


def test_the_first_model_is_promoted() -> None:
    assert decide("if_better", meta(), content(x=as_plain(TRUTH)), None).promoted


@pytest.mark.parametrize(("policy", "promoted"), [("always", True), ("never", False)])
def test_always_and_never_ask_nothing(policy: str, promoted: bool) -> None:
    worse = content(x=as_plain(blurred(1.0)))
    assert (
        decide(policy, meta(2.0), worse, StoredModel(meta(), content(x=as_plain(TRUTH)))).promoted == promoted
    )
    assert decide(policy, meta(), content(x=as_plain(TRUTH)), None).promoted == promoted


def test_forecasts_come_back_from_plain_types_as_they_were() -> None:
    forecasts = model_card.TestForecasts.from_plain(as_plain(TRUTH))
    np.testing.assert_array_equal(forecasts.probabilities, TRUTH)
    np.testing.assert_array_equal(forecasts.labels, LABELS)
    np.testing.assert_array_equal(forecasts.days, DAYS)
