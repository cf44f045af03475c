"""The one pass over matches in order of time that gives each match its features.

Training, prediction and backtest all come through here, so that a feature is the same number in all three.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from db.dataset import Dataset
from features.catalogue import FEATURES, Feature
from features.closings import Closings
from features.encoding import Index, encode, events
from features.ratings.replay import replay
from features.ratings.state import new_state
from markets.sharpness import Sharpness

__all__ = ["FEATURES", "Feature", "build"]


def build(
    dataset: Dataset,
    as_of: NDArray[np.int64],
    bookmakers: Sequence[int],
    sharpness: Sharpness | None = None,
) -> NDArray[np.float32]:
    """Features of every match of `dataset.fixtures`, shape (n, len(FEATURES)), NaN where missing.

    Row i is what was known at `as_of[i]` (epoch seconds UTC, cut at kick-off): the results known by then, and
    nothing later. `bookmakers` is the order in which closing prices of past matches are looked for; without
    `sharpness` theirs is measured on `dataset` itself.
    """
    index = Index.empty().extended(dataset)
    matches = encode(dataset, index, as_of, Closings.of(dataset, bookmakers, sharpness))
    timeline = events(matches)
    out = np.full((len(matches.kickoff), len(FEATURES)), np.nan, dtype=np.float32)
    replay(matches, timeline.match, timeline.kind, new_state(*index.sizes), out)
    return out
