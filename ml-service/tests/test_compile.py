"""A start before there is a database."""

from __future__ import annotations

import numpy as np

from features.builder import FEATURES, build
from features.compile import empty_dataset


def test_no_matches_have_no_features_and_need_none() -> None:
    assert build(empty_dataset(), np.empty(0, dtype=np.int64), ()).shape == (0, len(FEATURES))
