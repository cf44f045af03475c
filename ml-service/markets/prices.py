"""What the price of a fixture was at a moment: the one place that training, prediction and backtest ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from markets.odds import implied_probabilities
from markets.outcomes import MARKETS, Market

Ints = NDArray[np.int64]
Array = NDArray[np.float64]

Rows = NDArray[np.bool_] | NDArray[np.intp] | slice

NEVER = -1
BET_WINDOW_SECONDS = 48 * 3600
FRESH_SECONDS = 6 * 3600
MOST_OUTCOMES = 3


@dataclass(frozen=True)
class Quotes:
    """Every full set of prices that a bookmaker showed before its fixture kicked off, one a row.

    Rows are sorted by market, fixture, bookmaker and capture, so that what is asked of them needs no sorting.
    `market` indexes `MARKETS`, `captured_at` is in epoch seconds UTC, `odds` has shape (n, 3) with NaN in the
    last column for markets of two outcomes.
    """

    fixture_id: Ints
    market: NDArray[np.int8]
    bookmaker_id: Ints
    captured_at: Ints
    odds: Array

    def __len__(self) -> int:
        return len(self.fixture_id)

    def only(self, rows: Rows) -> Quotes:
        """The quotes that `rows`, a mask, a slice or positions, name."""
        return Quotes(
            self.fixture_id[rows],
            self.market[rows],
            self.bookmaker_id[rows],
            self.captured_at[rows],
            self.odds[rows],
        )

    @classmethod
    def none(cls) -> Quotes:
        """No quotes at all."""
        ids = np.empty(0, dtype=np.int64)
        return cls(ids, np.empty(0, dtype=np.int8), ids, ids, np.empty((0, MOST_OUTCOMES)))

    @classmethod
    def joined(cls, parts: Sequence[Quotes]) -> Quotes:
        """The quotes of all parts, sorted."""
        whole = cls(
            np.concatenate([part.fixture_id for part in parts]),
            np.concatenate([part.market for part in parts]),
            np.concatenate([part.bookmaker_id for part in parts]),
            np.concatenate([part.captured_at for part in parts]),
            np.concatenate([part.odds for part in parts]),
        )
        order = np.lexsort((whole.captured_at, whole.bookmaker_id, whole.fixture_id, whole.market))
        return cls(
            whole.fixture_id[order],
            whole.market[order],
            whole.bookmaker_id[order],
            whole.captured_at[order],
            whole.odds[order],
        )

    def of(self, market: Market) -> Quotes:
        """The quotes on one market."""
        first, end = np.searchsorted(self.market, [MARKETS.index(market), MARKETS.index(market) + 1])
        return self.only(slice(int(first), int(end)))


@dataclass(frozen=True)
class Prices:
    """One price a fixture: `odds` (n, k) with NaN rows where there is none.

    `bookmaker_id` is 0 and `captured_at` NEVER where there is no price; a best price names no bookmaker.
    """

    odds: Array
    bookmaker_id: Ints
    captured_at: Ints

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which fixtures have a price, shape (n,)."""
        return np.asarray(np.isfinite(self.odds[:, 0]))

    def implied(self) -> Array:
        """Margin-free probabilities, shape (n, k), NaN rows where there is no price."""
        return implied_probabilities(self.odds)


@dataclass(frozen=True)
class Board:
    """The latest price of every bookmaker for each of `size` fixtures at a moment.

    Rows are grouped by fixture, bookmakers ascending; `position` says which fixture, 0..size-1.
    """

    size: int
    outcomes: int
    position: Ints
    bookmaker_id: Ints
    captured_at: Ints
    odds: Array

    def preferred(self, order: Sequence[int]) -> Prices:
        """The price of the first bookmaker of `order` that quotes, else of the lowest bookmaker id."""
        return self._rows(_first_choice(self.position, self.bookmaker_id, order, self.size))

    def of(self, bookmaker_id: int) -> Prices:
        """The price of one bookmaker."""
        chosen = np.full(self.size, NEVER, dtype=np.int64)
        rows = np.flatnonzero(self.bookmaker_id == bookmaker_id)
        chosen[self.position[rows]] = rows
        return self._rows(chosen)

    def best(self) -> Prices:
        """The highest price on each outcome, known since the latest capture among all bookmakers."""
        odds = np.full((self.size, self.outcomes), -np.inf)
        np.maximum.at(odds, self.position, self.odds)
        captured = np.full(self.size, NEVER, dtype=np.int64)
        np.maximum.at(captured, self.position, self.captured_at)
        odds[captured == NEVER] = np.nan
        return Prices(odds, np.zeros(self.size, dtype=np.int64), captured)

    def fresh(self) -> Board:
        """The board without prices captured FRESH_SECONDS before the fixture's latest: what those missed is news."""
        latest = np.full(self.size, NEVER, dtype=np.int64)
        np.maximum.at(latest, self.position, self.captured_at)
        kept = self.captured_at > latest[self.position] - FRESH_SECONDS
        return Board(
            self.size,
            self.outcomes,
            self.position[kept],
            self.bookmaker_id[kept],
            self.captured_at[kept],
            self.odds[kept],
        )

    def _rows(self, chosen: Ints) -> Prices:
        """The prices of one row a fixture, none where `chosen` (size,) is NEVER."""
        some = chosen != NEVER
        odds = np.full((self.size, self.outcomes), np.nan)
        bookmakers = np.zeros(self.size, dtype=np.int64)
        captured = np.full(self.size, NEVER, dtype=np.int64)
        odds[some] = self.odds[chosen[some]]
        bookmakers[some] = self.bookmaker_id[chosen[some]]
        captured[some] = self.captured_at[chosen[some]]
        return Prices(odds, bookmakers, captured)


def board(quotes: Quotes, market: Market, fixture_ids: Ints, kickoffs: Ints, moments: Ints) -> Board:
    """What every bookmaker's price was at `moments` (n,), captured by then and before kick-off.

    `fixture_ids`, `kickoffs` and `moments` are aligned, shape (n,); times in epoch seconds UTC.
    """
    mine, position = _placed(quotes.of(market), fixture_ids)
    known = (mine.captured_at <= moments[position]) & (mine.captured_at < kickoffs[position])
    mine, position = mine.only(known), position[known]
    last = (
        np.flatnonzero(np.append(_starts(position, mine.bookmaker_id)[1:], True)) if len(mine) else position
    )
    return Board(
        size=len(fixture_ids),
        outcomes=market.size,
        position=position[last],
        bookmaker_id=mine.bookmaker_id[last],
        captured_at=mine.captured_at[last],
        odds=mine.odds[last, : market.size],
    )


def closing_prices(
    quotes: Quotes, market: Market, fixture_ids: Ints, kickoffs: Ints, order: Sequence[int]
) -> Prices:
    """The last price before kick-off: of the bookmakers whose price is fresh then, the first of `order`."""
    return board(quotes, market, fixture_ids, kickoffs, kickoffs).fresh().preferred(order)


def bet_moments(
    quotes: Quotes,
    market: Market,
    fixture_ids: Ints,
    kickoffs: Ints,
    order: Sequence[int],
    only: int | None = None,
) -> Ints:
    """When a bet would have been placed on each fixture: at the first price of the 48 hours before kick-off.

    The bookmaker is the first of `order` (else the lowest id) that showed a price in that window, or `only`.
    Where none did but one stood from earlier, the bet is placed as the window opens. Shape (n,), `NEVER`
    without any price.
    """
    mine, position = _placed(quotes.of(market), fixture_ids)
    usable = mine.captured_at < kickoffs[position]
    if only is not None:
        usable &= mine.bookmaker_id == only
    mine, position = mine.only(usable), position[usable]
    opening = kickoffs[position] - BET_WINDOW_SECONDS
    inside = mine.captured_at >= opening
    moments = np.full(len(fixture_ids), NEVER, dtype=np.int64)
    for candidates, moment in ((~inside, opening), (inside, mine.captured_at)):
        rows = np.flatnonzero(candidates)
        chosen = _first_choice(position[rows], mine.bookmaker_id[rows], order, len(fixture_ids))
        found = chosen != NEVER
        moments[found] = moment[rows[chosen[found]]]
    return moments


def _placed(mine: Quotes, fixture_ids: Ints) -> tuple[Quotes, Ints]:
    """The quotes for these fixtures, and the position of each quote's fixture among `fixture_ids`."""
    if len(fixture_ids) == 0:
        return Quotes.none(), np.empty(0, dtype=np.int64)
    by_id = np.argsort(fixture_ids, kind="stable")
    sorted_ids = fixture_ids[by_id]
    place = np.minimum(np.searchsorted(sorted_ids, mine.fixture_id), len(sorted_ids) - 1)
    asked = sorted_ids[place] == mine.fixture_id
    return mine.only(asked), by_id[place[asked]].astype(np.int64)


def _first_choice(position: Ints, bookmakers: Ints, order: Sequence[int], size: int) -> Ints:
    """By fixture, the first row of its first bookmaker in `order`, else of its lowest; NEVER without any row.

    Rows are grouped by fixture, bookmakers ascending.
    """
    chosen = np.full(size, NEVER, dtype=np.int64)
    first = np.flatnonzero(_starts(position, bookmakers))
    lowest = first[_starts(position[first])]
    chosen[position[lowest]] = lowest
    for bookmaker in reversed(order):
        rows = first[bookmakers[first] == bookmaker]
        chosen[position[rows]] = rows
    return chosen


def _starts(*keys: Ints) -> NDArray[np.bool_]:
    """True at the first row of each run of equal keys."""
    first = np.ones(len(keys[0]), dtype=np.bool_)
    if len(first):
        first[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return first
