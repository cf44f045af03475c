"""The order of the markets, and their settlement."""

from __future__ import annotations

import numpy as np
import pytest

from markets.both_score import BOTH_SCORE
from markets.market import UNKNOWN, Market
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER
from markets.registry import BY_KEY, MARKETS


def settled(market: Market, home: float, away: float) -> str | None:
    label = int(market.settle(np.array([home]), np.array([away]))[0])
    return None if label == UNKNOWN else market.outcomes[label]


def test_markets_and_outcomes_come_in_the_order_of_the_contract() -> None:
    assert [(market.key, market.outcomes) for market in MARKETS] == [
        ("1x2", ("home", "draw", "away")),
        ("ou25", ("over", "under")),
        ("btts", ("yes", "no")),
    ]
    assert list(BY_KEY) == ["1x2", "ou25", "btts"]


@pytest.mark.parametrize(
    ("home", "away", "winner", "total", "both"),
    [
        (0, 0, "draw", "under", "no"),
        (1, 0, "home", "under", "no"),
        (1, 1, "draw", "under", "yes"),
        (2, 1, "home", "over", "yes"),
        (0, 3, "away", "over", "no"),
        (0, 2, "away", "under", "no"),
    ],
)
def test_each_market_settles_on_the_goals(
    home: float, away: float, winner: str, total: str, both: str
) -> None:
    assert settled(MATCH_WINNER, home, away) == winner
    assert settled(OVER_UNDER, home, away) == total
    assert settled(BOTH_SCORE, home, away) == both


@pytest.mark.parametrize("market", MARKETS)
def test_a_score_that_is_half_missing_settles_nothing(market: Market) -> None:
    assert settled(market, np.nan, 1.0) is None
    assert settled(market, 1.0, np.nan) is None
