"""What a group of ratings states of each of its feature columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

SIDES = ("home", "away")
LOG_RATIO = "log of home chance over away chance"

Source = Literal["fixture", "results", "past_prices"]


@dataclass(frozen=True)
class RatingColumn:
    """Name, unit, meaning to a person, and group of one feature; NaN where it is missing.

    `source` says when it is known: with the fixture itself, with the results of earlier matches, or with their
    closing prices and results; never with anything of the match itself after the moment of its forecast. `in_price`
    is True where the bookmaker's price says the same already: a model that starts from the price sees all others.
    """

    name: str
    unit: str
    description: str
    group: str
    source: Source
    in_price: bool = False


def both_sides(
    column: Callable[[str, str, str], RatingColumn], name: str, unit: str, description: str
) -> tuple[RatingColumn, ...]:
    """The column of the home team and that of the away team."""
    return tuple(column(f"{side}_{name}", unit, f"{side.capitalize()} team: {description}") for side in SIDES)
