"""Compiles the feature pass and the pricing of fixtures before their first use."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from db import rows
from db.dataset import Dataset
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


def compile_features() -> None:
    """Price no fixtures, and compute the features of no matches."""
    ids = np.empty(0, dtype=np.int64)
    fixtures = rows.PricedFixtures(ids, ids, rows.ApiNames(ids, ids))
    rows.quotes(rows.price_sets([]), fixtures, rows.PriceCounts())
    build(empty_dataset(), ids, ())
