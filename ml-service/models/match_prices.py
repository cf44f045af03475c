"""The prices of the matches to predict: the request's own, else the latest in the database at the match's moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats, Ints, Mask
from markets.market import Market
from markets.market_features import DEVIATIONS, SWAP_SIGNS, deviations
from markets.prices import NO_PRICE_AT, Board, Quotes, board_of
from markets.registry import BY_KEY, MARKETS
from models.match import Subject

_ANY_BOOKMAKER = np.array([1], dtype=np.int64)
"""Stands for the bookmaker of a request's own price, which is not named."""


@dataclass(frozen=True)
class MatchPrices:
    """One market's prices of n matches, NaN rows where there are none.

    `odds` and the margin-free probabilities `implied` have shape (n, k), `deviations` (n, D). `from_request` marks
    the request's own prices; those of the database have a `bookmaker_id` and `captured_at` (epoch seconds UTC).
    """

    odds: Floats
    implied: Floats
    deviations: NDArray[np.float32]
    bookmaker_id: Ints
    captured_at: Ints
    from_request: Mask

    @classmethod
    def none(cls, market: Market, count: int) -> MatchPrices:
        """No price of any of `count` matches."""
        return cls(
            np.full((count, market.size), np.nan),
            np.full((count, market.size), np.nan),
            np.full((count, len(DEVIATIONS)), np.nan, dtype=np.float32),
            np.zeros(count, dtype=np.int64),
            np.full(count, NO_PRICE_AT, dtype=np.int64),
            np.zeros(count, dtype=np.bool_),
        )

    def only(self, rows: Sequence[int]) -> MatchPrices:
        """The prices of some of the matches."""
        return MatchPrices(*(getattr(self, each.name)[rows] for each in fields(self)))

    @property
    def available(self) -> Mask:
        """Which matches have a price, shape (n,)."""
        return np.asarray(np.isfinite(self.implied[:, 0]))


@dataclass(frozen=True)
class DistinctFixtures:
    """The distinct fixtures of the matches to predict, (m,), and the index of each match's fixture, (n,)."""

    ids: Ints
    closes_at: Ints
    moments: Ints
    index: NDArray[np.intp]

    @classmethod
    def of(cls, subjects: Sequence[Subject]) -> DistinctFixtures:
        """Those of `subjects`: requests answered together may name the same fixture, and a board holds each once."""
        ids = np.array([subject.fixture_id or 0 for subject in subjects], dtype=np.int64)
        closes_at = np.array([subject.closes_at for subject in subjects], dtype=np.int64)
        moments = np.array([subject.moment for subject in subjects], dtype=np.int64)
        if len(subjects) == 1:
            return cls(ids, closes_at, moments, np.zeros(1, dtype=np.intp))
        ids, first, index = np.unique(ids, return_index=True, return_inverse=True)
        return cls(ids, closes_at[first], moments[first], index)


def prices_of(
    subjects: Sequence[Subject],
    request_odds: Sequence[Mapping[str, tuple[float, ...]]],
    quotes: Quotes,
    bookmakers: Sequence[int],
) -> dict[str, MatchPrices]:
    """The prices of `subjects` (n,) by market key: the request's own, else those of the database's `quotes`.

    `request_odds` (n,) are decimal odds by market key, in the market's order of outcomes.
    """
    fixtures = DistinctFixtures.of(subjects)
    prices = {market.key: _of_database(fixtures, quotes, market, bookmakers) for market in MARKETS}
    for row, by_market in enumerate(request_odds):
        for key, odds in by_market.items():
            _replace(prices[key], row, BY_KEY[key], odds)
    return prices


def _of_database(
    fixtures: DistinctFixtures, quotes: Quotes, market: Market, bookmakers: Sequence[int]
) -> MatchPrices:
    index, quotes = fixtures.index, quotes.of(market)
    if not len(quotes):
        return MatchPrices.none(market, len(index))
    every = board_of(quotes, market.size, fixtures.ids, fixtures.closes_at, fixtures.moments)
    price = every.preferred(bookmakers)
    implied = price.implied()
    return MatchPrices(
        price.odds[index],
        implied[index],
        deviations(every, implied, price.odds)[index],
        price.bookmaker_id[index],
        price.captured_at[index],
        np.zeros(len(index), dtype=np.bool_),
    )


def _replace(prices: MatchPrices, row: int, market: Market, odds: Sequence[float]) -> None:
    """Put the request's own price in the place of the database's, as the only one on the board."""
    zero = np.zeros(1, dtype=np.int64)
    only = Board(1, market.size, zero, _ANY_BOOKMAKER, zero, np.array([odds], dtype=np.float64))
    price = only.preferred(())
    prices.odds[row] = price.odds[0]
    prices.implied[row] = price.implied()[0]
    prices.deviations[row] = deviations(only, price.implied(), price.odds)[0]
    prices.from_request[row] = True


def swapped(prices: MatchPrices, market: Market) -> tuple[Floats, NDArray[np.float32]]:
    """`implied` and `deviations` as they would be with the teams changed over."""
    if not market.has_sides:
        return prices.implied, prices.deviations
    return market.swap_teams(prices.implied).copy(), prices.deviations * SWAP_SIGNS
