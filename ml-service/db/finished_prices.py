"""Prices of finished matches, read once: rows of a match are read again only where their digest has changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from common.arrays import Floats
from db import rows as clean
from db.change_detection import price_hash
from db.connection import Connection
from db.fixture_table import FixtureTable, RowIndexes, rows_of
from db.price_tables import PriceTables

Digest = tuple[tuple[int, int, int], ...]
"""Table, number of rows and sum of their hashes, of every table that has rows of a match."""


class FinishedPrices:
    """Sets of prices by the id under which the tables hold them."""

    def __init__(self, connection: Connection, indexes: RowIndexes, tables: PriceTables) -> None:
        self._connection = connection
        self._indexes = indexes
        self._tables = tables
        self._sets: dict[int, tuple[Digest, Floats]] = {}
        self._whole: Floats | None = None

    def sets_of(self, ids: Sequence[int]) -> Floats:
        """As `clean.price_sets` of all rows with these ids, the same object while they are the same.

        Those of other ids are forgotten.
        """
        digests = self._digests(ids)
        changed = [each for each, digest in digests.items() if self._digest_of(each) != digest]
        if self._whole is not None and not changed and len(digests) == len(self._sets):
            return self._whole
        sets = clean.price_sets(self._tables.pages_of(changed))
        read = {each: (digests[each], sets[sets[:, 0] == each]) for each in changed}
        self._sets = {each: read[each] if each in read else self._sets[each] for each in digests}
        parts = [some for _, some in self._sets.values()]
        whole = np.concatenate(parts) if parts else sets
        # By kind, the last column, as the tables would come one after the other.
        self._whole = whole[np.argsort(whole[:, -1], kind="stable")]
        return self._whole

    def _digest_of(self, price_id: int) -> Digest | None:
        last = self._sets.get(price_id)
        return None if last is None else last[0]

    def _digests(self, ids: Sequence[int]) -> dict[int, Digest]:
        """The present digest of every id that has rows, in ascending order of id."""
        digests: dict[int, Digest] = {}
        for number, table in enumerate(self._tables.tables()):
            columns = self._connection.columns[table.name]
            values = f"fixture_id, COUNT(*), SUM({price_hash(table.name, columns)})"
            counted = FixtureTable(table.name, values, table.condition, table.has_index)
            for page in rows_of(self._connection, self._indexes, [counted], ids, " GROUP BY fixture_id"):
                for price_id, rows, total in page:
                    digests[price_id] = (*digests.get(price_id, ()), (number, rows, total))
        return dict(sorted(digests.items()))
