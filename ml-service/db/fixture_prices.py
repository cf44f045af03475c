"""Prices of some fixtures at once: as numbers where their tables hold nothing else, which Python need not touch.

Those of a fixture come from one statement and so from one moment, whichever way they are read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np

from common.arrays import Floats
from db import price_codes
from db import rows as clean
from db.connection import Connection, is_locked
from db.fixture_table import MAX_IDS_AS_PARAMETERS, RowIndexes, statements_of
from db.price_tables import PriceTables


class FixturePrices:
    """Sets of prices, as `db.rows.price_sets` makes them, by the ids under which the tables hold them."""

    def __init__(self, connection: Connection, indexes: RowIndexes, tables: PriceTables) -> None:
        self._connection = connection
        self._indexes = indexes
        self._tables = tables

    def calibrated(self, ids: Sequence[int]) -> Floats:
        """Sets of the calibrated markets (n, 8)."""
        # The rows of a match or two are Python's objects before arrays for them are ready.
        raw = None if len(ids) <= MAX_IDS_AS_PARAMETERS else self._numbers(ids)
        return self._sets(ids) if raw is None else price_codes.calibrated(raw)

    def both(self, ids: Sequence[int]) -> tuple[Floats, Floats]:
        """Sets of the calibrated markets (n, 8) and of the further ones (m, 8 or more)."""
        raw = self._numbers(ids, further=True)
        if raw is None:
            return self._sets(ids), self._sets(ids, further=True)
        return price_codes.calibrated(raw), price_codes.further(raw)

    def _sets(self, ids: Sequence[int], *, further: bool = False) -> Floats:
        return clean.price_sets(self._tables.pages_of(ids, further=further))

    def _numbers(self, ids: Sequence[int], *, further: bool = False) -> Floats | None:
        """Rows (n, price_codes.WIDTH), of further markets too if asked; None if they cannot be read as numbers.

        Where SQLite fails, reading them the other way says why; not after waiting for a lock, which took long enough.
        """
        tables = self._tables.of_numbers(further=further)
        numbers = self._connection.beside() if tables else None
        if tables is None or numbers is None:
            return None
        statements = statements_of(self._connection, self._indexes, tables, ids)
        try:
            pages = [numbers.rows(*statement, price_codes.WIDTH) for statement in statements]
        except ValueError:
            return None
        except sqlite3.Error as error:
            if is_locked(error):
                raise
            return None
        return clean.with_seconds(np.concatenate(pages) if pages else np.empty((0, price_codes.WIDTH)))
