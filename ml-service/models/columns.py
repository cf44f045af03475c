"""The columns that trees may see: features, what bookmakers quote, and where ratings differ from the price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from markets.market import Market
from markets.market_features import DEVIATIONS

Array = NDArray[np.float64]
Features = NDArray[np.float32]
Index = NDArray[np.intp]

_FIRST_CONTEXT = (
    "market_uncertainty",
    "season_progress",
    "home_surprise",
    "away_surprise",
    "home_price_drift",
    "away_price_drift",
    "league_goals",
)
"""The context that settings were tuned with, in that order: what LightGBM draws and how it breaks ties go by it."""

_CONTEXT = tuple(
    sorted(
        (feature.name for feature in FEATURES if not feature.in_price),
        key=lambda name: _FIRST_CONTEXT.index(name) if name in _FIRST_CONTEXT else len(_FIRST_CONTEXT),
    )
)
"""Every feature that the price does not say already; those that come later follow in the catalogue's order."""

_DRAW = "market_draw"
AGAINST_PRICE = "_against_price"

_INDEX = {feature.name: place for place, feature in enumerate(FEATURES)}
_DEVIATION = {name: place for place, name in enumerate(DEVIATIONS)}


def price_columns(market: Market) -> tuple[str, ...]:
    """What a model sees beside the price that it starts from."""
    return (*DEVIATIONS, *(name + AGAINST_PRICE for name in market.comparison_features), *_CONTEXT)


def is_column(name: str) -> bool:
    """Whether this code computes a column of this name."""
    return name in _INDEX or name in _DEVIATION or name.removesuffix(AGAINST_PRICE) in _INDEX


def inputs(
    columns: Sequence[str], market: Market, features: Features, implied: Array, deviations: Features
) -> Features:
    """The named columns, shape (n, len(columns)).

    `features` (n, F) as of the catalogue, `implied` (n, k) margin-free probabilities of the price, `deviations`
    (n, D) of `markets.market_features`; where all columns are features, the last two are not looked at.
    """
    plan = _plan(tuple(columns))
    out = np.empty((len(features), len(columns)), dtype=np.float32)
    out[:, plan.features] = features[:, plan.feature_index]
    out[:, plan.deviations] = deviations[:, plan.deviation_index] if len(plan.deviation_index) else 0.0
    if len(plan.compared):
        out[:, plan.compared] = _against_price(plan, market, features, implied)
    return out


@dataclass(frozen=True)
class _Plan:
    """Where each column comes from: columns of the inputs, and beside them the index of what they hold."""

    features: Index
    feature_index: Index
    deviations: Index
    deviation_index: Index
    compared: Index
    compared_index: Index
    draws: Index


@lru_cache(maxsize=64)
def _plan(columns: tuple[str, ...]) -> _Plan:
    features, deviations, compared = (
        [*map(kind, columns)] for kind in (_INDEX.get, _DEVIATION.get, _compared)
    )
    rated = [name for name in columns if _compared(name) is not None]
    return _Plan(
        *_present(features),
        *_present(deviations),
        *_present(compared),
        draws=_as_index([at for at, name in enumerate(rated) if name == _DRAW + AGAINST_PRICE]),
    )


def _present(index: Sequence[int | None]) -> tuple[Index, Index]:
    """Columns that come from somewhere, and the index of each one's source."""
    at = [at for at, place in enumerate(index) if place is not None]
    return _as_index(at), _as_index([place for place in index if place is not None])


def _as_index(values: list[int]) -> Index:
    return np.array(values, dtype=np.intp)


def _compared(name: str) -> int | None:
    return _INDEX.get(name.removesuffix(AGAINST_PRICE)) if name.endswith(AGAINST_PRICE) else None


def _against_price(plan: _Plan, market: Market, features: Features, implied: Array) -> Array:
    """What ratings say less what the price says: log-ratios of the first outcome to the last, draws as they are."""
    ratings = features[:, plan.compared_index].astype(np.float64)
    prices = np.repeat(np.log(implied[:, :1] / implied[:, -1:]), ratings.shape[1], axis=1)
    if market.size == 2:
        ratings = np.log(ratings / (1.0 - ratings))
    prices[:, plan.draws] = implied[:, 1:2]
    return np.asarray(ratings - prices)
