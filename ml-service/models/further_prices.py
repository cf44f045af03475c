"""A match's prices of further markets as numbers, from which entries of the contract and JSON are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any, cast

from common.json_layout import JsonLayout, texts_of
from contract.prediction import FurtherMarketPrice, FurtherOutcome
from markets.further import FURTHER_BY_KEY

FIGURES = tuple(FurtherOutcome.__annotations__)


@dataclass
class FurtherPrices:
    """The markets of one match's entries, and their values one after another.

    Those of an entry are its line, the FIGURES of each outcome, the bookmaker's id and the capture time as a text.
    """

    markets: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    is_finite: bool = True

    def plain(self) -> list[FurtherMarketPrice]:
        """The entries as the contract has them."""
        if not self.markets:
            return []
        return cast(list[FurtherMarketPrice], _layout(tuple(self.markets)).plain(self.values))

    def json(self) -> bytes:
        """The same as JSON. Raises ValueError for NaN and infinities."""
        if not self.is_finite:
            raise ValueError("a figure of a further market is not finite")
        return _layout(tuple(self.markets)).json(texts_of(self.values)) if self.markets else b"[]"


@lru_cache(maxsize=256)
def _layout(markets: Sequence[str]) -> JsonLayout:
    """The layout of entries on these markets."""
    slots = count()
    return JsonLayout([_entry(market, [next(slots) for _ in range(values_of(market))]) for market in markets])


def values_of(market: str) -> int:
    """The number of values of an entry on a market."""
    return 1 + FURTHER_BY_KEY[market].size * len(FIGURES) + 2


def _entry(key: str, slots: Sequence[int]) -> dict[str, Any]:
    market, (line, *figures, bookmaker_id, captured_at) = FURTHER_BY_KEY[key], slots
    width = len(FIGURES)
    return {
        "market": key,
        "line": line if market.has_lines else None,
        "outcomes": {
            outcome: dict(zip(FIGURES, figures[place * width : (place + 1) * width], strict=True))
            for place, outcome in enumerate(market.outcomes)
        },
        "odds_source": {"from": "database", "bookmaker_id": bookmaker_id, "captured_at": captured_at},
    }
