"""Prices in every form of the tables that versions of the application have written, and under either id."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from db.dataset import Dataset
from db.reader import Reader
from testing.leagues import World, add_fixture, add_price, create

KICKOFF = datetime(2024, 3, 2, 15, tzinfo=timezone.utc)
AT = int(KICKOFF.timestamp())
EARLY = KICKOFF - timedelta(hours=30)
LATE = KICKOFF - timedelta(hours=1)
ODDS = (2.1, 3.4, 3.6)
API_ID = 1_209_640

SELECTIONS_IN_ODDS = """
DROP TABLE V3_Odds;
CREATE TABLE V3_Odds (odd_id INTEGER PRIMARY KEY AUTOINCREMENT, fixture_id INTEGER, bookmaker_id INTEGER,
  bookmaker_name TEXT, bet_id INTEGER, bet_name TEXT, value_label TEXT, value_odd TEXT, updated_at DATETIME,
  created_at DATETIME, UNIQUE (fixture_id, bookmaker_id, bet_id, value_label))"""
SELECTIONS = """
CREATE TABLE V3_Odds_Selections (fixture_id INTEGER NOT NULL, bookmaker_id INTEGER NOT NULL,
  market_name TEXT NOT NULL, label TEXT NOT NULL, odd_value REAL NOT NULL, handicap REAL, captured_at DATETIME,
  PRIMARY KEY (fixture_id, bookmaker_id, market_name, label, captured_at))"""


@pytest.fixture
def reader(database: Path) -> Iterator[Reader]:
    with closing(Reader(database)) as one:
        yield one


def readings(reader: Reader, fixture_id: int) -> list[list[tuple[Any, ...]]]:
    """Quotes (market, bookmaker, capture, odds) of all that is read, and of the fixture alone."""
    one = np.array([fixture_id], dtype=np.int64)
    quotes = (reader.load().quotes, reader.quotes_of(one, np.array([AT], dtype=np.int64)))
    return [
        [
            (int(market), int(bookmaker), int(captured), tuple(odds[np.isfinite(odds)].tolist()))
            for market, bookmaker, captured, odds in zip(
                some.market, some.bookmaker_id, some.captured_at, some.odds, strict=True
            )
        ]
        for some in quotes
    ]


def add_selections(node: sqlite3.Connection, fixture_id: int, market: int, prices: dict[str, str]) -> None:
    """Add last prices as the application stores them, a row per selection."""
    node.executemany(
        "INSERT INTO V3_Odds (fixture_id, bookmaker_id, bet_id, value_label, value_odd, updated_at)"
        " VALUES (?, 8, ?, ?, ?, ?)",
        [(fixture_id, market, label, odds, f"{LATE:%Y-%m-%d %H:%M:%S}") for label, odds in prices.items()],
    )


def add_captures(
    node: sqlite3.Connection, fixture_id: int, market: str, prices: dict[str, float], captured: datetime
) -> None:
    """Add captured prices as the application stores them, a row per selection, each with its own second."""
    node.executemany(
        "INSERT INTO V3_Odds_Selections (fixture_id, bookmaker_id, market_name, label, odd_value, captured_at)"
        " VALUES (?, 8, ?, ?, ?, ?)",
        [
            (fixture_id, market, label, odds, f"{captured + timedelta(seconds=second):%Y-%m-%d %H:%M:%S}")
            for second, (label, odds) in enumerate(prices.items())
        ],
    )


def test_last_prices_of_one_row_a_selection_are_read_as_sets(
    node: sqlite3.Connection, reader: Reader
) -> None:
    node.executescript(SELECTIONS_IN_ODDS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_selections(node, fixture, 1, {"Away": "3.60", "Home": "2.10", "Draw": "3.40"})
    add_selections(
        node, fixture, 5, {"Over 1.5": "1.3", "Over 2.5": "1.9", "Under 2.5": "1.95", "Under 3.5": "1.4"}
    )
    add_selections(node, fixture, 8, {"No": "2.0", "Yes": "1.8"})
    at = int(LATE.timestamp())
    expected = [(0, 8, at, ODDS), (1, 8, at, (1.9, 1.95)), (2, 8, at, (1.8, 2.0))]
    assert readings(reader, fixture) == [expected, expected]


def test_selections_captured_together_are_one_set_of_the_history(
    node: sqlite3.Connection, reader: Reader
) -> None:
    node.execute(SELECTIONS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_captures(node, fixture, "Match Winner", {"Home": 2.0, "Draw": 3.3, "Away": 3.9}, EARLY)
    add_captures(node, fixture, "Match Winner", {"Home": 2.1, "Draw": 3.4, "Away": 3.6}, LATE)
    first, second = (int(moment.timestamp()) + 2 for moment in (EARLY, LATE))
    expected = [(0, 8, first, (2.0, 3.3, 3.9)), (0, 8, second, ODDS)]
    assert readings(reader, fixture) == [expected, expected]


def test_a_capture_without_all_its_selections_is_no_set(node: sqlite3.Connection, reader: Reader) -> None:
    node.execute(SELECTIONS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_captures(node, fixture, "Match Winner", {"Home": 2.0, "Draw": 3.3, "Away": 3.9}, EARLY)
    add_captures(node, fixture, "Match Winner", {"Home": 2.1, "Away": 3.6}, LATE)
    assert [len(quotes) for quotes in readings(reader, fixture)] == [1, 1]
    assert reader.load().rejected == {"impossible_odds": 1}


def test_a_table_of_prices_without_the_columns_is_named_with_its_rows(
    node: sqlite3.Connection, reader: Reader
) -> None:
    node.executescript(
        "DROP TABLE V3_Odds; CREATE TABLE V3_Odds (id INTEGER PRIMARY KEY, fixture_id INTEGER, price REAL);"
        "INSERT INTO V3_Odds (fixture_id, price) VALUES (1, 2.0), (1, 3.0)"
    )
    (remark,) = reader.load().remarks
    assert remark.startswith("V3_Odds lacks the columns bookmaker_id, market_id, value_away_under, ")
    assert remark.endswith(": its 2 rows are not used")


@pytest.mark.parametrize("table", ["V3_Odds", "V3_Odds_History"])
def test_prices_under_an_api_id_are_those_of_its_fixture(
    table: str, node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF, api_id=API_ID)
    add_price(node, API_ID, ODDS, LATE, table=table)
    expected = [(0, 8, int(LATE.timestamp()), ODDS)]
    assert readings(reader, fixture) == [expected, expected]
    assert reader.load().rejected == {}


def test_an_api_id_that_is_another_fixtures_own_id_names_that_fixture(
    node: sqlite3.Connection, reader: Reader
) -> None:
    own = add_fixture(node, kickoff=KICKOFF, api_id=API_ID)
    other = add_fixture(node, kickoff=KICKOFF, api_id=own, home_team_id=3, away_team_id=4)
    add_price(node, own, ODDS, LATE)
    assert [len(quotes) for quotes in readings(reader, other)] == [1, 0]
    assert [len(quotes) for quotes in readings(reader, own)] == [1, 1]


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-02T14:00:00Z",
        "2024-03-02T14:00:00.000+00:00",
        "2024-03-02 14:00:00",
        "2024-03-02T15:00:00+0100",
        "2024-03-02T14:00:00.000+0000",
        "Sat Mar 02 2024 15:00:00 GMT+0100 (Central European Standard Time)",
        "Sat, 02 Mar 2024 14:00:00 GMT",
        AT - 3600,
        (AT - 3600) * 1000,
        str(AT - 3600),
        float(AT - 3600),
    ],
)
@pytest.mark.parametrize("table", ["V3_Odds", "V3_Odds_History"])
def test_a_moment_of_capture_is_read_in_every_form(
    table: str, text: Any, node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, ODDS, None, table=table)
    column = "updated_at" if table == "V3_Odds" else "capture_timestamp"
    node.execute(f"UPDATE {table} SET {column} = ?", (text,))
    assert reader.load().quotes.captured_at.tolist() == [AT - 3600]
    assert reader.load().rejected == {}


@pytest.mark.parametrize("text", ["yesterday", "", "02/03/2024", 12, -5])
def test_a_moment_that_cannot_be_read_is_counted_in_either_table(
    text: Any, node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, ODDS, None, table="V3_Odds")
    add_price(node, fixture, ODDS, None)
    node.execute("UPDATE V3_Odds SET updated_at = ?", (text,))
    node.execute("UPDATE V3_Odds_History SET capture_timestamp = ?", (text,))
    dataset = reader.load()
    assert dataset.rejected == {"unreadable_capture_time": 2}
    assert dataset.quotes.captured_at.tolist() == [AT - 1]


def test_a_last_price_of_a_match_to_come_without_a_moment_is_known_now(
    node: sqlite3.Connection, reader: Reader
) -> None:
    now = datetime.now(timezone.utc)
    fixture = add_fixture(node, kickoff=now + timedelta(days=3))
    add_price(node, fixture, ODDS, None, table="V3_Odds")
    (captured,) = reader.load().quotes.captured_at.tolist()
    assert abs(captured - now.timestamp()) < 60


def test_no_price_of_the_day_is_late_where_only_the_day_of_a_match_to_come_is_known(
    node: sqlite3.Connection, reader: Reader
) -> None:
    day = datetime(2024, 3, 2, tzinfo=timezone.utc)
    add_fixture(node, kickoff=day, status_short="TBD")
    add_price(node, 1, ODDS, day + timedelta(hours=15))
    assert reader.load().quotes.captured_at.tolist() == [int(day.timestamp()) + 15 * 3600]


def test_a_price_of_the_day_is_late_where_only_the_day_of_a_finished_match_is_known(
    node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(
        node, date="2024-03-02", timestamp=None, status_short="FT", goals_home=1, goals_away=0
    )
    add_price(node, fixture, ODDS, KICKOFF)
    dataset = reader.load()
    assert len(dataset.quotes) == 0
    assert dataset.unused == {"odds_captured_after_kick_off": 1}


def drop_indexes(node: sqlite3.Connection) -> None:
    node.executescript("DROP INDEX odds_fixture; DROP INDEX history_fixture")


def test_a_table_without_an_index_comes_with_the_line_that_makes_one(
    node: sqlite3.Connection, reader: Reader
) -> None:
    drop_indexes(node)
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, ODDS, LATE)
    (remark,) = reader.load().remarks
    statement = remark.rsplit(": ", 1)[1]
    node.execute(statement)
    assert reader.load().remarks == ()


@pytest.mark.parametrize("wal", [True, False])
def test_prices_without_an_index_are_those_with_one(wal: bool, database: Path, reader: Reader) -> None:
    with closing(create(database, World(leagues=2, teams=6, seasons=2), wal)) as node:
        ids = [row[0] for row in node.execute("SELECT fixture_id FROM V3_Fixtures ORDER BY fixture_id")]
        chosen = np.array(ids[::7], dtype=np.int64)
        forever = np.full(len(chosen), 4_000_000_000, dtype=np.int64)
        with_index = reader.quotes_of(chosen, forever)
        drop_indexes(node)
        without = reader.quotes_of(chosen, forever)
    assert len(with_index) > 0
    for name in ("fixture_id", "market", "bookmaker_id", "captured_at"):
        assert getattr(with_index, name).tolist() == getattr(without, name).tolist()
    assert np.array_equal(with_index.odds, without.odds, equal_nan=True)


def count_of(reader: Reader, fixture_id: int) -> int:
    return len(reader.quotes_of(np.array([fixture_id]), np.array([AT])))


def test_prices_added_to_a_table_without_an_index_are_followed(
    node: sqlite3.Connection, reader: Reader
) -> None:
    drop_indexes(node)
    first, second = (
        add_fixture(node, kickoff=KICKOFF, home_team_id=team, away_team_id=team + 1) for team in (1, 3)
    )
    add_price(node, first, ODDS, EARLY)
    assert (count_of(reader, first), count_of(reader, second)) == (1, 0)
    for captured in (EARLY, LATE):
        add_price(node, second, ODDS, captured)
        add_price(node, first, ODDS, captured + timedelta(minutes=1))
    assert (count_of(reader, first), count_of(reader, second)) == (3, 2)


def test_rows_taken_away_and_their_keys_given_to_another_fixture_are_noticed(
    node: sqlite3.Connection, reader: Reader
) -> None:
    node.executescript("""
        DROP TABLE V3_Odds_History;
        CREATE TABLE V3_Odds_History (fixture_id INTEGER, bookmaker_id INTEGER, market_id INTEGER,
          value_home_over REAL, value_draw REAL, value_away_under REAL, handicap_value TEXT,
          capture_timestamp DATETIME);
        DROP INDEX odds_fixture
    """)
    first, second = (
        add_fixture(node, kickoff=KICKOFF, home_team_id=team, away_team_id=team + 1) for team in (1, 3)
    )
    add_price(node, first, ODDS, EARLY)
    add_price(node, first, ODDS, LATE)
    assert count_of(reader, first) == 2
    node.execute("DELETE FROM V3_Odds_History")
    add_price(node, second, ODDS, EARLY)
    add_price(node, second, ODDS, LATE)
    assert (count_of(reader, first), count_of(reader, second)) == (0, 2)


def test_another_file_renamed_into_place_is_read_anew(
    node: sqlite3.Connection, database: Path, reader: Reader, tmp_path: Path
) -> None:
    drop_indexes(node)
    first, second = (
        add_fixture(node, kickoff=KICKOFF, home_team_id=team, away_team_id=team + 1) for team in (1, 3)
    )
    add_price(node, first, ODDS, EARLY)
    assert count_of(reader, second) == 0
    other = tmp_path / "other.sqlite"
    node.execute("UPDATE V3_Odds_History SET fixture_id = ?", (second,))
    node.execute("VACUUM INTO ?", (str(other),))
    node.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.replace(database)
    assert (count_of(reader, first), count_of(reader, second)) == (0, 1)


def test_the_newest_of_several_prices_of_one_second_counts(node: sqlite3.Connection, reader: Reader) -> None:
    drop_indexes(node)
    fixture = add_fixture(node, kickoff=KICKOFF)
    for home in (1.9, 2.0, 2.1):
        add_price(node, fixture, (home, 3.4, 3.6), LATE)
    quotes = reader.quotes_of(np.array([fixture]), np.array([AT]))
    assert quotes.odds[-1, 0] == 2.1


def is_digest_stable(reader: Reader, node: sqlite3.Connection, fixture_id: int) -> bool:
    before = reader.digest(AT - 30 * 86_400)
    add_price(node, fixture_id, ODDS, LATE)
    return reader.digest(AT - 30 * 86_400) == before


def test_prices_of_later_matches_under_their_api_ids_leave_the_digest_of_old_ones_alone(
    node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node, kickoff=KICKOFF, api_id=API_ID)
    assert is_digest_stable(reader, node, API_ID)


def test_prices_of_no_fixture_leave_the_digest_alone(node: sqlite3.Connection, reader: Reader) -> None:
    add_fixture(node, kickoff=KICKOFF - timedelta(days=60))
    assert is_digest_stable(reader, node, 77_777)


def test_prices_of_old_matches_under_their_api_ids_change_the_digest(
    node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node, kickoff=KICKOFF - timedelta(days=60), api_id=API_ID)
    assert not is_digest_stable(reader, node, API_ID)


def test_reading_all_and_reading_some_agree_on_a_dataset(node: sqlite3.Connection, reader: Reader) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF, api_id=API_ID, status_short="FT", goals_home=1, goals_away=1)
    add_price(node, API_ID, ODDS, LATE)
    whole: Dataset = reader.load()
    recent = reader.recent(AT - 86_400, [])
    assert whole.quotes.fixture_id.tolist() == recent.quotes.fixture_id.tolist() == [fixture]
