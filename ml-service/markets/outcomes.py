"""The three markets, in the one order their outcomes always have. They settle on 90 minutes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Goals = NDArray[np.float64]
Labels = NDArray[np.int8]

UNKNOWN: int = -1


@dataclass(frozen=True)
class Market:
    """A market: its key in requests and answers, its outcomes, and how the database names it.

    `market_id` and `api_name` are API-Football's; `line` is the goal line where the market has one.
    """

    key: str
    outcomes: tuple[str, ...]
    market_id: int
    api_name: str
    line: float | None = None

    @property
    def size(self) -> int:
        """Number of outcomes."""
        return len(self.outcomes)

    def settle(self, goals_home: Goals, goals_away: Goals) -> Labels:
        """Index of the outcome that came true for each match, `UNKNOWN` where goals are NaN.

        Both arrays have shape (n,) and hold 90-minute goals.
        """
        known = np.isfinite(goals_home) & np.isfinite(goals_away)
        labels = _SETTLE[self.key](np.nan_to_num(goals_home), np.nan_to_num(goals_away))
        return np.where(known, labels, UNKNOWN).astype(np.int8)


def _settle_1x2(home: Goals, away: Goals) -> NDArray[np.int64]:
    return np.asarray(1 - np.sign(home - away), dtype=np.int64)


def _settle_ou25(home: Goals, away: Goals) -> NDArray[np.int64]:
    return np.where(home + away > 2.5, 0, 1)


def _settle_btts(home: Goals, away: Goals) -> NDArray[np.int64]:
    return np.where((home > 0) & (away > 0), 0, 1)


_SETTLE = {"1x2": _settle_1x2, "ou25": _settle_ou25, "btts": _settle_btts}

MATCH_WINNER = Market("1x2", ("home", "draw", "away"), 1, "Match Winner")
OVER_UNDER = Market("ou25", ("over", "under"), 5, "Goals Over/Under", line=2.5)
BOTH_SCORE = Market("btts", ("yes", "no"), 8, "Both Teams Score")

MARKETS: tuple[Market, ...] = (MATCH_WINNER, OVER_UNDER, BOTH_SCORE)
BY_KEY: dict[str, Market] = {market.key: market for market in MARKETS}
