"""Numbers by SQLite's library are the numbers of Python's sqlite3."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from common.arrays import Floats
from db.numbers import MAX_STATEMENTS, Library, NumberConnection, sqlite_library

VALUES = (None, 0, -1, 2**53 + 1, -(2**63), 2**63 - 1, 0.1, -1e-300, 1e308, float("inf"), 3)


@pytest.fixture
def library() -> Library:
    functions = sqlite_library()
    if functions is None:
        pytest.skip("this build of Python hides the functions of SQLite's library")
    return functions


@pytest.fixture
def node(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(database, isolation_level=None)) as one:
        one.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, a, b)")
        one.executemany("INSERT INTO things (a, b) VALUES (?, ?)", zip(VALUES, reversed(VALUES), strict=True))
        yield one


@pytest.fixture
def numbers(library: Library, node: sqlite3.Connection, database: Path) -> Iterator[NumberConnection]:
    assert node
    with closing(NumberConnection.of(library, database, 0.05)) as one:
        yield one


def room(width: int) -> Floats:
    return np.zeros((len(VALUES), width))


def test_a_page_holds_the_numbers_that_python_would_make_of_its_rows(
    numbers: NumberConnection, node: sqlite3.Connection
) -> None:
    statement = "SELECT a, b FROM things WHERE id > ? AND id <= ? ORDER BY id"
    for keys in ((0, 100), (3, 7), (90, 100)):
        rows = node.execute(statement, keys).fetchall()
        expected = np.array(rows, dtype=np.float64).reshape(-1, 2)
        np.testing.assert_array_equal(numbers.page(statement, keys, room(2)), expected)


def test_a_page_ends_where_there_is_no_more_room(numbers: NumberConnection) -> None:
    ids = numbers.page("SELECT id FROM things ORDER BY id", (), np.zeros((3, 1)))
    assert ids.tolist() == [[1.0], [2.0], [3.0]]


def test_all_rows_come_however_many_they_are(numbers: NumberConnection, node: sqlite3.Connection) -> None:
    for rows in (0, 1, 255, 256, 257, 3_000, 5 * len(VALUES) ** 4):
        statement = f"SELECT a.id, b.b FROM things AS a, things AS b, things, things, things LIMIT {rows}"
        expected = np.array(node.execute(statement).fetchall(), dtype=np.float64).reshape(-1, 2)
        np.testing.assert_array_equal(numbers.rows(statement, (), 2), expected)


def test_a_statement_asked_again_reads_anew_with_other_parameters(
    numbers: NumberConnection, node: sqlite3.Connection
) -> None:
    statement = "SELECT id FROM things WHERE id IN (SELECT value FROM json_each(?))"
    assert numbers.rows(statement, ["[2, 4]"], 1).tolist() == [[2.0], [4.0]]
    node.execute("DELETE FROM things WHERE id = 4")
    assert numbers.rows(statement, ["[1, 2, 3, 4]"], 1).tolist() == [[1.0], [2.0], [3.0]]


def test_more_statements_than_are_kept_give_their_own_rows(numbers: NumberConnection) -> None:
    for _ in range(2):
        for number in range(3 * MAX_STATEMENTS):
            assert numbers.query(f"SELECT {number}") == [(number,)]


@pytest.mark.parametrize("other", ["1.5", "", b"\x00", "now"])
def test_a_value_that_is_no_number_is_an_error_wherever_it_stands(
    other: object, numbers: NumberConnection, node: sqlite3.Connection
) -> None:
    node.execute("UPDATE things SET b = ? WHERE id = 7", (other,))
    with pytest.raises(ValueError, match="expected a number or NULL"):
        numbers.page("SELECT a, b FROM things", (), room(2))
    with pytest.raises(ValueError, match="expected a whole number or NULL"):
        numbers.query("SELECT b FROM things WHERE id = 7")
    assert numbers.page("SELECT a, b FROM things WHERE id < 7", (), room(2)).shape == (6, 2)


def test_whole_numbers_of_a_query_keep_every_digit(numbers: NumberConnection) -> None:
    rows = numbers.query("SELECT a FROM things WHERE id <= ? AND id <> ?", (6, 1))
    assert rows == [(value,) for value in VALUES[1:6]]
    assert numbers.query("SELECT MAX(id) FROM things WHERE id > 99") == [(None,)]


@pytest.mark.parametrize("statement", ["SELECT nothing FROM things", "SELECT id FROM nowhere", "no SQL"])
def test_a_statement_that_sqlite_refuses_is_an_error(statement: str, numbers: NumberConnection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="prepare_v2 returned 1"):
        numbers.query(statement)
    with pytest.raises(sqlite3.OperationalError, match="prepare_v2 returned 1"):
        numbers.page(statement, (), room(1))


def test_a_file_that_a_writer_keeps_locked_is_an_error_and_readable_afterwards(
    numbers: NumberConnection, node: sqlite3.Connection
) -> None:
    node.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="returned 5"):
        numbers.page("SELECT id FROM things", (), room(1))
    node.execute("COMMIT")
    assert len(numbers.page("SELECT id FROM things", (), room(1))) == len(VALUES)


def test_a_file_that_does_not_exist_is_an_error_and_is_not_made(library: Library, tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="open_v2 returned 14"):
        NumberConnection.of(library, tmp_path / "none.sqlite", 0.0)
    assert not (tmp_path / "none.sqlite").exists()


def test_nothing_can_be_written(numbers: NumberConnection, node: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="step returned 8"):
        numbers.query("DELETE FROM things")
    assert node.execute("SELECT COUNT(*) FROM things").fetchone() == (len(VALUES),)


def test_a_snapshot_stays_and_the_version_tells_of_a_commit(
    numbers: NumberConnection, node: sqlite3.Connection
) -> None:
    node.execute("PRAGMA journal_mode = WAL")
    before = numbers.version()
    node.execute("DELETE FROM things WHERE id = 1")
    later = numbers.version()
    numbers.begin()
    count = "SELECT COUNT(*) FROM things"
    assert (numbers.version(), numbers.query(count)) == (later, [(len(VALUES) - 1,)])
    node.execute("DELETE FROM things")
    assert (numbers.version(), numbers.query(count)) == (later, [(len(VALUES) - 1,)])
    assert before != later


def test_closing_it_leaves_the_locks_of_other_connections_alone(
    library: Library, node: sqlite3.Connection, database: Path
) -> None:
    """A second library in the process would drop them: then the other process could write."""
    node.execute("BEGIN IMMEDIATE")
    with closing(NumberConnection.of(library, database, 0.05)) as numbers:
        assert numbers.query("SELECT COUNT(*) FROM things") == [(len(VALUES),)]
    program = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
    done = run_python(program, database)
    assert "database is locked" in done
    node.execute("COMMIT")


def run_python(program: str, database: Path) -> str:
    """What a process of its own writes to stderr."""
    command = [sys.executable, "-c", program, str(database)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr
