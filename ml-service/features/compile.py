"""Compiles the reading, the pricing and the feature pass before their first use."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

import numpy as np
import pandas as pd

from db import price_codes, rows
from db.dataset import Dataset
from db.numbers import NumberConnection, sqlite_library
from db.schema import STATISTICS
from features.builder import build
from markets.prices import Quotes


def empty_dataset() -> Dataset:
    """No matches at all, in the frames of any other dataset."""
    ids = np.empty(0, dtype=np.int64)
    fixtures = rows.fixtures([], ids, ids, Counter())
    return Dataset(
        rows.with_statistics(fixtures, np.empty((0, 2 + len(STATISTICS)))),
        Quotes.none(),
        pd.DataFrame(
            {
                "league_id": ids,
                "name": [],
                "country_id": ids,
                "is_cup": np.empty(0, dtype=np.bool_),
                "api_id": ids,
                "country": [],
            }
        ),
        pd.DataFrame({"team_id": ids, "name": []}),
        {},
    )


def _read_a_number() -> None:
    """Read a number as whole tables of them are read, where that is possible."""
    library = sqlite_library()
    if library is not None:
        with closing(NumberConnection.in_memory(library)) as connection:
            connection.page("SELECT 1", (), np.empty((1, 1)))


def compile_features() -> None:
    """Read a number, price no fixtures, and compute the features of no matches."""
    ids = np.empty(0, dtype=np.int64)
    fixtures = rows.PricedFixtures(ids, ids, rows.ApiNames(ids, ids))
    _read_a_number()
    raw = price_codes.calibrated(np.empty((0, price_codes.WIDTH)))
    rows.quotes(raw, fixtures, rows.PriceCounts())
    build(empty_dataset(), ids, ())
