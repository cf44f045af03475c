"""Memory of the process."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
