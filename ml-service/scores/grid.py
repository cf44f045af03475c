"""A match's distribution of 90-minute goals that agrees with the served markets to the digit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.arrays import Floats, Mask
from markets.both_score import BOTH_SCORE
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER
from scores.cells import SIZE
from scores.consistency import reconciled
from scores.prior import prior_grids
from scores.projection import project

MARKETS = (MATCH_WINNER, OVER_UNDER, BOTH_SCORE)
"""The markets that a grid agrees with."""


def score_grids(probabilities: Mapping[str, Floats], neutral: Mask | None = None) -> Floats:
    """Grids (n, SIZE, SIZE) of scores by the probabilities (n, k) of MARKETS by key, home goals by row.

    Each sums to 1, has no negative cell, and its MARKETS have the probabilities given, within 1e-6. These must not
    contradict each other: see `scores.consistency`. On `neutral` ground (n,) either team may stand as the home side.
    """
    grids = _at_home(probabilities)
    if neutral is not None and neutral.any():
        swapped = {market.key: market.swap_teams(probabilities[market.key][neutral]) for market in MARKETS}
        grids[neutral] = (grids[neutral] + _at_home(swapped).transpose(0, 2, 1)) / 2.0
    return grids


def grids_where_forecast(probabilities: Mapping[str, Floats]) -> Floats:
    """Grids (n, SIZE, SIZE) by any forecasts (n, k) of MARKETS by key, reconciled; NaN where one of them is NaN."""
    complete = np.all([np.isfinite(values[:, 0]) for values in probabilities.values()], axis=0)
    grids = np.full((len(complete), SIZE, SIZE), np.nan)
    grids[complete] = score_grids(
        reconciled({key: values[complete] for key, values in probabilities.items()})
    )
    return grids


def _at_home(probabilities: Mapping[str, Floats]) -> Floats:
    winner, over_under, both_score = (probabilities[market.key] for market in MARKETS)
    grids = project(prior_grids(winner, over_under), winner, over_under, both_score)
    return np.asarray(grids).reshape(-1, SIZE, SIZE)
