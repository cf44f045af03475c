"""Reading Node's database: every fault has its error, every reading is of one moment, nothing is ever written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from db.connection import Connection
from db.numbers import sqlite_library
from db.reader import Reader
from db.rollback_mode import CopiedRows, Rows, Values
from db.schema import FINISHED, VOID
from errors import Busy, DatabaseError, DatabaseInvalidSchema, DatabaseMissing, DatabaseUnreadable
from testing.leagues import World, add_fixture, add_price, add_teams, create, finish

SMALL = World(leagues=1, teams=6, seasons=2, upcoming_rounds=1)
KICKOFF = datetime(2024, 3, 2, 15, tzinfo=timezone.utc)
FAR = int(datetime(2099, 1, 1, tzinfo=timezone.utc).timestamp())


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole database in one file, as sql.js exports it; no test changes it."""
    path = tmp_path_factory.mktemp("good") / "good.sqlite"
    create(path, SMALL, wal=False).close()
    return path


@pytest.fixture
def reader(database: Path) -> Iterator[Reader]:
    """A reader of `database`, whatever the file holds."""
    with closing(Reader(database)) as one:
        yield one


def put(source: Path, target: Path) -> None:
    """Rename a copy into place, as sql.js does."""
    copy = target.with_suffix(".new")
    shutil.copy(source, copy)
    copy.replace(target)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def spill_garbage(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 4096 // 4 * 4096)
        file.write(os.urandom(size // 4096 // 2 * 4096))


def run(statement: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)

    return change


FAULTS: dict[str, tuple[Callable[[Path], object], type[DatabaseError]]] = {
    "missing": (lambda path: path.unlink(), DatabaseMissing),
    "empty": (lambda path: path.write_bytes(b""), DatabaseInvalidSchema),
    "directory": (make_folder, DatabaseUnreadable),
    "not sqlite": (lambda path: path.write_text("fixture_id;home;away\n" * 999), DatabaseUnreadable),
    "truncated": (truncate, DatabaseUnreadable),
    "garbage in the middle": (spill_garbage, DatabaseUnreadable),
    "column gone": (
        run("ALTER TABLE V3_Fixtures RENAME COLUMN status_short TO status"),
        DatabaseInvalidSchema,
    ),
    "table gone": (run("DROP TABLE V3_Teams"), DatabaseInvalidSchema),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_database_is_refused_each_time_until_it_is_good_again(
    fault: str, good: Path, database: Path, reader: Reader
) -> None:
    put(good, database)
    whole = len(reader.load().fixtures)
    spoil, error = FAULTS[fault]
    reader.close()  # SQLite would answer from its cache of pages
    spoil(database)
    for _ in range(2):
        with pytest.raises(error):
            reader.load()
    if database.is_dir():
        database.rmdir()
    put(good, database)
    assert len(reader.load().fixtures) == whole


def test_a_schema_that_lacks_something_says_what_each_time_it_is_looked_at(
    database: Path, reader: Reader
) -> None:
    with closing(create(database)) as node:
        node.execute("ALTER TABLE V3_Leagues DROP COLUMN type")
    for look in (reader.stamp, reader.load, reader.stamp):
        with pytest.raises(DatabaseInvalidSchema, match=r"V3_Leagues\.type"):
            look()


def test_a_column_that_node_adds_in_place_heals_the_schema(database: Path, reader: Reader) -> None:
    with closing(create(database)) as node:
        node.execute("ALTER TABLE V3_Leagues DROP COLUMN type")
        with pytest.raises(DatabaseInvalidSchema):
            reader.load()
        node.execute("ALTER TABLE V3_Leagues ADD COLUMN type TEXT")
    assert len(reader.load().fixtures) == 0


def test_leagues_have_api_football_ids_and_countries(node: sqlite3.Connection, reader: Reader) -> None:
    node.executescript(
        "INSERT INTO V3_Leagues (league_id, api_id, name, country_id) VALUES (2, NULL, 'Cup', NULL);"
        "INSERT INTO V3_Leagues (league_id, api_id, name, country_id) VALUES (3, -77, 'Lost', 99);"
        "INSERT INTO V3_Countries (country_id, name) VALUES (4, NULL);"
        "INSERT INTO V3_Leagues (league_id, api_id, name, country_id) VALUES (4, 39, 'Nameless', 4);"
    )
    leagues = reader.leagues()
    assert leagues["api_id"].tolist() == [1, -1, -1, 39]
    assert leagues["country"].tolist() == ["Land", None, None, None]


@pytest.mark.parametrize(
    ("change", "api_ids", "countries"),
    [
        ("DROP TABLE V3_Countries", [1], [None]),
        ("ALTER TABLE V3_Countries RENAME COLUMN name TO called", [1], [None]),
        ("ALTER TABLE V3_Leagues RENAME COLUMN api_id TO other", [-1], ["Land"]),
    ],
)
def test_what_the_tables_of_leagues_and_countries_lack_is_unknown(
    change: str, api_ids: list[int], countries: list[str | None], node: sqlite3.Connection, reader: Reader
) -> None:
    node.execute(change)
    leagues = reader.load().leagues
    assert (leagues["api_id"].tolist(), leagues["country"].tolist()) == (api_ids, countries)


def test_an_optional_table_that_appears_later_is_read(node: sqlite3.Connection, reader: Reader) -> None:
    node.execute("ALTER TABLE V3_Odds_History RENAME TO Elsewhere")
    fixture = add_fixture(node, kickoff=KICKOFF)
    assert len(reader.load().quotes) == 0
    node.execute("ALTER TABLE Elsewhere RENAME TO V3_Odds_History")
    add_price(node, fixture, (2.0, 3.4, 4.0), KICKOFF - timedelta(hours=5))
    assert len(reader.load().quotes) == 1


@pytest.mark.parametrize("table", ["V3_Odds", "V3_Odds_History", "V3_Fixture_Stats"])
def test_an_optional_table_that_is_gone_costs_no_fixture(
    table: str, good: Path, reader: Reader, database: Path
) -> None:
    put(good, database)
    whole = len(reader.load().fixtures)
    run(f"DROP TABLE {table}")(database)
    assert len(reader.load().fixtures) == whole


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("V3_Odds", "handicap_value"),
        ("V3_Odds", "updated_at"),
        ("V3_Odds_History", "handicap_value"),
        ("V3_Odds_History", "value_draw"),
        ("V3_Odds_History", "market_id"),
        ("V3_Fixture_Stats", "corner_kicks"),
        ("V3_Fixture_Stats", "half"),
    ],
)
def test_a_column_that_an_optional_table_lacks_is_no_error_anywhere(
    table: str, column: str, good: Path, database: Path, reader: Reader
) -> None:
    put(good, database)
    run(f"ALTER TABLE {table} RENAME COLUMN {column} TO other_{column}")(database)
    assert len(reader.load().fixtures) == 60
    assert len(reader.recent(0, []).fixtures) == 60
    assert reader.digest(FAR)


def test_no_fixtures_at_all_are_an_empty_dataset_with_all_its_columns(
    node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node, kickoff=KICKOFF)
    columns = reader.load().fixtures.dtypes
    node.execute("DELETE FROM V3_Fixtures")
    empty = reader.load().fixtures
    assert len(empty) == 0
    assert empty.dtypes.equals(columns)


def test_one_league_of_one_match_is_read(node: sqlite3.Connection, reader: Reader) -> None:
    finish(node, add_fixture(node, kickoff=KICKOFF), 2, 1)
    (row,) = reader.load().fixtures.to_dict("records")
    assert (row["goals_home"], row["goals_away"], row["kickoff"]) == (2.0, 1.0, int(KICKOFF.timestamp()))


def test_fixtures_come_in_order_of_kick_off_then_id(node: sqlite3.Connection, reader: Reader) -> None:
    for days in (3, 1, 2, 1):
        add_fixture(node, kickoff=KICKOFF + timedelta(days=days))
    assert reader.load().fixtures["fixture_id"].tolist() == [2, 4, 3, 1]


def test_text_in_a_name_that_is_not_utf8_is_read(node: sqlite3.Connection, reader: Reader) -> None:
    node.execute("UPDATE V3_Teams SET name = CAST(X'4DFC6E636865' AS TEXT) WHERE team_id = 1")
    assert reader.load().teams["name"].iat[0].startswith("M")


@pytest.mark.parametrize("wal", [True, False])
def test_nothing_is_written_whatever_is_read(wal: bool, database: Path, reader: Reader) -> None:
    with closing(create(database, SMALL, wal)) as node:
        node.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = database.read_bytes()
        reader.load()
        reader.recent(0, [1, 2])
        reader.longer_digest(reader.digest(0), 0, FAR)
        reader.ids_above(3)
        reader.later(0)
        reader.close()
        assert database.read_bytes() == before


def test_a_reader_leaves_no_file_beside_a_database_in_one_file(good: Path) -> None:
    with closing(Reader(good)) as reader:
        reader.load()
    assert [path.name for path in good.parent.iterdir()] == [good.name]


def test_a_missing_database_is_not_created(database: Path, reader: Reader) -> None:
    with pytest.raises(DatabaseMissing):
        reader.load()
    assert not database.exists()


@pytest.mark.parametrize("wal", [True, False])
def test_the_reading_connection_refuses_to_write(wal: bool, database: Path) -> None:
    with closing(create(database, SMALL, wal)), closing(Reader(database)) as reader:
        reader.load()
        connection = reader._connection.current()
        assert connection.execute("PRAGMA query_only").fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM V3_Fixtures")


def test_a_writer_commits_while_python_takes_rows_that_were_read(database: Path) -> None:
    create(database, SMALL, wal=False).close()
    committed: list[bytes] = []

    def meanwhile(raw: bytes) -> str:
        if not committed:
            node.execute("UPDATE V3_Teams SET name = 'other'")
            committed.append(raw)
        return raw.decode()

    with (
        closing(sqlite3.connect(database, isolation_level=None, timeout=0.0)) as node,
        closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, isolation_level=None)) as reading,
    ):
        reading.text_factory = meanwhile
        rows = CopiedRows(reading).fetch("SELECT team_id, name FROM V3_Teams WHERE team_id > ?", (1,))
    assert len(rows) > 1
    assert committed
    assert "other" not in {name for _, name in rows}


@pytest.mark.parametrize("wal", [True, False])
def test_a_stamp_changes_with_every_commit_and_only_then(wal: bool, database: Path, reader: Reader) -> None:
    with closing(create(database, SMALL, wal)) as node:
        first = reader.stamp()
        reader.load()
        assert reader.stamp() == first
        finish(node, 1, 3, 3)
        second = reader.stamp()
        assert second != first
        assert reader.load().fixtures.set_index("fixture_id").loc[1, "goals_home"] == 3.0


def test_a_stamp_changes_when_another_file_is_renamed_into_place(
    good: Path, database: Path, reader: Reader
) -> None:
    put(good, database)
    first = reader.stamp()
    put(good, database)
    assert reader.stamp() != first


class InterruptedConnection(Connection):
    """A connection that lets something happen once between two of its statements."""

    def __init__(
        self, path: Path, lock_timeout_seconds: float, after: int, event: Callable[[], None]
    ) -> None:
        super().__init__(path, lock_timeout_seconds)
        self._left = after
        self._event = event

    def query(self, statement: str, values: Values = ()) -> Rows:
        rows = super().query(statement, values)
        self._left -= 1
        if self._left == 0:
            self._event()
        return rows


def interrupted(path: Path, after: int, event: Callable[[], None]) -> Reader:
    with patch("db.reader.Connection", partial(InterruptedConnection, after=after, event=event)):
        return Reader(path)


def played(path: Path, wal: bool) -> tuple[sqlite3.Connection, int]:
    """A database with one match of 1-0 and one shot on target each."""
    node = create(path, wal=wal)
    add_teams(node, 2)
    fixture = add_fixture(node, kickoff=KICKOFF)
    finish(node, fixture, 1, 0)
    node.executemany(
        "INSERT INTO V3_Fixture_Stats (fixture_id, team_id, half, shots_on_goal) VALUES (?, ?, 'FT', 1)",
        [(fixture, 1), (fixture, 2)],
    )
    return node, fixture


def correct(node: sqlite3.Connection, fixture: int) -> None:
    """In one commit: 5 goals, and 5 shots on target."""
    node.execute("BEGIN")
    finish(node, fixture, 5, 0)
    node.execute("UPDATE V3_Fixture_Stats SET shots_on_goal = 5 WHERE team_id = 1")
    node.execute("COMMIT")


READINGS: dict[str, Callable[[Reader], Any]] = {
    "load": lambda reader: reader.load(),
    "recent": lambda reader: reader.recent(0, []),
}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("wal", [True, False])
@pytest.mark.parametrize("after", range(1, 6))
def test_a_commit_in_the_middle_never_mixes_old_and_new_rows_of_a_match(
    after: int, wal: bool, reading: str, database: Path
) -> None:
    node, fixture = played(database, wal)
    with closing(node), closing(interrupted(database, after, lambda: correct(node, fixture))) as reader:
        (row,) = READINGS[reading](reader).fixtures.to_dict("records")
        assert row["goals_home"] == row["shots_on_target_home"]
        (later,) = READINGS[reading](reader).fixtures.to_dict("records")
        assert (later["goals_home"], later["shots_on_target_home"]) == (5.0, 5.0)


@pytest.mark.parametrize("wal", [True, False])
@pytest.mark.parametrize("after", range(1, 6))
def test_a_file_renamed_into_place_in_the_middle_is_read_whole_or_not_at_all(
    after: int, wal: bool, database: Path, tmp_path: Path
) -> None:
    node, _ = played(database, wal)
    node.close()
    other = tmp_path / "other.sqlite"
    shutil.copy(database, other)
    with closing(sqlite3.connect(other, isolation_level=None)) as changed:
        correct(changed, 1)
    with closing(interrupted(database, after, lambda: put(other, database))) as reader:
        (row,) = reader.load().fixtures.to_dict("records")
        assert row["goals_home"] == row["shots_on_target_home"]
        assert reader._connection.has_snapshots == wal
        (later,) = reader.load().fixtures.to_dict("records")
        assert later["goals_home"] == 5.0


ODD_ROWS = (
    "UPDATE V3_Odds_History SET capture_timestamp = 'Fri Aug 09 2019 12:00:00 GMT+0200' WHERE fixture_id = 20",
    "UPDATE V3_Odds_History SET capture_timestamp = NULL WHERE fixture_id = 21",
    "UPDATE V3_Odds_History SET value_home_over = 'a text' WHERE fixture_id = 22",
    "UPDATE V3_Odds SET value_away_under = x'00' WHERE fixture_id = 23",
    "UPDATE V3_Fixture_Stats SET shots_on_goal = 'many' WHERE fixture_id = 24",
    "UPDATE V3_Fixtures SET score_halftime_home = 'none' WHERE fixture_id = 25",
    "INSERT INTO V3_Fixture_Events (fixture_id, team_id, type, detail) VALUES (26, 'x', 'Card', 'Red Card')",
)


@pytest.mark.parametrize("odd", [(), *((row,) for row in ODD_ROWS), ODD_ROWS])
@pytest.mark.parametrize("wal", [True, False])
def test_a_python_that_hides_the_functions_of_sqlite_reads_the_same(
    wal: bool, odd: tuple[str, ...], database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(create(database, SMALL, wal)) as node:
        node.execute("CREATE TABLE V3_Fixture_Events (fixture_id, team_id, type, detail)")
        for fixture in range(1, 40):
            add_price(node, fixture, (1.9, None, 1.95), KICKOFF - timedelta(days=2000), market=4, line="-0.5")
        for statement in odd:
            node.execute(statement)
        datasets = []
        for library in (sqlite_library(), None):
            monkeypatch.setattr("db.connection.sqlite_library", lambda it=library: it)
            with closing(Reader(database)) as reader:
                datasets.append(reader.load(further=True))
    one, other = datasets
    pd.testing.assert_frame_equal(one.fixtures, other.fixtures)
    assert (one.rejected, one.unused) == (other.rejected, other.unused)
    for quotes, same in ((one.quotes, other.quotes), (one.further_quotes, other.further_quotes)):
        assert len(quotes) > 0
        for name, column in vars(quotes).items():
            np.testing.assert_array_equal(column, vars(same)[name])


@pytest.mark.parametrize("wal", [True, False])
def test_whole_tables_of_numbers_pass_python_by(
    wal: bool, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sqlite_library() is None:
        pytest.skip("this build of Python hides the functions of SQLite's library")
    statements: list[str] = []
    with closing(create(database, SMALL, wal)), closing(Reader(database)) as reader:
        query = Connection.query

        def noted(connection: Connection, statement: str, values: Values = ()) -> Rows:
            statements.append(statement)
            return query(connection, statement, values)

        monkeypatch.setattr(Connection, "query", noted)
        monkeypatch.setattr(reader, "_query", reader._connection.query)
        assert len(reader.load().quotes) > 0
    assert any("FROM V3_Fixtures" in each for each in statements)
    assert not [each for each in statements if "FROM V3_Odds" in each and "value_draw" in each]


@pytest.mark.parametrize("wal", [True, False])
def test_a_steady_writer_and_a_reader_let_each_other_work(wal: bool, database: Path, reader: Reader) -> None:
    with closing(create(database, SMALL, wal)) as node:
        node.execute("PRAGMA busy_timeout = 2000")
        done = threading.Event()
        readings: list[object] = []

        def read() -> None:
            while not done.is_set():
                frame = reader.load().fixtures.set_index("fixture_id")
                readings.append(frame.loc[1, "goals_home"])

        thread = threading.Thread(target=read)
        node_writes = sqlite3.connect(database, isolation_level=None, timeout=2.0)
        thread.start()
        for goals in range(40):
            finish(node_writes, 1, goals, 0)
        done.set()
        thread.join()
        node_writes.close()
        assert readings
        assert reader.load().fixtures.set_index("fixture_id").loc[1, "goals_home"] == 39.0


def test_a_writer_that_keeps_the_file_locked_is_busy_not_damage(database: Path) -> None:
    with closing(create(database, SMALL, wal=False)) as node, closing(Reader(database, 0.01)) as reader:
        node.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy):
            reader.load()
        node.execute("COMMIT")
        assert len(reader.load().fixtures) == 60


def test_recent_reads_the_fixtures_from_a_moment_on_and_those_asked_for(
    node: sqlite3.Connection, reader: Reader
) -> None:
    ids = [add_fixture(node, kickoff=KICKOFF + timedelta(days=days)) for days in range(5)]
    since = int((KICKOFF + timedelta(days=3)).timestamp())
    assert reader.recent(since, []).fixtures["fixture_id"].tolist() == ids[3:]
    assert reader.recent(since, [ids[0]]).fixtures["fixture_id"].tolist() == [ids[0], *ids[3:]]


def test_results_known_before_a_moment_come_without_prices_and_statistics(good: Path) -> None:
    with closing(Reader(good)) as reader:
        whole = reader.load()
        since, known_from = int(whole.fixtures["kickoff"].iat[20]), int(whole.fixtures["known_at"].iat[30])
        every = reader.recent_parts(since, []).near
        late = reader.recent_parts(since, [], known_from=known_from).near
    is_late = (every.fixtures["known_at"] >= known_from).to_numpy()
    assert 0 < is_late.sum() < len(is_late)
    assert late.fixtures[is_late].equals(every.fixtures[is_late])
    assert late.fixtures["corners_home"][~is_late].isna().all()
    expected = set(every.quotes.fixture_id) & set(every.fixtures["fixture_id"][is_late])
    assert set(late.quotes.fixture_id) == expected < set(every.quotes.fixture_id)


@pytest.mark.parametrize(
    "date", ["2024-03-05T23:30:00-11:00", "2024-03-07T00:30:00+14:00", "2024-03-06T10:30:00Z", None]
)
def test_recent_finds_a_kick_off_whatever_its_offset(
    date: str | None, node: sqlite3.Connection, reader: Reader
) -> None:
    kickoff = datetime(2024, 3, 6, 10, 30, tzinfo=timezone.utc)
    fixture = add_fixture(node, kickoff=kickoff, date=date)
    fixtures = reader.recent(int(kickoff.timestamp()), []).fixtures
    assert fixtures["fixture_id"].tolist() == [fixture]
    assert fixtures["kickoff"].tolist() == [int(kickoff.timestamp())]


def test_recent_equals_the_newest_part_of_everything(good: Path) -> None:
    with closing(Reader(good)) as reader:
        whole = reader.load()
        since = int(whole.fixtures["kickoff"].iat[25])
        part = whole.only((whole.fixtures["kickoff"] >= since).to_numpy())
        recent = reader.recent(since, [])
        assert recent.fixtures.equals(part.fixtures)
        finished = part.fixtures["fixture_id"][part.fixtures["state"] == FINISHED]
        whole_rows = np.isin(whole.quotes.fixture_id, finished)
        for name in ("fixture_id", "market", "bookmaker_id", "captured_at", "odds"):
            recent_rows = np.isin(recent.quotes.fixture_id, part.fixtures["fixture_id"])
            np.testing.assert_array_equal(
                getattr(recent.quotes, name)[recent_rows], getattr(whole.quotes, name)[whole_rows]
            )


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ("timestamp = timestamp + 3600", "kickoff", FAR + 3600),
        ("home_team_id = away_team_id, away_team_id = home_team_id", "home_team_id", 2),
        ("season_year = 2050", "season", 2050),
        ("status_short = 'CANC'", "state", VOID),
    ],
)
def test_a_change_to_a_fixture_far_ahead_shows_at_once(
    change: str, column: str, value: int, node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=datetime.fromtimestamp(FAR, timezone.utc))
    assert len(reader.recent(0, []).fixtures) == 1
    node.execute(f"UPDATE V3_Fixtures SET {change} WHERE fixture_id = {fixture}")
    assert reader.recent(0, []).fixtures[column].tolist() == [value]


def test_ids_far_apart_are_read_as_quickly_as_any(node: sqlite3.Connection, reader: Reader) -> None:
    ids = [add_fixture(node, fixture_id=fixture_id) for fixture_id in (-(2**62), 5, 2**62)]
    assert reader.load().fixtures["fixture_id"].tolist() == ids
    assert reader.digest(FAR)[0] == len(ids)


CORRECTIONS = {
    "a goal": "UPDATE V3_Fixtures SET score_fulltime_home = score_fulltime_home + 1 WHERE fixture_id = 1",
    "a goal from one match to another": "UPDATE V3_Fixtures SET score_fulltime_home = score_fulltime_home"
    " + (fixture_id = 1) - (fixture_id = 3) WHERE fixture_id IN (1, 3)",
    "a status": "UPDATE V3_Fixtures SET status_short = 'AWD' WHERE fixture_id = 1",
    "a kick-off": "UPDATE V3_Fixtures SET timestamp = timestamp + 3600 WHERE fixture_id = 1",
    "a date": "UPDATE V3_Fixtures SET date = '2018-08-04T15:00:00+00:00', timestamp = NULL WHERE fixture_id = 1",
    "home and away": "UPDATE V3_Fixtures SET home_team_id = away_team_id, away_team_id = home_team_id"
    " WHERE fixture_id = 1",
    "a season": "UPDATE V3_Fixtures SET season_year = 2017 WHERE fixture_id = 1",
    "a fixture gone": "DELETE FROM V3_Fixtures WHERE fixture_id = 1",
    "shots": "UPDATE V3_Fixture_Stats SET shots_on_goal = shots_on_goal + 1 WHERE fixture_id = 1",
    "shots of the two teams exchanged": "UPDATE V3_Fixture_Stats SET shots_on_goal = (SELECT o.shots_on_goal"
    " FROM V3_Fixture_Stats o WHERE o.fixture_id = 1 AND o.team_id <> V3_Fixture_Stats.team_id), shots_total = 50,"
    " corner_kicks = 5 WHERE fixture_id = 1",
    "a red card": "UPDATE V3_Fixture_Stats SET red_cards = 1 WHERE fixture_id = 1",
    "a last price": "UPDATE V3_Odds SET value_home_over = value_home_over + 0.01 WHERE fixture_id = 1",
    "a captured price": "UPDATE V3_Odds_History SET value_away_under = 9 WHERE fixture_id = 1",
    "prices of two bookmakers exchanged": "UPDATE V3_Odds_History SET bookmaker_id = 12 - bookmaker_id"
    " WHERE fixture_id = 1",
    "a team gone": "DELETE FROM V3_Teams WHERE team_id = (SELECT home_team_id FROM V3_Fixtures"
    " WHERE fixture_id = 1)",
}


@pytest.mark.parametrize("what", CORRECTIONS)
def test_the_digest_differs_when_anything_old_was_corrected(
    what: str, good: Path, database: Path, reader: Reader
) -> None:
    put(good, database)
    before = reader.digest(int(datetime(2018, 9, 1, tzinfo=timezone.utc).timestamp()))
    run_committed(database, CORRECTIONS[what])
    assert reader.digest(int(datetime(2018, 9, 1, tzinfo=timezone.utc).timestamp())) != before


def run_committed(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        changed = connection.execute(statement).rowcount
    assert changed > 0


def test_the_digest_differs_when_two_results_are_exchanged(
    good: Path, database: Path, reader: Reader
) -> None:
    put(good, database)
    before = reader.digest(FAR)
    with closing(sqlite3.connect(database, isolation_level=None)) as node:
        finish(node, 1, 2, 1)
        finish(node, 2, 0, 3)
        first = reader.digest(FAR)
        finish(node, 1, 0, 3)
        finish(node, 2, 2, 1)
    assert len({before, first, reader.digest(FAR)}) == 3


def test_the_digest_stays_when_only_later_matches_change(good: Path, database: Path, reader: Reader) -> None:
    put(good, database)
    start = int(datetime(2019, 1, 1, tzinfo=timezone.utc).timestamp())
    before = reader.digest(start)
    later = "(SELECT fixture_id FROM V3_Fixtures WHERE season_year = 2019)"
    run_committed(database, "UPDATE V3_Fixtures SET score_fulltime_home = 9 WHERE season_year = 2019")
    for table in ("V3_Odds", "V3_Odds_History", "V3_Fixture_Stats"):
        run_committed(database, f"DELETE FROM {table} WHERE fixture_id IN {later}")
    assert reader.digest(start) == before


def test_the_digest_covers_all_that_kicked_off_before_its_moment(
    node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF, date="2024-03-03T04:00:00+13:00")
    finish(node, fixture, 1, 0)
    moment = int(KICKOFF.timestamp()) + 1
    before = reader.digest(moment)
    finish(node, fixture, 1, 1)
    assert reader.digest(moment) != before


def test_the_digests_of_all_shares_add_up(
    good: Path, reader: Reader, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(good, database)
    monkeypatch.setattr("db.change_detection.PAGE_ROWS", 7)
    shares = [reader.digest(FAR, share, 3) for share in range(3)]
    assert tuple(map(sum, zip(*shares, strict=True))) == reader.digest(FAR)
    assert len(set(shares)) == 3


def test_a_digest_can_be_made_longer(good: Path, database: Path, reader: Reader) -> None:
    put(good, database)
    dates = ("2018-09-01", "2018-09-02", "2019-02-01", "2099-01-01")
    moments = [int(datetime.fromisoformat(date).replace(tzinfo=timezone.utc).timestamp()) for date in dates]
    for before in moments:
        for longer in (moment for moment in moments if moment >= before):
            assert reader.longer_digest(reader.digest(before), before, longer) == reader.digest(longer)
