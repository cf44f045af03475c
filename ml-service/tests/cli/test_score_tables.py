"""Scores as text tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cli.score_tables import further_markets, scores
from markets.market import two_outcomes
from scores.first_half import USUAL
from scores.grid import score_grids
from scores.score_numbers import score_numbers

SCORES: Any = score_numbers(
    score_grids(
        {
            "1x2": np.array([[0.5, 0.26, 0.24]]),
            "ou25": two_outcomes(np.array([0.52])),
            "btts": two_outcomes(np.array([0.53])),
        }
    ),
    np.zeros(1, dtype=np.bool_),
    USUAL,
)[0].plain()


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return scores(SCORES).splitlines()


def test_the_likeliest_score_comes_first(lines: list[str]) -> None:
    best = SCORES["likeliest"][0]
    assert f"likeliest scores {best['home']}-{best['away']} {best['probability']:.1%}, " in lines[0]


def test_the_grid_has_a_row_for_six_goals_or_more(lines: list[str]) -> None:
    head = next(place for place, line in enumerate(lines) if line.startswith("home \\ away"))
    assert lines[head].split()[-1] == "6+"
    last = lines[head + 7].split()
    assert last[0] == "6+"
    assert last[1] == f"{sum(row[0] for row in SCORES['grid'][6:]):.1%}"


def test_handicaps_show_what_covers_and_the_fair_price(lines: list[str]) -> None:
    row = next(line.split() for line in lines if line.startswith("-0.25 "))
    fair_odds = SCORES["asian_handicap"]["-0.25"]["home"]["fair_odds"]
    assert row[1:3] == [f"{1 / fair_odds:.1%}", f"{fair_odds:.2f}"]


def test_further_markets_name_their_line() -> None:
    values = {"probability": 0.53, "implied": 0.5, "odds": 1.95, "edge": 0.03}
    text = further_markets([{"market": "ah", "line": -0.25, "outcomes": {"home": values}}])
    assert text.splitlines()[1].split() == ["ah", "-0.25", "home", "53.0%", "1.95", "+3.0%"]
