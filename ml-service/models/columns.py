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

_PLACE = {feature.name: place for place, feature in enumerate(FEATURES)}
_DEVIATION = {name: place for place, name in enumerate(DEVIATIONS)}


def price_columns(market: Market) -> tuple[str, ...]:
    """What a model sees beside the price that it starts from."""
    return (*DEVIATIONS, *(name + AGAINST_PRICE for name in market.comparison_features), *_CONTEXT)


def is_column(name: str) -> bool:
    """Whether this code computes a column of this name."""
    return name in _PLACE or name in _DEVIATION or name.removesuffix(AGAINST_PRICE) in _PLACE


def inputs(
    columns: Sequence[str], market: Market, features: Features, implied: Array, deviations: Features
) -> Features:
    """The named columns, shape (n, len(columns)).

    `features` (n, F) as of the catalogue, `implied` (n, k) margin-free probabilities of the price, `deviations`
    (n, D) of `markets.market_features`; where all columns are features, the last two are not looked at.
    """
    plan = _plan(tuple(columns))
    out = np.empty((len(features), len(columns)), dtype=np.float32)
    out[:, plan.features] = features[:, plan.feature_places]
    out[:, plan.deviations] = deviations[:, plan.deviation_places] if plan.deviation_places else 0.0
    if plan.compared:
        out[:, plan.compared] = _against_price(plan, market, features, implied)
    return out


@dataclass(frozen=True)
class _Plan:
    """Where each column comes from: columns of the inputs, and beside them the places of what they hold."""

    features: list[int]
    feature_places: list[int]
    deviations: list[int]
    deviation_places: list[int]
    compared: list[int]
    compared_places: list[int]
    draws: list[int]


@lru_cache(maxsize=64)
def _plan(columns: tuple[str, ...]) -> _Plan:
    features, deviations, compared = (
        [*map(kind, columns)] for kind in (_PLACE.get, _DEVIATION.get, _compared)
    )
    rated = [name for name in columns if _compared(name) is not None]
    return _Plan(
        *_known(features),
        *_known(deviations),
        *_known(compared),
        draws=[at for at, name in enumerate(rated) if name == _DRAW + AGAINST_PRICE],
    )


def _known(places: Sequence[int | None]) -> tuple[list[int], list[int]]:
    """Columns that come from somewhere, and the places where from."""
    return [at for at, place in enumerate(places) if place is not None], [p for p in places if p is not None]


def _compared(name: str) -> int | None:
    return _PLACE.get(name.removesuffix(AGAINST_PRICE)) if name.endswith(AGAINST_PRICE) else None


def _against_price(plan: _Plan, market: Market, features: Features, implied: Array) -> Array:
    """What ratings say less what the price says: log-ratios of the first outcome to the last, draws as they are."""
    told = features[:, plan.compared_places].astype(np.float64)
    said = np.repeat(np.log(implied[:, :1] / implied[:, -1:]), told.shape[1], axis=1)
    if market.size == 2:
        told = np.log(told / (1.0 - told))
    said[:, plan.draws] = implied[:, 1:2]
    return np.asarray(told - said)
