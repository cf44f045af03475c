"""The read-only connection to the file that Node writes, opened again whenever that file is another one.

Node's writer is never made to wait: in rollback-journal mode rows are read in pages with no transaction held
between them nor while Python takes them; in WAL mode, where readers block nobody, under one snapshot.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from db.rollback_mode import Rows, UnlockedRows, Values
from db.schema import OPTIONAL, REQUIRED
from errors import Busy, DatabaseInvalidSchema, DatabaseMissing, DatabaseUnreadable

Stamp = tuple[int, int]

_CLOCK_TICK_NS = 20_000_000
"""The clock of a file system may stand still for so long: two writes within it leave the same time."""
_LOCKED = (5, 6)  # SQLITE_BUSY, SQLITE_LOCKED; sqlite3 names them from Python 3.11 on
_NO_RIGHTS = ("readonly database", "unable to open database file")
_FORMAT_AT, _WAL_FORMAT = 18, b"\x02\x02"
"""Where a database's header says how it is written and read, and what it says there in WAL mode."""


@dataclass(frozen=True)
class _File:
    """Which file it is, and what moves when its content does."""

    identity: tuple[int, int]
    content: tuple[int, int]

    @classmethod
    def of(cls, status: os.stat_result) -> _File:
        return cls((status.st_dev, status.st_ino), (status.st_mtime_ns, status.st_size))

    @property
    def is_fresh(self) -> bool:
        """Whether it was written so recently that another write may leave the same time."""
        return 0 <= time.time_ns() - self.content[0] < _CLOCK_TICK_NS


class Connection:
    """One connection, opened when first needed. Not for use by two threads at once.

    Every method raises DatabaseMissing, DatabaseUnreadable, DatabaseInvalidSchema or sqlite3.Error, which
    `errors` turns into one of the first or, where a writer holds the file for longer than
    `lock_timeout_seconds`, into Busy.
    """

    def __init__(self, path: Path, lock_timeout_seconds: float) -> None:
        self._path = path
        self._timeout = lock_timeout_seconds
        self._connection: sqlite3.Connection | None = None
        self._file: _File | None = None
        self._was_fresh = False
        self._version = 0
        self._opened = 0
        self._schema: int | None = None
        self._immutable = False
        self._unlocked: UnlockedRows | None = None
        self.columns: dict[str, frozenset[str]] = {}
        """The columns of every table that is there and that the service reads."""

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._unlocked = None

    @property
    def has_snapshots(self) -> bool:
        """Whether a transaction reads one moment of the database and holds nobody up: in WAL mode."""
        return self._unlocked is None and not self._immutable

    def stamp(self) -> Stamp:
        """Something that differs after every commit of another process and when the file is replaced."""
        version = _data_version(self.current())
        return self._opened, version

    def moment(self) -> Stamp:
        """The stamp of what `query` reads, without a look at whether the file is still there."""
        version = _data_version(self._connection or self.current())
        return self._opened, version

    def current(self) -> sqlite3.Connection:
        """The connection to the file that is there now, its tables checked and its journal mode known."""
        file = self._file_now()
        connection = self._connection
        if connection is None or self._is_another(file, connection):
            connection = self._reopened(file)
        (schema,) = connection.execute("PRAGMA schema_version").fetchone()
        if schema != self._schema:
            self.columns = _checked_columns(connection)
            self._schema = schema
        return connection

    def note_mode(self) -> sqlite3.Connection:
        """As `current`, and the journal mode is looked at anew: Node may change it while the file stays."""
        connection = self.current()
        self._note_mode(connection)
        return connection

    def query(self, statement: str, values: Values = ()) -> Rows:
        """All rows of a statement, from the file that was there when this reading began."""
        connection = self._connection or self.current()
        try:
            return self._fetched(connection, statement, values)
        except sqlite3.OperationalError as wrong:
            if connection.text_factory is _decode or "decode" not in str(wrong):
                raise
        # Some text is no UTF-8: from now on every text goes through Python, which takes longer.
        connection.text_factory = _decode
        return self._fetched(connection, statement, values)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One moment of the database; only where `has_snapshots`."""
        connection = self.current()
        connection.execute("BEGIN")
        try:
            yield
        finally:
            if connection is self._connection:  # not closed for an error
                connection.execute("ROLLBACK")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """SQLite's failures as this service's."""
        try:
            yield
        except sqlite3.Error as wrong:
            self.close()
            if getattr(wrong, "sqlite_errorcode", None) in _LOCKED or "locked" in str(wrong):
                raise Busy("the database is locked by a writer") from wrong
            raise DatabaseUnreadable("the database cannot be read; it may be damaged") from wrong

    def _fetched(self, connection: sqlite3.Connection, statement: str, values: Values) -> Rows:
        if self._unlocked is not None:
            return self._unlocked.fetched(statement, values)
        return connection.execute(statement, values).fetchall()

    def _is_another(self, file: _File, connection: sqlite3.Connection) -> bool:
        """Whether `file` is not what `connection` reads.

        sql.js writes every export with the same change counter: where it is laid over the file in place, only
        the file's time and size tell, and SQLite goes on answering from its cache.
        """
        last = self._file
        if last is None or file.identity != last.identity:
            return True
        if self._immutable:
            return file != last or self._has_log()
        if file.content != last.content:
            version, self._file = _data_version(connection), file
            moved_alone = version == self._version
            self._version, self._was_fresh = version, moved_alone and file.is_fresh
            return moved_alone
        if self._was_fresh and not file.is_fresh:
            self._was_fresh = False
            return True
        return False

    def _reopened(self, file: _File) -> sqlite3.Connection:
        self.close()
        connection = self._open()
        self._connection = connection
        self._file = file
        self._version = _data_version(connection)
        self._opened += 1
        self._schema = None
        self._note_mode(connection)
        return connection

    def _note_mode(self, connection: sqlite3.Connection) -> None:
        ((mode,),) = connection.execute("PRAGMA journal_mode").fetchall()
        if mode == "wal" or self._immutable:
            self._unlocked = None
        elif self._unlocked is None:
            self._unlocked = UnlockedRows(connection)

    def _file_now(self) -> _File:
        try:
            return _File.of(self._path.stat())
        except FileNotFoundError:
            self.close()
            raise DatabaseMissing("there is no database") from None
        except OSError as wrong:
            raise DatabaseUnreadable("the database cannot be reached") from wrong

    def _open(self) -> sqlite3.Connection:
        self._immutable = False
        connection = self._opened_with("mode=ro")
        try:
            _data_version(connection)
        except sqlite3.OperationalError as wrong:
            connection.close()
            if not (any(reason in str(wrong) for reason in _NO_RIGHTS) and self._is_in_wal_mode()):
                raise
            return self._open_without_log(wrong)
        return connection

    def _open_without_log(self, wrong: sqlite3.OperationalError) -> sqlite3.Connection:
        """A database in WAL mode in a folder where SQLite may not create the files that it wants beside it.

        Where Node has left no log behind, the file alone is the whole database as long as it stays as it is.
        """
        if self._has_log():
            raise DatabaseUnreadable(
                "the database is in WAL mode, with a log beside it, in a folder that the service may not write",
                hint="start Node, which creates what is missing; or let the service write that folder",
            ) from wrong
        self._immutable = True
        return self._opened_with("mode=ro&immutable=1")

    def _opened_with(self, options: str) -> sqlite3.Connection:
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


def _data_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return int(version)


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _checked_columns(connection: sqlite3.Connection) -> dict[str, frozenset[str]]:
    """Columns of every table the service reads; DatabaseInvalidSchema names what is needed and missing."""
    found = {
        table: frozenset(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
        for table in (*REQUIRED, *OPTIONAL)
    }
    missing = [
        f"{table}.{name}" for table, names in REQUIRED.items() for name in names if name not in found[table]
    ]
    if missing:
        raise DatabaseInvalidSchema("the database lacks " + ", ".join(missing))
    return {table: names for table, names in found.items() if names}
