"""Numbers of millions of rows as an array, by the functions of SQLite's library.

Python's sqlite3 makes an object of every value, holding the GIL: four times the work of SQLite itself. The library
must be the very one that sqlite3 uses, since a second one in the same process would drop the locks of the first
(https://www.sqlite.org/howtocorrupt.html, section 2.2.1). Some builds of Python hide its functions; rows are read by
sqlite3 alone there.
"""

from __future__ import annotations

import ctypes
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from common.arrays import Floats
from common.numba_cache import njit
from db.rollback_mode import Rows

LOCKED = (5, 6)
"""SQLITE_BUSY, SQLITE_LOCKED; the sqlite3 module has these constants from Python 3.11."""
_OK, _ROW, _DONE = 0, 100, 101
_INTEGER, _FLOAT, _NULL = 1, 2, 5
_READ_ONLY, _URI, _NO_MUTEX = 0x1, 0x40, 0x8000
_NOT_A_NUMBER = -1
_TO_THE_END = -1
_COPIED = ctypes.c_void_p(-1)
"""SQLITE_TRANSIENT: SQLite copies a text that it is handed."""
MAX_STATEMENTS = 16
_FIRST_ROWS, _GROWTH = 256, 8
"""Rows of the first array of a result, and how many times as many the next has: in rollback mode a writer waits while
Python makes it. Memory that no row needs is not touched."""
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
    "bind_text": (_INT, _POINTER, _INT, _TEXT, _INT, _POINTER),
    "step": (_INT, _POINTER),
    "reset": (_INT, _POINTER),
    "column_type": (_INT, _POINTER, _INT),
    "column_double": (_REAL, _POINTER, _INT),
    "column_int64": (_LONG, _POINTER, _INT),
    "finalize": (_INT, _POINTER),
    "sourceid": (_TEXT,),
}
"""Types of each function's result and arguments (https://www.sqlite.org/c3ref/funclist.html)."""

Library = dict[str, Callable[..., Any]]
Values = Sequence[int | str]


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
        self._statements: dict[str, _Statement] = {}
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
        self._forget_statements()
        self._library["close_v2"](self._connection)
        self._connection = ctypes.c_void_p()

    def begin(self) -> None:
        """Begin a snapshot, which lasts until the connection is closed."""
        self.query("BEGIN")

    def version(self) -> int:
        """A number that differs after every commit of another connection, as this one sees them."""
        ((version,),) = self.query("PRAGMA data_version")
        return int(version)

    def query(self, statement: str, values: Values = ()) -> Rows:
        """All rows of a statement that selects one whole number."""
        library, rows = self._library, []
        with self._statement(statement).binding(values) as prepared:
            while (code := library["step"](prepared)) == _ROW:
                kind = library["column_type"](prepared, 0)
                if kind not in (_INTEGER, _NULL):
                    raise ValueError(f"type {kind} of SQLite: expected a whole number or NULL")
                rows.append((library["column_int64"](prepared, 0) if kind == _INTEGER else None,))
        if code != _DONE:
            raise _failure("step", code)
        return rows

    def page(self, statement: str, values: Values, out: Floats) -> Floats:
        """The rows of a statement, put into `out` (n, width), NaN for NULL; as many as `out` has room for.

        Releases the GIL.
        """
        with self._statement(statement).binding(values) as prepared:
            count, _ = self._fill(prepared, out)
        return out[:count]

    def rows(self, statement: str, values: Values, width: int) -> Floats:
        """All rows of a statement that selects `width` values, (n, width), NaN for NULL. Releases the GIL."""
        parts, room = [], _FIRST_ROWS
        with self._statement(statement).binding(values) as prepared:
            is_done = False
            while not is_done:
                out = np.empty((room, width))
                count, is_done = self._fill(prepared, out)
                parts.append(out[:count])
                room *= _GROWTH
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _fill(self, prepared: int, out: Floats) -> tuple[int, bool]:
        """Put the next rows of a statement into `out`: how many, and whether there are no more."""
        library = self._library
        count, code = _filled(
            library["step"], library["column_type"], library["column_double"], prepared, out
        )
        if code == _NOT_A_NUMBER:
            raise ValueError("a text or a blob: expected a number or NULL")
        if code not in (_DONE, _ROW):
            raise _failure("step", code)
        return count, code == _DONE

    def _statement(self, text: str) -> _Statement:
        """The statement of a text, kept for the next time: to prepare one takes as long as to read a match."""
        statement = self._statements.get(text)
        if statement is None:
            if len(self._statements) == MAX_STATEMENTS:
                self._forget_statements()
            statement = self._statements[text] = _Statement(self._library, self._connection, text)
        return statement

    def _forget_statements(self) -> None:
        for statement in self._statements.values():
            statement.finalize()
        self._statements.clear()

    def _call(self, name: str, *values: object) -> None:
        code = self._library[name](*values)
        if code != _OK:
            raise _failure(name, code)


class _Statement:
    """A prepared statement."""

    def __init__(self, library: Library, connection: ctypes.c_void_p, text: str) -> None:
        self._library = library
        self._prepared = ctypes.c_void_p()
        code = library["prepare_v2"](
            connection, text.encode(), _TO_THE_END, ctypes.byref(self._prepared), None
        )
        if code != _OK:
            raise _failure("prepare_v2", code)

    @contextmanager
    def binding(self, values: Values) -> Iterator[int]:
        """Its address, with its parameters bound, to be stepped; reset at the end, which ends its reading."""
        for place, value in enumerate(values, start=1):
            if isinstance(value, str):
                text = value.encode()
                self._library["bind_text"](self._prepared, place, text, len(text), _COPIED)
            else:
                self._library["bind_int64"](self._prepared, place, value)
        try:
            yield self._prepared.value or 0
        finally:
            self._library["reset"](self._prepared)

    def finalize(self) -> None:
        """Free it; it is of no use then."""
        self._library["finalize"](self._prepared)


def _failure(name: str, code: int) -> sqlite3.OperationalError:
    locked = ": the database is locked" if code in LOCKED else ""
    return sqlite3.OperationalError(f"sqlite3_{name} returned {code}{locked}")


@njit
def _filled(step: Any, column_type: Any, column_double: Any, prepared: int, out: Floats) -> tuple[int, int]:
    """Put the next rows of a statement into `out` (n, width); how many, and the code of the last step."""
    code = _ROW
    for count in range(len(out)):
        code = step(prepared)
        if code != _ROW:
            return count, code
        for column in range(out.shape[1]):
            kind = column_type(prepared, column)
            if kind == _NULL:
                out[count, column] = np.nan
            elif kind in (_INTEGER, _FLOAT):
                out[count, column] = column_double(prepared, column)
            else:
                return count, _NOT_A_NUMBER
    return len(out), code
