"""What follows from distributions of scores: every further market's probabilities, read off the grid.

Each probability is a sum of cells, so one product of the grids with a matrix of weights gives all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats, Ints, Mask
from common.memory import paused_collection
from contract.scores import Handicap, Score, Scores
from markets.further import ASIAN_HANDICAP
from markets.lines import line_text
from markets.match_winner import MATCH_WINNER
from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS, SIZE, by_row
from scores.first_half import USUAL, Halves
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
    """How a bet on the home side settles; the away side's settles the other way round."""
    codes = settle(ASIAN_HANDICAP.leads(_MARGIN, np.full(CELLS, line)))[:, 0]
    return {name: codes == code for code, name in enumerate(SETTLEMENTS)}


def _first_half(halves: Halves) -> Events:
    splits = halves.splits()
    outcomes = MATCH_WINNER.settle(HOME_GOALS, AWAY_GOALS)
    names = MATCH_WINNER.outcomes
    return {
        "1x2": {name: splits @ event for name, event in _winner(outcomes).items()},
        "totals": {
            line: {side: splits @ event for side, event in sides.items()}
            for line, sides in _over_under(_TOTAL, FIRST_HALF_LINES).items()
        },
        "half_time_full_time": {
            f"{half}/{full}": (splits @ (outcomes == first)) * (outcomes == last)
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
        "double_chance": {
            "home_or_draw": home | draw,
            "home_or_away": home | away,
            "draw_or_away": draw | away,
        },
        "draw_no_bet": {"home": home, "away": away},
        "totals": _over_under(_TOTAL, TOTAL_LINES),
        "home_goals": _over_under(HOME_GOALS, TEAM_LINES),
        "away_goals": _over_under(AWAY_GOALS, TEAM_LINES),
        "first_half": _first_half(USUAL),
        "clean_sheet": clean,
        "win_to_nil": {"home": home & clean["home"], "away": away & clean["away"]},
        "both_and_over25": (HOME_GOALS > 0) & (AWAY_GOALS > 0) & (_TOTAL > 2.5),
        "odd_even": {"odd": _TOTAL % 2 == 1, "even": _TOTAL % 2 == 0},
        "margin": {str(margin): margins == margin for margin in MARGINS},
    }


def _numbered(events: Events, weights: list[Floats]) -> dict[str, Any]:
    """The events with the column of each in the place of its weights, which are added to `weights`."""
    layout: dict[str, Any] = {}
    for name, part in events.items():
        if isinstance(part, dict):
            layout[name] = _numbered(part, weights)
        else:
            layout[name] = len(weights)
            weights.append(np.asarray(part, dtype=np.float64))
    return layout


def _columns(layout: dict[str, Any]) -> Iterator[int]:
    for part in layout.values():
        if isinstance(part, dict):
            yield from _columns(part)
        else:
            yield part


_COLUMNS: list[Floats] = []
_LAYOUT = _numbered(_events(), _COLUMNS)
_WEIGHTS: Floats = np.column_stack(_COLUMNS)
_FIRST_HALF = list(_columns(_LAYOUT["first_half"]))
_NO_BET = list(_LAYOUT["draw_no_bet"].values())
_LINES = tuple(map(line_text, HANDICAP_LINES))
_HANDICAPS = dict(zip(_LINES, map(_handicap, HANDICAP_LINES), strict=True))
_SETTLED_WEIGHTS: Floats = np.column_stack(
    [weights for settled in _HANDICAPS.values() for weights in settled.values()]
).astype(np.float64)


def events() -> dict[str, Floats]:
    """Weights (CELLS,) of the probability of each event on a full-time score that an answer names, by its path."""
    named = {**_events(), "expected_goals": {}, "first_half": {}, "asian_handicap": _HANDICAPS}
    return {
        path: weights
        for path, weights in _leaves(named)
        if not path.startswith("draw_no_bet") and weights.any()
    }


def _leaves(named: Events, prefix: str = "") -> Iterator[tuple[str, Floats]]:
    for name, part in named.items():
        path = f"{prefix} {name}".strip()
        if isinstance(part, dict):
            yield from _leaves(part, path)
        else:
            yield path, np.asarray(part, dtype=np.float64)


def derived(grids: Floats, neutral: Mask, halves: Halves) -> list[Scores]:
    """`scores` of the contract for each match, by grids (n, SIZE, SIZE) of `scores.grid`.

    `neutral` (n,) marks matches on neutral ground, and `halves` say how goals fall into halves.
    """
    cells = grids.reshape(len(grids), CELLS)
    parts = (_sums(cells, neutral, halves), grids, *_likeliest(cells), *_handicaps(cells))
    with paused_collection():
        # One match after the other: what is written together lies together in memory.
        answers = [
            {
                **_filled(_LAYOUT, sums.tolist()),
                "grid": grid.tolist(),
                "likeliest": _listed(best.tolist(), chances.tolist()),
                "asian_handicap": _lines(shares.tolist(), prices.tolist()),
            }
            for sums, grid, best, chances, shares, prices in zip(*parts, strict=True)
        ]
    # Their layout is built from the events; tests/scores checks it against the contract.
    return cast(list[Scores], answers)


def _sums(cells: Floats, neutral: Mask, halves: Halves) -> Floats:
    """All sums (n, c) by the column that the layout names."""
    values = by_row(cells, _weights(halves))
    values[:, _NO_BET] /= values[:, _NO_BET].sum(axis=1, keepdims=True)
    if neutral.any():
        on_neutral = _weights(halves.on_neutral_ground())[:, _FIRST_HALF]
        values[np.flatnonzero(neutral)[:, None], _FIRST_HALF] = by_row(cells[neutral], on_neutral)
    return values


@lru_cache(maxsize=8)
def _weights(halves: Halves) -> Floats:
    """Weights (CELLS, c) of all sums."""
    first_half: list[Floats] = []
    _numbered(_first_half(halves), first_half)
    weights = _WEIGHTS.copy()
    weights[:, _FIRST_HALF] = np.column_stack(first_half)
    return weights


def _filled(layout: dict[str, Any], row: list[float]) -> dict[str, Any]:
    return {name: row[part] if part.__class__ is int else _filled(part, row) for name, part in layout.items()}


def _likeliest(cells: Floats) -> tuple[Ints, Floats]:
    """Cells and probabilities, both (n, LIKELIEST), of the likeliest scores."""
    best = np.argsort(-cells, axis=1, kind="stable")[:, :LIKELIEST]
    return best, np.take_along_axis(cells, best, axis=1)


def _listed(best: list[int], chances: list[float]) -> list[Score]:
    return [
        {"home": cell // SIZE, "away": cell % SIZE, "probability": chance}
        for cell, chance in zip(best, chances, strict=True)
    ]


def _handicaps(cells: Floats) -> tuple[Floats, NDArray[np.object_]]:
    """The home side's shares of SETTLEMENTS (n, lines, 5) and both sides' implied prices (n, lines, 2).

    A price is None where none can be fair to a bet that only loses.
    """
    shares = by_row(cells, _SETTLED_WEIGHTS).reshape(-1, len(SETTLEMENTS))
    prices = np.column_stack([fair_odds(shares), fair_odds(shares[:, ::-1])])
    written = prices.astype(object)
    written[~np.isfinite(prices)] = None
    lines = (len(cells), len(_LINES), -1)
    return shares.reshape(lines), written.reshape(lines)


def _lines(shares: list[list[float]], prices: list[list[float | None]]) -> dict[str, Handicap]:
    """Both sides of every line, of which the away side's shares are the home side's the other way round."""
    return {
        line: {
            "home": {
                "win": win,
                "half_win": half_win,
                "push": push,
                "half_loss": half_loss,
                "loss": loss,
                "fair_odds": home,
            },
            "away": {
                "win": loss,
                "half_win": half_loss,
                "push": push,
                "half_loss": half_win,
                "loss": win,
                "fair_odds": away,
            },
        }
        for line, (win, half_win, push, half_loss, loss), (home, away) in zip(
            _LINES, shares, prices, strict=True
        )
    }
