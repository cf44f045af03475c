"""A prediction's scores as text tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.tables import number, table

SHOWN_GOALS = 6
"""Goals of each side in the table of scores; the rest of the grid is in the last row and column."""
SHOWN_LINES = ("-1.5", "-1", "-0.75", "-0.5", "-0.25", "0", "0.25", "0.5", "0.75", "1", "1.5")


def scores(body: dict[str, Any]) -> str:
    """The grid, the likeliest scores, and the lines of totals and handicaps."""
    likeliest = ", ".join(
        f"{score['home']}-{score['away']} {score['probability']:.1%}" for score in body["likeliest"]
    )
    goals = body["expected_goals"]
    return "\n\n".join(
        [
            f"expected goals {goals['home']:.2f} - {goals['away']:.2f}; likeliest scores {likeliest}",
            _grid(body["grid"]),
            table(("goals", "over", "under"), [_total(*each) for each in body["totals"].items()]),
            table(
                ("handicap", "home covers", "fair", "away covers", "fair"),
                [_handicap(line, body["asian_handicap"][line]) for line in SHOWN_LINES],
            ),
        ]
    )


def further_markets(markets: Sequence[dict[str, Any]]) -> str:
    """The prices of markets beyond the three, beside what the scores say of them."""
    rows = [
        (
            each["market"],
            "" if each["line"] is None else f"{each['line']:g}",
            outcome,
            f"{values['probability']:.1%}",
            number(values["odds"], ".2f"),
            number(values["edge"], "+.1%"),
        )
        for each in markets
        for outcome, values in each["outcomes"].items()
    ]
    return table(("market", "line", "outcome", "probability", "odds", "edge"), rows, 3)


def _grid(grid: Sequence[Sequence[float]]) -> str:
    head = ["home \\ away", *_goal_names()]
    rows = [
        [name, *(f"{chance:.1%}" for chance in _folded(row))]
        for name, row in zip(_goal_names(), _folded_rows(grid), strict=True)
    ]
    return table(head, rows)


def _goal_names() -> list[str]:
    return [*(str(goals) for goals in range(SHOWN_GOALS)), f"{SHOWN_GOALS}+"]


def _folded_rows(grid: Sequence[Sequence[float]]) -> list[list[float]]:
    last = [sum(column) for column in zip(*grid[SHOWN_GOALS:], strict=True)]
    return [*(list(row) for row in grid[:SHOWN_GOALS]), last]


def _folded(row: Sequence[float]) -> list[float]:
    return [*row[:SHOWN_GOALS], sum(row[SHOWN_GOALS:])]


def _total(line: str, sides: dict[str, float]) -> tuple[str, ...]:
    return (line, f"{sides['over']:.1%}", f"{sides['under']:.1%}")


def _handicap(line: str, sides: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    cells = (_side(sides[side]) for side in ("home", "away"))
    return (line, *(cell for pair in cells for cell in pair))


def _side(settled: dict[str, Any]) -> tuple[str, str]:
    # The chance of winning a unit of what is not pushed, halves counted as halves.
    fair_odds = settled["fair_odds"]
    return number(fair_odds and 1.0 / fair_odds, ".1%"), number(fair_odds, ".2f")
