"""On which line a bet on a further market is made, and at which price; one claim a test."""

from __future__ import annotations

import numpy as np
import pytest

from markets.further import ASIAN_HANDICAP, TOTALS, FurtherMarket, MarketChoice, offer_code
from markets.line_offer import LineOffer, LineQuotes
from markets.offer import BookmakerId
from markets.prices import NO_PRICE_AT, Quotes

HOUR = 3600
KICKOFF = 100 * 24 * HOUR
Shown = tuple[int, int, float, tuple[float, float], float]
"""Fixture, bookmaker, line, prices, hours before kick-off."""


def quotes(*rows: Shown, market: FurtherMarket = ASIAN_HANDICAP) -> Quotes:
    parts = [
        Quotes(
            np.array([fixture]),
            np.array([offer_code(market, line)], dtype=np.int16),
            np.array([bookmaker]),
            np.array([int(KICKOFF - hours * HOUR)]),
            np.array([[*odds, np.nan]]),
        )
        for fixture, bookmaker, line, odds, hours in rows
    ]
    return Quotes.joined(parts)


def offer(
    *rows: Shown,
    order: tuple[int, ...] = (8, 4),
    bookmaker: BookmakerId = None,
    choice: MarketChoice | None = None,
) -> LineOffer:
    choice = choice or MarketChoice(ASIAN_HANDICAP)
    ids = np.array([1, 2])
    lined = LineQuotes.of(
        quotes(*rows, market=choice.market), choice, ids, np.full(2, KICKOFF, dtype=np.int64)
    )
    return lined.offer(order, bookmaker)


def test_the_bet_is_on_the_line_with_the_most_even_prices() -> None:
    made = offer((1, 8, -1.0, (2.6, 1.5), 24), (1, 8, -0.5, (1.95, 1.95), 24), (1, 8, 0.0, (1.5, 2.6), 24))
    assert made.taken.line[0] == -0.5
    assert made.taken.prices.odds[0].tolist() == [1.95, 1.95]


def test_of_equally_even_lines_the_one_nearest_to_zero_is_taken() -> None:
    made = offer((1, 8, -0.5, (2.0, 1.8), 24), (1, 8, 0.25, (1.8, 2.0), 24))
    assert made.taken.line[0] == 0.25


def test_the_preferred_bookmaker_says_which_line_and_price() -> None:
    made = offer((1, 4, -0.5, (1.95, 1.95), 24), (1, 8, -0.75, (2.1, 1.75), 24))
    assert (made.taken.line[0], made.taken.prices.bookmaker_id[0]) == (-0.75, 8)


def test_a_line_that_the_bookmaker_no_longer_shows_is_not_taken() -> None:
    made = offer((1, 8, -0.5, (1.95, 1.95), 60), (1, 8, -1.0, (2.1, 1.75), 24))
    assert made.taken.line[0] == -1.0


def test_the_bet_is_decided_at_the_first_price_of_two_days_whatever_follows() -> None:
    made = offer((1, 8, -1.0, (2.1, 1.75), 24), (1, 8, -0.5, (1.95, 1.95), 2))
    assert made.as_of[0] == KICKOFF - 24 * HOUR
    assert made.taken.line[0] == -1.0


def test_a_bet_at_standing_prices_is_decided_when_the_last_line_compared_is_captured() -> None:
    made = offer((1, 8, -0.5, (1.95, 1.95), 60), (1, 8, -1.0, (2.4, 1.6), 57))
    assert made.taken.line[0] == -0.5
    assert made.as_of[0] == KICKOFF - 57 * HOUR
    assert made.taken.prices.captured_at[0] == KICKOFF - 60 * HOUR


def test_the_closing_price_is_that_of_the_line_nearest_to_the_one_taken() -> None:
    made = offer(
        (1, 8, -1.0, (2.0, 1.85), 24),
        (1, 8, -0.75, (1.9, 1.9), 1),
        (1, 8, -1.25, (2.3, 1.6), 1),
        (1, 8, -0.25, (1.5, 2.5), 1),
    )
    assert made.closed_later[0]
    assert made.closing.line[0] == -0.75
    assert made.closing.prices.odds[0].tolist() == [1.9, 1.9]


def test_a_match_without_prices_has_no_line_and_no_moment() -> None:
    made = offer((1, 8, -0.5, (1.95, 1.95), 24))
    assert np.isnan(made.taken.line[1])
    assert not made.taken.available[1]
    assert made.as_of[1] == NO_PRICE_AT
    assert not made.closed_later.any()


def test_the_best_price_is_the_highest_of_each_side_on_the_main_line() -> None:
    made = offer(
        (1, 8, -0.5, (1.95, 1.93), 24),
        (1, 4, -0.5, (2.05, 1.85), 24),
        (1, 4, -0.75, (2.4, 1.6), 24),
        bookmaker="best",
    )
    assert made.taken.line[0] == -0.5
    assert made.taken.prices.odds[0].tolist() == [2.05, 1.93]


def test_a_bookmaker_by_its_id_takes_its_own_main_line() -> None:
    made = offer((1, 8, -0.5, (1.95, 1.93), 24), (1, 4, -0.75, (2.1, 1.8), 20), bookmaker=4)
    assert (made.taken.line[0], made.as_of[0]) == (-0.75, KICKOFF - 20 * HOUR)


def test_a_choice_of_one_total_has_no_other_line() -> None:
    choice = MarketChoice(TOTALS, 3.5)
    made = offer((1, 8, 3.5, (2.9, 1.4), 24), (2, 8, 3.0, (1.9, 1.9), 24), choice=choice)
    assert made.taken.line[0] == 3.5
    assert not made.taken.available[1]


def test_a_price_of_kick_off_or_later_does_not_exist() -> None:
    made = offer((1, 8, -0.5, (1.95, 1.95), 0))
    assert not made.taken.available.any()
    assert not made.closing.available.any()


def test_every_line_comes_with_its_preferred_price() -> None:
    choice = MarketChoice(ASIAN_HANDICAP)
    some = quotes(
        (2, 8, -0.5, (1.95, 1.93), 24),
        (2, 4, -0.5, (2.0, 1.8), 24),
        (1, 4, 0.5, (2.1, 1.8), 20),
        (1, 8, -1.0, (2.1, 1.8), 20),
    )
    kickoffs = np.full(2, KICKOFF, dtype=np.int64)
    board = LineQuotes.of(some, choice, np.array([1, 2]), kickoffs).board_at(kickoffs)
    fixture, line, prices = board.every((8, 4))
    assert fixture.tolist() == [0, 0, 1]
    assert line.tolist() == [-1.0, 0.5, -0.5]
    assert prices.bookmaker_id.tolist() == [8, 4, 8]


def test_without_any_quote_there_is_an_empty_offer() -> None:
    choice = MarketChoice(ASIAN_HANDICAP)
    kickoffs = np.full(2, KICKOFF, dtype=np.int64)
    made = LineQuotes.of(Quotes.none(), choice, np.array([1, 2]), kickoffs).offer((8,), "best")
    assert not made.taken.available.any()


def test_the_margin_of_both_sides_is_removed() -> None:
    made = offer((1, 8, -0.5, (1.95, 1.95), 24))
    assert made.taken.implied()[0] == pytest.approx([0.5, 0.5])
