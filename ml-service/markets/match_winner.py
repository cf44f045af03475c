"""The match winner: home win, draw or away win."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.probabilities import softmax
from markets.market import Column, Floats, Market

_DRAW_RATE = 0.27

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
"""All that the logit below reads: where one changes its meaning (another ELO_K), its weights must be fitted again."""

# Multinomial logit of the outcomes by results, fitted on the seasons 2002-03 to 2013-14, n = 91,675.
_SUPREMACY = {
    "performance_supremacy": 0.380,
    "performance_supremacy_lasting": 0.158,
    "elo_difference": 0.00124,
}
_GOALS, _ON_TARGET, _RECENT, _AT_HOME = 0.418, 0.131, 0.414, -0.041
_DRAWS, _POISSON_DRAW, _DRAW = 2.18, 2.32, -1.38
_HALF_A_SEASON = 0.5


def _settle(home: Floats, away: Floats) -> NDArray[np.int64]:
    return np.asarray(1 - np.sign(home - away), dtype=np.int64)


def _from_results(column: Column) -> Floats:
    """Home win, draw and away win (n, 3) by strengths learnt at several speeds and from several statistics.

    Their average is better than any one of them. The latest matches count for more as the season goes on.
    """
    values = {name: column(name) for name in LOGIT_FEATURES}
    supremacy = _supremacy(values)
    league = np.nan_to_num(values["league_draws"], nan=_DRAW_RATE)
    draw = _DRAW + _DRAWS * league + _POISSON_DRAW * values["poisson_draw"]
    return softmax(np.column_stack([0.5 * supremacy, draw, -0.5 * supremacy]))


def _supremacy(values: dict[str, Floats]) -> Floats:
    """log(P home / P away) of each match (n,), NaN where nothing is known of its teams."""
    goals = _log_ratio(values, "expected_goals")
    on_target = _log_ratio(values, "expected_on_target")
    progress = np.nan_to_num(values["season_progress"], nan=_HALF_A_SEASON)
    gain = values["performance_supremacy_recent"] - values["performance_supremacy"]
    total = _AT_HOME + _GOALS * goals + _RECENT * progress * gain
    total += _ON_TARGET * np.where(np.isfinite(on_target), on_target, goals)
    for name, weight in _SUPREMACY.items():
        total += weight * values[name]
    return np.asarray(total)


def _log_ratio(values: dict[str, Floats], name: str) -> Floats:
    """Log of the home team's expected count over the away team's, shape (n,)."""
    return np.asarray(np.log(values[f"home_{name}"] / values[f"away_{name}"]))


MATCH_WINNER = Market(
    key="1x2",
    name="match_winner",
    title="Match winner",
    subject="home win, draw and away win",
    outcomes=("home", "draw", "away"),
    meanings=("a home win", "a draw", "an away win"),
    market_id=1,
    api_name="Match Winner",
    rule=_settle,
    base_rates=(0.45, _DRAW_RATE, 0.28),
    past_price_features=("market_home_win", "market_draw", "market_away_win"),
    from_results=_from_results,
    comparison_features=(
        "market_supremacy",
        "market_supremacy_recent",
        "performance_supremacy",
        "performance_supremacy_recent",
        "goals_supremacy",
        "market_draw",
    ),
    training_share=3.0,
    has_sides=True,
)
