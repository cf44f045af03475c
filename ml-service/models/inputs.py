"""The columns that trees may see: features, what bookmakers quote, and where ratings differ from the price."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from markets.consensus import DEVIATIONS
from markets.outcomes import Market

Array = NDArray[np.float64]
Features = NDArray[np.float32]

_RATINGS: dict[str, tuple[str, ...]] = {
    "1x2": (
        "market_supremacy",
        "market_supremacy_recent",
        "performance_supremacy",
        "performance_supremacy_recent",
        "goals_supremacy",
    ),
    "ou25": ("market_over", "poisson_over"),
    "btts": ("market_both_score", "poisson_both_score"),
}
"""Features that say what the price says: supremacies of 1x2, chances of the first outcome of the others."""

_CONTEXT = (
    "market_uncertainty",
    "season_progress",
    "home_surprise",
    "away_surprise",
    "home_price_drift",
    "away_price_drift",
    "league_goals",
)
_DRAW = "market_draw"
AGAINST_PRICE = "_against_price"

_PLACE = {feature.name: place for place, feature in enumerate(FEATURES)}
_DEVIATION = {name: place for place, name in enumerate(DEVIATIONS)}


def price_columns(market: Market) -> tuple[str, ...]:
    """What a model sees beside the price that it starts from."""
    compared = [*_RATINGS[market.key], *([_DRAW] if market.size > 2 else [])]
    return (*DEVIATIONS, *(name + AGAINST_PRICE for name in compared), *_CONTEXT)


def is_column(name: str) -> bool:
    """Whether this code computes a column of this name."""
    return name in _PLACE or name in _DEVIATION or name.removesuffix(AGAINST_PRICE) in _PLACE


def inputs(
    columns: Sequence[str], market: Market, features: Features, prior: Array, deviations: Features
) -> Features:
    """The named columns, shape (n, len(columns)).

    `features` (n, F) as of the catalogue, `prior` (n, k) margin-free probabilities of the price, `deviations`
    (n, D) of `markets.consensus`; where all columns are features, the last two are not looked at.
    """
    if all(name in _PLACE for name in columns):
        return np.ascontiguousarray(features[:, [_PLACE[name] for name in columns]])
    picked = [_column(name, market, features, prior, deviations) for name in columns]
    return np.column_stack(picked).astype(np.float32)


def _column(name: str, market: Market, features: Features, prior: Array, deviations: Features) -> Array:
    if name in _PLACE:
        return features[:, _PLACE[name]].astype(np.float64)
    if name in _DEVIATION:
        return deviations[:, _DEVIATION[name]].astype(np.float64)
    rating = name.removesuffix(AGAINST_PRICE)
    told = features[:, _PLACE[rating]].astype(np.float64)
    if rating == _DRAW:
        return told - prior[:, 1]
    supremacy = np.log(prior[:, 0] / prior[:, -1])
    return np.asarray((told if market.size > 2 else np.log(told / (1.0 - told))) - supremacy)
