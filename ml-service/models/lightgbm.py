"""LightGBM, loaded so that its threads sleep while they wait and its messages go where others' go."""

import logging
import os

# They spin unless the library is told not to before it loads: two threads on two busy cores were five times
# slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from errors import JobFailed

_logger = logging.getLogger("lightgbm")

try:
    import lightgbm as lgb
    from lightgbm.basic import _LIB
except (ImportError, OSError) as error:
    _logger.exception("LightGBM cannot be loaded")
    raise JobFailed(
        "LightGBM cannot be loaded; most often the system's OpenMP library is missing",
        hint="on Debian `sudo apt-get install libgomp1`, on a Mac `brew install libomp`, then try again",
    ) from error

__all__ = ["lgb", "register_thread"]

_logger.setLevel(logging.ERROR)  # it warns of every tree that cannot grow further
lgb.register_logger(_logger)


def register_thread() -> None:
    """Have LightGBM's messages from the present thread go the same way: it remembers where to for each thread."""
    _LIB.LGBM_RegisterLogCallback(_LIB.callback)
