"""The prices at which bets are placed, in training as in a backtest."""

from __future__ import annotations

import sqlite3

import numpy as np

from db.reader import Reader
from markets.match_winner import MATCH_WINNER
from markets.offer import BookmakerId, Offer, offer
from markets.sharpness import Sharpness
from testing.leagues import add_price
from tests.markets.test_prices import AT, EARLY, HOUR, LATE, ORDER, before


def offer_on(
    reader: Reader, fixture: int, bookmaker_id: BookmakerId = None, *, at_capture: bool = False
) -> Offer:
    """The offer on one fixture."""
    ids, kickoffs = np.array([fixture]), np.array([AT])
    quotes, sharpness = reader.load().quotes, Sharpness.none()
    return offer(quotes, MATCH_WINNER, ids, kickoffs, ORDER, sharpness, bookmaker_id, at_capture=at_capture)


def test_a_price_of_the_48_hours_before_kick_off_goes_before_a_preferred_one_from_earlier(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    """In training as in a backtest, unless that bookmaker's price alone is wanted."""
    add_price(node, fixture, EARLY, before(72), bookmaker=52)
    add_price(node, fixture, LATE, before(40), bookmaker=11)
    for at_capture in (False, True):
        preferred = offer_on(reader, fixture, at_capture=at_capture)
        assert preferred.taken.bookmaker_id.tolist() == preferred.reference.bookmaker_id.tolist() == [11]
        assert preferred.as_of.tolist() == [AT - 40 * HOUR]
        assert offer_on(reader, fixture, 52, at_capture=at_capture).taken.odds[0].tolist() == list(EARLY)


def test_a_bet_at_a_price_from_before_the_window_is_decided_as_it_opens_or_at_capture(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    """Training places it as late as it can, a backtest as early: both know nothing later than the price."""
    add_price(node, fixture, EARLY, before(72))
    placed, captured = (offer_on(reader, fixture, at_capture=when) for when in (False, True))
    assert (AT - placed.as_of).tolist() == [48 * HOUR]
    assert (AT - captured.as_of).tolist() == [72 * HOUR]
    assert placed.taken.odds.tolist() == captured.taken.odds.tolist() == [list(EARLY)]


def test_without_a_price_of_the_bookmaker_asked_for_a_match_is_seen_when_a_usual_bet_would_be(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(30), bookmaker=11)
    other = offer_on(reader, fixture, 52, at_capture=True)
    assert not other.taken.is_known[0]
    assert (AT - other.as_of).tolist() == [30 * HOUR]
    assert other.reference.bookmaker_id.tolist() == [11]


def test_without_any_price_a_match_is_seen_at_kick_off(fixture: int, reader: Reader) -> None:
    nothing = offer_on(reader, fixture)
    assert nothing.as_of.tolist() == [AT]
    assert not (nothing.taken.is_known | nothing.reference.is_known | nothing.closing.is_known)[0]


def test_the_closing_line_is_a_price_captured_after_the_one_taken(
    fixture: int, node: sqlite3.Connection, reader: Reader
) -> None:
    add_price(node, fixture, EARLY, before(24))
    unmoved = offer_on(reader, fixture)
    assert unmoved.closing.odds[0].tolist() == list(EARLY)
    assert np.isnan(unmoved.closing_line()).all()
    assert unmoved.closed_later.tolist() == [False]
    add_price(node, fixture, LATE, before(1))
    moved = offer_on(reader, fixture)
    np.testing.assert_array_equal(moved.closing_line(), moved.closing.implied())
    assert moved.closing.odds[0].tolist() == list(LATE)
    assert moved.closed_later.tolist() == [True]
