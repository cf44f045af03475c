"""What follows from distributions of scores: every further market's probabilities, read off the grid.

Each probability is a sum of cells, so one product of the grids with a matrix of weights gives all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats
from markets.further import ASIAN_HANDICAP
from markets.lines import line_text
from markets.match_winner import MATCH_WINNER
from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS, SIZE
from scores.first_half import SPLITS
from scores.settlement import SETTLEMENTS, fair_odds, settle

LIKELIEST = 6
"""How many scores are listed."""
TOTAL_LINES = tuple(goals + 0.5 for goals in range(7))
TEAM_LINES = tuple(goals + 0.5 for goals in range(5))
FIRST_HALF_LINES = tuple(goals + 0.5 for goals in range(3))
HANDICAP_LINES = tuple(quarter / 4.0 for quarter in range(-12, 13))
MARGINS = tuple(range(-3, 4))
"""Home goals less away goals; the first and the last stand for that margin or a greater one."""

_MARGIN = HOME_GOALS - AWAY_GOALS
_TOTAL = HOME_GOALS + AWAY_GOALS
Events = dict[str, Any]
"""Weights (CELLS,) of probabilities, nested as an answer has them."""


def _over_under(goals: Floats, lines: Sequence[float]) -> Events:
    return {line_text(line): {"over": goals > line, "under": goals < line} for line in lines}


def _winner(outcomes: NDArray[np.int8]) -> Events:
    return {name: outcomes == place for place, name in enumerate(MATCH_WINNER.outcomes)}


def _handicap(line: float) -> Events:
    codes = settle(ASIAN_HANDICAP.leads(_MARGIN, np.full(CELLS, line)))
    return {
        side: {name: codes[:, place] == code for code, name in enumerate(SETTLEMENTS)}
        for place, side in enumerate(ASIAN_HANDICAP.outcomes)
    }


def _first_half() -> Events:
    outcomes = MATCH_WINNER.settle(HOME_GOALS, AWAY_GOALS)
    names = MATCH_WINNER.outcomes
    return {
        "1x2": {name: SPLITS @ event for name, event in _winner(outcomes).items()},
        "totals": {
            line: {side: SPLITS @ event for side, event in sides.items()}
            for line, sides in _over_under(_TOTAL, FIRST_HALF_LINES).items()
        },
        "half_time_full_time": {
            f"{half}/{full}": (SPLITS @ (outcomes == first)) * (outcomes == last)
            for first, half in enumerate(names)
            for last, full in enumerate(names)
        },
    }


def _events() -> Events:
    home, draw, away = _winner(MATCH_WINNER.settle(HOME_GOALS, AWAY_GOALS)).values()
    clean = {"home": AWAY_GOALS == 0, "away": HOME_GOALS == 0}
    margins = np.clip(_MARGIN, MARGINS[0], MARGINS[-1])
    return {
        "expected_goals": {"home": HOME_GOALS, "away": AWAY_GOALS},
        "double_chance": {"home_or_draw": home | draw, "home_or_away": home | away, "draw_or_away": draw | away},
        "draw_no_bet": {"home": home, "away": away},
        "totals": _over_under(_TOTAL, TOTAL_LINES),
        "home_goals": _over_under(HOME_GOALS, TEAM_LINES),
        "away_goals": _over_under(AWAY_GOALS, TEAM_LINES),
        "asian_handicap": {line_text(line): _handicap(line) for line in HANDICAP_LINES},
        "first_half": _first_half(),
        "clean_sheet": clean,
        "win_to_nil": {"home": home & clean["home"], "away": away & clean["away"]},
        "both_and_over25": (HOME_GOALS > 0) & (AWAY_GOALS > 0) & (_TOTAL > 2.5),
        "odd_even": {"odd": _TOTAL % 2 == 1, "even": _TOTAL % 2 == 0},
        "margin": {str(margin): margins == margin for margin in MARGINS},
    }
