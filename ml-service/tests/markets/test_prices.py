"""The price of a fixture at a moment."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.reader import Reader
from markets.both_score import BOTH_SCORE
from markets.market import Market
from markets.match_winner import MATCH_WINNER
from markets.over_under import OVER_UNDER
from markets.prices import NO_PRICE_AT, Board, Prices, Quotes, bet_moments, board
from testing.leagues import add_fixture, add_price
from tests.markets.conftest import KICKOFF

AT = int(KICKOFF.timestamp())
HOUR = 3600
ORDER = (52, 11, -1, 8, 4)

Odds = tuple[float | None, float | None, float | None]
EARLY: Odds = (2.0, 3.4, 4.0)
LATE: Odds = (1.9, 3.5, 4.4)


def before(hours: float) -> datetime:
    return KICKOFF - timedelta(hours=hours)


def at(reader: Reader, hours: float, market: Market = MATCH_WINNER) -> Board:
    """The board so many hours before kick-off."""
    one, moment = np.array([1]), np.array([AT - int(hours * HOUR)])
    return board(reader.load().quotes, market, one, np.array([AT]), moment)


def price(reader: Reader, hours: float) -> Prices:
    return at(reader, hours).preferred(ORDER)


def bet_hours(reader: Reader, only: int | None = None) -> float | None:
    """The moment of a bet, in hours before kick-off."""
    quotes = reader.load().quotes
    (moment,) = bet_moments(quotes, MATCH_WINNER, np.array([1]), np.array([AT]), ORDER, only)
    return None if moment == NO_PRICE_AT else (AT - int(moment)) / HOUR


def test_the_price_at_a_moment_is_the_latest_captured_by_then(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(24))
    add_price(node, fixture, LATE, before(2))
    odds = {hours: price(reader, hours).odds[0].tolist() for hours in (24, 3, 2, 0)}
    assert odds == {24: list(EARLY), 3: list(EARLY), 2: list(LATE), 0: list(LATE)}


def test_before_its_capture_a_price_is_not_known(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(24))
    prices = price(reader, 24.1)
    assert not prices.is_known[0]
    assert (prices.bookmaker_id[0], prices.captured_at[0]) == (0, NO_PRICE_AT)


@pytest.mark.parametrize("hours", [0.0, -0.5, -48.0])
def test_a_price_captured_at_or_after_kick_off_does_not_exist(
    hours: float, fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, LATE, before(hours))
    assert len(reader.load().quotes) == 0
    assert bet_hours(reader) is None


def test_a_price_captured_a_second_before_kick_off_exists(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, LATE, KICKOFF - timedelta(seconds=1))
    assert price(reader, 0).is_known[0]


@pytest.mark.parametrize("text", ["2024-03-02T13:00:00Z", "2024-03-02 13:00:00", "2024-03-02T14:30:00+01:30"])
def test_a_capture_is_read_with_and_without_offset(
    text: str, fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(9))
    node.execute("UPDATE V3_Odds_History SET capture_timestamp = ?", (text,))
    assert price(reader, 0).captured_at.tolist() == [AT - 2 * HOUR]


@pytest.mark.parametrize("text", [None, "", "yesterday", "2024-13-45", "0000-01-01", 0])
def test_a_captured_price_without_a_possible_moment_is_no_price(
    text: object, fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(9))
    node.execute("UPDATE V3_Odds_History SET capture_timestamp = ?", (text,))
    assert len(reader.load().quotes) == 0


def test_a_last_price_without_history_counts_from_its_updated_at(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(5), table="V3_Odds")
    assert not price(reader, 5.1).is_known[0]
    assert price(reader, 5).captured_at.tolist() == [AT - 5 * HOUR]


@pytest.mark.parametrize("hours", [None, 0.0, -300.0])
def test_a_last_price_without_history_updated_late_or_at_no_time_is_a_closing_price(
    hours: float | None, fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, None if hours is None else before(hours), table="V3_Odds")
    assert not price(reader, 0.01).is_known[0]
    assert price(reader, 0).captured_at.tolist() == [AT - 1]


@pytest.mark.parametrize("hours", [None, -300.0])
def test_a_late_last_price_says_nothing_where_the_bookmaker_has_a_history(
    hours: float | None, fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(24))
    add_price(node, fixture, LATE, None if hours is None else before(hours), table="V3_Odds")
    prices = price(reader, 0)
    assert (prices.odds[0].tolist(), prices.captured_at[0]) == (list(EARLY), AT - 24 * HOUR)


def test_the_history_of_another_bookmaker_or_market_does_not_replace_a_last_price(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(24), bookmaker=4)
    add_price(node, fixture, (1.9, None, 1.9), before(24), bookmaker=8, market=5)
    add_price(node, fixture, LATE, None, bookmaker=8, table="V3_Odds")
    assert price(reader, 0).bookmaker_id.tolist() == [8]


def test_of_duplicated_last_prices_the_one_updated_last_counts(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    for odds, hours in ((LATE, -2.0), (EARLY, -20.0), (EARLY, -1.0), (LATE, -0.5), (EARLY, None)):
        add_price(node, fixture, odds, None if hours is None else before(hours), table="V3_Odds")
    add_price(node, fixture, (1.5, 4.0, 6.0), before(-30), table="V3_Odds")
    assert price(reader, 0).odds[0].tolist() == [1.5, 4.0, 6.0]


def test_duplicated_rows_do_not_make_two_bookmakers(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    for table in ("V3_Odds", "V3_Odds", "V3_Odds_History", "V3_Odds_History"):
        add_price(node, fixture, EARLY, before(3), table=table)
    assert at(reader, 0).bookmaker_id.tolist() == [8]


@pytest.mark.parametrize(
    ("quoting", "chosen"),
    [
        ((4, 8, 11, 52, -1), 52),
        ((4, 8, 11, -1), 11),
        ((4, 8, -1), -1),
        ((4, 8), 8),
        ((4, 99, 2), 4),
        ((99, 70, 3), 3),
        ((99, -2), -2),
    ],
)
def test_the_first_bookmaker_of_the_order_that_quotes_is_preferred_else_the_lowest_id(
    quoting: tuple[int, ...], chosen: int, fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    for bookmaker in quoting:
        add_price(node, fixture, EARLY, before(3), bookmaker)
    assert price(reader, 0).bookmaker_id.tolist() == [chosen]


def test_a_bookmaker_with_two_of_three_prices_is_passed_over(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, (2.0, None, 4.0), before(3), bookmaker=52)
    add_price(node, fixture, EARLY, before(3), bookmaker=4)
    assert price(reader, 0).bookmaker_id.tolist() == [4]


def test_one_bookmakers_price_is_his_or_none(fixture: int, node: sqlite3.Connection, reader: Reader) -> None:
    add_price(node, fixture, EARLY, before(3), bookmaker=8)
    prices = at(reader, 0)
    assert prices.of(8).odds[0].tolist() == list(EARLY)
    assert not prices.of(52).is_known[0]


def test_the_best_price_is_the_highest_on_each_outcome(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(3), bookmaker=8)
    add_price(node, fixture, LATE, before(2), bookmaker=4)
    best = at(reader, 0).best()
    assert best.odds[0].tolist() == [2.0, 3.5, 4.4]
    assert (best.bookmaker_id[0], best.captured_at[0]) == (0, AT - 2 * HOUR)


def test_markets_do_not_meet(fixture: int, node: sqlite3.Connection, reader: Reader) -> None:
    add_price(node, fixture, EARLY, before(3), 8, 1)
    add_price(node, fixture, (1.8, None, 2.1), before(3), 8, 5)
    add_price(node, fixture, (1.7, None, 2.2), before(3), 8, 8)
    assert at(reader, 0, OVER_UNDER).preferred(ORDER).odds.tolist() == [[1.8, 2.1]]
    assert at(reader, 0, BOTH_SCORE).preferred(ORDER).odds.tolist() == [[1.7, 2.2]]


def test_a_bet_takes_the_first_price_of_the_48_hours_before_kick_off(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    for hours in (200, 49, 30, 6, 0.1):
        add_price(node, fixture, EARLY, before(hours))
    assert bet_hours(reader) == 30


@pytest.mark.parametrize(("hours", "bet"), [(48, 48), (47.5, 47.5), (48.5, 48), (200, 48)])
def test_a_price_from_before_the_window_is_taken_as_it_opens(
    hours: float, bet: float, fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(hours))
    assert bet_hours(reader) == bet


def test_a_bet_waits_for_the_preferred_bookmaker(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(40), bookmaker=4)
    add_price(node, fixture, LATE, before(20), bookmaker=52)
    assert bet_hours(reader) == 20
    assert bet_hours(reader, only=4) == 40
    assert bet_hours(reader, only=11) is None


def test_fixtures_are_answered_in_the_order_asked(node: sqlite3.Connection, reader: Reader) -> None:
    for goals in (2.0, 3.0, 4.0):
        add_price(node, add_fixture(node, kickoff=KICKOFF), (goals, 3.0, 3.0), before(3))
    ids, times = np.array([3, 9, 1, 2]), np.full(4, AT)
    prices = board(reader.load().quotes, MATCH_WINNER, ids, times, times).preferred(ORDER)
    np.testing.assert_array_equal(prices.odds[:, 0], [4.0, np.nan, 2.0, 3.0])


@pytest.mark.parametrize("count", [0, 2])
def test_without_any_quote_nobody_has_a_price(count: int) -> None:
    ids = np.arange(count, dtype=np.int64)
    prices = board(Quotes.none(), MATCH_WINNER, ids, ids, ids).preferred(ORDER)
    assert not prices.is_known.any()
    assert bet_moments(Quotes.none(), MATCH_WINNER, ids, ids, ORDER).tolist() == [NO_PRICE_AT] * count


def test_no_fixture_asked_about_gets_no_price_though_there_are_some(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(3))
    none = np.empty(0, dtype=np.int64)
    assert board(reader.load().quotes, MATCH_WINNER, none, none, none).best().odds.shape == (0, 3)


ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([52, 8, 4, 99]), st.integers(0, 60), st.floats(1.01, 9.0)),
    max_size=25,
)


@given(ROWS, st.integers(0, 60))
def test_a_board_holds_what_a_slow_look_at_every_quote_finds(
    rows: list[tuple[int, int, int, float]], hour: int
) -> None:
    """Kick-offs are at hour 50; captures and the moment are whole hours."""
    columns = [np.array([row[place] for row in rows], dtype=np.int64) for place in range(3)]
    odds = np.array([[row[3], 3.0, 3.0] for row in rows]).reshape(-1, 3)
    quotes = Quotes.joined([Quotes(columns[0], np.zeros(len(rows), np.int8), columns[1], columns[2], odds)])
    ids = np.array([1, 2, 3])
    held = board(quotes, MATCH_WINNER, ids, np.full(3, 50), np.full(3, hour))
    expected: dict[tuple[int, int], int] = {}
    for fixture, bookmaker, captured, _ in rows:
        if fixture < 4 and captured <= hour and captured < 50:
            expected[fixture, bookmaker] = max(captured, expected.get((fixture, bookmaker), 0))
    captures = zip(
        ids[held.position].tolist(), held.bookmaker_id.tolist(), held.captured_at.tolist(), strict=True
    )
    assert {(fixture, bookmaker): captured for fixture, bookmaker, captured in captures} == expected
    first = held.preferred((8, 4)).bookmaker_id.tolist()
    for fixture, chosen in zip(ids.tolist(), first, strict=True):
        quoting = [bookmaker for one, bookmaker in expected if one == fixture]
        assert chosen == min(quoting, key=lambda b: ((8, 4).index(b) if b in (8, 4) else 2, b), default=0)


@pytest.mark.parametrize(("updated", "taken"), [(47, 40), (40, 40), (0.5, 40), (None, 40)])
def test_a_last_price_of_a_bookmaker_with_a_history_is_no_earlier_price(
    updated: float | None, taken: float, fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    """A row that is updated later still has the time of its creation."""
    add_price(node, fixture, EARLY, before(40))
    add_price(node, fixture, LATE, before(1))
    add_price(node, fixture, LATE, None if updated is None else before(updated), table="V3_Odds")
    assert bet_hours(reader) == taken


def test_a_last_price_updated_after_all_history_is_the_newest(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(40))
    add_price(node, fixture, LATE, before(1), table="V3_Odds")
    assert price(reader, 2).odds[0].tolist() == list(EARLY)
    assert price(reader, 0).odds[0].tolist() == list(LATE)
