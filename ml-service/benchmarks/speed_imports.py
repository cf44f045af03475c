"""The floor under a serving process: an application that imports the service's packages and none of its modules."""

from __future__ import annotations

import lightgbm
import numba
import pandas
import scipy.special

from benchmarks.speed_floor import app

__all__ = ["app", "lightgbm", "numba", "pandas", "scipy"]
