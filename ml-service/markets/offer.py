"""The prices that a bet on each match meets: the one it takes, what the market shows then, and the closing line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats, Ints, Mask
from markets.market import Market
from markets.market_features import deviations
from markets.prices import Board, Prices, Quotes, bet_moments, board
from markets.sharpness import Sharpness

Features = NDArray[np.float32]

BookmakerId = int | Literal["best"] | None
"""Whose price a bet takes: a bookmaker's, the highest on each outcome, or by the order of preferred bookmakers."""


@dataclass(frozen=True)
class Offer:
    """The prices that a bet on each of n matches meets; times in epoch seconds UTC.

    `as_of` (n,) is when the bet is decided, kick-off where there is no price. `taken` is the price that the bet
    takes; `board` holds every bookmaker's price at `as_of`, and `reference` the preferred bookmaker's among them,
    from which a model starts. `closing` is the closing line: the last price before kick-off of the sharpest
    bookmaker.
    """

    as_of: Ints
    taken: Prices
    reference: Prices
    board: Board
    closing: Prices

    @property
    def closed_later(self) -> Mask:
        """Which matches have a closing price captured after the reference price, shape (n,)."""
        return np.asarray(self.closing.captured_at > self.reference.captured_at)

    def closing_line(self) -> Floats:
        """Margin-free closing probabilities (n, k), NaN rows where no price was captured after the one taken."""
        later = self.taken.is_known & (self.closing.captured_at > self.taken.captured_at)
        return np.where(later[:, None], self.closing.implied(), np.nan)

    def market_features(self) -> Features:
        """How the board differs from the reference price, as `markets.market_features` has it."""
        return deviations(self.board, self.reference.implied(), self.reference.odds)


def offer(
    quotes: Quotes,
    market: Market,
    fixture_ids: Ints,
    kickoffs: Ints,
    bookmakers: Sequence[int],
    sharpness: Sharpness,
    bookmaker_id: BookmakerId = None,
    *,
    at_capture: bool = False,
    moments: Ints | None = None,
) -> Offer:
    """The offer on fixtures (n,), of which `kickoffs` are in epoch seconds UTC.

    A bet takes the first price of the 48 hours before kick-off, or the one that stands when they begin. It is
    decided then or, with `at_capture`, at the capture of that price, which may be before those hours. `bookmakers`
    are in order of preference; with a `bookmaker_id` only that bookmaker's prices are taken. Where it has none, the
    bet is decided when one by preference would be. With `moments` (n,) everything is as of these, as where a bet on
    another market is decided.
    """
    fixtures = _Fixtures(quotes, market, fixture_ids, kickoffs, tuple(bookmakers))
    taken, placed_at = fixtures.bet(bookmaker_id)
    usual, usually_at = (taken, placed_at) if bookmaker_id is None else fixtures.bet(None)
    if at_capture:
        placed_at, usually_at = taken.captured_at, usual.captured_at
    as_of = np.where(taken.is_known, placed_at, np.where(usual.is_known, usually_at, kickoffs))
    as_of = as_of if moments is None else moments
    board_then = fixtures.board_at(as_of)
    reference = board_then.in_bet_window(kickoffs).preferred(bookmakers)
    closing = sharpness.closing(quotes, market, fixture_ids, kickoffs, bookmakers)
    return Offer(as_of, taken, reference, board_then, closing)


def bet_prices(
    quotes: Quotes, market: Market, fixture_ids: Ints, kickoffs: Ints, bookmakers: Sequence[int]
) -> Prices:
    """The price that a bet on each fixture (n,) takes, by preference; as `offer`."""
    return _Fixtures(quotes, market, fixture_ids, kickoffs, tuple(bookmakers)).bet(None)[0]


@dataclass(frozen=True)
class _Fixtures:
    """Fixtures (n,) and all quotes on one market of theirs."""

    quotes: Quotes
    market: Market
    fixture_ids: Ints
    kickoffs: Ints
    bookmakers: tuple[int, ...]

    def board_at(self, moments: Ints) -> Board:
        """Every bookmaker's price of each fixture at its moment."""
        return board(self.quotes, self.market, self.fixture_ids, self.kickoffs, moments)

    def bet(self, bookmaker_id: BookmakerId) -> tuple[Prices, Ints]:
        """The price that a bet takes, and when it is placed: NO_PRICE_AT without a price."""
        only = bookmaker_id if isinstance(bookmaker_id, int) else None
        moments = bet_moments(
            self.quotes, self.market, self.fixture_ids, self.kickoffs, self.bookmakers, only
        )
        board_then = self.board_at(moments)
        if only is not None:
            # Newer prices of other bookmakers do not replace the standing price of this one.
            return board_then.of(only), moments
        recent = board_then.in_bet_window(self.kickoffs)
        return recent.best() if bookmaker_id == "best" else recent.preferred(self.bookmakers), moments
