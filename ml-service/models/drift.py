"""How a model does after its training: on the matches played since, and how far the coming ones lie from its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.times import DAY_SECONDS
from contract.model import AgainstMarket, Drift, SinceTraining
from contract.prediction import PredictionAnswer
from evaluation.intervals import compare_log_losses
from evaluation.metrics import log_losses
from features.catalogue import FEATURES
from markets.match_winner import MATCH_WINNER

Features = NDArray[np.float32]
Ints = NDArray[np.int64]

DECILES = np.linspace(0.1, 0.9, 9)
MIN_TO_COMPARE = 50
REFERENCE_MATCHES = 25_000
COUNTING = "experience"
"""Features of this group count matches: they grow with the years, whatever becomes of football."""
_MIN_SHARE = 1e-3


def reference(features: Features) -> dict[str, list[list[float]]]:
    """Deciles of every feature over training matches (n, F), to be stored with the model; equal ones count once.

    Of more than REFERENCE_MATCHES every second, third and so on is looked at.
    """
    features = features[:: max(1, len(features) // REFERENCE_MATCHES)]
    edges = []
    for column in features.T.astype(np.float64):
        finite = column[np.isfinite(column)]
        edges.append(np.unique(np.quantile(finite, DECILES)).tolist() if len(finite) else [])
    shares = [_shares(column, inner).tolist() for column, inner in zip(features.T, edges, strict=True)]
    return {"edges": edges, "shares": shares}


def drift(trained_on: dict[str, list[list[float]]], features: Features) -> list[Drift] | None:
    """Population stability index (Siddiqi 2006) of every feature that does not merely count, largest first.

    Below 0.1 little has changed, above 0.25 much. None with fewer than MIN_TO_COMPARE coming matches (n, F).
    """
    if len(features) < MIN_TO_COMPARE:
        return None
    rows: list[Drift] = []
    for index, feature in enumerate(FEATURES):
        if feature.group == COUNTING:
            continue
        before = np.maximum(trained_on["shares"][index], _MIN_SHARE)
        now = np.maximum(_shares(features[:, index], trained_on["edges"][index]), _MIN_SHARE)
        rows.append({"feature": feature.name, "psi": float(((now - before) * np.log(now / before)).sum())})
    return sorted(rows, key=lambda one: -one["psi"])


def _shares(column: NDArray[np.floating[Any]], edges: Sequence[float]) -> NDArray[np.float64]:
    """Share of values between the edges, and of missing ones last; shape (len(edges) + 2,)."""
    missing = ~np.isfinite(column)
    bins = np.searchsorted(np.asarray(edges), column[~missing].astype(np.float64), side="right")
    counts = np.append(np.bincount(bins, minlength=len(edges) + 1), missing.sum())
    return np.asarray(counts / len(column))


def since_training(
    answers: Sequence[PredictionAnswer], labels: NDArray[np.int8], kickoffs: Ints
) -> SinceTraining | None:
    """How 1x2 predictions of matches played since the training did, beside the market where it had prices.

    `answers` are predictions of matches whose outcome `labels` (n,) and `kickoffs` (n,) are known. None without any.
    """
    if not answers:
        return None
    key = MATCH_WINNER.key
    probabilities = np.array([list(answer["prediction"][key].values()) for answer in answers])
    losses = log_losses(probabilities, labels)
    priced = np.array([answer["edge"] is not None and answer["edge"][key] is not None for answer in answers])
    return {
        "n": len(answers),
        "log_loss": float(losses.mean()),
        "market": _beside_market(answers, priced, probabilities, losses, labels, kickoffs // DAY_SECONDS),
    }


def _beside_market(
    answers: Sequence[PredictionAnswer],
    priced: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    losses: NDArray[np.float64],
    labels: NDArray[np.int8],
    days: Ints,
) -> AgainstMarket | None:
    if not priced.any():
        return None
    key = MATCH_WINNER.key
    edges = np.array(
        [list(edge.values()) for answer in answers if (edge := (answer["edge"] or {}).get(key)) is not None]
    )
    market = log_losses(probabilities[priced] - edges, labels[priced])
    return compare_log_losses(losses[priced], market, days[priced])
