"""Every market that is read off a grid, against sums over its cells written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from contract.scores import Scores
from scores.cells import SIZE
from scores.first_half import USUAL, Halves, Splits
from scores.score_numbers import score_numbers
from testing.contract import check_shape

GRID = np.random.default_rng(5).dirichlet(np.full(SIZE * SIZE, 0.5)).reshape(SIZE, SIZE)
AT_HOME = np.zeros(1, dtype=np.bool_)
SCORES: Any = score_numbers(GRID[None], AT_HOME, USUAL)[0].plain()


def total(rule: Any) -> float:
    """Probability of the scores whose home and away goals satisfy `rule`."""
    return float(sum(GRID[h, a] for h in range(SIZE) for a in range(SIZE) if rule(h, a)))


RULES: dict[tuple[str, ...], Any] = {
    ("double_chance", "home_or_draw"): lambda h, a: h >= a,
    ("double_chance", "home_or_away"): lambda h, a: h != a,
    ("double_chance", "draw_or_away"): lambda h, a: h <= a,
    ("totals", "0.5", "over"): lambda h, a: h + a >= 1,
    ("totals", "6.5", "under"): lambda h, a: h + a <= 6,
    ("home_goals", "1.5", "over"): lambda h, _: h >= 2,
    ("away_goals", "4.5", "under"): lambda _, a: a <= 4,
    ("clean_sheet", "home"): lambda _, a: a == 0,
    ("clean_sheet", "away"): lambda h, _: h == 0,
    ("win_to_nil", "home"): lambda h, a: h > a == 0,
    ("win_to_nil", "away"): lambda h, a: a > h == 0,
    ("both_and_over25",): lambda h, a: h > 0 and a > 0 and h + a > 2,
    ("odd_even", "odd"): lambda h, a: (h + a) % 2 == 1,
    ("odd_even", "even"): lambda h, a: (h + a) % 2 == 0,
    ("margin", "-3"): lambda h, a: h - a <= -3,
    ("margin", "0"): lambda h, a: h == a,
    ("margin", "3"): lambda h, a: h - a >= 3,
    ("asian_handicap", "-0.25", "home", "win"): lambda h, a: h > a,
    ("asian_handicap", "-0.25", "home", "half_loss"): lambda h, a: h == a,
    ("asian_handicap", "-0.25", "away", "half_win"): lambda h, a: h == a,
    ("asian_handicap", "1", "home", "push"): lambda h, a: h - a == -1,
    ("asian_handicap", "1", "away", "win"): lambda h, a: h - a < -1,
    ("asian_handicap", "2.75", "home", "half_loss"): lambda h, a: h - a == -3,
    ("asian_handicap", "-3", "home", "loss"): lambda h, a: h - a < 3,
}


@pytest.mark.parametrize("path", RULES, ids=" ".join)
def test_a_market_is_the_sum_of_its_scores(path: tuple[str, ...]) -> None:
    value = SCORES
    for name in path:
        value = value[name]
    assert value == pytest.approx(total(RULES[path]), abs=1e-12)


def test_scores_have_the_shape_of_the_contract() -> None:
    check_shape(Scores, SCORES)


def test_expected_goals_are_the_means_of_the_grid() -> None:
    goals = np.arange(SIZE)
    assert SCORES["expected_goals"] == pytest.approx(
        {"home": GRID.sum(axis=1) @ goals, "away": GRID.sum(axis=0) @ goals}
    )


def test_a_draw_returns_the_stake_of_draw_no_bet() -> None:
    home, away = total(lambda h, a: h > a), total(lambda h, a: h < a)
    assert SCORES["draw_no_bet"] == pytest.approx(
        {"home": home / (home + away), "away": away / (home + away)}
    )


def test_the_likeliest_scores_come_first() -> None:
    expected = sorted(((GRID[h, a], h, a) for h in range(SIZE) for a in range(SIZE)), reverse=True)[:6]
    assert [(s["probability"], s["home"], s["away"]) for s in SCORES["likeliest"]] == expected


def test_handicaps_go_from_minus_three_to_three_in_quarters() -> None:
    assert [float(line) for line in SCORES["asian_handicap"]] == [quarter / 4 for quarter in range(-12, 13)]


@pytest.mark.parametrize("line", ["-2.25", "0", "0.5", "1.75"])
@pytest.mark.parametrize("side", ["home", "away"])
def test_a_bet_at_the_fair_price_expects_nothing(line: str, side: str) -> None:
    settled = SCORES["asian_handicap"][line][side]
    won = settled["win"] + settled["half_win"] / 2
    lost = settled["loss"] + settled["half_loss"] / 2
    assert won * (settled["fair_odds"] - 1.0) - lost == pytest.approx(0.0, abs=1e-12)


def test_a_price_that_cannot_be_fair_is_null() -> None:
    certain = np.zeros((1, SIZE, SIZE))
    certain[0, 0, 3] = 1.0
    handicap = score_numbers(certain, AT_HOME, USUAL)[0].plain()["asian_handicap"]["-1"]
    assert (handicap["home"]["fair_odds"], handicap["away"]["fair_odds"]) == (None, 1.0)


def test_halves_agree_with_the_whole() -> None:
    both = SCORES["first_half"]["half_time_full_time"]
    away = sum(chance for name, chance in both.items() if name.endswith("/away"))
    at_half = sum(chance for name, chance in both.items() if name.startswith("home/"))
    assert away == pytest.approx(total(lambda h, a: h < a))
    assert at_half == pytest.approx(SCORES["first_half"]["1x2"]["home"])


def test_the_first_half_is_read_off_the_splits() -> None:
    splits = Splits.of(USUAL).at(total(lambda h, a: h > a) - total(lambda h, a: h < a))
    level = sum(
        GRID.reshape(-1)[score] * splits[score, half]
        for score in range(SIZE * SIZE)
        for half in range(0, SIZE * SIZE, SIZE + 1)
    )
    assert SCORES["first_half"]["1x2"]["draw"] == pytest.approx(level)
    assert list(SCORES["first_half"]["totals"]) == ["0.5", "1.5", "2.5"]


def test_on_neutral_ground_the_first_half_is_turned_when_teams_are_changed_over() -> None:
    one, other = (
        score_numbers(grid[None], np.ones(1, dtype=np.bool_), USUAL)[0].plain()["first_half"]
        for grid in (GRID, GRID.T)
    )
    assert [one["1x2"]["home"], one["1x2"]["draw"]] == pytest.approx(
        [other["1x2"]["away"], other["1x2"]["draw"]], abs=1e-12
    )
    assert one["half_time_full_time"]["home/draw"] == pytest.approx(
        other["half_time_full_time"]["away/draw"], abs=1e-12
    )
    assert one["1x2"]["home"] != pytest.approx(SCORES["first_half"]["1x2"]["home"], abs=1e-6)


def test_neutral_ground_changes_nothing_but_the_first_half() -> None:
    both = [
        scores.plain() for scores in score_numbers(np.stack([GRID, GRID]), np.array([True, False]), USUAL)
    ]
    neutral, home = ({**scores, "first_half": None} for scores in both)
    assert neutral == home
    assert both[1]["first_half"] == SCORES["first_half"]


def test_the_first_half_follows_how_goals_fall_into_halves() -> None:
    early = score_numbers(GRID[None], AT_HOME, Halves(home=4.0, away=-4.0))[0].plain()
    assert early["first_half"]["1x2"]["home"] > SCORES["first_half"]["1x2"]["home"] + 0.1
    assert {**early, "first_half": None} == {**SCORES, "first_half": None}
