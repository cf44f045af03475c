"""Settlement by the bookmakers' rules: a table of cases worked out by hand, and figures from the shares."""

from __future__ import annotations

import numpy as np
import pytest

from common.arrays import Floats
from markets.further import (
    ASIAN_HANDICAP,
    DOUBLE_CHANCE,
    HALF_TIME,
    HALF_TIME_FULL_TIME,
    TOTALS,
    FurtherMarket,
    Goals,
)
from scores.first_half import USUAL
from scores.score_numbers import score_numbers
from scores.settlement import (
    SETTLEMENTS,
    cover_probability,
    distribution,
    expected_profit,
    fair_odds,
    margins,
    profit,
    settled_scores,
    shares,
    totals,
)

BY_LETTER = dict(zip("WwPlL", SETTLEMENTS, strict=True))

# A bet on the home team with its line, by its winning margin from -4 to 4: W win, w half win, P push, l half loss,
# L loss. The away team's bet is the mirror image.
HANDICAPS = {
    -3.0: "LLLLLLLPW",
    -2.75: "LLLLLLLwW",
    -2.5: "LLLLLLLWW",
    -2.25: "LLLLLLlWW",
    -2.0: "LLLLLLPWW",
    -1.75: "LLLLLLwWW",
    -1.5: "LLLLLLWWW",
    -1.25: "LLLLLlWWW",
    -1.0: "LLLLLPWWW",
    -0.75: "LLLLLwWWW",
    -0.5: "LLLLLWWWW",
    -0.25: "LLLLlWWWW",
    0.0: "LLLLPWWWW",
    0.25: "LLLLwWWWW",
    0.5: "LLLLWWWWW",
    0.75: "LLLlWWWWW",
    1.0: "LLLPWWWWW",
    1.25: "LLLwWWWWW",
    1.5: "LLLWWWWWW",
    1.75: "LLlWWWWWW",
    2.0: "LLPWWWWWW",
    2.25: "LLwWWWWWW",
    2.5: "LLWWWWWWW",
    2.75: "LlWWWWWWW",
    3.0: "LPWWWWWWW",
}
MARGINS = range(-4, 5)

# A bet on over, by the goals of both sides from 0 to 5.
TOTALS_OVER = {
    0.5: "LWWWWW",
    0.75: "LwWWWW",
    1.0: "LPWWWW",
    1.25: "LlWWWW",
    1.5: "LLWWWW",
    1.75: "LLwWWW",
    2.0: "LLPWWW",
    2.25: "LLlWWW",
    2.75: "LLLwWW",
    3.0: "LLLPWW",
    3.25: "LLLlWW",
    3.5: "LLLLWW",
    4.0: "LLLLPW",
    4.25: "LLLLlW",
    4.5: "LLLLLW",
}
SCORES = {-1: (0.0, 1.0), 0: (1.0, 1.0), 1: (2.0, 1.0)}


def settled(market: FurtherMarket, score: tuple[float, float], line: float) -> tuple[str, ...]:
    return by_halves(market, (np.nan, np.nan), score, line)


def by_halves(
    market: FurtherMarket, half: tuple[float, float], score: tuple[float, float], line: float = 0.0
) -> tuple[str, ...]:
    goals = Goals(*(np.array([side]) for side in (*score, *half)))
    return tuple(SETTLEMENTS[code] for code in settled_scores(market, goals, np.array([line]))[0])


def mirrored(settlement: str) -> str:
    return SETTLEMENTS[len(SETTLEMENTS) - 1 - SETTLEMENTS.index(settlement)]


@pytest.mark.parametrize("line", HANDICAPS)
def test_a_handicap_settles_as_the_books_do(line: float) -> None:
    for margin, letter in zip(MARGINS, HANDICAPS[line], strict=True):
        home = BY_LETTER[letter]
        score = (float(max(margin, 0)), float(max(-margin, 0)))
        assert settled(ASIAN_HANDICAP, score, line) == (home, mirrored(home)), margin


@pytest.mark.parametrize("line", TOTALS_OVER)
def test_a_total_settles_as_the_books_do(line: float) -> None:
    for goals, letter in enumerate(TOTALS_OVER[line]):
        over = BY_LETTER[letter]
        assert settled(TOTALS, (float(goals // 2), float(goals - goals // 2)), line) == (over, mirrored(over))


@pytest.mark.parametrize(
    ("margin", "outcomes"),
    [(-1, ("loss", "win", "win")), (0, ("win", "loss", "win")), (1, ("win", "win", "loss"))],
)
def test_two_of_the_three_double_chances_win(margin: int, outcomes: tuple[str, ...]) -> None:
    assert settled(DOUBLE_CHANCE, SCORES[margin], 0.0) == outcomes


def test_half_time_markets_settle_on_the_result_of_each_half() -> None:
    lost_lead = by_halves(HALF_TIME, (0.0, 1.0), (2.0, 1.0))
    assert lost_lead == ("loss", "loss", "win")
    pairs = dict(
        zip(
            HALF_TIME_FULL_TIME.outcomes,
            by_halves(HALF_TIME_FULL_TIME, (0.0, 1.0), (2.0, 1.0)),
            strict=True,
        )
    )
    assert [pair for pair, settlement in pairs.items() if settlement != "loss"] == ["away/home"]
    assert pairs["away/home"] == "win"


@pytest.mark.parametrize("market", [HALF_TIME, HALF_TIME_FULL_TIME], ids=lambda market: market.key)
def test_without_a_half_time_score_stakes_are_returned(market: FurtherMarket) -> None:
    assert set(settled(market, (2.0, 1.0), 0.0)) == {"push"}


@pytest.mark.parametrize("neutral", [False, True])
def test_half_time_markets_have_the_probabilities_of_the_scores(neutral: bool) -> None:
    """Of a grid, the first half as the answer names it, and both halves."""
    grid, ground = grids(2), np.array([neutral, neutral])
    named = [scores.plain()["first_half"] for scores in score_numbers(grid, ground, USUAL)]
    half, both = (
        cover_probability(shares(market, grid, np.zeros(2), ground))
        for market in (HALF_TIME, HALF_TIME_FULL_TIME)
    )
    for row, first_half in enumerate(named):
        assert half[row] == pytest.approx(list(first_half["1x2"].values()))
        assert both[row] == pytest.approx(list(first_half["half_time_full_time"].values()))
        assert tuple(first_half["half_time_full_time"]) == HALF_TIME_FULL_TIME.outcomes


def grids(count: int = 3) -> Floats:
    return np.random.default_rng(5).dirichlet(np.ones(121), count).reshape(count, 11, 11)


def test_margins_and_totals_are_sums_over_the_grid() -> None:
    grid = grids(1)
    by_margin = [
        sum(grid[0, i, j] for i in range(11) for j in range(11) if i - j == m) for m in range(-10, 11)
    ]
    by_total = [sum(grid[0, i, j] for i in range(11) for j in range(11) if i + j == t) for t in range(21)]
    assert margins(grid)[0] == pytest.approx(by_margin)
    assert totals(grid)[0] == pytest.approx(by_total)


@pytest.mark.parametrize(("market", "line"), [(ASIAN_HANDICAP, -0.75), (TOTALS, 3.0), (DOUBLE_CHANCE, 0.0)])
def test_shares_are_the_probabilities_of_the_scores_that_settle_so(
    market: FurtherMarket, line: float
) -> None:
    grid = grids(1)
    expected = np.zeros((market.size, 5))
    for home in range(11):
        for away in range(11):
            for outcome, settlement in enumerate(settled(market, (float(home), float(away)), line)):
                expected[outcome, SETTLEMENTS.index(settlement)] += grid[0, home, away]
    assert shares(market, grid, np.array([line]))[0] == pytest.approx(expected)


def test_each_match_has_its_own_line() -> None:
    grid = np.repeat(grids(1), 2, axis=0)
    both = shares(ASIAN_HANDICAP, grid, np.array([-1.0, 0.25]))
    alone = shares(ASIAN_HANDICAP, grid[:1], np.array([0.25]))
    assert both[1] == pytest.approx(alone[0])
    assert both[0] != pytest.approx(both[1])


def test_the_profit_of_a_unit_at_odds_of_three() -> None:
    assert profit(np.arange(5, dtype=np.int8), np.full(5, 3.0)).tolist() == [2.0, 1.0, 0.0, -0.5, -1.0]


def test_at_the_fair_price_the_expected_profit_is_nothing() -> None:
    for line in HANDICAPS:
        one = shares(ASIAN_HANDICAP, grids(), np.full(3, line))
        assert expected_profit(one, fair_odds(one)) == pytest.approx(np.zeros((3, 2)), abs=1e-12)


def test_the_fair_price_of_a_quarter_line_by_hand() -> None:
    """-0.75: win 0.4, half win 0.2, loss 0.4. A unit wins 0.5 of what 0.9 are at stake: the price is 1.8."""
    one = np.array([0.4, 0.2, 0.0, 0.0, 0.4])
    assert fair_odds(one) == pytest.approx(1.8)
    assert cover_probability(one) == pytest.approx(0.5 / 0.9)


def test_the_cover_probabilities_of_both_sides_sum_to_one_and_of_double_chance_to_two() -> None:
    for market, line in ((ASIAN_HANDICAP, -1.25), (TOTALS, 3.0), (DOUBLE_CHANCE, 0.0)):
        whole = cover_probability(shares(market, grids(), np.full(3, line))).sum(axis=1)
        assert whole == pytest.approx(np.full(3, market.winners))


def test_a_bet_that_is_always_pushed_has_no_fair_price() -> None:
    always = np.array([[0.0, 0.0, 1.0, 0.0, 0.0]])
    assert np.isnan(fair_odds(always)).all()


def test_the_values_of_the_distributions_are_goals() -> None:
    assert distribution(ASIAN_HANDICAP, grids())[0].tolist() == list(range(-10, 11))
    assert distribution(TOTALS, grids())[0].tolist() == list(range(21))
