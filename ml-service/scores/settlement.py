"""How bets on lines settle, and the probabilities of each settlement by a distribution of scores.

A quarter line stakes half a unit on either neighbouring line, of which one may be pushed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats, Mask
from common.numba_cache import njit
from markets.further import FurtherMarket, Goals
from scores.cells import CELLS
from scores.first_half import USUAL, Halves, half_time_full_time, half_time_results

Codes = NDArray[np.int8]

SETTLEMENTS = ("win", "half_win", "push", "half_loss", "loss")
WIN_SHARES = np.array([1.0, 0.5, 0.0, 0.0, 0.0])
LOSS_SHARES = np.array([0.0, 0.0, 0.0, 0.5, 1.0])
"""Parts of a stake that are won and lost, by settlement."""
PUSH = SETTLEMENTS.index("push")
_COUNT = len(SETTLEMENTS)


def settle(leads: Floats) -> Codes:
    """Index into SETTLEMENTS by how far ahead an outcome is, in quarters of a goal; any shape."""
    return np.clip(PUSH - leads, 0, _COUNT - 1).astype(np.int8)


def settled_scores(market: FurtherMarket, goals: Goals, lines: Floats) -> Codes:
    """How a bet on each outcome settles (n, k), as a push where goals that it needs are unknown; `lines` (n,)."""
    codes = settle(market.leads(np.nan_to_num(market.value(goals)), lines))
    return np.where(market.is_known(goals)[:, None], codes, np.int8(PUSH))


def margins(grids: Floats) -> Floats:
    """The distribution (n, 2 m - 1) of home goals less away goals, from 1 - m to m - 1, of grids (n, m, m)."""
    size = grids.shape[1]
    diagonals = [np.trace(grids, offset=-margin, axis1=1, axis2=2) for margin in range(1 - size, size)]
    return np.column_stack(diagonals)


def totals(grids: Floats) -> Floats:
    """The distribution (n, 2 m - 1) of goals of both sides, from 0 to 2 m - 2, of grids (n, m, m)."""
    size = grids.shape[1]
    turned = grids[:, ::-1]
    diagonals = [np.trace(turned, offset=total - size + 1, axis1=1, axis2=2) for total in range(2 * size - 1)]
    return np.column_stack(diagonals)


def distribution(
    market: FurtherMarket, grids: Floats, neutral: Mask | None = None, halves: Halves = USUAL
) -> tuple[Floats, Floats]:
    """The values (q,) of a market's quantity and their probabilities (n, q) by grids (n, m, m).

    `neutral` (n,) marks matches on neutral ground, none by default; `halves` say how goals fall into halves.
    """
    size = grids.shape[1]
    if market.quantity == "margin":
        return np.arange(1.0 - size, size), margins(grids)
    if market.quantity == "total":
        return np.arange(2.0 * size - 1.0), totals(grids)
    of_halves = half_time_results if market.quantity == "half_time_result" else half_time_full_time
    ground = np.zeros(len(grids), dtype=np.bool_) if neutral is None else neutral
    probabilities = of_halves(grids.reshape(-1, CELLS), ground, halves)
    return np.arange(float(probabilities.shape[1])), probabilities


def shares(
    market: FurtherMarket,
    grids: Floats,
    lines: Floats,
    neutral: Mask | None = None,
    halves: Halves = USUAL,
) -> Floats:
    """Probabilities of SETTLEMENTS of a bet on each outcome, shape (n, k, 5), by grids (n, m, m) and lines (n,).

    `neutral` (n,) marks matches on neutral ground, none by default; `halves` say how goals fall into halves.
    """
    return settled(market, *distribution(market, grids, neutral, halves), lines)


def settled(market: FurtherMarket, values: Floats, probabilities: Floats, lines: Floats) -> Floats:
    """As `shares`, by the `values` (q,) of the market's quantity and their `probabilities` (n, q)."""
    return _sums(probabilities, settle(market.leads(values[None, :], lines[:, None])))


@njit
def _sums(probabilities: Floats, codes: Codes) -> Floats:
    """Sums (n, k, _COUNT) of `probabilities` (n, q) by `codes` (n, q, k), all NaN where a probability is."""
    matches, values, outcomes = codes.shape
    sums = np.zeros((matches, outcomes, _COUNT))
    for match in range(matches):
        for value in range(values):
            for outcome in range(outcomes):
                for place in range(_COUNT):
                    is_so = codes[match, value, outcome] == place
                    sums[match, outcome, place] += probabilities[match, value] * is_so
    return sums


def win_share(settled: Floats) -> Floats:
    """Expected part of a stake that is won, by probabilities of SETTLEMENTS (..., 5)."""
    return np.asarray(settled @ WIN_SHARES)


def loss_share(settled: Floats) -> Floats:
    """Expected part of a stake that is lost, by probabilities of SETTLEMENTS (..., 5)."""
    return np.asarray(settled @ LOSS_SHARES)


def cover_probability(settled: Floats) -> Floats:
    """Probability of winning a unit of what is not pushed, halves counted as halves: the inverse of the fair price.

    `settled` (..., 5) are probabilities of SETTLEMENTS; NaN where everything is pushed.
    """
    won, lost = win_share(settled), loss_share(settled)
    with np.errstate(invalid="ignore"):
        return np.asarray(won / (won + lost))


def fair_odds(settled: Floats) -> Floats:
    """Decimal odds at which the expected profit is 0, by probabilities of SETTLEMENTS (..., 5).

    Infinite where nothing can be won, NaN where everything is pushed.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / cover_probability(settled))


def profit(codes: Codes, odds: Floats) -> Floats:
    """Profit of a unit stake at decimal `odds` by index into SETTLEMENTS; shapes broadcast."""
    return np.asarray(WIN_SHARES[codes] * (odds - 1.0) - LOSS_SHARES[codes])


def expected_profit(settled: Floats, odds: Floats) -> Floats:
    """Expected profit of a unit stake at decimal `odds` (...,) by probabilities of SETTLEMENTS (..., 5)."""
    return np.asarray(win_share(settled) * (odds - 1.0) - loss_share(settled))
