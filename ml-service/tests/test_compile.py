"""A start before there is a database."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compilation
from features.builder import FEATURES, build
from features.compile import empty_dataset


def test_no_matches_have_no_features_and_need_none() -> None:
    assert build(empty_dataset(), np.empty(0, dtype=np.int64), ()).shape == (0, len(FEATURES))


def test_a_function_whose_compiled_code_cannot_be_kept_works_and_the_log_says_what_to_set(
    caplog: pytest.LogCaptureFixture,
) -> None:
    nowhere: dict[str, Any] = {}
    exec("def twice(x): return 2 * x", nowhere)  # of no file, so that there is no place beside it
    compilation._tell.cache_clear()
    assert compilation.compiled(nowhere["twice"])(21) == 42
    assert "set NUMBA_CACHE_DIR" in caplog.text
