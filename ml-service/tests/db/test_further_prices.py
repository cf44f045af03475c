"""Prices of further markets in every form of the tables, with their lines; what is not used is counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from db.price_tables import UnreadPrices
from db.reader import Reader
from markets.further import (
    ASIAN_HANDICAP,
    DOUBLE_CHANCE,
    HALF_TIME,
    HALF_TIME_FULL_TIME,
    TOTALS,
    FurtherMarket,
    offer_code,
)
from testing.leagues import add_fixture, add_price, finish
from tests.db.test_price_tables import (
    AT,
    EARLY,
    KICKOFF,
    LATE,
    SELECTIONS,
    SELECTIONS_IN_ODDS,
    add_captures,
    add_selections,
)

Reading = tuple[int, int, tuple[float, ...]]
"""Code of market and line, capture, prices."""


@pytest.fixture
def reader(database: Path) -> Iterator[Reader]:
    with closing(Reader(database)) as one:
        yield one


def readings(reader: Reader, fixture_id: int) -> list[Reading]:
    """The quotes of the fixture, after a check that reading it alone and reading everything agree."""
    one = np.array([fixture_id], dtype=np.int64)
    _, alone = reader.both_quotes_of(one, np.array([AT], dtype=np.int64))
    whole = reader.load(further=True).further_quotes
    both = [
        [
            (int(code), int(captured), tuple(odds[np.isfinite(odds)].tolist()))
            for code, captured, odds in zip(quotes.market, quotes.captured_at, quotes.odds, strict=True)
        ]
        for quotes in (alone, whole)
    ]
    assert both[0] == both[1]
    return both[0]


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def code(market: FurtherMarket, line: float | None = None) -> int:
    return offer_code(market, line)


def test_every_line_of_a_match_is_a_price_of_its_own(node: sqlite3.Connection, reader: Reader) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, (1.9, None, 1.95), EARLY, market=4, line=-0.25)
    add_price(node, fixture, (2.3, None, 1.6), EARLY, market=4, line="-0.75")
    add_price(node, fixture, (2.4, None, 1.55), LATE, market=4, line=-0.75, table="V3_Odds")
    assert readings(reader, fixture) == [
        (code(ASIAN_HANDICAP, -0.75), seconds(EARLY), (2.3, 1.6)),
        (code(ASIAN_HANDICAP, -0.75), seconds(LATE), (2.4, 1.55)),
        (code(ASIAN_HANDICAP, -0.25), seconds(EARLY), (1.9, 1.95)),
    ]


def test_double_chance_has_three_prices_and_no_line(node: sqlite3.Connection, reader: Reader) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, (1.3, 1.25, 1.8), EARLY, market=12)
    assert readings(reader, fixture) == [(code(DOUBLE_CHANCE), seconds(EARLY), (1.3, 1.25, 1.8))]


def test_totals_are_those_of_other_lines(node: sqlite3.Connection, reader: Reader) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, (1.9, None, 1.95), EARLY, market=5)
    add_price(node, fixture, (2.9, None, 1.4), EARLY, market=5, line="3.5")
    assert readings(reader, fixture) == [(code(TOTALS, 3.5), seconds(EARLY), (2.9, 1.4))]
    assert len(reader.load().quotes) == 1


def test_the_result_at_half_time_has_three_prices_and_no_line(
    node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, (2.9, 2.1, 3.5), EARLY, market=13)
    assert readings(reader, fixture) == [(code(HALF_TIME), seconds(EARLY), (2.9, 2.1, 3.5))]


NINE = {
    f"{half}/{full}": 3.0 + 3 * place + number
    for place, half in enumerate(("Home", "Draw", "Away"))
    for number, full in enumerate(("Home", "Draw", "Away"))
}


def test_half_time_and_full_time_has_nine_selections(node: sqlite3.Connection, reader: Reader) -> None:
    node.executescript(SELECTIONS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, (1.9, None, 1.95), EARLY, market=4, line=-0.25)
    add_captures(node, fixture, "HT/FT Double", dict(reversed(NINE.items())), EARLY)
    add_captures(node, fixture, "First Half Winner", {"Home": 2.9, "Draw": 2.1, "Away": 3.5}, EARLY)
    assert readings(reader, fixture) == [
        (code(ASIAN_HANDICAP, -0.25), seconds(EARLY), (1.9, 1.95)),
        (code(HALF_TIME), seconds(EARLY + timedelta(seconds=2)), (2.9, 2.1, 3.5)),
        (code(HALF_TIME_FULL_TIME), seconds(EARLY + timedelta(seconds=8)), tuple(NINE.values())),
    ]


def test_last_prices_of_nine_selections_are_one_set(node: sqlite3.Connection, reader: Reader) -> None:
    node.executescript(SELECTIONS_IN_ODDS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_selections(node, fixture, 7, {label: str(odds) for label, odds in NINE.items()})
    assert readings(reader, fixture) == [(code(HALF_TIME_FULL_TIME), seconds(LATE), tuple(NINE.values()))]


def test_eight_of_nine_selections_are_no_price(node: sqlite3.Connection, reader: Reader) -> None:
    node.executescript(SELECTIONS_IN_ODDS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    eight = {label: str(odds) for label, odds in NINE.items() if label != "Draw/Draw"}
    add_selections(node, fixture, 7, eight)
    add_selections(node, fixture, 13, {"Home": "2.9", "Draw": "2.1", "Away": "3.5"})
    assert readings(reader, fixture) == [(code(HALF_TIME), seconds(LATE), (2.9, 2.1, 3.5))]
    assert reader.load(further=True).unused == {"odds_of_one_side": 1}


def test_goals_of_the_first_half_are_read_with_these_prices_and_only_where_they_are_possible(
    node: sqlite3.Connection, reader: Reader
) -> None:
    for half, full in (((1, 0), (2, 1)), ((2, 0), (1, 1)), ((None, 0), (1, 1)), ((0, 0), (None, None))):
        fixture = add_fixture(node, kickoff=KICKOFF, score_halftime_home=half[0], score_halftime_away=half[1])
        if None not in full:
            finish(node, fixture, *full)
    goals = reader.load(further=True).goals()
    assert (goals.half_home[0], goals.half_away[0]) == (1.0, 0.0)
    assert np.isnan([goals.half_home[1:], goals.half_away[1:]]).all()
    assert np.isnan(reader.load().goals().half_home).all()


def test_a_price_captured_at_kick_off_or_later_does_not_exist(
    node: sqlite3.Connection, reader: Reader
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, (1.9, None, 1.95), KICKOFF, market=4, line=0)
    assert readings(reader, fixture) == []
    assert reader.load(further=True).unused == {"odds_captured_after_kick_off": 1}


def test_the_labels_of_single_selections_carry_the_home_teams_line(
    node: sqlite3.Connection, reader: Reader
) -> None:
    node.executescript(SELECTIONS_IN_ODDS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_selections(node, fixture, 4, {"Home -0.25": "1.48", "Away -0.25": "2.54", "Home +0": "1.26"})
    add_selections(node, fixture, 4, {"Away +0": "3.56"})
    add_selections(node, fixture, 12, {"Home/Draw": "1.1", "Home/Away": "1.25", "Draw/Away": "2.9"})
    add_selections(node, fixture, 5, {"Over 3.25": "2.2", "Under 3.25": "1.7", "Over 2.5": "1.9"})
    assert [(number, odds) for number, _, odds in readings(reader, fixture)] == [
        (code(ASIAN_HANDICAP, -0.25), (1.48, 2.54)),
        (code(ASIAN_HANDICAP, 0.0), (1.26, 3.56)),
        (code(DOUBLE_CHANCE), (1.1, 1.25, 2.9)),
        (code(TOTALS, 3.25), (2.2, 1.7)),
    ]


def test_selections_captured_together_are_sets_of_their_line(
    node: sqlite3.Connection, reader: Reader
) -> None:
    node.executescript(SELECTIONS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    labels = {"Home -0.5": 2.1, "Away -0.5": 1.8, "Home -1": 2.9, "Away -1": 1.4}
    add_captures(node, fixture, "Asian Handicap", labels, EARLY)
    assert readings(reader, fixture) == [
        (code(ASIAN_HANDICAP, -1.0), seconds(EARLY + timedelta(seconds=3)), (2.9, 1.4)),
        (code(ASIAN_HANDICAP, -0.5), seconds(EARLY + timedelta(seconds=1)), (2.1, 1.8)),
    ]


@pytest.mark.parametrize(
    ("market", "line", "odds", "reason"),
    [
        (4, None, (1.9, None, 1.95), "odds_without_a_line"),
        (4, " ", (1.9, None, 1.95), "odds_without_a_line"),
        (4, -0.3, (1.9, None, 1.95), "odds_of_an_impossible_line"),
        (4, 99, (1.9, None, 1.95), "odds_of_an_impossible_line"),
        (4, "level", (1.9, None, 1.95), "odds_of_an_impossible_line"),
        (4, "0/0.5", (1.9, None, 1.95), "odds_of_an_impossible_line"),
        (4, "1-2", (1.9, None, 1.95), "odds_of_an_impossible_line"),
        (5, "2.4", (1.9, None, 1.95), "odds_of_an_impossible_line"),
        (5, 0, (1.9, None, 1.95), "odds_of_an_impossible_line"),
        (4, -0.25, (1.9, None, None), "odds_of_one_side"),
        (12, None, (None, 1.2, 1.95), "odds_of_one_side"),
        (10, None, (2.9, 2.1, 3.5), "odds_of_other_markets"),
        (7, None, (2.9, 2.1, 3.5), "odds_of_other_markets"),
    ],
)
def test_a_row_that_cannot_be_used_is_counted_with_its_reason(
    market: int,
    line: float | str | None,
    odds: tuple[float | None, float | None, float | None],
    reason: str,
    node: sqlite3.Connection,
    reader: Reader,
) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, odds, EARLY, market=market, line=line)
    assert readings(reader, fixture) == []
    assert reader.unread_prices(UnreadPrices()).by_reason == ({}, {reason: 1})


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("Home", "odds_without_a_line"),
        ("Home -0.3", "odds_of_an_impossible_line"),
        ("Homeward", "odds_of_other_markets"),
    ],
)
def test_a_selection_that_cannot_be_used_is_counted_with_its_reason(
    label: str, reason: str, node: sqlite3.Connection, reader: Reader
) -> None:
    node.executescript(SELECTIONS_IN_ODDS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_selections(node, fixture, 4, {label: "1.9"})
    assert readings(reader, fixture) == []
    assert reader.unread_prices(UnreadPrices()).by_reason == ({}, {reason: 1})


def test_selections_of_one_side_are_no_price(node: sqlite3.Connection, reader: Reader) -> None:
    node.executescript(SELECTIONS_IN_ODDS)
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_selections(node, fixture, 4, {"Home -0.25": "1.9", "Away -0.75": "1.6"})
    assert readings(reader, fixture) == []
    assert reader.load(further=True).unused == {"odds_of_one_side": 2}


def test_a_price_of_an_unknown_fixture_is_counted_as_such(node: sqlite3.Connection, reader: Reader) -> None:
    add_price(node, 77, (1.9, None, 1.95), EARLY, market=4, line=-0.25)
    assert reader.unread_prices(UnreadPrices()).by_reason == ({"odds_of_unknown_fixture": 1}, {})


def test_an_impossible_price_is_rejected(node: sqlite3.Connection, reader: Reader) -> None:
    fixture = add_fixture(node, kickoff=KICKOFF)
    add_price(node, fixture, (0.9, None, 1.95), EARLY, market=4, line=-0.25)
    assert readings(reader, fixture) == []
    assert reader.load(further=True).rejected == {"impossible_odds": 1}
