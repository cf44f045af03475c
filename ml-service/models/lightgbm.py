"""LightGBM, loaded so that its threads sleep while they wait."""

import os

# They spin unless the library is told not to before it loads: two threads on two busy cores were five times
# slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import lightgbm as lgb

__all__ = ["lgb"]
