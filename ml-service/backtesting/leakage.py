"""Alarms: what may never happen in a backtest, and what is too good to be true."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from errors import ServiceError

Ints = NDArray[np.int64]
Array = NDArray[np.float64]

CREDIBLE_GAIN = 0.02
"""Nats by which a model may beat the market that its bets meet: books beaten by more do not stay open."""


class LeakageError(ServiceError):
    """Something of a match's future reached its forecast; figures would be worthless, so there are none."""


def forbid_later_prices(captured_at: Ints, as_of: Ints, kickoff: Ints) -> None:
    """Raise LeakageError if a price was captured after the moment of its bet, or from kick-off on.

    Rows without a price hold a negative `captured_at`. All times in epoch seconds, shape (n,).
    """
    late = (captured_at >= 0) & ((captured_at > as_of) | (captured_at >= kickoff))
    _raise_if(late, "prices were captured after the bets that take them")


def forbid_later_knowledge(as_of: Ints, latest: Ints) -> None:
    """Raise LeakageError if a match's features are of a moment later than its bet's or its kick-off's."""
    _raise_if(as_of > latest, "matches are described as of a moment after their bet")


def forbid_later_training(known_at: Ints, as_of: Ints) -> None:
    """Raise LeakageError if a model's training results (`known_at`) came in after a bet it decides (`as_of`)."""
    if len(known_at) and len(as_of):
        _raise_if(np.asarray(as_of < known_at.max()), "bets were decided by a model that knew later results")


def forbid_changed_features(used: NDArray[np.float32], replayed: NDArray[np.float32]) -> None:
    """Raise LeakageError if features differ from those of a history that ends where the bet is decided."""
    same = (used == replayed) | (np.isnan(used) & np.isnan(replayed))
    _raise_if(~np.all(same, axis=1), "matches have features that depend on their future")


def suspicion(difference: float, ci95: tuple[float, float] | None, saw_prices: bool) -> str | None:
    """A sentence where a model beats the market by more than honest models do, else None.

    `difference` is log-loss of the model less that of the market at the moment of the bet, `ci95` its interval.
    """
    if ci95 is None or ci95[1] >= 0.0:
        return None
    if not saw_prices:
        return (
            "A model that has not seen the prices beats them beyond chance: look for something of the "
            "future in its features before believing it."
        )
    if difference < -CREDIBLE_GAIN:
        return (
            f"The model beats the market by {-difference:.3f} nats a match, more than any honest model is "
            "known to: look for prices that were not there, or for something of the future in its features."
        )
    return None


def _raise_if(wrong: NDArray[np.bool_], what: str) -> None:
    if wrong.any():
        raise LeakageError(f"the backtest stopped itself: {int(wrong.sum())} {what}")
