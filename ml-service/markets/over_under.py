"""More or fewer than 2.5 goals of both teams together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from markets.market import Column, Floats, Market, two_outcomes

_LINE = 2.5


def _settle(home: Floats, away: Floats) -> NDArray[np.int64]:
    return np.where(home + away > _LINE, 0, 1)


def _from_results(column: Column) -> Floats:
    return two_outcomes(column("poisson_over"))


OVER_UNDER = Market(
    key="ou25",
    name="over_under",
    title="Over/under 2.5 goals",
    subject="more and of fewer than 2.5 goals",
    outcomes=("over", "under"),
    meanings=("three goals or more", "two goals or fewer"),
    market_id=5,
    api_name="Goals Over/Under",
    line=_LINE,
    rule=_settle,
    base_rates=(0.5, 0.5),
    past_price_features=("market_over",),
    from_results=_from_results,
    comparison_features=("market_over", "poisson_over"),
    training_share=1.0,
)
