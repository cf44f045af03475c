"""The prices that predictions meet: the latest known at the moment of asking, or those that came along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from markets.market import Market
from markets.market_features import SWAP_SIGNS, deviations
from markets.prices import Board, Quotes, board
from markets.registry import BY_KEY, MARKETS
from models.match import Subject

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_SOMEBODY = np.array([1], dtype=np.int64)  # the one bookmaker behind prices that came along


@dataclass(frozen=True)
class Quoted:
    """One market's prices of n matches, NaN rows where there are none.

    `odds` and the margin-free `fair` have shape (n, k), `deviations` (n, D); `from_request` tells prices that came
    along from the database's, whose bookmaker and moment of capture (epoch seconds) are known.
    """

    odds: Array
    fair: Array
    deviations: NDArray[np.float32]
    bookmaker_id: Ints
    captured_at: Ints
    from_request: NDArray[np.bool_]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which matches have a price, shape (n,)."""
        return np.asarray(np.isfinite(self.fair[:, 0]))


@dataclass(frozen=True)
class _Asked:
    """Fixtures whose prices are asked for, each once, with the `place` of every match among them."""

    ids: Ints
    closes_at: Ints
    moments: Ints
    place: NDArray[np.intp]


def quoted(
    subjects: Sequence[Subject],
    given: Sequence[Mapping[str, tuple[float, ...]]],
    quotes: Quotes,
    bookmakers: Sequence[int],
) -> dict[str, Quoted]:
    """The prices of `subjects` on every market: those `given` with the request, else the database's `quotes`."""
    # Requests answered together may ask for the same fixture: a board shows each once.
    ids, first, place = np.unique(
        np.array([subject.fixture_id or 0 for subject in subjects], dtype=np.int64),
        return_index=True,
        return_inverse=True,
    )
    closes_at = np.array([subject.closes_at for subject in subjects], dtype=np.int64)
    moments = np.array([subject.moment for subject in subjects], dtype=np.int64)
    asked = _Asked(ids, closes_at[first], moments[first], place)
    found = {market.key: _of_database(asked, quotes, market, bookmakers) for market in MARKETS}
    for row, odds in enumerate(given):
        for key, prices in odds.items():
            _replace(found[key], row, BY_KEY[key], prices)
    return found


def _of_database(asked: _Asked, quotes: Quotes, market: Market, bookmakers: Sequence[int]) -> Quoted:
    shown = board(quotes, market, asked.ids, asked.closes_at, asked.moments)
    prices = shown.preferred(bookmakers)
    fair = prices.implied()
    place = asked.place
    return Quoted(
        prices.odds[place],
        fair[place],
        deviations(shown, fair, prices.odds)[place],
        prices.bookmaker_id[place],
        prices.captured_at[place],
        np.zeros(len(place), dtype=np.bool_),
    )


def _replace(found: Quoted, row: int, market: Market, odds: Sequence[float]) -> None:
    """Put a price that came along in the place of the database's: it is the only one there is."""
    nowhere = np.zeros(1, dtype=np.int64)
    shown = Board(1, market.size, nowhere, _SOMEBODY, nowhere, np.array([odds], dtype=np.float64))
    prices = shown.preferred(())
    found.odds[row] = prices.odds[0]
    found.fair[row] = prices.implied()[0]
    found.deviations[row] = deviations(shown, prices.implied(), prices.odds)[0]
    found.from_request[row] = True


def swapped(prices: Quoted, market: Market) -> tuple[Array, NDArray[np.float32]]:
    """`fair` and `deviations` as they would be with the teams changed over."""
    if not market.has_sides:
        return prices.fair, prices.deviations
    return market.swap_teams(prices.fair).copy(), prices.deviations * SWAP_SIGNS
