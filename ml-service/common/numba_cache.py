"""Functions that numba compiles when they are first called and keeps on disk, where there is a place for that.

What is kept is only a cache: what is damaged is compiled again, and what cannot be written is done without.

numba compares the source of a function with that of its compiled code, and never that of the functions and constants
that it takes from other files. So the compiled code of a folder of sources is kept in a folder named by their digest:
once any of them changes, none of what was compiled is used. A compiled function takes what it calls from files in its
own folder alone.
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

from numba import njit, types
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps

from common.source_digest import content_digest

F = TypeVar("F", bound=Callable[..., Any])

logger = logging.getLogger("statfoot")

PREFIX = "sources-"
"""How the folders of compiled code begin; the digest of the sources follows."""


def compiled(function: F) -> F:
    """`function` in machine code, other threads running beside it."""
    code = njit(nogil=True)(function)
    if isinstance(code, Dispatcher):  # a plain function with NUMBA_DISABLE_JIT=1
        _compile_for_types_alone(code)
        try:
            code._cache = _Cache(function)
        except RuntimeError:  # neither the folder of the code nor the user's can be written
            _log_unkept("no folder for it can be written")
    return code


def _compile_for_types_alone(code: Dispatcher) -> None:
    """Not anew for every constant that a call names, as numba would: twice the time, for the same numbers."""
    template = code.get_call_template
    code.get_call_template = lambda args, kws: template(tuple(map(types.unliteral, args)), kws)


class _DigestFolder:
    """A numba locator's place for compiled code, in a folder named by the digest of the sources beside a function.

    The place itself is the one that numba chooses: NUMBA_CACHE_DIR, beside the code, or the user's.
    """

    def __init__(self, locator: Any, file: Path) -> None:
        self._locator = locator
        self._path = Path(locator.get_cache_path()) / f"{PREFIX}{content_digest(file.resolve().parent)}"

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


class _Place(CompileResultCacheImpl):
    """Where numba keeps the compiled code of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._locator = _DigestFolder(self._locator, Path(getfile(function)))


class _Cache(FunctionCache):
    """numba's files of one function, which raise nothing whatever state they are in."""

    _impl_class = _Place

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file._dump = _sealed
        self._cache_file._version += " sealed"  # an older release takes these files for another numba's

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What is kept for a signature, None where that is nothing or damaged."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001  half of a pickle may raise anything at all
            _log_damage()
            self._clear()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for a signature if that is possible."""
        try:
            super().save_overload(sig, data)
        except (OSError, MemoryError) as wrong:
            _log_unkept(str(getattr(wrong, "strerror", "no memory")))

    def _clear(self) -> None:
        try:
            self.flush()
        except OSError as wrong:
            self.disable()
            _log_unkept(str(wrong.strerror))


class _Sealed(NamedTuple):
    """A pickle and its SHA-256: machine code with a hole in it would be unpickled and end the process when called."""

    digest: bytes
    body: bytes

    def __reduce__(self) -> tuple[Callable[[bytes, bytes], Any], tuple[bytes, bytes]]:
        return _opened, (self.digest, self.body)


def _sealed(entry: Any) -> bytes:
    """`entry` pickled such that unpickling gives it, or raises UnpicklingError where a byte has changed."""
    body = dumps(entry)
    return pickle.dumps(_Sealed(hashlib.sha256(body).digest(), body))


def _opened(digest: bytes, body: bytes) -> Any:
    if hashlib.sha256(body).digest() != digest:
        raise pickle.UnpicklingError("not what was written")
    return pickle.loads(body)  # noqa: S301  numba's own files, in the folder where it finds code to run


@cache
def _log_damage() -> None:
    logger.warning(
        "compiled code that was kept is damaged and is compiled again, which takes up to half a minute"
    )


@cache
def _log_unkept(why: str) -> None:
    logger.warning(
        "compiled code cannot be kept (%s), so that every start compiles for half a minute:"
        " set NUMBA_CACHE_DIR to a folder that can be written and has room",
        why,
    )
