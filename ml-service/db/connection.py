"""Read-only connection to the file that Node writes, reopened when the file is replaced.

Node's writer never waits for it: in rollback-journal mode rows are read in pages, without a transaction between pages
or while Python fetches them; in WAL mode, where readers do not block writers, in one snapshot.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from db.file_state import CLOCK_TICK_NS
from db.numbers import LOCKED, NumberConnection, sqlite_library
from db.rollback_mode import CopiedRows, Rows, Values
from db.schema import OPTIONAL, REQUIRED
from errors import Busy, DatabaseInvalidSchema, DatabaseMissing, DatabaseUnreadable

Stamp = tuple[int, int]

_PERMISSION_MESSAGES = ("readonly database", "unable to open database file")
_FORMAT_AT, _WAL_FORMAT = 18, b"\x02\x02"
"""Offset of the write and read versions in a database's header, and their value in WAL mode."""


@dataclass(frozen=True)
class _File:
    """Identity of a file, and the attributes that change with its content."""

    identity: tuple[int, int]
    content: tuple[int, int]

    @classmethod
    def of(cls, status: os.stat_result) -> _File:
        return cls((status.st_dev, status.st_ino), (status.st_mtime_ns, status.st_size))

    @property
    def is_fresh(self) -> bool:
        """Whether the last write is so recent that another may leave the same time."""
        return 0 <= time.time_ns() - self.content[0] < CLOCK_TICK_NS


class Connection:
    """One connection, opened when first needed. Not for use by two threads at once.

    Every method raises DatabaseMissing, DatabaseUnreadable, DatabaseInvalidSchema or sqlite3.Error. Within `errors`,
    sqlite3.Error becomes DatabaseUnreadable, or Busy if a writer locks the file for longer than
    `lock_timeout_seconds`.
    """

    def __init__(self, path: Path, lock_timeout_seconds: float) -> None:
        self._path = path
        self._timeout = lock_timeout_seconds
        self._connection: sqlite3.Connection | None = None
        self._file: _File | None = None
        self._was_fresh = False
        self._version = 0
        self._open_count = 0
        self._schema: int | None = None
        self._immutable = False
        self._copied_rows: CopiedRows | None = None
        self._beside: NumberConnection | None = None
        self.columns: dict[str, frozenset[str]] = {}
        """Columns by table, for the tables that the service reads and that exist."""

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._beside is not None:
            self._beside.close()
            self._beside = None
        if self._connection is not None:
            self._connection.close()
            self._connection = self._copied_rows = None

    @property
    def has_snapshots(self) -> bool:
        """Whether a transaction is a snapshot that does not block writers: in WAL mode."""
        return self._copied_rows is None and not self._immutable

    def stamp(self) -> Stamp:
        """A value that differs after every commit of another process and when the file is replaced."""
        version = _data_version(self.current())
        return self._open_count, version

    def moment(self) -> Stamp:
        """The stamp of what `query` reads, without checking for a replaced file."""
        version = _data_version(self._connection or self.current())
        return self._open_count, version

    def current(self) -> sqlite3.Connection:
        """The connection to the present file, with its schema checked and its journal mode known."""
        file = self._file_status()
        connection = self._connection
        if connection is None or self._is_outdated(file, connection):
            connection = self._reopen(file)
        (schema,) = connection.execute("PRAGMA schema_version").fetchone()
        if schema != self._schema:
            self.columns = _checked_columns(connection)
            self._schema = schema
        return connection

    def note_mode(self) -> sqlite3.Connection:
        """Like `current`, and checks the journal mode again: Node may change it in the same file."""
        connection = self.current()
        self._note_mode(connection)
        return connection

    def query(self, statement: str, values: Values = ()) -> Rows:
        """All rows of a statement, from the file that was current when reading began."""
        connection = self._connection or self.current()
        try:
            return self._fetch(connection, statement, values)
        except sqlite3.OperationalError as error:
            if connection.text_factory is _decode or "decode" not in str(error):
                raise
        # A text is not UTF-8: from now on Python decodes every text, which is slower.
        connection.text_factory = _decode
        return self._fetch(connection, statement, values)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one consistent state of the database; only if `has_snapshots`."""
        connection = self.current()
        connection.execute("BEGIN")
        try:
            yield
        finally:
            if connection is self._connection:  # not closed after an error
                connection.execute("ROLLBACK")

    @contextmanager
    def numbers(self) -> Iterator[NumberConnection | None]:
        """A further connection to the same file, for numbers; None where there can be none."""
        numbers = self._open_numbers()
        if numbers is None:
            yield None
            return
        with closing(numbers):
            yield numbers

    def beside(self) -> NumberConnection | None:
        """A connection for numbers to the file that `query` reads, open as long as this one; None if there is none.

        It sees each commit at once, as `query` does, but not the snapshot of this one.
        """
        if self._beside is None:
            numbers = self._open_numbers()
            if numbers is not None and not self._is_present():
                numbers.close()
                return None
            self._beside = numbers
        return self._beside

    @contextmanager
    def shared_snapshot(self) -> Iterator[NumberConnection | None]:
        """As `snapshot`, with a further connection for numbers in the same one, None where Node commits just now."""
        with self.numbers() as numbers:
            before = None if numbers is None else _version_of(numbers)
            with self.snapshot():
                yield numbers if self._has_same_snapshot(numbers, before) else None

    def _open_numbers(self) -> NumberConnection | None:
        library = sqlite_library()
        if library is None or self._immutable:
            return None
        try:
            return NumberConnection.of(library, self._path, self._timeout)
        except sqlite3.Error:
            return None

    def _has_same_snapshot(self, numbers: NumberConnection | None, before: int | None) -> bool:
        """Whether `numbers`, whose version was `before`, begins the snapshot that this connection begins here."""
        if numbers is None or before is None:
            return False
        self.query("SELECT 1 FROM sqlite_master LIMIT 1")
        try:
            numbers.begin()
        except sqlite3.Error:
            return False
        return _version_of(numbers) == before and self._is_present()

    def _is_present(self) -> bool:
        """Whether the file has not been replaced since it was opened."""
        try:
            return self._file is not None and _File.of(self._path.stat()).identity == self._file.identity
        except OSError:
            return False

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLite's errors into this service's."""
        try:
            yield
        except sqlite3.Error as error:
            self.close()
            if is_locked(error):
                raise Busy("the database is locked by a writer; try again") from error
            raise DatabaseUnreadable("the database cannot be read; the file may be damaged") from error

    def _fetch(self, connection: sqlite3.Connection, statement: str, values: Values) -> Rows:
        if self._copied_rows is not None:
            return self._copied_rows.fetch(statement, values)
        return connection.execute(statement, values).fetchall()

    def _is_outdated(self, file: _File, connection: sqlite3.Connection) -> bool:
        """Whether `connection` may not read the present content of `file`.

        sql.js writes every export with the same change counter. If it overwrites the file in place, only the file's
        time and size differ, and SQLite keeps answering from its cache.
        """
        last = self._file
        if last is None or file.identity != last.identity:
            return True
        if self._immutable:
            return file != last or self._has_log()
        if file.content != last.content:
            version, self._file = _data_version(connection), file
            is_unnoticed = version == self._version
            self._version, self._was_fresh = version, is_unnoticed and file.is_fresh
            return is_unnoticed
        if self._was_fresh and not file.is_fresh:
            self._was_fresh = False
            return True
        return False

    def _reopen(self, file: _File) -> sqlite3.Connection:
        self.close()
        connection = self._open()
        self._connection = connection
        self._file = file
        self._version = _data_version(connection)
        self._open_count += 1
        self._schema = None
        self._note_mode(connection)
        return connection

    def _note_mode(self, connection: sqlite3.Connection) -> None:
        ((mode,),) = connection.execute("PRAGMA journal_mode").fetchall()
        if mode == "wal" or self._immutable:
            self._copied_rows = None
        elif self._copied_rows is None:
            self._copied_rows = CopiedRows(connection)

    def _file_status(self) -> _File:
        try:
            return _File.of(self._path.stat())
        except FileNotFoundError:
            self.close()
            raise DatabaseMissing("there is no database") from None
        except OSError as error:
            raise DatabaseUnreadable("the database file cannot be accessed") from error

    def _open(self) -> sqlite3.Connection:
        self._immutable = False
        connection = self._connect("mode=ro")
        try:
            _data_version(connection)
        except sqlite3.Error as error:
            connection.close()
            if not (any(reason in str(error) for reason in _PERMISSION_MESSAGES) and self._is_in_wal_mode()):
                raise
            return self._open_immutable(error)
        return connection

    def _open_immutable(self, error: sqlite3.Error) -> sqlite3.Connection:
        """Open a database in WAL mode in a read-only folder, where SQLite cannot create its `-shm` and `-wal` files.

        Without a log of Node's, the file is the whole database until it changes.
        """
        if self._has_log():
            raise DatabaseUnreadable(
                "the database is in WAL mode with a write-ahead log, and its folder is not writable for the service",
                hint="start Node, which creates the missing file, or make the folder writable for the service",
            ) from error
        self._immutable = True
        return self._connect("mode=ro&immutable=1")

    def _connect(self, options: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?{options}",
            uri=True,
            timeout=self._timeout,
            check_same_thread=False,
            isolation_level=None,
        )
        connection.execute("PRAGMA query_only=ON")
        return connection

    def _is_in_wal_mode(self) -> bool:
        try:
            with self._path.open("rb") as file:
                file.seek(_FORMAT_AT)
                return file.read(len(_WAL_FORMAT)) == _WAL_FORMAT
        except OSError:
            return False

    def _has_log(self) -> bool:
        try:
            return self._path.with_name(f"{self._path.name}-wal").stat().st_size > 0
        except OSError:
            return False


def is_locked(error: sqlite3.Error) -> bool:
    """Whether a writer kept the file locked."""
    return getattr(error, "sqlite_errorcode", None) in LOCKED or "locked" in str(error)


def _data_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return int(version)


def _version_of(numbers: NumberConnection) -> int | None:
    """The version of what `numbers` reads, None where it can read nothing."""
    try:
        return numbers.version()
    except sqlite3.Error:
        return None


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _checked_columns(connection: sqlite3.Connection) -> dict[str, frozenset[str]]:
    """Columns of the tables that the service reads. Raises DatabaseInvalidSchema naming missing required ones."""
    columns = {
        table: frozenset(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
        for table in (*REQUIRED, *OPTIONAL)
    }
    missing = [
        f"{table}.{name}" for table, names in REQUIRED.items() for name in names if name not in columns[table]
    ]
    if missing:
        raise DatabaseInvalidSchema("required columns are missing: " + ", ".join(missing))
    return {table: names for table, names in columns.items() if names}
