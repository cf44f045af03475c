"""The prices that bets of a backtest meet: what was shown when the bet is decided, and at the close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backtesting import leakage
from markets.market import Market
from markets.prices import Board, Prices, Quotes, bet_moments, board
from markets.sharpness import Sharpness

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Choice:
    """Whose price is taken: `asked` is a bookmaker's id, "best", or None for the first of `order` that quotes."""

    asked: int | Literal["best"] | None
    order: tuple[int, ...]

    @property
    def only(self) -> int | None:
        """The one bookmaker whose prices count, if it is one."""
        return self.asked if isinstance(self.asked, int) else None

    def of(self, shown: Board) -> Prices:
        """This choice's price of each fixture on `shown`."""
        if self.asked == "best":
            return shown.best()
        if self.asked is None:
            return shown.preferred(self.order)
        return shown.of(self.asked)


@dataclass(frozen=True)
class Listing:
    """Where one asks for prices: all quotes of one market, for fixtures (n,) by id and kick-off (epoch seconds).

    `sharpness` says whose closing price is taken for the closing line.
    """

    quotes: Quotes
    market: Market
    fixture_ids: Ints
    kickoff: Ints
    sharpness: Sharpness = field(default_factory=Sharpness.none)

    def at(self, moments: Ints) -> Board:
        """What was shown for each fixture at its moment."""
        return board(self.quotes, self.market, self.fixture_ids, self.kickoff, moments)

    def first(self, choice: Choice) -> Prices:
        """The price that a bet takes, by `choice`."""
        moments = bet_moments(
            self.quotes, self.market, self.fixture_ids, self.kickoff, choice.order, choice.only
        )
        shown = self.at(moments)
        # Where one bookmaker alone is asked, what the others showed since takes nothing away.
        return choice.of(shown if choice.only is not None else shown.in_bet_window(self.kickoff))

    def last(self, order: Sequence[int]) -> Prices:
        """The closing line: the last price before kick-off of the sharpest bookmaker, by `order` where none is."""
        return self.sharpness.closing(self.quotes, self.market, self.fixture_ids, self.kickoff, order)


@dataclass(frozen=True)
class Offer:
    """For each fixture, (n,): when it is decided on, the price a bet takes, and the market that the model sees.

    `as_of` is the capture time of the price taken, else of the preferred one, else kick-off. `board` is what
    all bookmakers showed then. `closing` holds margin-free probabilities of the closing line, which is the sharpest
    bookmaker's whosever price is taken, NaN rows where it is no later than that.
    """

    as_of: Ints
    taken: Prices
    board: Board
    closing: Array


def offer(listing: Listing, choice: Choice) -> Offer:
    """What is on offer for each fixture. Raises LeakageError if a price turns out to be later than its bet."""
    taken = listing.first(choice)
    default = taken if choice.asked is None else listing.first(Choice(None, choice.order))
    otherwise = np.where(default.known, default.captured_at, listing.kickoff)
    as_of = np.where(taken.known, taken.captured_at, otherwise)
    leakage.forbid_later_prices(taken.captured_at, as_of, listing.kickoff)
    last = listing.last(choice.order)
    followed = taken.known & (last.captured_at > taken.captured_at)
    closing = np.where(followed[:, None], last.implied(), np.nan)
    return Offer(as_of, taken, listing.at(as_of), closing)
