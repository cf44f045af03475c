"""Memory that was used once and is needed no more."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Return free memory to the system: glibc keeps what a great reading left in pieces for itself."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:  # other C libraries have no such function
            trim(0)
