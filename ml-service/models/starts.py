"""Where a model's margins start before its trees say anything: a price, past prices or results.

Trees that start from a good forecast only have to learn what it misses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from markets.outcomes import Market

Array = NDArray[np.float64]
Features = NDArray[np.float32]

_LEAST = 1e-3

STARTS = PRICE, PAST_PRICES, RESULTS = "price", "past_prices", "results"

_PLACE = {feature.name: place for place, feature in enumerate(FEATURES)}
_BY_PRICES = {
    "1x2": ("market_home_win", "market_draw", "market_away_win"),
    "ou25": ("market_over",),
    "btts": ("market_both_score",),
}
_BY_RESULTS = {
    "1x2": ("poisson_home_win", "poisson_draw"),
    "ou25": ("poisson_over",),
    "btts": ("poisson_both_score",),
}
"""Features that foretell a market's outcomes; the last outcome is what is left where they are one fewer."""
_USUAL = {"1x2": (0.45, 0.27, 0.28), "ou25": (0.5, 0.5), "btts": (0.5, 0.5)}


def starting_margins(start: str, market: Market, features: Features, prior: Array) -> Array:
    """Margins (n, k) that `start` gives; a market of two outcomes has (log-odds, 0).

    `features` (n, F) as of the catalogue; `prior` (n, k) margin-free probabilities of the price. Past prices fall
    back to results where there were none, and those to how often things happen.
    """
    logs = np.log(prior if start == PRICE else _foretold(start, market, features))
    return logs if market.size > 2 else logs - logs[:, 1:]


def _foretold(start: str, market: Market, features: Features) -> Array:
    """Probabilities (n, k) of the market's outcomes before the trees."""
    told = np.tile(_USUAL[market.key], (len(features), 1))
    sources = (_BY_RESULTS, _BY_PRICES) if start == PAST_PRICES else (_BY_RESULTS,)
    for source in sources:
        found = features[:, [_PLACE[name] for name in source[market.key]]].astype(np.float64)
        if found.shape[1] < market.size:
            found = np.column_stack([found, 1.0 - found.sum(axis=1)])
        known = np.isfinite(found).all(axis=1)
        told[known] = np.clip(found[known], _LEAST, 1.0)
    return told
