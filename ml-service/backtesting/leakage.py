"""Leakage checks: a backtest in which a forecast depends on its match's future stops with LeakageError."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from common.arrays import Ints, Mask
from common.threads import in_threads
from common.times import DAY_SECONDS
from db.dataset import Dataset
from db.schema import FINISHED, OPEN, OUTCOME_COLUMNS
from errors import ServiceError
from features.builder import build
from markets.sharpness import Sharpness

Features = NDArray[np.float32]

MAX_CREDIBLE_GAIN = 0.02
"""Nats by which a model may beat the market that its bets meet: books beaten by more do not stay open."""


class LeakageError(ServiceError):
    """Information from after a bet reached its forecast: the figures would be worthless, so there are none."""

    default_hint = "report this error: it is one of the service, not of the request"


def forbid_later_prices(captured_at: Ints, as_of: Ints, kickoff: Ints) -> None:
    """Raise LeakageError if a price was captured after the moment of its bet, or at kick-off or later.

    Rows without a price hold a negative `captured_at`. All times in epoch seconds UTC, shape (n,).
    """
    late = (captured_at >= 0) & ((captured_at > as_of) | (captured_at >= kickoff))
    _raise_if(late, "prices were captured after the bets that take them")


def forbid_later_knowledge(as_of: Ints, latest: Ints) -> None:
    """Raise LeakageError if features are of a moment later than `latest`; epoch seconds UTC, shape (n,)."""
    _raise_if(as_of > latest, "matches have features of a moment after their bet")


def forbid_later_training(known_at: Ints, as_of: Ints) -> None:
    """Raise LeakageError if a training result became known after a bet that the model decides.

    `known_at` (n,) of the training matches and `as_of` (m,) of the bets are in epoch seconds UTC.
    """
    if len(known_at) and len(as_of):
        _raise_if(np.asarray(as_of < known_at.max()), "bets were decided by a model that knew later results")


def forbid_changed_features(used: Features, recomputed: Features) -> None:
    """Raise LeakageError if features (n, F) differ from those of a history that ends where the bet is decided."""
    same = (used == recomputed) | (np.isnan(used) & np.isnan(recomputed))
    _raise_if(~np.all(same, axis=1), "matches have features that depend on their future")


def audited_features(
    dataset: Dataset, as_of: Ints, rows: Ints, bookmakers: Sequence[int], sharpness: Sharpness
) -> Features:
    """Features of every fixture of `dataset` as of `as_of` (n,), epoch seconds UTC: shape (n, F).

    They are computed twice, side by side: from all of the database, with the `sharpness` of its bookmakers, and as it
    was known at the time of one bet, that of bookmakers too. Among the candidates `rows`, all matches bet on by then
    are compared; raises LeakageError if any differs.
    """
    now = riskiest_moment(dataset, np.unique(as_of[rows]))
    histories = ((dataset, sharpness), (as_known_at(dataset, now), None))
    features, recomputed = in_threads(
        lambda history: build(history[0], as_of, bookmakers, history[1]), histories, len(histories)
    )
    checked = rows[as_of[rows] <= now]
    forbid_changed_features(features[checked], recomputed[checked])
    return features


def riskiest_moment(dataset: Dataset, moments: Ints) -> int:
    """The one of `moments` (epoch seconds UTC) that most results follow within a day: there a leak shows best."""
    finished = (dataset.fixtures["state"] == FINISHED).to_numpy()
    known_at = np.sort(dataset.fixtures["known_at"].to_numpy()[finished])
    by_then = np.searchsorted(known_at, moments, side="right")
    a_day_later = np.searchsorted(known_at, moments + DAY_SECONDS, side="right")
    return int(moments[np.argmax(a_day_later - by_then)])


def as_known_at(dataset: Dataset, now: int) -> Dataset:
    """`dataset` as it was at `now` (epoch seconds UTC), without later results and prices."""
    frame = dataset.fixtures
    later = frame["known_at"].to_numpy() > now
    state = frame["state"].to_numpy()
    columns = {name: np.where(later, np.nan, frame[name].to_numpy()) for name in OUTCOME_COLUMNS}
    state_then = np.where(later & (state == FINISHED), OPEN, state)
    return replace(
        dataset,
        fixtures=frame.assign(state=state_then, **columns),
        quotes=dataset.quotes.only(dataset.quotes.captured_at <= now),
    )


def suspicion(difference: float, ci95: tuple[float, float] | None, saw_prices: bool) -> str | None:
    """A warning where a model beats the market by more than honest models do, else None.

    `difference` is the model's log-loss less that of the market at the moment of the bet (nats), `ci95` its interval.
    """
    if ci95 is None or ci95[1] >= 0.0:
        return None
    if not saw_prices:
        return (
            "A model that has not seen the prices beats them beyond chance: look for information from the future "
            "in its features before believing it."
        )
    if difference < -MAX_CREDIBLE_GAIN:
        return (
            f"The model beats the market by {-difference:.3f} nats a match, more than any honest model is known to: "
            "look for prices that were not on offer, or for information from the future in its features."
        )
    return None


def _raise_if(violations: Mask, what: str) -> None:
    if violations.any():
        raise LeakageError(
            f"The backtest was stopped because its figures would be worthless: {int(violations.sum())} {what}; "
            "expected none."
        )
