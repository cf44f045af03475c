"""Which rows of the database are valid, and what happens to the others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from db import rows as clean
from db.dataset import Dataset
from db.price_tables import UnreadPrices
from db.reader import Reader
from db.schema import FINISHED, OPEN, POSTPONED, VOID
from testing.leagues import add_fixture, add_price, finish

KICKOFF = datetime(2024, 3, 2, 15, tzinfo=timezone.utc)
AT = int(KICKOFF.timestamp())
HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def reader(database: Path) -> Iterator[Reader]:
    with closing(Reader(database)) as one:
        yield one


def only_row(dataset: Dataset) -> dict[str, Any]:
    (row,) = dataset.fixtures.to_dict("records")
    return {str(name): value for name, value in row.items()}


BAD_FIXTURES: dict[str, tuple[dict[str, Any], str]] = {
    "no date at all": ({"date": None, "timestamp": None}, "impossible_kickoff"),
    "30 February": ({"date": "2024-02-30T15:00:00+00:00", "timestamp": None}, "impossible_kickoff"),
    "29 February of a common year": ({"date": "2023-02-29", "timestamp": None}, "impossible_kickoff"),
    "year 0": ({"date": "0000-01-01T00:00:00Z", "timestamp": None}, "impossible_kickoff"),
    "year 9999": ({"date": "9999-12-31T23:59:59Z", "timestamp": None}, "impossible_kickoff"),
    "a word": ({"date": "tomorrow", "timestamp": None}, "impossible_kickoff"),
    "the word now": ({"date": "now", "timestamp": None}, "impossible_kickoff"),
    "a number for a date": ({"date": 1709391600, "timestamp": None}, "impossible_kickoff"),
    "an unreadable date beside a timestamp": ({"date": "02/03/2024"}, "impossible_kickoff"),
    "unknown home team": ({"home_team_id": 99}, "unknown_team"),
    "no away team": ({"away_team_id": None}, "unknown_team"),
    "text for a team": ({"away_team_id": "abc"}, "unknown_team"),
    "unknown league": ({"league_id": 7}, "unknown_league"),
    "a team against itself": ({"away_team_id": 1}, "team_against_itself"),
    "goals of -1": ({"status_short": "FT", "goals_home": -1, "goals_away": 0}, "impossible_score"),
    "goals of 99": (
        {"status_short": "FT", "score_fulltime_home": 99, "score_fulltime_away": 0},
        "impossible_score",
    ),
    "goals of a half": ({"status_short": "FT", "goals_home": 0.5, "goals_away": 0}, "impossible_score"),
    "text for goals": ({"status_short": "FT", "goals_home": "abc", "goals_away": 0}, "impossible_score"),
    "infinitely many goals": (
        {"status_short": "FT", "goals_home": "1e400", "goals_away": 0},
        "impossible_score",
    ),
    "finished without a score": ({"status_short": "FT"}, "finished_without_score"),
    "finished in the year 2090": (
        {
            "status_short": "FT",
            "score_fulltime_home": 1,
            "score_fulltime_away": 0,
            "kickoff": datetime(2090, 5, 1, tzinfo=timezone.utc),
        },
        "finished_before_kickoff",
    ),
    "finished with half a score": ({"status_short": "FT", "goals_home": 1}, "finished_without_score"),
}


@pytest.mark.parametrize("fault", BAD_FIXTURES)
def test_a_bad_fixture_is_left_out_and_counted_and_its_neighbour_stays(
    fault: str, node: sqlite3.Connection, reader: Reader
) -> None:
    values, reason = BAD_FIXTURES[fault]
    neighbour = add_fixture(node, kickoff=KICKOFF)
    add_fixture(node, **{"kickoff": KICKOFF, **values})
    dataset = reader.load()
    assert dataset.fixtures["fixture_id"].tolist() == [neighbour]
    assert dataset.rejected == {reason: 1}


def allow_repeated_api_ids(node: sqlite3.Connection) -> None:
    node.execute("CREATE TABLE Copy AS SELECT * FROM V3_Fixtures")
    node.execute("DROP TABLE V3_Fixtures")
    node.execute("ALTER TABLE Copy RENAME TO V3_Fixtures")


def test_of_two_fixtures_with_one_api_id_the_first_good_one_counts(
    node: sqlite3.Connection, reader: Reader
) -> None:
    allow_repeated_api_ids(node)
    for fixture, home in ((1, 99), (2, 3), (3, 4)):
        add_fixture(node, fixture_id=fixture, api_id=7, home_team_id=home)
    dataset = reader.load()
    assert dataset.fixtures["fixture_id"].tolist() == [2]
    assert dataset.rejected == {"unknown_team": 1, "duplicate_api_id": 1}


@pytest.mark.parametrize(
    ("date", "kickoff"),
    [
        ("2024-03-02T15:00:00+00:00", AT),
        ("2024-03-02T15:00:00Z", AT),
        ("2024-03-02T15:00:00", AT),
        ("2024-03-02 15:00", AT),
        ("2024-03-02T16:00:00+01:00", AT),
        ("2024-03-02T09:30:00-05:30", AT),
        ("2024-03-03T05:00:00.000+14:00", AT),
    ],
)
def test_a_date_is_read_with_and_without_offset(
    date: str, kickoff: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node, date=date, timestamp=None)
    row = only_row(reader.load())
    assert (row["kickoff"], row["day_only"]) == (kickoff, False)


@pytest.mark.parametrize(
    ("date", "timestamp", "kickoff"),
    [
        ("2024-03-02T00:00:00+00:00", AT, AT),
        (None, AT, AT),
        ("2024-03-02T15:00:00+00:00", AT + 5 * HOUR, AT + 5 * HOUR),
        ("2024-03-02T15:00:00+00:00", AT - 30 * DAY, AT),
        ("2024-03-02T15:00:00+00:00", AT * 1000, AT),
        ("2024-03-02T15:00:00+00:00", 0, AT),
        ("2024-03-02T15:00:00+00:00", "abc", AT),
    ],
)
def test_a_timestamp_counts_where_the_date_does_not_contradict_it(
    date: str | None, timestamp: object, kickoff: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node, date=date, timestamp=timestamp)
    assert only_row(reader.load())["kickoff"] == kickoff


@pytest.mark.parametrize(
    ("status", "minutes"), [("FT", 150), ("AET", 240), ("PEN", 240), ("AWD", 150), ("NS", 150)]
)
def test_a_result_is_known_150_minutes_after_kick_off_or_240_with_extra_time(
    status: str, minutes: int, node: sqlite3.Connection, reader: Reader
) -> None:
    finish(node, add_fixture(node, kickoff=KICKOFF), 1, 1)
    node.execute("UPDATE V3_Fixtures SET status_short = ?", (status,))
    assert only_row(reader.load())["known_at"] == AT + minutes * 60


def test_a_result_of_which_only_the_day_is_known_is_known_on_the_next_utc_day(
    node: sqlite3.Connection, reader: Reader
) -> None:
    finish(node, add_fixture(node, date="2024-03-02T00:00:00+00:00", timestamp=None), 1, 0)
    row = only_row(reader.load())
    assert row["day_only"]
    assert row["known_at"] == row["kickoff"] + DAY


def test_a_kick_off_at_midnight_with_a_timestamp_is_a_time_not_a_day(
    node: sqlite3.Connection, reader: Reader
) -> None:
    finish(node, add_fixture(node, kickoff=datetime(2024, 3, 2, tzinfo=timezone.utc)), 1, 0)
    row = only_row(reader.load())
    assert not row["day_only"]
    assert row["known_at"] == row["kickoff"] + 150 * 60


def test_an_unconfirmed_kick_off_at_midnight_is_a_day_although_it_has_a_timestamp(
    node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node, kickoff=datetime(2024, 3, 2, tzinfo=timezone.utc), status_short="TBD")
    assert only_row(reader.load())["day_only"]


def test_an_unconfirmed_kick_off_at_a_placeholder_hour_is_taken_at_its_word(
    node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node, kickoff=KICKOFF, status_short="TBD")
    row = only_row(reader.load())
    assert (row["kickoff"], row["day_only"]) == (AT, False)


@pytest.mark.parametrize(
    ("api_id", "expected"), [(1209640, 1209640), (0, 0), (-5, -1), ("abc", -1), (2**60, -1)]
)
def test_a_fixture_carries_its_api_id_where_it_can_be_one(
    node: sqlite3.Connection, reader: Reader, api_id: Any, expected: int
) -> None:
    add_fixture(node, api_id=api_id)
    assert only_row(reader.load())["api_id"] == expected


@pytest.mark.parametrize(
    ("home", "away", "expected"),
    [
        (1.4, 0.3, (1.4, 0.3)),
        (0.0, 0.7, (0.0, 0.7)),
        (0.0, 0.0, (None, None)),
        (1.4, None, (None, None)),
        (-0.1, 0.3, (None, None)),
        (21.0, 0.3, (None, None)),
        ("n/a", 0.3, (None, None)),
    ],
)
def test_expected_goals_are_read_where_both_sides_were_measured(
    node: sqlite3.Connection,
    reader: Reader,
    home: Any,
    away: Any,
    expected: tuple[float | None, float | None],
) -> None:
    for name in ("xg_home", "xg_away"):
        node.execute(f"ALTER TABLE V3_Fixtures ADD COLUMN {name} REAL")
    finish(node, add_fixture(node, xg_home=home, xg_away=away), 2, 0)
    row = only_row(reader.load())
    assert tuple(None if np.isnan(row[name]) else row[name] for name in ("xg_home", "xg_away")) == expected


def test_a_match_to_come_has_no_expected_goals(node: sqlite3.Connection, reader: Reader) -> None:
    for name in ("xg_home", "xg_away"):
        node.execute(f"ALTER TABLE V3_Fixtures ADD COLUMN {name} REAL")
    add_fixture(node, xg_home=1.5, xg_away=1.0)
    assert np.isnan(only_row(reader.load())["xg_home"])


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("FT", FINISHED), ("AET", FINISHED), ("PEN", FINISHED), ("AWD", VOID), ("WO", VOID), ("CANC", VOID),
        ("ABD", VOID), ("PST", POSTPONED), ("NS", OPEN), ("TBD", OPEN), ("1H", OPEN), ("HT", OPEN), ("LIVE", OPEN),
        ("INT", OPEN), (None, OPEN), ("??", OPEN),
    ],
)  # fmt: skip
def test_only_finished_matches_have_goals(
    status: str | None, state: int, node: sqlite3.Connection, reader: Reader
) -> None:
    finish(node, add_fixture(node, kickoff=KICKOFF), 2, 1)
    node.execute("UPDATE V3_Fixtures SET status_short = ?", (status,))
    row = only_row(reader.load())
    assert row["state"] == state
    assert np.isfinite(row["goals_home"]) == (state == FINISHED)


@pytest.mark.parametrize("status", ["AET", "PEN"])
def test_extra_time_settles_on_the_score_after_ninety_minutes(
    status: str, node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, status_short=status, goals_home=3, goals_away=1)
    assert np.isnan(only_row(reader.load())["goals_home"])
    node.execute(
        "UPDATE V3_Fixtures SET score_fulltime_home = 1, score_fulltime_away = 1 WHERE fixture_id = ?",
        (fixture,),
    )
    row = only_row(reader.load())
    assert (row["goals_home"], row["goals_away"]) == (1.0, 1.0)


def test_a_full_time_score_falls_back_to_goals_where_it_is_missing(
    node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node, status_short="FT", goals_home=3, goals_away=1, score_fulltime_home=2)
    row = only_row(reader.load())
    assert (row["goals_home"], row["goals_away"]) == (3.0, 1.0)


@pytest.mark.parametrize(
    ("season", "read"), [(2023, 2023), (None, 2023), ("abc", 2023), (10**18, 2023), (0, 2023)]
)
def test_a_season_that_is_missing_or_impossible_is_that_of_the_july_before(
    season: object, read: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node, kickoff=KICKOFF, season_year=season)
    assert only_row(reader.load())["season"] == read


def add_statistics(
    node: sqlite3.Connection, team: int, on_target: object, total: object, half: str = "FT"
) -> None:
    node.execute(
        "INSERT INTO V3_Fixture_Stats (fixture_id, team_id, half, shots_on_goal, shots_total) VALUES (1,?,?,?,?)",
        (team, half, on_target, total),
    )


def test_statistics_of_each_side_go_to_its_side(node: sqlite3.Connection, reader: Reader) -> None:
    add_fixture(node)
    add_statistics(node, 2, 3, 9)
    add_statistics(node, 1, 5, 14)
    add_statistics(node, 1, 1, 2, half="1H")
    add_statistics(node, 5, 99, 99)
    row = only_row(reader.load())
    assert [row["shots_on_target_home"], row["shots_on_target_away"]] == [5.0, 3.0]
    assert [row["shots_home"], row["shots_away"]] == [14.0, 9.0]


EVENTS = """
CREATE TABLE V3_Fixture_Events (id INTEGER PRIMARY KEY, fixture_id INTEGER, time_elapsed INTEGER,
  extra_minute INTEGER, team_id INTEGER, type TEXT, detail TEXT)"""


def add_events(node: sqlite3.Connection, fixture: int, *events: tuple[int, str, str]) -> None:
    node.executemany(
        "INSERT INTO V3_Fixture_Events (fixture_id, team_id, type, detail) VALUES (?, ?, ?, ?)",
        [(fixture, *event) for event in events],
    )


def reds_of(reader: Reader) -> list[list[float]]:
    frames = reader.load().fixtures, reader.recent(0, []).fixtures
    return [[float(frame[f"reds_{side}"].iloc[0]) for side in ("home", "away")] for frame in frames]


def test_red_cards_come_from_events_where_there_are_no_statistics(
    node: sqlite3.Connection, reader: Reader
) -> None:
    node.execute(EVENTS)
    fixture = add_fixture(node)
    finish(node, fixture, 1, 0)
    add_events(node, fixture, (1, "Goal", "Normal Goal"), (2, "Card", "Red Card"), (2, "Card", "Yellow Card"))
    add_events(node, fixture, (2, "Card", "Second Yellow card"))
    assert reds_of(reader) == [[0.0, 2.0], [0.0, 2.0]]


def test_a_match_without_any_event_has_unknown_red_cards(node: sqlite3.Connection, reader: Reader) -> None:
    node.execute(EVENTS)
    finish(node, add_fixture(node), 1, 0)
    assert np.isnan(reds_of(reader)).all()


def test_statistics_go_before_events(node: sqlite3.Connection, reader: Reader) -> None:
    node.execute(EVENTS)
    fixture = add_fixture(node)
    finish(node, fixture, 1, 0)
    add_events(node, fixture, (1, "Card", "Red Card"))
    for team in (1, 2):
        node.execute(
            "INSERT INTO V3_Fixture_Stats (fixture_id, team_id, half, shots_on_goal) VALUES (?, ?, 'FT', 3)",
            (fixture, team),
        )
    assert reds_of(reader) == [[0.0, 0.0], [0.0, 0.0]]


def test_the_events_of_a_match_that_goes_on_are_not_read(node: sqlite3.Connection, reader: Reader) -> None:
    node.execute(EVENTS)
    add_events(node, add_fixture(node, status_short="2H"), (1, "Card", "Red Card"))
    assert np.isnan(reds_of(reader)).all()


@pytest.mark.parametrize(("on_target", "total"), [(0, 0), (None, None), ("abc", "xyz"), (-1, -4)])
def test_statistics_that_say_nothing_are_missing_not_zero(
    on_target: object, total: object, node: sqlite3.Connection, reader: Reader
) -> None:
    add_fixture(node)
    add_statistics(node, 1, on_target, total)
    row = only_row(reader.load())
    assert np.isnan(
        [row["shots_on_target_home"], row["shots_home"], row["corners_home"], row["reds_home"]]
    ).all()


def test_fewer_shots_than_shots_on_target_were_not_counted(node: sqlite3.Connection, reader: Reader) -> None:
    add_fixture(node)
    add_statistics(node, 1, 4, 0)
    row = only_row(reader.load())
    assert (row["shots_on_target_home"], np.isnan(row["shots_home"])) == (4.0, True)


BAD_ODDS: dict[str, tuple[Any, Any, Any]] = {
    "nought": (0.0, 3.0, 4.0),
    "one": (2.0, 1.0, 4.0),
    "negative": (2.0, -3.0, 4.0),
    "not a number": (float("nan"), 3.0, 4.0),
    "infinite": (float("inf"), 3.0, 4.0),
    "beyond belief": (1e300, 3.0, 4.0),
    "text": ("abc", 3.0, 4.0),
    "two of three": (2.0, None, 4.0),
    "none": (None, None, None),
}


@pytest.mark.parametrize("table", ["V3_Odds", "V3_Odds_History"])
@pytest.mark.parametrize("fault", BAD_ODDS)
def test_bad_odds_are_left_out_and_counted_and_their_neighbours_stay(
    fault: str, table: str, node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    captured = KICKOFF - timedelta(hours=3)
    add_price(node, fixture, BAD_ODDS[fault], captured, bookmaker=8, table=table)
    add_price(node, fixture, (2.0, 3.4, 4.0), captured, bookmaker=4, table=table)
    dataset = reader.load()
    assert dataset.quotes.bookmaker_id.tolist() == [4]
    assert dataset.rejected == {"impossible_odds": 1}


@pytest.mark.parametrize("market", [5, 8])
def test_a_market_of_two_outcomes_needs_no_draw_and_ignores_one(
    market: int, node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    for bookmaker, draw in ((4, None), (8, 3.3)):
        add_price(node, fixture, (1.9, draw, 1.8), KICKOFF - timedelta(hours=3), bookmaker, market)
    np.testing.assert_array_equal(reader.load().quotes.odds, [[1.9, 1.8, np.nan]] * 2)


@pytest.mark.parametrize(("line", "read"), [("2.5", 1), ("2.50", 1), ("3.5", 0), (None, 0), ("abc", 0)])
def test_over_and_under_count_on_the_line_of_two_and_a_half(
    line: str | None, read: int, node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, (1.9, None, 1.8), KICKOFF - timedelta(hours=3), 8, 5)
    node.execute("UPDATE V3_Odds_History SET handicap_value = ?", (line,))
    assert len(reader.load().quotes) == read


def test_prices_of_other_markets_and_of_unknown_fixtures_are_left_out_and_counted(
    node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, (1.9, 3.0, 1.8), KICKOFF - timedelta(hours=3), 8, market=10)
    add_price(node, 77, (1.9, 3.0, 1.8), KICKOFF - timedelta(hours=3), 8)
    dataset = reader.load()
    assert len(dataset.quotes) == 0
    unread = reader.unread_prices(UnreadPrices())
    assert unread.by_reason == ({"odds_of_unknown_fixture": 1}, {"odds_of_other_markets": 1})
    add_price(node, 78, (1.9, 3.0, 1.8), KICKOFF - timedelta(hours=3), 8)
    assert reader.unread_prices(unread).unknown == 2


@pytest.mark.parametrize(
    "text",
    [
        "2012-12-08T23:59:00+00:00",
        "2024-02-29T12:00:59.999Z",
        "1970-01-01 00:00:00",
        "2037-06-30T01:02:03-11:30",
    ],
)
def test_the_julian_days_of_sqlite_become_the_seconds_that_it_counts(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        statement = "SELECT julianday(?), CAST(strftime('%s', ?) AS INTEGER)"
        day, seconds = connection.execute(statement, (text, text)).fetchone()
    assert clean.julian_seconds(np.array([day, np.nan])).tolist()[0] == seconds


def test_rows_of_fixtures_that_alternate_go_each_to_its_own_fixture() -> None:
    fixtures = clean.PricedFixtures(
        np.array([7, 3]),
        np.array([AT, AT - DAY]),
        clean.ApiNames(np.array([90]), np.array([3])),
    )
    raw = np.array(
        [
            [price_id, 8, 0, 2.0, 3.0, 4.0, AT - HOUR - i * DAY, 0]
            for i, price_id in enumerate([7, 90, 7, 5, 90])
        ]
    )
    quotes = clean.quotes(raw, fixtures, clean.PriceCounts())
    assert quotes.fixture_id.tolist() == [3, 3, 7, 7]
    assert quotes.captured_at.tolist() == [AT - HOUR - i * DAY for i in (4, 1, 2, 0)]
