"""Functions that numba compiles when they are first called and keeps on disk, where there is a place for that."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from numba import njit, types

F = TypeVar("F", bound=Callable[..., Any])

logger = logging.getLogger("statfoot")


def compiled(function: F) -> F:
    """`function` in machine code, other threads running beside it."""
    try:
        return _once(njit(cache=True, nogil=True)(function))
    except RuntimeError:  # neither the folder of the code nor the user's can be written
        _tell()
        return _once(njit(nogil=True)(function))


def _once(dispatcher: F) -> F:
    """Compile for types alone: numba would compile anew for every constant that a call names, which takes it twice
    as long and gives the same numbers."""
    typed: Any = dispatcher
    if not hasattr(typed, "get_call_template"):  # NUMBA_DISABLE_JIT leaves the function as it is
        return dispatcher
    called = typed.get_call_template
    typed.get_call_template = lambda args, kws: called(tuple(map(types.unliteral, args)), kws)
    return dispatcher


@cache
def _tell() -> None:
    logger.warning(
        "compiled code cannot be kept, so that every start compiles for half a minute:"
        " set NUMBA_CACHE_DIR to a folder that can be written"
    )
