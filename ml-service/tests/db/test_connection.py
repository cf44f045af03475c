"""The connection notices whatever is done to the file, and reads where the folder may not be written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from db.reader import Reader
from testing.leagues import World, add_fixture, add_teams, create, finish

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65_534
_CHANGE_COUNTER_AT = (24, 92)
"""Where the header counts changes, and where it says of which change the page count is."""


@pytest.fixture
def reader(database: Path) -> Iterator[Reader]:
    with closing(Reader(database)) as one:
        yield one


def export(path: Path, goals: int) -> bytes:
    """A database of one match of `goals` to 0, with the change counter that every export of sql.js has."""
    with closing(create(path, wal=False)) as node:
        add_teams(node, 2)
        finish(node, add_fixture(node), goals, 0)
    content = bytearray(path.read_bytes())
    for place in _CHANGE_COUNTER_AT:
        content[place : place + 4] = b"\x00\x00\x00\x01"
    path.unlink()
    return bytes(content)


def goals_of(reader: Reader) -> float:
    return float(reader.load().fixtures["goals_home"].iloc[0])


def write_in_place(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def rename(path: Path, content: bytes) -> None:
    other = path.with_suffix(".other")
    other.write_bytes(content)
    other.replace(path)


@pytest.mark.parametrize("put", [write_in_place, rename])
def test_an_export_with_the_change_counter_of_the_last_one_is_seen(
    put: Callable[[Path, bytes], None], database: Path, reader: Reader
) -> None:
    three, four = export(database, 3), export(database, 4)
    database.write_bytes(three)
    stamp = reader.stamp()
    assert goals_of(reader) == 3.0
    put(database, four)
    assert reader.stamp() != stamp
    assert goals_of(reader) == 4.0


def test_an_export_within_the_same_tick_of_the_clock_is_seen_a_moment_later(
    database: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = [export(database, goals) for goals in (3, 4, 5)]
    database.write_bytes(exports[0])
    assert goals_of(reader) == 3.0
    database.write_bytes(exports[1])
    written = database.stat()
    set_clock(monkeypatch, written.st_mtime_ns + 1)
    assert goals_of(reader) == 4.0
    database.write_bytes(exports[2])
    os.utime(database, ns=(written.st_atime_ns, written.st_mtime_ns))
    set_clock(monkeypatch, written.st_mtime_ns + 10**9)
    assert goals_of(reader) == 5.0


def set_clock(monkeypatch: pytest.MonkeyPatch, now_ns: int) -> None:
    monkeypatch.setattr("db.connection.time", SimpleNamespace(time_ns=lambda: now_ns))


def test_a_file_that_only_looks_newer_is_read_again_and_then_left_alone(
    database: Path, reader: Reader
) -> None:
    database.write_bytes(export(database, 3))
    first = reader.stamp()
    os.utime(database, ns=(0, 10**18))
    second = reader.stamp()
    assert second != first
    assert reader.stamp() == second


_READ = """
import os, sys
from pathlib import Path
from db.reader import Reader
from errors import ServiceError
os.setuid({uid})
reader = Reader(Path(sys.argv[1]))
for line in sys.stdin:
    try:
        print(int(reader.load().fixtures["goals_home"].iloc[0]), flush=True)
    except ServiceError as wrong:
        print(wrong.message, wrong.hint, sep="; ", flush=True)
"""


class Stranger:
    """A reader in a process of a user who may read the database and write nowhere."""

    def __init__(self, database: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _READ.format(uid=NOBODY), str(database)],
            cwd=ROOT,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def reads(self) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise AssertionError("the process has no pipes")
        stdin.write("\n")
        stdin.flush()
        return stdout.readline().strip()

    def close(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that all users may read and only its owner may write, with a cleanly closed database in WAL mode."""
    if os.geteuid() != 0:
        pytest.skip("only root may become another user")
    for parent in (tmp_path, *tmp_path.parents):
        if parent.stat().st_uid == 0 and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)
    path = tmp_path / "node"
    path.mkdir(mode=0o755)
    with closing(create(path / "database.sqlite", World(leagues=1, teams=4, seasons=1))) as node:
        finish(node, 1, 3, 0)
    assert [file.name for file in path.iterdir()] == ["database.sqlite"]
    return path


@pytest.fixture
def stranger(folder: Path) -> Iterator[Stranger]:
    with closing(Stranger(folder / "database.sqlite")) as one:
        yield one


def test_a_wal_database_left_cleanly_is_read_where_the_folder_may_not_be_written(
    folder: Path, stranger: Stranger
) -> None:
    assert stranger.reads() == "3"
    assert [file.name for file in folder.iterdir()] == ["database.sqlite"]


def test_what_node_writes_when_it_starts_again_is_read_and_so_is_what_it_leaves(
    folder: Path, stranger: Stranger
) -> None:
    assert stranger.reads() == "3"
    with closing(sqlite3.connect(folder / "database.sqlite", isolation_level=None)) as node:
        finish(node, 1, 4, 0)
        assert stranger.reads() == "4"
        finish(node, 1, 5, 0)
        assert stranger.reads() == "5"
    assert stranger.reads() == "5"


def test_a_log_that_cannot_be_read_without_rights_is_named_with_the_cure(
    folder: Path, stranger: Stranger
) -> None:
    database = folder / "database.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as node:
        finish(node, 1, 4, 0)
        log = (folder / "database.sqlite-wal").read_bytes()
    (folder / "database.sqlite-wal").write_bytes(log)
    message = stranger.reads()
    assert message.startswith("the database is in WAL mode with a write-ahead log")
    assert "start Node" in message
