"""Functions that numba compiles when they are first called and keeps on disk, where there is a place for that."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

logger = logging.getLogger("statfoot")


def compiled(function: F) -> F:
    """`function` in machine code, other threads running beside it."""
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the folder of the code nor the user's can be written
        _tell()
        return njit(nogil=True)(function)


@cache
def _tell() -> None:
    logger.warning(
        "compiled code cannot be kept, so that every start compiles for half a minute:"
        " set NUMBA_CACHE_DIR to a folder that can be written"
    )
