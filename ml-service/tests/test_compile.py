"""A start before there is a database."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import compilation
from config import ROOT
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


LATER = ("lightgbm", "sklearn", "scipy", "shap", "fastapi", "starlette", "pydantic", "dotenv", "requests")


def test_compiling_takes_numba_and_pandas_alone_so_that_it_can_begin_before_the_rest_is_installed() -> None:
    missing = f"import sys; sys.modules.update(dict.fromkeys({LATER!r})); import features.compile"
    subprocess.run([sys.executable, "-c", missing], cwd=ROOT, check=True)


def test_a_function_is_compiled_once_whatever_constants_it_is_called_with() -> None:
    compiled_functions: dict[str, Any] = {}
    text = "def inner(x): return x + 1\ndef outer(): return inner(1) + inner(2)"
    exec(text, compiled_functions)
    inner = compiled_functions["inner"] = compilation.compiled(compiled_functions["inner"])
    assert compilation.compiled(compiled_functions["outer"])() == 5
    assert len(inner.signatures) == 1
