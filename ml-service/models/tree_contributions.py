"""SHAP values of trees by LightGBM's own library, without its Python package.

The package imports scikit-learn, SciPy and more: most of a second and 60 MB, which no request needs. The library's C
interface is the same in all its releases 3 and 4.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Features = NDArray[np.float32]

_FLOAT32, _CONTRIBUTIONS, _ALL_TREES = 0, 3, -1
_SUFFIXES = (".so", ".dylib", ".dll")
_SETTINGS = b"num_threads=1 verbosity=-1"


class TreeContributions:
    """Trees as LightGBM has them, of its model text. Raises ValueError for what is no such text."""

    def __init__(self, text: str) -> None:
        self._library = load_library()
        self._trees, self._one_row = ctypes.c_void_p(), ctypes.c_void_p()
        rounds, columns, size = ctypes.c_int(), ctypes.c_int(), ctypes.c_int64()
        self._call(
            "BoosterLoadModelFromString", text.encode(), ctypes.byref(rounds), ctypes.byref(self._trees)
        )
        self._call("BoosterGetNumFeature", self._trees, ctypes.byref(columns))
        range_of = (_CONTRIBUTIONS, 0, _ALL_TREES)
        self._call("BoosterCalcNumPredict", self._trees, 1, *range_of, ctypes.byref(size))
        self._call(
            "BoosterPredictForMatSingleRowFastInit",
            self._trees,
            *range_of,
            _FLOAT32,
            columns,
            _SETTINGS,
            ctypes.byref(self._one_row),
        )
        self._columns, self._size = columns.value, size.value

    def __del__(self) -> None:
        if getattr(self, "_one_row", None):
            self._library.LGBM_FastConfigFree(self._one_row)
        if getattr(self, "_trees", None):
            self._library.LGBM_BoosterFree(self._trees)

    def of(self, rows: Features) -> Array:
        """Exact SHAP values (Lundberg et al. 2020), shape (n, scores * (columns + 1)), of `rows` (n, columns).

        By score, and of each the last is what the trees say of no match in particular. Row by row, with settings
        that LightGBM has read once: reading them takes it 60 us, a twelfth of a match's values.
        """
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        if rows.shape[1] != self._columns:
            raise ValueError(f"the rows have {rows.shape[1]} columns, the trees {self._columns}")
        out, size = np.empty((len(rows), self._size)), ctypes.c_int64()
        for row, values in zip(rows, out, strict=True):
            self._call(
                "BoosterPredictForMatSingleRowFast",
                self._one_row,
                ctypes.c_void_p(row.ctypes.data),
                ctypes.byref(size),
                ctypes.c_void_p(values.ctypes.data),
            )
        return out

    def _call(self, name: str, *values: object) -> None:
        if getattr(self._library, f"LGBM_{name}")(*values) != 0:
            raise ValueError(self._library.LGBM_GetLastError().decode("utf-8", "replace"))


@cache
def load_library() -> ctypes.CDLL:
    """LightGBM's library. Raises ImportError where it is not installed, OSError where the system lacks one of its."""
    # OpenMP reads this when it loads: threads that wait would spin.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    package = find_spec("lightgbm")
    if package is None or package.origin is None:
        raise ImportError("LightGBM is not installed")
    files = sorted(Path(package.origin).parent.rglob("lib_lightgbm.*"))
    path = next((path for path in files if path.suffix in _SUFFIXES), None)
    if path is None:
        raise ImportError("LightGBM is installed without its library")
    library = ctypes.CDLL(str(path))
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library
