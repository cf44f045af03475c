"""Where a model's margins start before its trees say anything: a price, past prices or results.

Trees that start from a good forecast only have to learn what it misses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.catalogue import FEATURES
from markets.outcomes import Market
from models.calibration import softmax

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
_BY_GOALS = {"ou25": "poisson_over", "btts": "poisson_both_score"}
"""Features that foretell a market's outcomes, the first outcome where there are two."""
_USUAL = {"1x2": (0.45, 0.27, 0.28), "ou25": (0.5, 0.5), "btts": (0.5, 0.5)}

LOGIT_FEATURES = (
    "elo_difference",
    "performance_supremacy",
    "performance_supremacy_recent",
    "performance_supremacy_lasting",
    "home_expected_goals",
    "away_expected_goals",
    "home_expected_on_target",
    "away_expected_on_target",
    "poisson_draw",
    "league_draws",
    "season_progress",
)
"""All that the logit below reads: where one changes its meaning (another ELO_K), its weights must be fitted anew."""

# What results say of the match winner: a multinomial logit of the outcomes of seasons 2002-03 to 2013-14, n = 91,675.
_SUPREMACY = {
    "performance_supremacy": 0.380,
    "performance_supremacy_lasting": 0.158,
    "elo_difference": 0.00124,
}
_GOALS, _ON_TARGET, _RECENT, _AT_HOME = 0.418, 0.131, 0.414, -0.041
_DRAWS, _POISSON_DRAW, _DRAW = 2.18, 2.32, -1.38
_HALF_A_SEASON = 0.5


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
    waiting = np.ones(len(features), dtype=np.bool_)
    for source in (_by_prices, _by_results) if start == PAST_PRICES else (_by_results,):
        found = source(market, features[waiting])
        known = np.isfinite(found).all(axis=1)
        rows = np.flatnonzero(waiting)[known]
        told[rows], waiting[rows] = np.clip(found[known], _LEAST, 1.0), False
        if not waiting.any():
            break
    return told


def _by_prices(market: Market, features: Features) -> Array:
    """What closing prices of past matches foretell (n, k), NaN where there were none."""
    found = features[:, [_PLACE[name] for name in _BY_PRICES[market.key]]].astype(np.float64)
    return found if market.size > 2 else np.column_stack([found, 1.0 - found])


def _by_results(market: Market, features: Features) -> Array:
    """What results and statistics of past matches foretell (n, k), NaN where there were none."""
    if market.size > 2:
        return _winner(features)
    first = _column(features, _BY_GOALS[market.key])
    return np.column_stack([first, 1.0 - first])


def _winner(features: Features) -> Array:
    """Home win, draw and away win (n, 3) by strengths learnt at several speeds and from several statistics.

    Averaged they foretell better than any one of them. The latest matches count for more as the season goes on.
    """
    values = {name: _column(features, name) for name in LOGIT_FEATURES}
    supremacy = _supremacy(values)
    league = np.nan_to_num(values["league_draws"], nan=_USUAL["1x2"][1])
    draw = _DRAW + _DRAWS * league + _POISSON_DRAW * values["poisson_draw"]
    return softmax(np.column_stack([0.5 * supremacy, draw, -0.5 * supremacy]))


def _supremacy(values: dict[str, Array]) -> Array:
    """log(P home / P away) of each match (n,), NaN where nothing is known of its teams."""
    goals = _log_ratio(values, "expected_goals")
    on_target = _log_ratio(values, "expected_on_target")
    progress = np.nan_to_num(values["season_progress"], nan=_HALF_A_SEASON)
    gained = values["performance_supremacy_recent"] - values["performance_supremacy"]
    total = _AT_HOME + _GOALS * goals + _RECENT * progress * gained
    total += _ON_TARGET * np.where(np.isfinite(on_target), on_target, goals)
    for name, weight in _SUPREMACY.items():
        total += weight * values[name]
    return np.asarray(total)


def _log_ratio(values: dict[str, Array], name: str) -> Array:
    """Log of the home team's expected count over the away team's, shape (n,)."""
    return np.asarray(np.log(values[f"home_{name}"] / values[f"away_{name}"]))


def _column(features: Features, name: str) -> Array:
    return features[:, _PLACE[name]].astype(np.float64)
