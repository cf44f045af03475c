"""Memory of the process."""

from __future__ import annotations

import ctypes
import sys


def trim() -> None:
    """Return free memory to the system: after a large read, glibc keeps what it freed in pieces."""
    if sys.platform == "linux":
        malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if malloc_trim is not None:  # musl has no such function
            malloc_trim(0)
