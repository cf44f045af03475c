"""The same figures by league, by edge and by price: where the gains and losses came from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtesting.book import Book, totals

Array = NDArray[np.float64]

EDGES = (0.0, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 1.0)
PRICES = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, math.inf)


def by_edge(book: Book) -> list[dict[str, Any]]:
    """Bets by their edge in probability, empty classes left out."""
    return _classes(book, book.edge, EDGES)


def by_price(book: Book) -> list[dict[str, Any]]:
    """Bets by the decimal odds taken, empty classes left out; the last class has no upper end (`to` null)."""
    return _classes(book, book.taken, PRICES)


def _classes(book: Book, values: Array, limits: tuple[float, ...]) -> list[dict[str, Any]]:
    which = np.searchsorted(np.array(limits), values + 1e-12, side="right") - 1
    return [
        {
            "from": limits[index],
            "to": limits[index + 1] if math.isfinite(limits[index + 1]) else None,
            "count": int((which == index).sum()),
            **totals(book.only(which == index)),
        }
        for index in range(len(limits) - 1)
        if (which == index).any()
    ]
