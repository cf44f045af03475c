"""A look from the other side: forget the future, describe the same matches anew, and nothing may have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backtesting import leakage
from backtesting.days import DAY_SECONDS
from db.dataset import Dataset
from db.schema import FINISHED, OPEN, OUTCOME_COLUMNS
from features.builder import build

Ints = NDArray[np.int64]
Features = NDArray[np.float32]


def audit(dataset: Dataset, as_of: Ints, features: Features, rows: Ints, bookmakers: Sequence[int]) -> None:
    """Describe the matches among `rows` decided on by one moment from a database that ends at that moment.

    The moment is the bet with most results to come within a day, where a leak has most to tell. `as_of` (n,) and
    `features` (n, F) are what the backtest uses. Raises LeakageError if any feature differs.
    """
    now = _tell_tale(dataset, np.unique(as_of[rows]))
    checked = rows[as_of[rows] <= now]
    replayed = build(known_by(dataset, now), as_of, bookmakers)
    leakage.forbid_changed_features(features[checked], replayed[checked])


def _tell_tale(dataset: Dataset, moments: Ints) -> int:
    finished = (dataset.fixtures["state"] == FINISHED).to_numpy()
    known_at = np.sort(dataset.fixtures["known_at"].to_numpy()[finished])
    by_then = np.searchsorted(known_at, moments, side="right")
    a_day_later = np.searchsorted(known_at, moments + DAY_SECONDS, side="right")
    return int(moments[np.argmax(a_day_later - by_then)])


def known_by(dataset: Dataset, now: int) -> Dataset:
    """`dataset` as it was at `now` (epoch seconds): later results and prices are gone."""
    frame = dataset.fixtures
    later = frame["known_at"].to_numpy() > now
    state = frame["state"].to_numpy()
    columns = {name: np.where(later, np.nan, frame[name].to_numpy()) for name in OUTCOME_COLUMNS}
    undone = np.where(later & (state == FINISHED), OPEN, state)
    return replace(
        dataset,
        fixtures=frame.assign(state=undone, **columns),
        quotes=dataset.quotes.only(dataset.quotes.captured_at <= now),
    )
