"""Prices of some fixtures read as numbers are those that Python's sqlite3 reads, at the same moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from db import connection
from db.fixture_prices import FixturePrices
from db.fixture_table import MAX_IDS_AS_PARAMETERS
from db.numbers import NumberConnection, sqlite_library
from db.price_tables import PriceTables
from db.reader import Reader
from db.rollback_mode import Rows
from errors import Busy
from markets.prices import Quotes
from testing.leagues import add_fixture, add_price
from tests.db.test_price_tables import AT, EARLY, KICKOFF, LATE, ODDS

NUMBERS: list[float | str | None] = [None, *(eighths / 8 for eighths in range(-90, 171))]
TEXTS = ["-0.25", "+0.5", " 1", "2.5", "2.50", "--1", "0.3", "99"]
OTHERS = ["", " ", "2.5 ", "2.5x", "1.2.3", "level", "1e0", b"2.5", 1e300]


@pytest.fixture
def reader(database: Path) -> Iterator[Reader]:
    if sqlite_library() is None:
        pytest.skip("this build of Python hides the functions of SQLite's library")
    with closing(Reader(database, lock_timeout_seconds=0.1)) as one:
        yield one


def both(reader: Reader, fixture_id: int) -> tuple[Quotes, Quotes]:
    return reader.both_quotes_of(np.array([fixture_id]), np.array([AT]))


def plain(quotes: Quotes) -> list[object]:
    columns = quotes.fixture_id, quotes.market, quotes.bookmaker_id, quotes.captured_at
    return [*(column.tolist() for column in columns), repr(quotes.odds.tolist())]


def among_others(reader: Reader, fixture_id: int) -> Quotes:
    ids = fixture_id + np.arange(MAX_IDS_AS_PARAMETERS + 1)
    return reader.quotes_of(ids, np.full(len(ids), AT))


def everything(reader: Reader, fixture_id: int) -> list[list[object]]:
    return [plain(quotes) for quotes in (among_others(reader, fixture_id), *both(reader, fixture_id))]


@contextmanager
def pages_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """A list of what is meanwhile read by Python's sqlite3."""
    pages: list[object] = []
    read = PriceTables.pages_of

    def pages_of(tables: PriceTables, ids: Sequence[int], *, further: bool = False) -> Iterator[Rows]:
        pages.append(ids)
        return read(tables, ids, further=further)

    with monkeypatch.context() as patch:
        patch.setattr(PriceTables, "pages_of", pages_of)
        yield pages


def counts(reader: Reader, fixture_id: int) -> tuple[int, int]:
    calibrated, further = both(reader, fixture_id)
    return len(calibrated), len(further)


@pytest.mark.parametrize("kind", ["REAL", "TEXT", ""])
@pytest.mark.parametrize(("lines", "are_numbers"), [(NUMBERS, True), (TEXTS, True), (OTHERS, False)])
def test_every_market_and_line_has_the_code_that_sqlite_gives_it(
    kind: str,
    lines: Sequence[Any],
    are_numbers: bool,
    node: sqlite3.Connection,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node.execute("ALTER TABLE V3_Odds_History DROP COLUMN handicap_value")
    node.execute(f"ALTER TABLE V3_Odds_History ADD COLUMN handicap_value {kind}")
    fixture = add_fixture(node, kickoff=KICKOFF)
    for line in lines:
        for market in (1, 4, 5, 7, 8, 10, 12, 13):
            add_price(node, fixture, (1.9, 3.4, 1.95), EARLY, market=market, line=line)
            add_price(node, fixture, (1.9, 3.4, None), LATE, market=market, line=line)
    node.execute("UPDATE V3_Odds_History SET handicap_value = NULL WHERE handicap_value = '10'")
    with pages_counted(monkeypatch) as pages:
        either = everything(reader, fixture)
    assert (len(pages) == 0) == are_numbers
    monkeypatch.setattr(FixturePrices, "_numbers", lambda *_, **__: None)
    assert either == everything(reader, fixture)


def test_a_fixture_has_the_same_prices_alone_and_among_others(
    node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    for market in (1, 4, 5):
        add_price(node, fixture, (1.9, 3.4, 1.95), EARLY, market=market, line=2.5)
    alone = reader.quotes_of(np.array([fixture]), np.array([AT]))
    assert len(alone) == 2
    assert plain(alone) == plain(among_others(reader, fixture))


@pytest.mark.parametrize("what", ["no library", "a text", "SQLite fails"])
def test_what_cannot_be_read_as_numbers_is_read_all_the_same(
    what: str, node: sqlite3.Connection, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, ODDS, EARLY)
    add_price(node, fixture, (1.9, None, 1.95), EARLY, market=4, line=-0.25)
    if what == "no library":
        monkeypatch.setattr(connection, "sqlite_library", lambda: None)
    elif what == "a text":
        add_price(node, fixture, (1.9, None, 1.95), EARLY, market=4, line="level")
    else:
        monkeypatch.setattr(NumberConnection, "rows", lambda *_: node.execute("no SQL"))
    assert counts(reader, fixture) == (1, 1)


def test_a_lock_is_waited_for_once(
    node: sqlite3.Connection, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    beside = reader._connection.beside
    monkeypatch.setattr(PriceTables, "pages_of", None)

    def beside_a_writer() -> NumberConnection | None:
        node.execute("BEGIN EXCLUSIVE")
        return beside()

    node.execute("PRAGMA journal_mode = DELETE")
    monkeypatch.setattr(reader._connection, "beside", beside_a_writer)
    with pytest.raises(Busy, match="locked by a writer"):
        counts(reader, fixture)
    node.execute("COMMIT")


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_each_commit_is_seen_at_once_and_a_reading_leaves_no_lock(
    mode: str, node: sqlite3.Connection, reader: Reader
) -> None:
    node.execute(f"PRAGMA journal_mode = {mode}")
    fixture = add_fixture(node, kickoff=KICKOFF)
    for number in range(1, 4):
        add_price(node, fixture, ODDS, EARLY, bookmaker=number)
        assert counts(reader, fixture) == (number, 0)
    node.execute("PRAGMA busy_timeout = 0")
    node.execute("BEGIN EXCLUSIVE")
    node.execute("COMMIT")


def test_a_file_renamed_into_place_is_read_at_once(
    node: sqlite3.Connection, reader: Reader, database: Path, tmp_path: Path
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, ODDS, EARLY)
    node.execute("PRAGMA journal_mode = DELETE")
    node.execute("VACUUM INTO ?", (str(tmp_path / "other.sqlite"),))
    add_price(node, fixture, ODDS, LATE)
    assert counts(reader, fixture) == (2, 0)
    (tmp_path / "other.sqlite").replace(database)
    assert counts(reader, fixture) == (1, 0)
