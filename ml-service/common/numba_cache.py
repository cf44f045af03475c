"""`njit` and `njit_in_place`: functions that numba compiles at their first call and caches on disk.

The cache may fail without harm: a damaged file is compiled again, and where nothing can be written each process
compiles for itself.

numba compares the source of a function with that of its compiled code, but not that of the functions and constants
it uses from other files. So the compiled code of a folder stands in a folder named by a digest of the sources: any
change discards all of it. A compiled function may only call functions from files in its own folder.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import shutil
from collections.abc import Callable
from functools import cache
from inspect import getfile
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numba
from numba import types
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.dispatcher import Dispatcher
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

from common.source_digest import content_digest

F = TypeVar("F", bound=Callable[..., Any])

logger = logging.getLogger("statfoot")

PREFIX = "sources-"
"""How the folders of compiled code begin; the digest of the sources follows."""

_FOR_PYTHON = {"no_cfunc_wrapper": True}
"""No second entry for callers in C, of which there are none: it takes a tenth of a compilation."""


def njit(function: F) -> F:
    """`function` as machine code that releases the GIL."""
    return _cached(function, numba.njit(nogil=True, **_FOR_PYTHON)(function))


def njit_in_place(function: F) -> F:
    """As `njit`, of a function that makes no array: it reads and writes those of its arguments.

    numba counts no references in it, which otherwise takes three quarters of a pass over matches: atomic additions
    at each call that is handed arrays. Making an array does not compile. A function compiled by `njit` may call it
    only where it returns no array.
    """
    return _cached(function, numba.njit(nogil=True, _nrt=False, **_FOR_PYTHON)(function))


def _cached(function: F, code: F) -> F:
    """`code`, which numba made of `function`, with its cache on disk."""
    if isinstance(code, Dispatcher):  # a plain function with NUMBA_DISABLE_JIT=1
        _ignore_literal_values(code)
        try:
            code._cache = _Cache(function)
        except RuntimeError:  # neither the code's folder nor the user's cache folder is writable
            _log_not_cached("no folder for them is writable")
        except OSError as error:  # a neighbouring source cannot be read
            _log_not_cached(str(error))
    return code


def _ignore_literal_values(code: Dispatcher) -> None:
    """Compile once per type: numba would compile again for each literal in a call, for equal numbers."""
    template = code.get_call_template
    code.get_call_template = lambda args, kws: template(tuple(map(types.unliteral, args)), kws)


class _DigestFolder:
    """A numba locator's place for compiled code, in a folder named by the digest of the sources beside a function.

    The place itself is the one that numba chooses: NUMBA_CACHE_DIR, beside the code, or the user's.
    """

    def __init__(self, locator: Any, file: Path) -> None:
        self._locator = locator
        self._path = Path(locator.get_cache_path()) / f"{PREFIX}{_digest_of(file.resolve().parent)}"

    def get_cache_path(self) -> str:
        """The folder of the compiled code."""
        return str(self._path)

    def ensure_cache_path(self) -> None:
        """Make the folder and remove those of other sources; OSError where it cannot be written."""
        self._locator.ensure_cache_path()
        if not self._path.is_dir():
            self._path.mkdir(exist_ok=True)
            self._remove_others()

    def _remove_others(self) -> None:
        for path in self._path.parent.glob(f"{PREFIX}*"):
            if path != self._path:
                shutil.rmtree(path, ignore_errors=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._locator, name)


@cache
def _digest_of(folder: Path) -> str:
    """Of the sources in a folder, and of this file, which says how they are compiled."""
    return content_digest([*sorted(folder.glob("[!.]*.py")), Path(__file__)])


class _Place(CompileResultCacheImpl):
    """Where numba keeps the compiled code of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._locator = _DigestFolder(self._locator, Path(getfile(function)))


class _Cache(FunctionCache):
    """numba's cache files of one function; no state of the files makes it raise."""

    _impl_class = _Place

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file._dump = _seal
        self._cache_file._version += (
            " sealed"  # earlier releases of this service take the files for another numba's
        )

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The cached code for a signature; None where it is missing or damaged.

        numba would first load all that compiling takes, a fifth of a second and 20 MB. A compilation does so itself;
        code that is there takes the runtime alone.
        """
        try:
            rtsys.initialize(target_context)
            with self._guard_against_spurious_io_errors():
                return self._load_overload(sig, target_context)
        except Exception:  # noqa: BLE001  a damaged pickle may raise anything
            _log_damage()
            self._clear()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Cache the code for a signature, if the file can be written."""
        try:
            super().save_overload(sig, data)
        except (OSError, MemoryError) as error:
            _log_not_cached(str(getattr(error, "strerror", "no memory")))

    def _clear(self) -> None:
        try:
            self.flush()
        except OSError as error:
            self.disable()
            _log_not_cached(str(error.strerror))


class _Sealed(NamedTuple):
    """A pickle and its SHA-256: damaged machine code can unpickle without error and crash the process when called."""

    digest: bytes
    body: bytes

    def __reduce__(self) -> tuple[Callable[[bytes, bytes], Any], tuple[bytes, bytes]]:
        return _unseal, (self.digest, self.body)


def _seal(entry: Any) -> bytes:
    """Pickle `entry`; unpickling raises UnpicklingError where a byte has changed."""
    body = dumps(entry)
    return pickle.dumps(_Sealed(hashlib.sha256(body).digest(), body))


def _unseal(digest: bytes, body: bytes) -> Any:
    if hashlib.sha256(body).digest() != digest:
        raise pickle.UnpicklingError("the checksum differs from the one written")
    return pickle.loads(body)  # noqa: S301  numba's own files, in the folder from which it runs code


@cache
def _log_damage() -> None:
    logger.warning("the cache of compiled code is damaged: compiling again, which takes up to 30 seconds")


@cache
def _log_not_cached(reason: str) -> None:
    logger.warning(
        "compiled functions cannot be cached (%s), so every start compiles for up to 30 seconds:"
        " set NUMBA_CACHE_DIR to a writable folder with free space",
        reason,
    )
