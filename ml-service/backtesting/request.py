"""The request of a backtest."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

from errors import InvalidRequest
from markets.further import MarketChoice, parse_choice
from markets.match_winner import MATCH_WINNER
from markets.registry import BY_KEY

REFITS = ("month", "quarter", "season")
METHODS = ("flat", "kelly")
FLAT_SHARE = 0.01


@dataclass(frozen=True)
class StakingRules:
    """How much a bet stakes: `flat` 1% of the first bankroll, `kelly` a `fraction` of Kelly's share up to `cap`.

    `fraction` and `cap` are in (0, 1], `bankroll` in (0, 1e12] units of money.
    """

    method: Literal["flat", "kelly"] = "flat"
    fraction: float = 0.25
    cap: float = 0.05
    bankroll: float = 1000.0


@dataclass(frozen=True)
class BacktestRequest:
    """Which matches are evaluated (`first` and `last` are inclusive UTC days of kick-off) and how bets are made.

    `league_ids` None means all leagues; `bookmaker_id` None the order of the setting BOOKMAKERS, "best" the
    highest price on each outcome; `min_edge` is in probability. Raises InvalidRequest, each bad field named.
    """

    first: date
    last: date
    league_ids: tuple[int, ...] | None = None
    market: str = MATCH_WINNER.key
    refit: str = "quarter"
    use_odds: bool = True
    bookmaker_id: int | Literal["best"] | None = None
    min_edge: float = 0.03
    staking: StakingRules = field(default_factory=StakingRules)

    def __post_init__(self) -> None:
        invalid = {name: f"must be {expected}" for name, expected, holds in _rules(self) if not holds}
        if invalid:
            details = "; ".join(f"{name} {message}" for name, message in invalid.items())
            raise InvalidRequest(f"the backtest's request is invalid: {details}", fields=invalid)

    @property
    def further(self) -> MarketChoice | None:
        """The further market to bet on; None for one of the calibrated three."""
        choice = None if self.market in BY_KEY else parse_choice(self.market)
        return choice if isinstance(choice, MarketChoice) else None

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes of the market, in their order."""
        return self.further.market.outcomes if self.further else BY_KEY[self.market].outcomes

    def scope(self, league_ids: list[int], bookmakers: tuple[int, ...]) -> dict[str, Any]:
        """The request as the answer repeats it, with the leagues and bookmakers that it resolved to."""
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "league_ids": league_ids,
            "market": self.market,
            "outcomes": list(self.outcomes),
            "refit": self.refit,
            "use_odds": self.use_odds,
            "bookmaker_id": self.bookmaker_id,
            "bookmakers": list(bookmakers),
            "min_edge": self.min_edge,
            "staking": asdict(self.staking),
        }


def market_title(key: str) -> str:
    """The market that a valid key names, in words, with its line."""
    choice = None if key in BY_KEY else parse_choice(key)
    return choice.title if isinstance(choice, MarketChoice) else BY_KEY[key].title


MARKET_KEYS = "one of " + ", ".join(BY_KEY) + ", ah, dc, or ou and a line, such as ou3.5"


def market_problem(key: str) -> str | None:
    """What the key of a market must be, None where it names one; a wrong line is named."""
    choice = None if key in BY_KEY else parse_choice(key)
    return f"{MARKET_KEYS}; {choice}" if isinstance(choice, str) else None


def _rules(request: BacktestRequest) -> list[tuple[str, str, bool]]:
    """Each field with what is expected of it and whether that holds."""
    staking = request.staking
    return [
        ("from", "a day not after to", request.first <= request.last),
        ("league_ids", "at least one league, or null for all", request.league_ids != ()),
        ("market", market_problem(request.market) or MARKET_KEYS, not market_problem(request.market)),
        ("refit", "one of " + ", ".join(REFITS), request.refit in REFITS),
        ("min_edge", "a number from 0 to 1", 0.0 <= request.min_edge <= 1.0),
        ("staking.method", "one of " + ", ".join(METHODS), staking.method in METHODS),
        ("staking.fraction", "a number above 0, at most 1", 0.0 < staking.fraction <= 1.0),
        ("staking.cap", "a number above 0, at most 1", 0.0 < staking.cap <= 1.0),
        ("staking.bankroll", "a number above 0, at most 1e12", 0.0 < staking.bankroll <= 1e12),
    ]
