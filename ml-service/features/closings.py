"""Closing prices of past matches: what ratings learn from, and most of what there is to read in a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.arrays import index_of
from db.dataset import Dataset
from markets.market import Market
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER
from markets.prices import Prices
from markets.sharpness import Sharpness

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Closings:
    """Margin-free closing probabilities by fixture, in ascending order of `fixture_id` (n,).

    `match_winner` (n, 3) of home, draw, away and `over` (n,) of over 2.5 goals; NaN where there was no price.
    """

    fixture_id: Ints
    match_winner: Array
    over: Array

    @classmethod
    def of(cls, dataset: Dataset, bookmakers: Sequence[int], sharpness: Sharpness | None = None) -> Closings:
        """The last prices before kick-off, of the sharpest bookmakers.

        Without `sharpness` it is measured on `dataset` itself. `bookmakers` is the usual order.
        """
        order = np.argsort(dataset.fixtures["fixture_id"].to_numpy())
        sharpness = sharpness or sharpness_of(dataset)
        winner, over = (
            closing_prices(dataset, market, bookmakers, sharpness).implied()
            for market in (MATCH_WINNER, OVER_UNDER)
        )
        return cls(dataset.fixtures["fixture_id"].to_numpy()[order], winner[order], over[order, 0])

    def aligned(self, fixture_ids: Ints) -> tuple[Array, Array]:
        """`match_winner` (m, 3) and `over` (m,) of these fixtures; NaN for those not among these closings."""
        winner, over = np.full((len(fixture_ids), 3), np.nan), np.full(len(fixture_ids), np.nan)
        place = index_of(self.fixture_id, fixture_ids)
        has_price = place >= 0
        winner[has_price], over[has_price] = self.match_winner[place[has_price]], self.over[place[has_price]]
        return winner, over

    def only(self, fixture_ids: Ints) -> Closings:
        """The closings of these fixtures alone."""
        rows = np.isin(self.fixture_id, fixture_ids)
        return Closings(self.fixture_id[rows], self.match_winner[rows], self.over[rows])

    def joined(self, newer: Closings) -> Closings:
        """These and `newer`, of other fixtures, as one."""
        ids = np.concatenate([self.fixture_id, newer.fixture_id])
        order = np.argsort(ids)
        return Closings(
            ids[order],
            np.concatenate([self.match_winner, newer.match_winner])[order],
            np.concatenate([self.over, newer.over])[order],
        )


def sharpness_of(dataset: Dataset, first: int | None = None, before: int | None = None) -> Sharpness:
    """How bookmakers compare on the fixtures that kick off from `first` to before `before` (epoch seconds)."""
    frame = dataset.fixtures
    goals = frame["goals_home"].to_numpy(), frame["goals_away"].to_numpy()
    ids, kickoffs = frame["fixture_id"].to_numpy(), frame["kickoff"].to_numpy()
    return Sharpness.of(dataset.quotes, ids, kickoffs, goals, first, before)


def closing_prices(
    dataset: Dataset, market: Market, bookmakers: Sequence[int], sharpness: Sharpness | None = None
) -> Prices:
    """The last price of every match before kick-off; as `Closings.of`."""
    ids, kickoffs = dataset.fixtures["fixture_id"].to_numpy(), dataset.fixtures["kickoff"].to_numpy()
    sharpness = sharpness or sharpness_of(dataset)
    return sharpness.closing(dataset.quotes, market, ids, kickoffs, bookmakers)
