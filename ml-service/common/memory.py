"""Memory of the process."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_M_ARENA_MAX = -8
"""glibc's number for the setting that MALLOC_ARENA_MAX is too."""


def share_one_heap() -> None:
    """Let threads to come allocate from one heap: glibc gives each its own, and of each keeps what is free in it."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:  # musl has no such function
            mallopt(_M_ARENA_MAX, 1)


def trim() -> None:
    """Return free memory to the system: after a large read, cycles keep some and glibc what it freed in pieces."""
    gc.collect()
    if sys.platform == "linux":
        malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if malloc_trim is not None:  # musl has no such function
            malloc_trim(0)


@contextmanager
def paused_collection() -> Iterator[None]:
    """No garbage collection meanwhile: thousands of new dictionaries without cycles would call for many, in vain."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
