"""Markets beyond the calibrated three, whose forecasts follow from the distribution of scores.

A bet on one of them may be pushed or settled by halves; `scores.settlement` has the shares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from common.arrays import Floats, Ints, Mask
from markets.lines import NO_LINE, QUARTERS, line_text, parse_line, quarters
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER
from markets.registry import BY_KEY, MARKETS

Leads = Callable[[Floats, Floats], Floats]
"""How far ahead each outcome is, in quarters of a goal (..., k), by the value of the market's quantity and the line.

Both arguments broadcast. Two quarters or more win a bet, one wins half of it; behind by as much it loses.
"""

Quantity = Literal["margin", "total", "half_time_result", "results"]

_CODES = 256
"""Codes of offers a market: more than there are valid lines."""
_ZERO = _CODES // 2
_WON = 2.0
_CALIBRATED_TOTALS = {
    market.line: market.key
    for market in MARKETS
    if market.market_id == OVER_UNDER.market_id and market.line is not None
}
"""The keys of totals that have a model of their own, by line."""


@dataclass(frozen=True)
class Goals:
    """Goals of n matches by side, after 90 minutes and in the first half, all (n,), NaN where unknown."""

    home: Floats
    away: Floats
    half_home: Floats
    half_away: Floats

    def only(self, rows: Ints) -> Goals:
        """The goals of the matches at `rows`."""
        return Goals(self.home[rows], self.away[rows], self.half_home[rows], self.half_away[rows])


@dataclass(frozen=True)
class FurtherMarket:
    """A market that settles on 90 minutes or on the first half and is priced, but has no model of its own.

    - `key` and `outcomes` name it in requests and answers, `key` followed by the line where `line_in_key`; `title`
      says in words what it is.
    - `market_id`, `api_name` and `labels` (one an outcome, followed by the line where it has lines) name it in the
      database, as API-Football does. The line on both sides' labels of a handicap is the home team's.
    - `quantity` is what it settles on: "margin", home goals less away goals; "total", the goals of both;
      "half_time_result", the index of the result at half-time among those of the match winner; or "results", that
      times 3 and the index of the final result. `leads` says how far ahead the outcomes then are.
    - `lines` are the lowest and the highest valid line, None where it has no lines; `other_lines` are those of
      calibrated markets, which are not its own.
    - `winners` is the number of its outcomes that come true in a match: margin-free probabilities sum to it.
    """

    key: str
    title: str
    outcomes: tuple[str, ...]
    market_id: int
    api_name: str
    labels: tuple[str, ...]
    quantity: Quantity
    leads: Leads
    lines: tuple[float, float] | None = None
    other_lines: tuple[float, ...] = ()
    line_in_key: bool = False
    winners: int = 1

    @property
    def size(self) -> int:
        """Number of outcomes."""
        return len(self.outcomes)

    @property
    def has_lines(self) -> bool:
        """Whether a price of it needs a line."""
        return self.lines is not None

    def name(self, line: float | None) -> str:
        """The title with a line, such as "Asian handicap -0.25"."""
        return self.title if line is None else f"{self.title} {line_text(line)}"

    @property
    def has_half_time(self) -> bool:
        """Whether it needs the goals of the first half."""
        return self.quantity in ("half_time_result", "results")

    def is_known(self, goals: Goals) -> Mask:
        """Which matches (n,) have all the goals that it needs."""
        sides = [goals.home, goals.away, *([goals.half_home, goals.half_away] if self.has_half_time else [])]
        return np.asarray(np.isfinite(sides).all(axis=0))

    def value(self, goals: Goals) -> Floats:
        """The quantity (n,) that known goals make."""
        if self.quantity == "margin":
            return goals.home - goals.away
        if self.quantity == "total":
            return goals.home + goals.away
        half = MATCH_WINNER.settle(goals.half_home, goals.half_away).astype(np.float64)
        if self.quantity == "half_time_result":
            return half
        return MATCH_WINNER.size * half + MATCH_WINNER.settle(goals.home, goals.away)


def _handicap(margin: Floats, line: Floats) -> Floats:
    lead = QUARTERS * (margin + line)
    return np.stack([lead, -lead], axis=-1)


def _total(goals: Floats, line: Floats) -> Floats:
    return _handicap(goals, -line)


def _double_chance(margin: Floats, line: Floats) -> Floats:
    margin = margin + 0.0 * line
    true = np.stack([margin >= 0.0, margin != 0.0, margin <= 0.0], axis=-1)
    return np.where(true, _WON, -_WON)


def _exactly(outcomes: int) -> Leads:
    """The leads of outcomes that are the values of the quantity."""

    def leads(value: Floats, line: Floats) -> Floats:
        true = (value + 0.0 * line)[..., None] == np.arange(outcomes)
        return np.where(true, _WON, -_WON)

    return leads


_PAIRS = tuple(f"{half}/{full}" for half in MATCH_WINNER.outcomes for full in MATCH_WINNER.outcomes)
"""Results at half-time and at the end."""

ASIAN_HANDICAP = FurtherMarket(
    key="ah",
    title="Asian handicap",
    outcomes=("home", "away"),
    market_id=4,
    api_name="Asian Handicap",
    labels=("home", "away"),
    quantity="margin",
    leads=_handicap,
    lines=(-10.0, 10.0),
)
DOUBLE_CHANCE = FurtherMarket(
    key="dc",
    title="Double chance",
    outcomes=("home_or_draw", "home_or_away", "draw_or_away"),
    market_id=12,
    api_name="Double Chance",
    labels=("home/draw", "home/away", "draw/away"),
    quantity="margin",
    leads=_double_chance,
    winners=2,
)
TOTALS = FurtherMarket(
    key="ou",
    title="Over/under",
    outcomes=("over", "under"),
    market_id=OVER_UNDER.market_id,
    api_name=OVER_UNDER.api_name,
    labels=("over", "under"),
    quantity="total",
    leads=_total,
    lines=(0.25, 20.0),
    other_lines=tuple(_CALIBRATED_TOTALS),
    line_in_key=True,
)
HALF_TIME = FurtherMarket(
    key="ht_1x2",
    title="Half-time result",
    outcomes=MATCH_WINNER.outcomes,
    market_id=13,
    api_name="First Half Winner",
    labels=MATCH_WINNER.outcomes,
    quantity="half_time_result",
    leads=_exactly(MATCH_WINNER.size),
)
HALF_TIME_FULL_TIME = FurtherMarket(
    key="ht_ft",
    title="Half-time/full-time",
    outcomes=_PAIRS,
    market_id=7,
    api_name="HT/FT Double",
    labels=_PAIRS,
    quantity="results",
    leads=_exactly(len(_PAIRS)),
)
FURTHER_MARKETS: tuple[FurtherMarket, ...] = (
    ASIAN_HANDICAP,
    DOUBLE_CHANCE,
    TOTALS,
    HALF_TIME,
    HALF_TIME_FULL_TIME,
)
FURTHER_BY_KEY: dict[str, FurtherMarket] = {market.key: market for market in FURTHER_MARKETS}


@dataclass(frozen=True)
class MarketChoice:
    """A further market as a request names it; `line` None means the main line of each match, or a market without."""

    market: FurtherMarket
    line: float | None = None

    @property
    def key(self) -> str:
        """The name in requests: "ah", "dc", "ou3.25"."""
        return self.market.key if self.line is None else f"{self.market.key}{line_text(self.line)}"

    @property
    def title(self) -> str:
        """The market and its line in words."""
        return self.market.name(self.line)


def parse_choice(key: str) -> MarketChoice | str:
    """The further market that `key` names, or what is wrong with it."""
    if key in FURTHER_BY_KEY and not FURTHER_BY_KEY[key].line_in_key:
        return MarketChoice(FURTHER_BY_KEY[key])
    if not key.startswith(TOTALS.key):
        return f"there is no market {key!r}"
    text = key.removeprefix(TOTALS.key)
    low, high = TOTALS.lines or (0.0, 0.0)
    expected = f"a multiple of 0.25 from {line_text(low)} to {line_text(high)}, such as ou3.25"
    if not text:
        return f"{TOTALS.key} needs its line: {expected}"
    line = parse_line(text)
    if line is None or not low <= line <= high:
        return f"the line of {key!r} must be {expected}"
    if line in _CALIBRATED_TOTALS:
        return f"the market of {line_text(line)} goals is {_CALIBRATED_TOTALS[line]}"
    choice = MarketChoice(TOTALS, line)
    return f"{choice.key} is {BY_KEY[choice.key].title}" if choice.key in BY_KEY else choice


def offer_code(market: FurtherMarket, line: float | None = None) -> int:
    """The number by which `Quotes.market` tells a further market and its line; prices of lines sort by line."""
    shift = 0 if line is None else int(quarters(np.array(line)))
    return FURTHER_MARKETS.index(market) * _CODES + _ZERO + shift


def code_range(market: FurtherMarket) -> tuple[int, int]:
    """The lowest code of a market and the one after its highest."""
    place = FURTHER_MARKETS.index(market)
    return place * _CODES, (place + 1) * _CODES


def lines_of(codes: Ints) -> Floats:
    """The lines (n,) of offers by their codes (n,), `NO_LINE` where the market has none."""
    return np.asarray((codes.astype(np.int64) % _CODES - _ZERO) / QUARTERS + NO_LINE)


def outcomes_by_code() -> Ints:
    """The number of outcomes of an offer, by its code."""
    return np.repeat([market.size for market in FURTHER_MARKETS], _CODES)
