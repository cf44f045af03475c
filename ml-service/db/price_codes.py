"""Codes of markets and lines by the numbers in a row of prices, looked up in compiled code.

SQLite, which `db.price_tables` asks the same of all forms of tables, takes longer for it than for the row itself.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats
from common.numba_cache import njit
from db import rows as clean
from markets.further import FURTHER_MARKETS, FurtherMarket, offer_code
from markets.lines import QUARTERS
from markets.registry import MARKETS

Codes = NDArray[np.int16]

WIDTH = clean.PRICE_COLUMNS + 1
"""Values a row: those of `db.rows.price_sets`, with the id of the market in place of its code, and the line."""
IN_SETS: list[FurtherMarket] = [
    market for market in FURTHER_MARKETS if market.size <= len(clean.PRICE_PLACES[3])
]
"""Further markets whose prices fit into the three columns of a row with all prices of a market."""
MARKET_IDS = tuple(sorted({market.market_id for market in MARKETS}))
ALL_MARKET_IDS = tuple(sorted({*MARKET_IDS, *(market.market_id for market in IN_SETS)}))

_NO_CODE = -1
_MARKET, _FIRST, _LAST, _LINE = 2, 3, 5, clean.PRICE_COLUMNS
_ZERO = 100
"""The place of the line 0 in a row of codes, which ends with the code of rows without a valid line."""


def calibrated(raw: Floats) -> Floats:
    """The rows (m, 8) of calibrated markets, as `db.rows.price_sets` makes them, of `raw` (n, WIDTH)."""
    return _coded(raw, _CALIBRATED, QUARTERS, False)


def further(raw: Floats) -> Floats:
    """As `calibrated`, the rows of further markets that have the prices of both sides."""
    return _coded(raw, _FURTHER, QUARTERS, True)


def _table(codes: Iterable[tuple[int, float | None, int]]) -> Codes:
    """Codes by id of the market and place of the line, from ids, lines (None for any or none) and codes."""
    table = np.full((max(ALL_MARKET_IDS) + 1, 2 * _ZERO + 2), _NO_CODE, dtype=np.int16)
    for market_id, line, code in codes:
        table[market_id, slice(None) if line is None else _ZERO + int(line * QUARTERS)] = code
    return table


def _further_codes() -> Iterable[tuple[int, float | None, int]]:
    for market in IN_SETS:
        if market.lines is None:
            yield market.market_id, None, offer_code(market)
            continue
        low, high = (int(line * QUARTERS) for line in market.lines)
        for line in (quarter / QUARTERS for quarter in range(low, high + 1)):
            if line not in market.other_lines:
                yield market.market_id, line, offer_code(market, line)


_CALIBRATED = _table((market.market_id, market.line, place) for place, market in enumerate(MARKETS))
_FURTHER = _table(_further_codes())


@njit
def _coded(raw: Floats, codes: Codes, quarters: int, needs_sides: bool) -> Floats:
    """The rows of `raw` (n, WIDTH) that have one of `codes`, in place of the market's id; without the line.

    `quarters` are the steps of a line in a goal.
    """
    out = np.empty((len(raw), raw.shape[1] - 1))
    count = 0
    for row in raw:
        if needs_sides and (np.isnan(row[_FIRST]) or np.isnan(row[_LAST])):
            continue
        quarter = row[_LINE] * quarters
        place = codes.shape[1] - 1
        if abs(quarter) <= _ZERO and quarter == np.rint(quarter):
            place = _ZERO + int(quarter)
        market = row[_MARKET]
        if not (0 <= market < len(codes) and market == np.rint(market)):
            continue
        code = codes[int(market), place]
        if code != _NO_CODE:
            out[count] = row[:-1]
            out[count, _MARKET] = code
            count += 1
    return out[:count]
