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

_FLOAT32, _ROW_MAJOR, _CONTRIBUTIONS, _ALL_TREES = 0, 1, 3, -1
_SUFFIXES = (".so", ".dylib", ".dll")
_SETTINGS = b"num_threads=1 verbosity=-1"


class TreeContributions:
    """Trees as LightGBM has them, of its model text. Raises ValueError for what is no such text."""

    def __init__(self, text: str) -> None:
        self._library = load_library()
        self._trees = ctypes.c_void_p()
        rounds = ctypes.c_int()
        self._call(
            "BoosterLoadModelFromString", text.encode(), ctypes.byref(rounds), ctypes.byref(self._trees)
        )

    def __del__(self) -> None:
        if getattr(self, "_trees", None):
            self._library.LGBM_BoosterFree(self._trees)

    def of(self, rows: Features) -> Array:
        """Exact SHAP values (Lundberg et al. 2020), shape (n, scores * (columns + 1)), of `rows` (n, columns).

        By score, and of each the last is what the trees say of no match in particular.
        """
        rows = np.ascontiguousarray(rows, dtype=np.float32)
        count, columns = rows.shape
        range_of = (_CONTRIBUTIONS, 0, _ALL_TREES)
        size = ctypes.c_int64()
        self._call("BoosterCalcNumPredict", self._trees, count, *range_of, ctypes.byref(size))
        out = np.empty((count, size.value // max(count, 1)))
        shape = (_FLOAT32, ctypes.c_int32(count), ctypes.c_int32(columns), _ROW_MAJOR)
        self._call(
            "BoosterPredictForMat",
            self._trees,
            rows.ctypes.data_as(ctypes.c_void_p),
            *shape,
            *range_of,
            _SETTINGS,
            ctypes.byref(size),
            out.ctypes.data_as(ctypes.c_void_p),
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
