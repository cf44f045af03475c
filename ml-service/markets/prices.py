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

NEVER = -1
BET_WINDOW_SECONDS = 48 * 3600
MOST_OUTCOMES = 3


@dataclass(frozen=True)
class Quotes:
    """Every full set of prices that a bookmaker showed before its fixture kicked off, one a row.

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

    def only(self, rows: NDArray[np.bool_]) -> Quotes:
        """The quotes that `rows`, a mask, admits."""
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
        """The quotes of all parts, in their order."""
        if not parts:
            return cls.none()
        return cls(
            np.concatenate([part.fixture_id for part in parts]),
            np.concatenate([part.market for part in parts]),
            np.concatenate([part.bookmaker_id for part in parts]),
            np.concatenate([part.captured_at for part in parts]),
            np.concatenate([part.odds for part in parts]),
        )


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

    Rows are sorted by `position` (of the fixture, 0..size-1) and then `bookmaker_id`.
    """

    size: int
    outcomes: int
    position: Ints
    bookmaker_id: Ints
    captured_at: Ints
    odds: Array

    def preferred(self, order: Sequence[int]) -> Prices:
        """The price of the first bookmaker of `order` that quotes, else of the lowest bookmaker id."""
        by_rank = np.lexsort((self.bookmaker_id, _ranks(self.bookmaker_id, order), self.position))
        return self._one_each(by_rank)

    def of(self, bookmaker_id: int) -> Prices:
        """The price of one bookmaker."""
        return self._one_each(np.flatnonzero(self.bookmaker_id == bookmaker_id))

    def best(self) -> Prices:
        """The highest price on each outcome, known since the latest capture among all bookmakers."""
        odds = np.full((self.size, self.outcomes), -np.inf)
        np.maximum.at(odds, self.position, self.odds)
        captured = np.full(self.size, NEVER, dtype=np.int64)
        np.maximum.at(captured, self.position, self.captured_at)
        odds[captured == NEVER] = np.nan
        return Prices(odds, np.zeros(self.size, dtype=np.int64), captured)

    def _one_each(self, rows: NDArray[np.intp]) -> Prices:
        """The first of `rows` (indices sorted by position) for each fixture."""
        positions, first = np.unique(self.position[rows], return_index=True)
        chosen = rows[first]
        odds = np.full((self.size, self.outcomes), np.nan)
        bookmakers = np.zeros(self.size, dtype=np.int64)
        captured = np.full(self.size, NEVER, dtype=np.int64)
        odds[positions] = self.odds[chosen]
        bookmakers[positions] = self.bookmaker_id[chosen]
        captured[positions] = self.captured_at[chosen]
        return Prices(odds, bookmakers, captured)


def board(quotes: Quotes, market: Market, fixture_ids: Ints, kickoffs: Ints, moments: Ints) -> Board:
    """What every bookmaker's price was at `moments` (n,), captured by then and before kick-off.

    `fixture_ids`, `kickoffs` and `moments` are aligned, shape (n,); times in epoch seconds UTC.
    """
    mine, position = _of_market(quotes, market, fixture_ids)
    known = (mine.captured_at <= moments[position]) & (mine.captured_at < kickoffs[position])
    mine, position = mine.only(known), position[known]
    order = np.lexsort((mine.captured_at, mine.bookmaker_id, position))
    last = _ends_of_runs(position[order], mine.bookmaker_id[order])
    rows = order[last]
    return Board(
        size=len(fixture_ids),
        outcomes=market.size,
        position=position[rows],
        bookmaker_id=mine.bookmaker_id[rows],
        captured_at=mine.captured_at[rows],
        odds=mine.odds[rows, : market.size],
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
    Where none did but one stood from earlier, the bet is placed as the window opens. Shape (n,), `NEVER`
    without any price.
    """
    mine, position = _of_market(quotes, market, fixture_ids)
    usable = mine.captured_at < kickoffs[position]
    if only is not None:
        usable &= mine.bookmaker_id == only
    mine, position = mine.only(usable), position[usable]
    opening = kickoffs[position] - BET_WINDOW_SECONDS
    early = mine.captured_at < opening
    moment = np.where(early, opening, mine.captured_at)
    by_choice = np.lexsort((moment, mine.bookmaker_id, _ranks(mine.bookmaker_id, order), early, position))
    found, first = np.unique(position[by_choice], return_index=True)
    moments = np.full(len(fixture_ids), NEVER, dtype=np.int64)
    moments[found] = moment[by_choice[first]]
    return moments


def _of_market(quotes: Quotes, market: Market, fixture_ids: Ints) -> tuple[Quotes, Ints]:
    """Quotes on `market` for these fixtures, and the position of each quote's fixture among `fixture_ids`."""
    by_id = np.argsort(fixture_ids, kind="stable")
    sorted_ids = fixture_ids[by_id]
    mine = quotes.only(quotes.market == MARKETS.index(market))
    place = np.minimum(np.searchsorted(sorted_ids, mine.fixture_id), max(len(sorted_ids) - 1, 0))
    if len(sorted_ids) == 0:
        return Quotes.none(), np.empty(0, dtype=np.int64)
    asked = sorted_ids[place] == mine.fixture_id
    return mine.only(asked), by_id[place[asked]].astype(np.int64)


def _ranks(bookmakers: Ints, order: Sequence[int]) -> Ints:
    """Place of each bookmaker in `order`, len(order) for those not in it."""
    ranks = np.full(len(bookmakers), len(order), dtype=np.int64)
    for rank, bookmaker in enumerate(order):
        ranks[bookmakers == bookmaker] = rank
    return ranks


def _ends_of_runs(*keys: Ints) -> NDArray[np.bool_]:
    """True at the last row of each run of equal keys."""
    last = np.ones(len(keys[0]), dtype=np.bool_)
    if len(last):
        last[:-1] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    return last
