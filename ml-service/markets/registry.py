"""The service's markets, in the order in which they always come."""

from __future__ import annotations

from importlib import import_module

from markets.market import Market

NAMES = (
    "match_winner",
    "over_under",
    "both_score",
)
"""One file of this folder each; what else the service knows of a market stands in there."""

MARKETS: tuple[Market, ...] = tuple(getattr(import_module(f"markets.{name}"), name.upper()) for name in NAMES)
BY_KEY: dict[str, Market] = {market.key: market for market in MARKETS}
INDEX: dict[str, int] = {market.key: place for place, market in enumerate(MARKETS)}
