"""Where a model's margins start before its trees say anything: a price, past prices or results.

Trees that start from a good forecast only have to learn what it misses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from markets.market import Market, two_outcomes

Array = NDArray[np.float64]
Features = NDArray[np.float32]

_MIN_PROBABILITY = 1e-3

STARTS = PRICE, PAST_PRICES, RESULTS = "price", "past_prices", "results"

_INDEX = {feature.name: place for place, feature in enumerate(FEATURES)}


def starting_margins(start: str, market: Market, features: Features, implied: Array) -> Array:
    """Margins (n, k) that `start` gives; a market of two outcomes has (log-odds, 0).

    `features` (n, F) as of the catalogue; `implied` (n, k) margin-free probabilities of the price. Past prices fall
    back to results where there were none, and those to how often things happen.
    """
    logs = np.log(implied if start == PRICE else _probabilities(start, market, features))
    return logs if market.size > 2 else logs - logs[:, 1:]


def _probabilities(start: str, market: Market, features: Features) -> Array:
    """Probabilities (n, k) of the market's outcomes before the trees."""
    probabilities = np.empty((len(features), market.size))
    probabilities[:] = market.base_rates
    waiting = np.ones(len(features), dtype=np.bool_)
    for source in (_by_prices, _by_results) if start == PAST_PRICES else (_by_results,):
        values = source(market, features[waiting])
        complete = np.isfinite(values).all(axis=1)
        rows = np.flatnonzero(waiting)[complete]
        probabilities[rows], waiting[rows] = np.clip(values[complete], _MIN_PROBABILITY, 1.0), False
        if not waiting.any():
            break
    return probabilities


def _by_prices(market: Market, features: Features) -> Array:
    """What closing prices of past matches say (n, k), NaN where there were none."""
    if not market.past_price_features:
        return np.full((len(features), market.size), np.nan)
    probabilities = features[:, [_INDEX[name] for name in market.past_price_features]].astype(np.float64)
    return probabilities if market.size > 2 else two_outcomes(probabilities[:, 0])


def _by_results(market: Market, features: Features) -> Array:
    """What results and statistics of past matches say (n, k), NaN where there were none."""
    return market.from_results(lambda name: features[:, _INDEX[name]].astype(np.float64))
