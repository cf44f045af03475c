"""The request of a backtest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from contract.backtest import Refit, Scope, Staking, StakingMethod
from markets.match_winner import MATCH_WINNER
from markets.registry import BY_KEY

FLAT_SHARE = 0.01


@dataclass(frozen=True)
class StakingRules:
    """How much a bet stakes: `flat` 1% of the first bankroll, `kelly` a `fraction` of Kelly's share up to `cap`.

    `fraction` and `cap` are in (0, 1], `bankroll` in (0, 1e12] units of money.
    """

    method: StakingMethod = "flat"
    fraction: float = 0.25
    cap: float = 0.05
    bankroll: float = 1000.0

    def to_plain(self) -> Staking:
        """The rules as the answer repeats them."""
        return {
            "method": self.method,
            "fraction": self.fraction,
            "cap": self.cap,
            "bankroll": self.bankroll,
        }


@dataclass(frozen=True)
class BacktestRequest:
    """Which matches are evaluated (`first` and `last` are inclusive UTC days of kick-off) and how bets are made.

    `league_ids` None means all leagues; `bookmaker_id` None the order of the setting BOOKMAKERS, "best" the
    highest price on each outcome; `min_edge` is in probability. `api/schemas.py` holds what a client may ask.
    """

    first: date
    last: date
    league_ids: tuple[int, ...] | None = None
    market: str = MATCH_WINNER.key
    refit: Refit = "quarter"
    use_odds: bool = True
    bookmaker_id: int | Literal["best"] | None = None
    min_edge: float = 0.03
    staking: StakingRules = field(default_factory=StakingRules)

    def scope(self, league_ids: list[int], bookmakers: tuple[int, ...]) -> Scope:
        """The request as the answer repeats it, with the leagues and bookmakers that it resolved to."""
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "league_ids": league_ids,
            "market": self.market,
            "outcomes": list(BY_KEY[self.market].outcomes),
            "refit": self.refit,
            "use_odds": self.use_odds,
            "bookmaker_id": self.bookmaker_id,
            "bookmakers": list(bookmakers),
            "min_edge": self.min_edge,
            "staking": self.staking.to_plain(),
        }
