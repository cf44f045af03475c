"""Where a model's margins start before its trees say anything: a price, past prices, or how often things happen.

Trees that start from a good forecast only have to learn what it misses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from markets.outcomes import Market

Array = NDArray[np.float64]
Features = NDArray[np.float32]

PRICE, PAST_PRICES, USUAL = "price", "past_prices", "usual"

_PLACE = {feature.name: place for place, feature in enumerate(FEATURES)}
_FORETOLD = {
    "1x2": (("market_home_win", "market_draw", "market_away_win"), (0.45, 0.27, 0.28)),
    "ou25": (("market_over",), (0.5, 0.5)),
    "btts": (("market_both_score",), (0.5, 0.5)),
}
"""By market: the features that past prices foretell its outcomes with, and its probabilities without any."""


def starting_margins(start: str, market: Market, features: Features, prior: Array) -> Array:
    """Margins (n, k) that `start` gives; a market of two outcomes has (log-odds, 0).

    `features` (n, F) as of the catalogue; `prior` (n, k) margin-free probabilities of the price.
    """
    if start == PRICE:
        logs = np.log(prior)
    elif start == PAST_PRICES:
        logs = np.log(past_prices(market, features))
    else:
        logs = np.log(np.tile(_FORETOLD[market.key][1], (len(features), 1)))
    return logs if market.size > 2 else logs - logs[:, 1:]


def past_prices(market: Market, features: Features) -> Array:
    """Probabilities (n, k) of the market that closing prices of past matches foretell."""
    names, otherwise = _FORETOLD[market.key]
    told = features[:, [_PLACE[name] for name in names]].astype(np.float64)
    whole = told if market.size > 2 else np.column_stack([told, 1.0 - told])
    return np.where(np.isfinite(whole), whole, otherwise)
