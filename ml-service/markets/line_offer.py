"""The prices that a bet on a further market meets: on which line, at which price, and what closed.

Bookmakers show several lines of a match. A bet is on the main one, whose prices are the most even.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.arrays import Floats, Ints, Mask, index_of
from markets.further import FurtherMarket, MarketChoice, code_range, lines_of, offer_code
from markets.odds import implied_probabilities
from markets.offer import BookmakerId
from markets.prices import (
    BET_WINDOW_SECONDS,
    FRESH_SECONDS,
    NO_PRICE_AT,
    NO_ROW,
    Board,
    Prices,
    Quotes,
    board_of,
    moments_of,
)


def further_implied(market: FurtherMarket, odds: Floats) -> Floats:
    """Margin-free probabilities behind full sets of decimal odds (n, k), NaN rows where they are none.

    Each is the inverse of a fair price: the probability of winning a unit of what is not pushed. They sum to the
    market's number of winners, and the power method takes the margin from all outcomes (Clarke, Kovalchik and Ingram
    2017).
    """
    return implied_probabilities(odds, float(market.winners))


def is_quoted(quotes: Quotes, market: FurtherMarket) -> bool:
    """Whether there is any quote on the market among those of all further ones."""
    first, end = np.searchsorted(quotes.market, code_range(market))
    return bool(first < end)


@dataclass(frozen=True)
class LinePrices:
    """One line and price of each of n matches: `line` (n,), NaN where there is none, and its prices."""

    market: FurtherMarket
    line: Floats
    prices: Prices

    @property
    def available(self) -> Mask:
        """Which matches have a price, shape (n,)."""
        return self.prices.is_known

    def implied(self) -> Floats:
        """Margin-free probabilities (n, k), NaN rows where there is no price."""
        return further_implied(self.market, self.prices.odds)


@dataclass(frozen=True)
class LineOffer:
    """The prices that a bet on each of n matches meets; times in epoch seconds UTC.

    `as_of` (n,) is when the bet is decided, NO_PRICE_AT without a price. `closing` is the last price before kick-off
    of the line nearest to the one taken.
    """

    as_of: Ints
    taken: LinePrices
    closing: LinePrices

    @property
    def closed_later(self) -> Mask:
        """Which matches have a closing price captured after the one taken, shape (n,)."""
        return np.asarray(
            self.taken.available & (self.closing.prices.captured_at > self.taken.prices.captured_at)
        )


@dataclass(frozen=True)
class LineBoard:
    """The latest price of every bookmaker for every line of n fixtures at a moment of each.

    Rows of `board` belong to lines; by line, (m,), `fixture` is the index of its fixture and `line` its value.
    """

    market: FurtherMarket
    size: int
    fixture: Ints
    line: Floats
    board: Board

    def of(self, bookmaker_id: int) -> LineBoard:
        """The board with the prices of one bookmaker only."""
        return self._only(self.board.bookmaker_id == bookmaker_id)

    def current(self, kickoffs: Ints) -> LineBoard:
        """The board without lines that their bookmaker no longer shows, and without old prices where newer ones are.

        A bookmaker no longer shows what it last showed FRESH_SECONDS before its latest price of the match. Prices
        from before the 48 hours before `kickoffs` (n,) are left out where there are any since.
        """
        board, fixture = self.board, self.fixture[self.board.position]
        bookmakers, who = np.unique(board.bookmaker_id, return_inverse=True)
        latest = np.full((self.size, max(len(bookmakers), 1)), NO_PRICE_AT, dtype=np.int64)
        np.maximum.at(latest, (fixture, who), board.captured_at)
        fresh = board.captured_at > latest[fixture, who] - FRESH_SECONDS
        inside = board.captured_at >= kickoffs[fixture] - BET_WINDOW_SECONDS
        has_inside = np.zeros(self.size, dtype=np.bool_)
        has_inside[fixture[inside]] = True
        return self._only(fresh & (inside | ~has_inside[fixture]))

    def main(self, order: Sequence[int]) -> LinePrices:
        """The most even line of the first bookmaker of `order` that quotes the match, else of the lowest id.

        Of equally even lines, the one nearest to 0 is taken.
        """
        return self._rows(self._chosen(order, np.abs(self._first_implied() - 0.5)))

    def nearest(self, order: Sequence[int], lines: Floats) -> LinePrices:
        """As `main`, but the line nearest to `lines` (n,)."""
        targets = lines[self.fixture[self.board.position]]
        distance = np.abs(self.line[self.board.position] - targets)
        return self._rows(self._chosen(order, np.where(np.isfinite(targets), distance, 0.0)))

    def decided_at(self, chosen: LinePrices) -> Ints:
        """When all was captured that the choice of lines rests on (n,): the last price of the bookmaker chosen."""
        board, fixture = self.board, self.fixture[self.board.position]
        compared = board.bookmaker_id == chosen.prices.bookmaker_id[fixture]
        moments = chosen.prices.captured_at.copy()
        np.maximum.at(moments, fixture[compared], board.captured_at[compared])
        return moments

    def every(self, order: Sequence[int]) -> tuple[Ints, Floats, Prices]:
        """Index of the fixture, line and preferred price of every line that is quoted, by fixture and line."""
        prices = self.board.preferred(order)
        rows = np.flatnonzero(prices.is_known)
        rows = rows[np.lexsort((self.line[rows], self.fixture[rows]))]
        return self.fixture[rows], self.line[rows], prices.only(rows)

    def best(self, chosen: LinePrices) -> LinePrices:
        """The highest price on each outcome of the lines `chosen`."""
        best = self.board.best()
        rows = np.flatnonzero(best.is_known & (self.line == chosen.line[self.fixture]))
        return LinePrices(self.market, chosen.line, best.only(rows).spread(self.size, self.fixture[rows]))

    def _first_implied(self) -> Floats:
        return further_implied(self.market, self.board.odds)[:, 0]

    def _chosen(self, order: Sequence[int], distance: Floats) -> Ints:
        """By fixture, the row of its preferred bookmaker with the least `distance` (rows of the board,)."""
        board = self.board
        fixture, line = self.fixture[board.position], self.line[board.position]
        rank = index_of(np.array(order, dtype=np.int64), board.bookmaker_id)
        rank = np.where(rank >= 0, rank, len(order))
        sequence = np.lexsort((line, np.abs(line), np.round(distance, 9), board.bookmaker_id, rank, fixture))
        first = (
            np.append(True, np.diff(fixture[sequence]) != 0) if len(sequence) else np.empty(0, dtype=np.bool_)
        )
        chosen = np.full(self.size, NO_ROW, dtype=np.int64)
        chosen[fixture[sequence[first]]] = sequence[first]
        return chosen

    def _rows(self, chosen: Ints) -> LinePrices:
        """The lines and prices of one row of the board a fixture, none where `chosen` (n,) is NO_ROW."""
        board, there = self.board, np.flatnonzero(chosen != NO_ROW)
        rows = chosen[there]
        line = np.full(self.size, np.nan)
        line[there] = self.line[board.position[rows]]
        prices = Prices(board.odds[rows], board.bookmaker_id[rows], board.captured_at[rows])
        return LinePrices(self.market, line, prices.spread(self.size, there))

    def _only(self, rows: Mask) -> LineBoard:
        board = self.board
        selected = Board(
            board.size,
            board.outcomes,
            board.position[rows],
            board.bookmaker_id[rows],
            board.captured_at[rows],
            board.odds[rows],
        )
        return LineBoard(self.market, self.size, self.fixture, self.line, selected)


@dataclass(frozen=True)
class LineQuotes:
    """All quotes on a further market, or on one line of it, of n fixtures; `kickoffs` (n,) in epoch seconds UTC."""

    choice: MarketChoice
    quotes: Quotes
    fixture_ids: Ints
    kickoffs: Ints

    @classmethod
    def of(cls, quotes: Quotes, choice: MarketChoice, fixture_ids: Ints, kickoffs: Ints) -> LineQuotes:
        """From quotes of all further markets on any fixtures; `fixture_ids` are distinct."""
        low, high = code_range(choice.market)
        if choice.line is not None:
            low = offer_code(choice.market, choice.line)
            high = low + 1
        first, end = np.searchsorted(quotes.market, [low, high])
        own = quotes.only(slice(int(first), int(end)))
        return cls(choice, own.only(index_of(fixture_ids, own.fixture_id) >= 0), fixture_ids, kickoffs)

    def board_at(self, moments: Ints) -> LineBoard:
        """Every bookmaker's price of every line at `moments` (n,)."""
        quotes = self.quotes
        fixture = index_of(self.fixture_ids, quotes.fixture_id).astype(np.int64)
        starts = np.append(True, (np.diff(quotes.market) != 0) | (np.diff(quotes.fixture_id) != 0))[
            : len(quotes)
        ]
        offers, ids = fixture[starts], np.cumsum(starts) - 1
        by_offer = Quotes(ids, quotes.market, quotes.bookmaker_id, quotes.captured_at, quotes.odds)
        numbers = np.arange(len(offers))
        board = board_of(by_offer, self.choice.market.size, numbers, self.kickoffs[offers], moments[offers])
        lines = lines_of(quotes.market[starts].astype(np.int64))
        return LineBoard(self.choice.market, len(self.fixture_ids), offers, lines, board)

    def bet_moments(self, order: Sequence[int], only: int | None) -> Ints:
        """When a bet on each match is placed (n,), whatever the line; as `markets.prices.bet_moments`."""
        quotes = self.quotes
        by_fixture = np.lexsort((quotes.captured_at, quotes.bookmaker_id, quotes.fixture_id))
        return moments_of(quotes.only(by_fixture), self.fixture_ids, self.kickoffs, order, only)

    def offer(self, order: Sequence[int], bookmaker_id: BookmakerId = None) -> LineOffer:
        """What a bet on each match meets.

        A bet takes the first price of the 48 hours before kick-off, or the one that stands when they begin, of the
        line that is then the main one; it is decided when the lines compared are captured. `order` are the
        bookmakers in order of preference. With a `bookmaker_id` only that bookmaker's prices are taken; "best" takes
        the highest prices of the preferred bookmaker's main line.
        """
        only = bookmaker_id if isinstance(bookmaker_id, int) else None
        line_board = self.board_at(self.bet_moments(order, only))
        line_board = (line_board if only is None else line_board.of(only)).current(self.kickoffs)
        taken = line_board.main(order)
        as_of = line_board.decided_at(taken)
        if bookmaker_id == "best":
            taken = line_board.best(taken)
            as_of = np.maximum(as_of, taken.prices.captured_at)
        closing = self.board_at(self.kickoffs).current(self.kickoffs).nearest(order, taken.line)
        return LineOffer(as_of, taken, closing)
