"""Numbers of millions of rows as an array, by the functions of SQLite's library.

Python's sqlite3 makes an object of every value, holding the GIL: four times the work of SQLite itself. The library
must be the very one that sqlite3 uses, since a second one in the same process would drop the locks of the first
(https://www.sqlite.org/howtocorrupt.html, section 2.2.1). Some builds of Python hide its functions; rows are read by
sqlite3 alone there.
"""

from __future__ import annotations

import ctypes
import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from common.arrays import Floats
from common.numba_cache import njit
from db.rollback_mode import Rows

_OK, _ROW, _DONE = 0, 100, 101
_INTEGER, _FLOAT, _NULL = 1, 2, 5
_READ_ONLY, _URI, _NO_MUTEX = 0x1, 0x40, 0x8000
_NOT_A_NUMBER = -1
_TO_THE_END = -1
_INT, _LONG, _REAL, _POINTER, _TEXT = (
    ctypes.c_int,
    ctypes.c_int64,
    ctypes.c_double,
    ctypes.c_void_p,
    ctypes.c_char_p,
)
_FORMS: dict[str, tuple[Any, ...]] = {
    "open_v2": (_INT, _TEXT, _POINTER, _INT, _TEXT),
    "close_v2": (_INT, _POINTER),
    "busy_timeout": (_INT, _POINTER, _INT),
    "prepare_v2": (_INT, _POINTER, _TEXT, _INT, _POINTER, _POINTER),
    "bind_int64": (_INT, _POINTER, _INT, _LONG),
    "step": (_INT, _POINTER),
    "column_type": (_INT, _POINTER, _INT),
    "column_double": (_REAL, _POINTER, _INT),
    "column_int64": (_LONG, _POINTER, _INT),
    "finalize": (_INT, _POINTER),
    "sourceid": (_TEXT,),
}
"""Types of each function's result and arguments (https://www.sqlite.org/c3ref/funclist.html)."""

Library = dict[str, Callable[..., Any]]


@cache
def sqlite_library() -> Library | None:
    """The functions of the library that Python's sqlite3 uses; None where they cannot be reached."""
    module = find_spec("_sqlite3")
    if module is None or module.origin is None:
        return None
    try:
        shared = ctypes.CDLL(module.origin)
        library: Library = {
            name: ctypes.CFUNCTYPE(*types)((f"sqlite3_{name}", shared)) for name, types in _FORMS.items()
        }
    except (OSError, AttributeError):
        return None
    memory = sqlite3.connect(":memory:")
    try:
        ((source,),) = memory.execute("SELECT sqlite_source_id()").fetchall()
    finally:
        memory.close()
    return library if library["sourceid"]().decode() == source else None


class NumberConnection:
    """A read-only connection for statements that select numbers. For one thread at a time.

    Every method raises sqlite3.OperationalError where SQLite fails, and ValueError for a value that is neither a
    number nor NULL.
    """

    def __init__(self, library: Library, uri: str, lock_timeout_seconds: float) -> None:
        self._library = library
        self._connection = ctypes.c_void_p()
        flags = _READ_ONLY | _URI | _NO_MUTEX
        try:
            self._call("open_v2", uri.encode(), ctypes.byref(self._connection), flags, None)
            self._call("busy_timeout", self._connection, int(lock_timeout_seconds * 1000))
        except sqlite3.Error:
            self.close()
            raise

    @classmethod
    def of(cls, library: Library, path: Path, lock_timeout_seconds: float) -> NumberConnection:
        """To a database file."""
        return cls(library, f"{path.as_uri()}?mode=ro", lock_timeout_seconds)

    @classmethod
    def in_memory(cls, library: Library) -> NumberConnection:
        """To an empty database of its own."""
        return cls(library, ":memory:", 0.0)

    def close(self) -> None:
        """Close the connection, if it is open."""
        self._library["close_v2"](self._connection)
        self._connection = ctypes.c_void_p()

    def begin(self) -> None:
        """Begin a snapshot, which lasts until the connection is closed."""
        self.query("BEGIN")

    def version(self) -> int:
        """A number that differs after every commit of another connection, as this one sees them."""
        ((version,),) = self.query("PRAGMA data_version")
        return int(version)

    def query(self, statement: str, values: Sequence[int] = ()) -> Rows:
        """All rows of a statement that selects one whole number."""
        library, rows = self._library, []
        with _Statement(library, self._connection, statement, values) as prepared:
            while (code := library["step"](prepared)) == _ROW:
                kind = library["column_type"](prepared, 0)
                if kind not in (_INTEGER, _NULL):
                    raise ValueError(f"type {kind} of SQLite: expected a whole number or NULL")
                rows.append((library["column_int64"](prepared, 0) if kind == _INTEGER else None,))
        if code != _DONE:
            raise _failure("step", code)
        return rows

    def page(self, statement: str, values: Sequence[int], out: Floats) -> Floats:
        """The rows of a statement, put into `out` (n, width), NaN for NULL; as many as `out` has room for.

        Releases the GIL.
        """
        library = self._library
        with _Statement(library, self._connection, statement, values) as prepared:
            count, code = _filled(
                library["step"], library["column_type"], library["column_double"], prepared, out
            )
        if code == _NOT_A_NUMBER:
            raise ValueError("a text or a blob: expected a number or NULL")
        if code not in (_DONE, _ROW):
            raise _failure("step", code)
        return out[:count]

    def _call(self, name: str, *values: object) -> None:
        code = self._library[name](*values)
        if code != _OK:
            raise _failure(name, code)


class _Statement:
    """A prepared statement with its parameters bound, by address."""

    def __init__(
        self, library: Library, connection: ctypes.c_void_p, text: str, values: Sequence[int]
    ) -> None:
        self._library = library
        self._prepared = ctypes.c_void_p()
        code = library["prepare_v2"](
            connection, text.encode(), _TO_THE_END, ctypes.byref(self._prepared), None
        )
        if code != _OK:
            raise _failure("prepare_v2", code)
        for place, value in enumerate(values, start=1):
            library["bind_int64"](self._prepared, place, value)

    def __enter__(self) -> int:
        return self._prepared.value or 0

    def __exit__(self, *_: object) -> None:
        self._library["finalize"](self._prepared)


def _failure(name: str, code: int) -> sqlite3.OperationalError:
    return sqlite3.OperationalError(f"sqlite3_{name} returned {code}")


@njit
def _filled(step: Any, column_type: Any, column_double: Any, prepared: int, out: Floats) -> tuple[int, int]:
    """Put the rows of a statement into `out` (n, width); how many, and the code with which the last step ended."""
    count, width = 0, out.shape[1]
    code = step(prepared)
    while code == _ROW and count < len(out):
        for column in range(width):
            kind = column_type(prepared, column)
            if kind == _NULL:
                out[count, column] = np.nan
            elif kind in (_INTEGER, _FLOAT):
                out[count, column] = column_double(prepared, column)
            else:
                return count, _NOT_A_NUMBER
        count += 1
        code = step(prepared)
    return count, code
