"""Further markets: their keys, their lines and the margin of outcomes that overlap."""

from __future__ import annotations

import numpy as np
import pytest

from markets.choices import market_problem, market_title
from markets.further import (
    ASIAN_HANDICAP,
    DOUBLE_CHANCE,
    FURTHER_MARKETS,
    HALF_TIME,
    HALF_TIME_FULL_TIME,
    TOTALS,
    MarketChoice,
    lines_of,
    offer_code,
    parse_choice,
)
from markets.line_offer import further_implied
from markets.lines import line_text, parse_line
from markets.registry import MARKETS


@pytest.mark.parametrize(
    ("key", "choice"),
    [
        ("ah", MarketChoice(ASIAN_HANDICAP)),
        ("dc", MarketChoice(DOUBLE_CHANCE)),
        ("ht_1x2", MarketChoice(HALF_TIME)),
        ("ht_ft", MarketChoice(HALF_TIME_FULL_TIME)),
        ("ou3.25", MarketChoice(TOTALS, 3.25)),
        ("ou1", MarketChoice(TOTALS, 1.0)),
    ],
)
def test_a_key_names_a_market_and_its_line(key: str, choice: MarketChoice) -> None:
    assert parse_choice(key) == choice
    assert choice.key == key


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("ou", "needs its line"),
        ("ou3.1", "multiple of 0.25"),
        ("ou-1", "from 0.25 to 20"),
        ("ou99", "from 0.25 to 20"),
        ("ou1e0", "multiple of 0.25"),
        ("ou2.5", "is ou25"),
        ("ah-0.5", "there is no market 'ah-0.5'"),
        ("asian", "there is no market 'asian'"),
    ],
)
def test_an_impossible_key_says_what_is_wrong(key: str, problem: str) -> None:
    answer = parse_choice(key)
    assert isinstance(answer, str)
    assert problem in answer


def test_lines_are_written_as_short_as_they_are() -> None:
    assert [line_text(line) for line in (-0.25, -0.0, 3.0, 2.75)] == ["-0.25", "0", "3", "2.75"]


def test_only_multiples_of_a_quarter_are_lines() -> None:
    assert [parse_line(text) for text in ("+0.5", "-2.75", "0.1", "nan", "", "1/4")] == [
        0.5,
        -2.75,
        *[None] * 4,
    ]


def test_a_code_tells_market_and_line() -> None:
    codes = [offer_code(market, line) for market in FURTHER_MARKETS for line in (market.lines or (None,))]
    assert len(set(codes)) == len(codes)
    assert lines_of(np.array(codes)).tolist() == [-10.0, 10.0, 0.0, 0.25, 20.0, 0.0, 0.0]


def test_the_implied_probabilities_of_double_chance_sum_to_two_and_those_of_a_line_to_one() -> None:
    assert further_implied(DOUBLE_CHANCE, np.array([[1.25, 1.3, 1.9]])).sum() == pytest.approx(2.0)
    assert further_implied(ASIAN_HANDICAP, np.array([[1.8, 2.0]])).sum() == pytest.approx(1.0)


def test_prices_of_double_chance_without_margin_are_their_inverses() -> None:
    probabilities = np.array([[0.7, 0.75, 0.55]])
    assert further_implied(DOUBLE_CHANCE, 1.0 / probabilities) == pytest.approx(probabilities)
    assert further_implied(DOUBLE_CHANCE, probabilities**-0.95) == pytest.approx(probabilities)


@pytest.mark.parametrize("key", ["1x2", "btts", "ah", "dc", "ou3.5"])
def test_a_market_that_can_be_bet_on_has_a_title_and_no_problem(key: str) -> None:
    assert market_problem(key) is None
    assert market_title(key)


def test_what_is_no_market_is_told_which_there_are() -> None:
    problem = market_problem("1X2")
    assert (
        problem == "one of 1x2, ou25, btts, ah, dc, ht_1x2, ht_ft, or ou and a line, such as ou3.5;"
        " there is no market '1X2'"
    )
    assert "must be a multiple of 0.25" in (market_problem("ou3.1") or "")
    assert market_title("ou3.5") == "Over/under 3.5"


def test_a_total_with_a_model_of_its_own_is_no_further_market() -> None:
    lines = {market.line for market in MARKETS if market.market_id == TOTALS.market_id}
    assert lines
    assert set(TOTALS.other_lines) == lines
