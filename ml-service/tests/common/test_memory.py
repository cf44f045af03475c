"""What a process gives back, and where its threads allocate."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import weakref

import pytest

from common.memory import trim
from common.source_digest import ROOT

HEAPS = """
import ctypes, sys, threading
from common.memory import share_one_heap
if sys.argv[1] == "shared":
    share_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
barrier = threading.Barrier(4)
def allocate():
    libc.malloc(50_000)
    barrier.wait()
threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.fdopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, stream)
libc.fflush(stream)
"""


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_trimming_frees_what_only_refers_to_itself() -> None:
    knot = weakref.ref(Knot())
    trim()
    assert knot() is None


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_info"), reason="not glibc's allocator"
)
@pytest.mark.parametrize(("how", "heaps"), [("shared", 1), ("apart", 2)])
def test_threads_allocate_from_one_heap_where_that_is_asked_for(how: str, heaps: int) -> None:
    command = [sys.executable, "-c", HEAPS, how]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert min(done.stdout.count("<heap nr="), 2) == heaps
