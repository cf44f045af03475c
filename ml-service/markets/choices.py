"""Every market that a backtest may bet on, by the key that names it."""

from __future__ import annotations

from markets.further import FURTHER_MARKETS, MarketChoice, parse_choice
from markets.registry import BY_KEY

PLAIN_KEYS = (*BY_KEY, *(market.key for market in FURTHER_MARKETS if not market.line_in_key))
LINED_KEYS = tuple(market.key for market in FURTHER_MARKETS if market.line_in_key)
"""Keys that a line follows."""
_EXPECTED = f"one of {', '.join(PLAIN_KEYS)}, or {LINED_KEYS[0]} and a line, such as {LINED_KEYS[0]}3.5"


def market_problem(key: str) -> str | None:
    """What the key of a market is expected to be, None where it names one; what is wrong with a line is named."""
    choice = None if key in BY_KEY else parse_choice(key)
    return f"{_EXPECTED}; {choice}" if isinstance(choice, str) else None


def market_title(key: str) -> str:
    """The market that a valid key names, in words, with its line."""
    choice = None if key in BY_KEY else parse_choice(key)
    return choice.title if isinstance(choice, MarketChoice) else BY_KEY[key].title
