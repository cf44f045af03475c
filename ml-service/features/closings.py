"""Closing prices of past matches and how far they had moved: most of what there is to read in a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.arrays import Mask, index_of
from db.dataset import Dataset
from markets.market import Market
from markets.market_features import moves
from markets.match_winner import MATCH_WINNER
from markets.offer import bet_prices
from markets.over_under import OVER_UNDER
from markets.prices import Prices
from markets.sharpness import MEASURED, Sharpness, closing_board

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Closings:
    """Margin-free closing probabilities by fixture, in ascending order of `fixture_id` (n,).

    `match_winner` (n, 3) of home, draw, away and `over` (n,) of over 2.5 goals; NaN where there was no price.
    `moves` (n, 3) are how far the price went from the one that a bet takes to the closing one, NaN where that is not
    the later: log(P home / P away), log(P draw / sqrt(P home * P away)) and log(P over / P under).
    """

    fixture_id: Ints
    match_winner: Array
    over: Array
    moves: Array

    @classmethod
    def of(cls, dataset: Dataset, bookmakers: Sequence[int], sharpness: Sharpness | None = None) -> Closings:
        """The last prices before kick-off, of the sharpest bookmakers.

        Without `sharpness` it is measured on `dataset` itself. `bookmakers` is the usual order.
        """
        ids, kickoffs = dataset.fixtures["fixture_id"].to_numpy(), dataset.fixtures["kickoff"].to_numpy()
        boards = {market: closing_board(dataset.quotes, market, ids, kickoffs) for market in MEASURED}
        sharpness = sharpness or Sharpness.on(boards, kickoffs, _goals(dataset))
        (winner, winner_moves), (over, over_moves) = (
            _closing_and_moves(
                bet_prices(dataset.quotes, market, ids, kickoffs, bookmakers),
                sharpness.choice(boards[market], market, kickoffs, bookmakers),
            )
            for market in (MATCH_WINNER, OVER_UNDER)
        )
        three = np.column_stack([*winner_moves, over_moves[0]])
        return cls(ids, winner, over[:, 0], three)._rows(np.argsort(ids))

    def aligned(self, fixture_ids: Ints) -> Closings:
        """The closings of these fixtures in this order, NaN for those not among these closings."""
        place = index_of(self.fixture_id, fixture_ids)
        has_price = place >= 0
        columns = [np.full((len(fixture_ids), *column.shape[1:]), np.nan) for column in self.arrays()[1:]]
        for column, prices in zip(columns, self.arrays()[1:], strict=True):
            column[has_price] = prices[place[has_price]]
        return Closings(fixture_ids, *columns)

    def only(self, fixture_ids: Ints) -> Closings:
        """The closings of these fixtures alone."""
        return self._rows(np.isin(self.fixture_id, fixture_ids))

    def joined(self, *newer: Closings) -> Closings:
        """These and `newer`, of other fixtures, as one."""
        parts = [closings.arrays() for closings in (self, *newer)]
        whole = Closings(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        return whole._rows(np.argsort(whole.fixture_id))

    def arrays(self) -> list[NDArray[Any]]:
        """The arrays of every field, in order."""
        return [getattr(self, each.name) for each in fields(self)]

    def _rows(self, rows: Mask | NDArray[np.intp]) -> Closings:
        """The closings in the rows that a mask or positions name."""
        return Closings(*(column[rows] for column in self.arrays()))


def sharpness_of(dataset: Dataset, first: int | None = None, before: int | None = None) -> Sharpness:
    """How bookmakers compare on the fixtures that kick off from `first` to before `before` (epoch seconds)."""
    ids, kickoffs = dataset.fixtures["fixture_id"].to_numpy(), dataset.fixtures["kickoff"].to_numpy()
    return Sharpness.of(dataset.quotes, ids, kickoffs, _goals(dataset), first, before)


def closing_prices(
    dataset: Dataset, market: Market, bookmakers: Sequence[int], sharpness: Sharpness | None = None
) -> Prices:
    """The last price of every match before kick-off; as `Closings.of`."""
    ids, kickoffs = dataset.fixtures["fixture_id"].to_numpy(), dataset.fixtures["kickoff"].to_numpy()
    sharpness = sharpness or sharpness_of(dataset)
    return sharpness.closing(dataset.quotes, market, ids, kickoffs, bookmakers)


def _goals(dataset: Dataset) -> tuple[Array, Array]:
    """Goals of home and away team of every fixture, NaN without a result."""
    return dataset.fixtures["goals_home"].to_numpy(), dataset.fixtures["goals_away"].to_numpy()


def _closing_and_moves(early: Prices, last: Prices) -> tuple[Array, tuple[Array, Array]]:
    """Closing probabilities (n, k), and how far supremacy and excess, (n,) each, went since the price of a bet."""
    is_later = last.captured_at > early.captured_at
    before, after = np.full(last.odds.shape, np.nan), last.implied()
    before[is_later] = early.only(is_later).implied()
    return after, moves(before, after)
