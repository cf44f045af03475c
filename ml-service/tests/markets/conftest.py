"""One fixture of an empty database, and a reader of its prices."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest

from db.reader import Reader
from testing.leagues import add_fixture

KICKOFF = datetime(2024, 3, 2, 15, tzinfo=timezone.utc)


@pytest.fixture
def fixture(node: sqlite3.Connection) -> int:
    return add_fixture(node, kickoff=KICKOFF)


@pytest.fixture
def reader(database: Path) -> Iterator[Reader]:
    with closing(Reader(database)) as one:
        yield one
