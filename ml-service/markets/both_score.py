"""Both teams score, or at least one does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from markets.market import Column, Floats, Market, two_outcomes


def _settle(home: Floats, away: Floats) -> NDArray[np.int64]:
    return np.where((home > 0) & (away > 0), 0, 1)


def _from_results(column: Column) -> Floats:
    return two_outcomes(column("poisson_both_score"))


BOTH_SCORE = Market(
    key="btts",
    name="both_score",
    title="Both teams to score",
    subject="both teams scoring and of not both scoring",
    outcomes=("yes", "no"),
    meanings=("both teams scoring", "at least one team not scoring"),
    market_id=8,
    api_name="Both Teams Score",
    rule=_settle,
    base_rates=(0.5, 0.5),
    past_price_features=("market_both_score",),
    from_results=_from_results,
    comparison_features=("market_both_score", "poisson_both_score"),
    training_share=1.2,
)
