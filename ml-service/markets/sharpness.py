"""Which bookmaker's closing price says most of a match: measured on past seasons, not known by name.

Bookmakers come and go, and their ids differ between databases. Wherever several show a closing price of the same
match, their log-losses are compared in pairs. A season's order rests on what was measured before the April before
it, so that nothing about a match depends on anything after its kick-off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from common.arrays import Mask
from common.numba_cache import njit
from markets.market import Market
from markets.match_winner import MATCH_WINNER
from markets.odds import implied_probabilities
from markets.over_under import OVER_UNDER
from markets.prices import Board, Prices, Quotes, board
from markets.registry import INDEX

Ints = NDArray[np.int64]
Array = NDArray[np.float64]

MIN_TOGETHER = 1_000
"""Matches that two bookmakers both priced before one may overtake the other."""
OVERTAKING_ERRORS = 1.0
"""Standard errors of the paired difference by which it must be better: closing prices are all but equally good."""
MEASURED = (MATCH_WINNER, OVER_UNDER)
"""The markets of which closing prices are compared."""
_SPRING, _JULY = 1, 6  # the quarter and the month, from 0


@dataclass(frozen=True)
class Sharpness:
    """How bookmakers' closing prices compare, season by season.

    `pairs` (m, 5) holds the index of a market in MARKETS, a season (the year of its July), two bookmaker ids, the
    lower first, and the number of matches that both priced; `sums` (m, 2) the sums over these of the first's log-loss
    less the second's, and of its square.
    """

    pairs: Ints
    sums: Array
    _orders: dict[tuple[int, int, tuple[int, ...]], tuple[int, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def none(cls) -> Sharpness:
        """Nothing measured."""
        return cls(np.empty((0, 5), dtype=np.int64), np.empty((0, 2)))

    @classmethod
    def of(
        cls,
        quotes: Quotes,
        fixture_ids: Ints,
        kickoffs: Ints,
        goals: tuple[Array, Array],
        first: int | None = None,
        before: int | None = None,
    ) -> Sharpness:
        """Measured on fixtures (n,) that kick off from `first` to before `before` (epoch seconds), if given.

        `goals` are those of home and away team, (n,) each, NaN without a result.
        """
        boards = {market: closing_board(quotes, market, fixture_ids, kickoffs) for market in MEASURED}
        return cls.on(boards, kickoffs, goals, first, before)

    @classmethod
    def on(
        cls,
        boards: Mapping[Market, Board],
        kickoffs: Ints,
        goals: tuple[Array, Array],
        first: int | None = None,
        before: int | None = None,
    ) -> Sharpness:
        """Measured on the `closing_board` of each of the markets MEASURED; as `of`."""
        there = np.isfinite(goals[0]) & (_months(kickoffs) % 12 // 3 != _SPRING)
        there &= (kickoffs >= first) if first is not None else True
        there &= (kickoffs < before) if before is not None else True
        parts = [_measured(boards[market], market, kickoffs, goals, there) for market in MEASURED]
        return cls(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def joined(self, other: Sharpness) -> Sharpness:
        """These measurements and `other` ones, of other matches."""
        return Sharpness(np.concatenate([self.pairs, other.pairs]), np.concatenate([self.sums, other.sums]))

    def order(self, market: Market, season: int, usual: Sequence[int]) -> tuple[int, ...]:
        """Bookmakers for closing prices of a season: the `usual` order, the sharper ones moved to the front.

        One overtakes those before it while it was better by OVERTAKING_ERRORS over MIN_TOGETHER matches or more.
        Aggregates, of negative ids, are no bookmakers: they count where the usual order names them.
        """
        key = (INDEX[market.key], season, tuple(usual))
        if key not in self._orders:
            self._orders[key] = self._ordered(*key)
        return self._orders[key]

    def closing(
        self, quotes: Quotes, market: Market, fixture_ids: Ints, kickoffs: Ints, usual: Sequence[int]
    ) -> Prices:
        """The last price before kick-off: of the bookmakers whose price is fresh then, the sharpest of its season."""
        return self.choice(closing_board(quotes, market, fixture_ids, kickoffs), market, kickoffs, usual)

    def choice(self, fresh: Board, market: Market, kickoffs: Ints, usual: Sequence[int]) -> Prices:
        """As `closing`, of a `closing_board`."""
        seasons = season_of(kickoffs)
        by_order: dict[tuple[int, ...], list[int]] = {tuple(usual): []}
        for season in np.unique(seasons).tolist():
            by_order.setdefault(self.order(market, season, usual), []).append(season)
        chosen = fresh.preferred(usual)
        for order in [order for order in by_order if order != tuple(usual)]:
            rows = np.isin(seasons, by_order[order])
            chosen = chosen.replaced(rows, fresh.preferred(order))
        return chosen

    def _ordered(self, market: int, season: int, usual: tuple[int, ...]) -> tuple[int, ...]:
        totals = self._totals(market, season)
        others = sorted({one for pair in totals for one in pair if one > 0} - set(usual))
        order: list[int] = []
        overtaken = len(usual)
        for bookmaker in (*usual, *others):
            place = len(order)
            while place > 0 and _is_sharper(totals, bookmaker, order[place - 1]):
                place -= 1
            order.insert(place, bookmaker)
            overtaken = max(overtaken, len(order) if place < len(order) - 1 else 0)
        # The others come by their id anyway, among those of which nothing is known.
        return tuple(order[:overtaken])

    def _totals(self, market: int, season: int) -> dict[tuple[int, int], tuple[float, float, float]]:
        """Matches, sum and sum of squares of every pair in the seasons before."""
        earlier = (self.pairs[:, 0] == market) & (self.pairs[:, 1] < season)
        whose, which = np.unique(self.pairs[earlier, 2:4], axis=0, return_inverse=True)
        totals = np.zeros((len(whose), 3))
        np.add.at(totals, which.reshape(-1), np.column_stack([self.pairs[earlier, 4], self.sums[earlier]]))
        return {(a, b): tuple(row) for (a, b), row in zip(whose.tolist(), totals.tolist(), strict=True)}


def closing_board(quotes: Quotes, market: Market, fixture_ids: Ints, kickoffs: Ints) -> Board:
    """The last prices before kick-off of fixtures (n,), of the bookmakers whose price is fresh then."""
    return board(quotes, market, fixture_ids, kickoffs, kickoffs).fresh()


def season_of(kickoffs: Ints) -> Ints:
    """The year of the July before each kick-off (epoch seconds)."""
    months = _months(kickoffs)
    return np.asarray(1970 + months // 12 - (months % 12 < _JULY))


def _months(kickoffs: Ints) -> Ints:
    """Months since January 1970."""
    return kickoffs.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def _is_sharper(
    totals: dict[tuple[int, int], tuple[float, float, float]], bookmaker: int, other: int
) -> bool:
    """Whether `bookmaker` was better than `other` by more than chance would have it."""
    matches, total, squares = totals.get((min(bookmaker, other), max(bookmaker, other)), (0.0, 0.0, 0.0))
    if matches < MIN_TOGETHER:
        return False
    mean = total / matches
    error = np.sqrt(max(squares / matches - mean * mean, 0.0) / matches)
    better = mean if bookmaker > other else -mean
    return bool(better > OVERTAKING_ERRORS * error)


def _measured(
    fresh: Board, market: Market, kickoffs: Ints, goals: tuple[Array, Array], there: Mask
) -> tuple[Ints, Array]:
    """`pairs` and `sums` of one market, of the fixtures in the mask `there`."""
    rows = there[fresh.position]
    position, bookmakers = fresh.position[rows], fresh.bookmaker_id[rows]
    labels = np.zeros(len(there), dtype=np.int64)
    labels[there] = market.settle(goals[0][there], goals[1][there])
    implied = implied_probabilities(fresh.odds[rows])
    losses = -np.log(implied[np.arange(len(implied)), labels[position]])
    (whose, which), (seasons, season) = _numbered(bookmakers), _numbered(season_of(kickoffs))
    tallies = np.zeros((len(seasons), len(whose), len(whose), 3))
    _compare(position, which, losses, season, tallies)
    at = np.nonzero(tallies[..., 0])
    tallied = tallies[at]
    columns = np.full(len(tallied), INDEX[market.key]), seasons[at[0]], whose[at[1]], whose[at[2]]
    return np.column_stack([*columns, tallied[:, 0]]).astype(np.int64).reshape(-1, 5), tallied[:, 1:]


def _numbered(values: Ints) -> tuple[Ints, Ints]:
    """The distinct values in ascending order, and the place of each value among them."""
    distinct = np.unique(values)
    return distinct, np.searchsorted(distinct, values)


@njit
def _compare(position: Ints, which: Ints, losses: Array, season: Ints, tallies: Array) -> None:
    """Adds every pair of a fixture's bookmakers to the tallies; rows of a fixture stand together, ids ascending."""
    start = 0
    for row in range(len(position)):
        if position[row] != position[start]:
            start = row
        for other in range(start, row):
            gap = losses[other] - losses[row]
            tally = tallies[season[position[row]], which[other], which[row]]
            tally[0] += 1.0
            tally[1] += gap
            tally[2] += gap * gap
