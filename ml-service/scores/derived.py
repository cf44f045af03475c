"""What follows from distributions of scores: every further market's probabilities, read off the grid.

Each probability is a sum of cells, so one product of the grids with a matrix of weights gives all of them. Events of
the same scores, such as a push and a margin, share a column of that matrix. `LAYOUT` says where in an answer each
number stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.arrays import Floats, Mask
from contract.scores import Score, Scores
from markets.further import ASIAN_HANDICAP
from markets.lines import line_text
from markets.match_winner import MATCH_WINNER
from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS, SIZE, by_row
from scores.first_half import USUAL, Halves, by_ground, pair_weights, result_weights
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
Layout = dict[str, Any]
"""The slot of each number of an answer, nested as the answer has them; 0.0 where no score makes it more than 0."""
Numbers = list[Any]
"""The numbers of an answer by their slots in a layout; the first is the grid, a list of rows."""


def _over_under(goals: Floats, lines: Sequence[float]) -> Events:
    return {line_text(line): {"over": goals > line, "under": goals < line} for line in lines}


def _winner(outcomes: NDArray[np.int8]) -> Events:
    return {name: outcomes == place for place, name in enumerate(MATCH_WINNER.outcomes)}


def _handicap(line: float) -> Events:
    """How a bet on the home side settles; the away side's settles the other way round."""
    codes = settle(ASIAN_HANDICAP.leads(_MARGIN, np.full(CELLS, line)))[:, 0]
    return {name: codes == code for code, name in enumerate(SETTLEMENTS)}


def _first_half(splits: Floats) -> Events:
    """Events of the first half by what half-time scores follow from each full-time score, (CELLS, CELLS)."""
    names = MATCH_WINNER.outcomes
    both = (f"{half}/{full}" for half in names for full in names)
    return {
        "1x2": dict(zip(names, result_weights(splits).T, strict=True)),
        "totals": {
            line: {side: splits @ event for side, event in sides.items()}
            for line, sides in _over_under(_TOTAL, FIRST_HALF_LINES).items()
        },
        "half_time_full_time": dict(zip(both, pair_weights(splits).T, strict=True)),
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
        "totals": _over_under(_TOTAL, TOTAL_LINES),
        "home_goals": _over_under(HOME_GOALS, TEAM_LINES),
        "away_goals": _over_under(AWAY_GOALS, TEAM_LINES),
        "clean_sheet": clean,
        "win_to_nil": {"home": home & clean["home"], "away": away & clean["away"]},
        "both_and_over25": (HOME_GOALS > 0) & (AWAY_GOALS > 0) & (_TOTAL > 2.5),
        "odd_even": {"odd": _TOTAL % 2 == 1, "even": _TOTAL % 2 == 0},
        "margin": {str(margin): margins == margin for margin in MARGINS},
    }


def _leaves(events: Events, prefix: str = "") -> Iterator[tuple[str, Floats]]:
    """Every event's path and weights."""
    for name, part in events.items():
        path = f"{prefix} {name}".strip()
        if isinstance(part, dict):
            yield from _leaves(part, path)
        else:
            yield path, np.asarray(part, dtype=np.float64)


def _weights(events: Events) -> Floats:
    """Weights (CELLS, c) of all events in their order."""
    return np.column_stack([weights for _, weights in _leaves(events)])


def _numbered(events: Events, slot_of: Callable[[NDArray[Any]], int | float]) -> Layout:
    """The events with the slot of each by its weights."""
    return {
        name: _numbered(part, slot_of) if isinstance(part, dict) else slot_of(part)
        for name, part in events.items()
    }


class _Columns:
    """The slots, from the next of `slots` on, of weights (CELLS,), the same for the same weights."""

    def __init__(self, slots: Iterator[int]) -> None:
        self._slots = slots
        self._slot: dict[bytes, int] = {}

    def slot_of(self, event: NDArray[Any]) -> int | float:
        """The slot of an event by its weights; 0.0 where no score makes it more than 0."""
        weights = event.astype(np.float64)
        key = weights.tobytes()
        if weights.any() and key not in self._slot:
            self._slot[key] = next(self._slots)
        return self._slot.get(key, 0.0)

    def weights(self) -> Floats:
        """All weights (CELLS, c) in the order of their slots."""
        return np.column_stack([np.frombuffer(key) for key in self._slot])


_LINES = tuple(map(line_text, HANDICAP_LINES))
_HANDICAPS = dict(zip(_LINES, map(_handicap, HANDICAP_LINES), strict=True))
_OTHER_SIDE = dict(zip(SETTLEMENTS, reversed(SETTLEMENTS), strict=True))
"""How the away side's bet settles by how the home side's does."""


def events() -> dict[str, Floats]:
    """Weights (CELLS,) of the probability of each event on a full-time score that an answer names, by its path."""
    named = {**_events(), "expected_goals": {}, "asian_handicap": _HANDICAPS}
    return {path: weights for path, weights in _leaves(named) if weights.any()}


_GRID = 0
_LIKELIEST = [
    {name: 1 + column * LIKELIEST + rank for column, name in enumerate(Score.__annotations__)}
    for rank in range(LIKELIEST)
]
_slots = count(1 + len(Score.__annotations__) * LIKELIEST)
_PRICES = {line: {"home": next(_slots), "away": next(_slots)} for line in _LINES}
_NO_BET = {"home": next(_slots), "away": next(_slots)}
_FIRST_HALF = _numbered(_first_half(USUAL.splits()), lambda _: next(_slots))
_FIRST_SUM = next(_slots)
_columns = _Columns(count(_FIRST_SUM))
_SUMS = _numbered(_events(), _columns.slot_of)
_SETTLED = _numbered(_HANDICAPS, _columns.slot_of)
_SUM_WEIGHTS = _columns.weights()


def _settled_layout(line: str) -> Layout:
    home = _SETTLED[line]
    away = {name: home[other] for name, other in _OTHER_SIDE.items()}
    sides = {"home": home, "away": away}
    return {side: {**settled, "fair_odds": _PRICES[line][side]} for side, settled in sides.items()}


def _layout() -> Layout:
    parts = {
        **_SUMS,
        "grid": _GRID,
        "likeliest": _LIKELIEST,
        "draw_no_bet": _NO_BET,
        "asian_handicap": {line: _settled_layout(line) for line in _LINES},
        "first_half": _FIRST_HALF,
    }
    return {name: parts[name] for name in Scores.__annotations__}


LAYOUT = _layout()
"""Where each of the numbers of `derived` stands in the contract's `scores`."""

_WINS = [_SETTLED["0"][name] - _FIRST_SUM for name in ("win", "loss")]
_SETTLED_SLOTS = [[_SETTLED[line][name] for name in SETTLEMENTS] for line in _LINES]
_POSSIBLE: Mask = np.array([[slot.__class__ is int for slot in slots] for slots in _SETTLED_SLOTS])
_SETTLED_COLUMNS = np.array(_SETTLED_SLOTS)[_POSSIBLE].astype(np.intp) - _FIRST_SUM


def derived(grids: Floats, neutral: Mask, halves: Halves) -> tuple[list[Numbers], Mask]:
    """Every match's numbers by their slots in LAYOUT, and whether all are finite (n,).

    They are read off grids (n, SIZE, SIZE) of `scores.grid`. `neutral` (n,) marks matches on neutral ground, and
    `halves` say how goals fall into halves. A price is None where none can be fair to a bet that only loses.
    """
    cells = grids.reshape(len(grids), CELLS)
    sums = by_row(cells, _SUM_WEIGHTS)
    no_bet = sums[:, _WINS] / sums[:, _WINS].sum(axis=1, keepdims=True)
    first_half = by_ground(cells, neutral, halves, _first_half_weights)
    prices = _prices(sums)
    numbers = np.column_stack([prices, no_bet, first_half, sums]).tolist()
    for row, column in np.argwhere(~np.isfinite(prices)).tolist():
        numbers[row][column] = None
    rows = zip(grids.tolist(), _likeliest(cells), numbers, strict=True)
    is_finite = np.isfinite(np.column_stack([cells, sums, no_bet, first_half])).all(axis=1)
    return [[grid, *likeliest, *others] for grid, likeliest, others in rows], is_finite


def _first_half_weights(splits: Floats) -> Floats:
    return _weights(_first_half(splits))


def _likeliest(cells: Floats) -> list[list[Any]]:
    """The likeliest scores of each match: home goals of all, away goals of all, and their probabilities."""
    left, rows = cells.copy(), np.arange(len(cells))
    best = np.empty((len(cells), LIKELIEST), dtype=np.int64)
    for rank in range(LIKELIEST):
        best[:, rank] = left.argmax(axis=1)
        left[rows, best[:, rank]] = -1.0
    columns = best // SIZE, best % SIZE, np.take_along_axis(cells, best, axis=1)
    return [
        [*home, *away, *chances]
        for home, away, chances in zip(*(each.tolist() for each in columns), strict=True)
    ]


def _prices(sums: Floats) -> Floats:
    """The fair prices of both sides (n, 2 lines), line by line; not finite where a bet can only lose."""
    shares = np.zeros((len(sums), *_POSSIBLE.shape))
    shares[:, _POSSIBLE] = sums[:, _SETTLED_COLUMNS]
    settled = shares.reshape(-1, len(SETTLEMENTS))
    return np.column_stack([fair_odds(settled), fair_odds(settled[:, ::-1])]).reshape(len(sums), -1)
