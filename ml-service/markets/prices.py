"""What the price of a fixture was at a moment: the one place that training, prediction and backtest ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.numba_cache import njit, njit_in_place
from markets.market import Market
from markets.odds import implied_probabilities
from markets.registry import INDEX

Ints = NDArray[np.int64]
Array = NDArray[np.float64]

Rows = NDArray[np.bool_] | NDArray[np.intp] | slice

NO_PRICE_AT = -1
"""Stands for the moment of a price that there is not; all real moments are later."""
NO_ROW = -1
BET_WINDOW_SECONDS = 48 * 3600
FRESH_SECONDS = 6 * 3600
MAX_OUTCOMES = 3


@dataclass(frozen=True)
class Quotes:
    """Every full set of prices that a bookmaker showed before its fixture kicked off, one a row.

    Rows are sorted by market, fixture, bookmaker and capture, so that what is asked of them needs no sorting.
    `market` indexes `MARKETS`, or holds codes of `markets.further`; `captured_at` is in epoch seconds UTC, `odds` has
    shape (n, 3) with NaN in the last column for markets of two outcomes.
    """

    fixture_id: Ints
    market: NDArray[np.signedinteger[Any]]
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
        return cls(ids, np.empty(0, dtype=np.int8), ids, ids, np.empty((0, MAX_OUTCOMES)))

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
        first, end = np.searchsorted(self.market, [INDEX[market.key], INDEX[market.key] + 1])
        return self.only(slice(int(first), int(end)))


@dataclass(frozen=True)
class Prices:
    """One price a fixture: `odds` (n, k) with NaN rows where there is none.

    `bookmaker_id` is 0 and `captured_at` NO_PRICE_AT where there is no price; a best price names no bookmaker.
    """

    odds: Array
    bookmaker_id: Ints
    captured_at: Ints

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Which fixtures have a price, shape (n,)."""
        return np.asarray(np.isfinite(self.odds[:, 0]))

    def implied(self) -> Array:
        """Margin-free probabilities, shape (n, k), NaN rows where there is no price."""
        return implied_probabilities(self.odds)

    def only(self, rows: Rows) -> Prices:
        """The prices of the fixtures that `rows`, a mask, a slice or positions, name."""
        return Prices(self.odds[rows], self.bookmaker_id[rows], self.captured_at[rows])

    def spread(self, size: int, position: Ints) -> Prices:
        """These prices as those of the fixtures at `position` (n,) among `size`, none of the others."""
        odds = np.full((size, self.odds.shape[1]), np.nan)
        bookmaker, captured = np.zeros(size, dtype=np.int64), np.full(size, NO_PRICE_AT, dtype=np.int64)
        odds[position], bookmaker[position] = self.odds, self.bookmaker_id
        captured[position] = self.captured_at
        return Prices(odds, bookmaker, captured)

    def replaced(self, rows: NDArray[np.bool_], others: Prices) -> Prices:
        """These prices, but `others` of the same fixtures where `rows` (n,) says so."""
        return Prices(
            np.where(rows[:, None], others.odds, self.odds),
            np.where(rows, others.bookmaker_id, self.bookmaker_id),
            np.where(rows, others.captured_at, self.captured_at),
        )


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
        preferred_ids = np.array(order, dtype=np.int64)
        return self._rows(_first_choice(self.position, self.bookmaker_id, preferred_ids, self.size))

    def of(self, bookmaker_id: int) -> Prices:
        """The price of one bookmaker."""
        chosen = np.full(self.size, NO_ROW, dtype=np.int64)
        rows = np.flatnonzero(self.bookmaker_id == bookmaker_id)
        chosen[self.position[rows]] = rows
        return self._rows(chosen)

    def best(self) -> Prices:
        """The highest price on each outcome, known since the latest capture among all bookmakers."""
        odds, captured = _highest(self.position, self.odds, self.captured_at, self.size)
        return Prices(odds, np.zeros(self.size, dtype=np.int64), captured)

    def fresh(self) -> Board:
        """The board without prices captured FRESH_SECONDS before the fixture's latest: what those missed is news."""
        return self._only(_fresh(self.position, self.captured_at, self.size))

    def in_bet_window(self, kickoffs: Ints) -> Board:
        """The board without prices from before the 48 hours before `kickoffs` (size,), where there are any since."""
        return self._only(_in_window(self.position, self.captured_at, kickoffs - BET_WINDOW_SECONDS))

    def _only(self, rows: Ints) -> Board:
        """The board of these rows, in ascending order."""
        if len(rows) == len(self.position):
            return self
        return Board(
            self.size,
            self.outcomes,
            self.position[rows],
            *_rows(rows, self.outcomes, self.bookmaker_id, self.captured_at, self.odds),
        )

    def _rows(self, chosen: Ints) -> Prices:
        """The prices of one row a fixture, none where `chosen` (size,) is NO_ROW."""
        return Prices(*_picked(chosen, self.odds, self.bookmaker_id, self.captured_at))


def board(quotes: Quotes, market: Market, fixture_ids: Ints, kickoffs: Ints, moments: Ints) -> Board:
    """What every bookmaker's price was at `moments` (n,), captured by then and before kick-off.

    `fixture_ids`, `kickoffs` and `moments` are aligned, shape (n,); times in epoch seconds UTC.
    """
    return board_of(quotes.of(market), market.size, fixture_ids, kickoffs, moments)


def board_of(quotes: Quotes, outcomes: int, fixture_ids: Ints, kickoffs: Ints, moments: Ints) -> Board:
    """As `board`, of quotes on one market with so many outcomes, sorted by fixture, bookmaker and capture."""
    rows, position = _latest(
        quotes.fixture_id,
        quotes.bookmaker_id,
        quotes.captured_at,
        np.argsort(fixture_ids, kind="stable"),
        fixture_ids,
        np.minimum(moments, kickoffs - 1),
    )
    bookmakers, captured, odds = _rows(rows, outcomes, quotes.bookmaker_id, quotes.captured_at, quotes.odds)
    return Board(
        size=len(fixture_ids),
        outcomes=outcomes,
        position=position,
        bookmaker_id=bookmakers,
        captured_at=captured,
        odds=odds,
    )


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
    Where none did but one stood from earlier, the bet is placed as the window opens. Shape (n,), `NO_PRICE_AT`
    without any price.
    """
    return moments_of(quotes.of(market), fixture_ids, kickoffs, order, only)


def moments_of(
    quotes: Quotes, fixture_ids: Ints, kickoffs: Ints, order: Sequence[int], only: int | None = None
) -> Ints:
    """As `bet_moments`, of quotes on one market, sorted by fixture, bookmaker and capture."""
    if only is not None:
        quotes = quotes.only(quotes.bookmaker_id == only)
    return _moments(
        quotes.fixture_id,
        quotes.bookmaker_id,
        quotes.captured_at,
        np.argsort(fixture_ids, kind="stable"),
        fixture_ids,
        kickoffs - BET_WINDOW_SECONDS,
        np.array(order, dtype=np.int64),
    )


@njit_in_place
def _place(fixture: int, ids: Ints, by_id: Ints, start: int) -> int:
    """The first place from `start` on in `by_id`, which sorts `ids`, of an id that is not below `fixture`."""
    place = start
    while place < len(by_id) and ids[by_id[place]] < fixture:
        place += 1
    return place


@njit
def _latest(
    fixtures: Ints, bookmakers: Ints, captured: Ints, by_id: Ints, ids: Ints, until: Ints
) -> tuple[Ints, Ints]:
    """Rows of the last quote of each fixture of `ids` and bookmaker, captured by `until`; and the fixture's position.

    Quotes are sorted by fixture, bookmaker and capture; `by_id` sorts `ids`.
    """
    rows, position = np.empty(len(fixtures), np.int64), np.empty(len(fixtures), np.int64)
    count, place = 0, 0
    for row in range(len(fixtures)):
        place = _place(fixtures[row], ids, by_id, place)
        if place == len(by_id):
            break
        at = by_id[place]
        if ids[at] != fixtures[row] or captured[row] > until[at]:
            continue
        if count == 0 or position[count - 1] != at or bookmakers[rows[count - 1]] != bookmakers[row]:
            count += 1
        rows[count - 1], position[count - 1] = row, at
    return rows[:count], position[:count]


@njit
def _moments(
    fixtures: Ints, bookmakers: Ints, captured: Ints, by_id: Ints, ids: Ints, openings: Ints, order: Ints
) -> Ints:
    """When a bet would be placed on each fixture of `ids`, of which the last 48 hours begin at `openings`.

    Quotes are sorted by fixture, bookmaker and capture; `by_id` sorts `ids`.
    """
    moments = np.full(len(ids), NO_PRICE_AT, np.int64)
    best = np.full(len(ids), len(order) + 1, np.int64)
    place = 0
    for row in range(len(fixtures)):
        place = _place(fixtures[row], ids, by_id, place)
        if place == len(by_id):
            break
        at = by_id[place]
        if ids[at] != fixtures[row] or captured[row] >= openings[at] + BET_WINDOW_SECONDS:
            continue
        if captured[row] >= openings[at]:
            rank = _rank(order, bookmakers[row])
            if rank < best[at]:
                moments[at], best[at] = captured[row], rank
        elif best[at] > len(order):
            moments[at] = openings[at]
    return moments


@njit
def _rows(
    rows: Ints, outcomes: int, bookmakers: Ints, captured: Ints, odds: Array
) -> tuple[Ints, Ints, Array]:
    """Bookmaker and capture (m,) and the odds of the first `outcomes` (m, k) of these rows (m,)."""
    whose, when = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    chosen = np.empty((len(rows), outcomes))
    for place, row in enumerate(rows):
        whose[place], when[place] = bookmakers[row], captured[row]
        for k in range(outcomes):
            chosen[place, k] = odds[row, k]
    return whose, when, chosen


@njit
def _fresh(position: Ints, captured: Ints, size: int) -> Ints:
    """Rows captured less than FRESH_SECONDS before the latest of their fixture."""
    latest = np.full(size, NO_PRICE_AT, np.int64)
    for row, at in enumerate(position):
        latest[at] = max(latest[at], captured[row])
    is_fresh = np.empty(len(position), np.bool_)
    for row, at in enumerate(position):
        is_fresh[row] = captured[row] > latest[at] - FRESH_SECONDS
    return np.flatnonzero(is_fresh)


@njit
def _in_window(position: Ints, captured: Ints, openings: Ints) -> Ints:
    """Rows captured from their fixture's opening (size,) on, and all of fixtures that have none such."""
    there = np.zeros(len(openings), np.bool_)
    for row, at in enumerate(position):
        there[at] |= captured[row] >= openings[at]
    counts = np.empty(len(position), np.bool_)
    for row, at in enumerate(position):
        counts[row] = captured[row] >= openings[at] or not there[at]
    return np.flatnonzero(counts)


@njit
def _rank(order: Ints, bookmaker: int) -> int:
    """The place of a bookmaker in `order`, behind the last where it is not named."""
    rank = 0
    while rank < len(order) and order[rank] != bookmaker:
        rank += 1
    return rank


@njit
def _first_choice(position: Ints, bookmakers: Ints, order: Ints, size: int) -> Ints:
    """By fixture, the first row of its first bookmaker in `order`, else of its lowest; NO_ROW without any row.

    Rows are grouped by fixture, bookmakers ascending.
    """
    chosen = np.full(size, NO_ROW, np.int64)
    best = np.full(size, len(order) + 1, np.int64)
    for row in range(len(position)):
        rank = _rank(order, bookmakers[row])
        if rank < best[position[row]]:
            chosen[position[row]], best[position[row]] = row, rank
    return chosen


@njit
def _picked(chosen: Ints, odds: Array, bookmakers: Ints, captured: Ints) -> tuple[Array, Ints, Ints]:
    """Odds (n, k), bookmaker and capture (n,) of the rows `chosen` (n,), as of no price where that is NO_ROW."""
    picked = np.full((len(chosen), odds.shape[1]), np.nan)
    whose, when = np.zeros(len(chosen), np.int64), np.full(len(chosen), NO_PRICE_AT, np.int64)
    for place, row in enumerate(chosen):
        if row != NO_ROW:
            picked[place], whose[place], when[place] = odds[row], bookmakers[row], captured[row]
    return picked, whose, when


@njit
def _highest(position: Ints, odds: Array, captured: Ints, size: int) -> tuple[Array, Ints]:
    """The highest odds (size, k) by position, and the latest capture (size,); NaN and NO_PRICE_AT without any."""
    highest, latest = np.full((size, odds.shape[1]), np.nan), np.full(size, NO_PRICE_AT, np.int64)
    for row, at in enumerate(position):
        latest[at] = max(latest[at], captured[row])
        for k in range(odds.shape[1]):
            if not highest[at, k] >= odds[row, k]:
                highest[at, k] = odds[row, k]
    return highest, latest
