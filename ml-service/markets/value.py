"""Where a model differs from the bookmaker, and by how much a bet on it would be worth its risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markets.outcomes import Market

KELLY_FRACTION = 0.25
KELLY_CAP = 0.05


@dataclass(frozen=True)
class ValueBet:
    """A bet on `outcome` at decimal `odds`.

    `edge` is the model's probability minus the market's with the margin removed, `expected_value` the expected
    profit of a unit stake, `kelly_fraction` a quarter of Kelly's (1956) share of the bankroll, at most 0.05.
    """

    market: str
    outcome: str
    probability: float
    odds: float
    edge: float
    expected_value: float
    kelly_fraction: float


def value_bet(
    market: Market,
    probabilities: Sequence[float],
    fair: Sequence[float],
    odds: Sequence[float],
    min_edge: float,
) -> ValueBet | None:
    """The outcome of highest expected value among those with `min_edge`, None without a profitable one.

    `probabilities` are the model's, `fair` the market's without margin, all in the order of the market's outcomes.
    """
    bets = [
        bet(market.key, outcome, p, o, p - f)
        for outcome, p, f, o in zip(market.outcomes, probabilities, fair, odds, strict=True)
    ]
    worth = [one for one in bets if one.edge >= min_edge and one.expected_value > 0.0]
    return max(worth, key=lambda one: one.expected_value, default=None)


def bet(market: str, outcome: str, probability: float, odds: float, edge: float) -> ValueBet:
    """A bet with what it is worth."""
    value = probability * odds - 1.0
    kelly = min(max(KELLY_FRACTION * value / (odds - 1.0), 0.0), KELLY_CAP)
    return ValueBet(market, outcome, probability, odds, edge, value, kelly)
