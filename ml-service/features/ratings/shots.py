"""Averages of shots, shots on target and corners."""

from __future__ import annotations

from functools import partial

from common.numba_cache import njit_in_place
from features.ratings.averages import update_both_sides, write_averages
from features.ratings.column import RatingColumn, both_sides
from features.ratings.state import (
    CORNERS_AGAINST,
    CORNERS_FOR,
    ON_TARGET_AGAINST,
    ON_TARGET_FOR,
    SHOTS_AGAINST,
    SHOTS_FOR,
    Features,
    Fixture,
    MatchView,
    Result,
    State,
)

_in_price = partial(RatingColumn, group="shots", source="results", in_price=True)

COLUMNS = (
    *both_sides(_in_price, "shots_for", "shots a match", "shots lately"),
    *both_sides(_in_price, "shots_against", "shots a match", "shots conceded lately"),
    *both_sides(_in_price, "on_target_for", "shots a match", "shots on target lately"),
    *both_sides(_in_price, "on_target_against", "shots a match", "shots on target conceded lately"),
    *both_sides(_in_price, "corners_for", "corners a match", "corners lately"),
    *both_sides(_in_price, "corners_against", "corners a match", "corners conceded lately"),
)


@njit_in_place
def update(result: Result, state: State, fixture: Fixture) -> None:
    """Move the averages of both teams by the match's statistics."""
    shots_home, shots_away = result.shots_home, result.shots_away
    target_home, target_away = result.on_target_home, result.on_target_away
    corners_home, corners_away = result.corners_home, result.corners_away
    update_both_sides(state, fixture, SHOTS_FOR, shots_home, shots_away)
    update_both_sides(state, fixture, SHOTS_AGAINST, shots_away, shots_home)
    update_both_sides(state, fixture, ON_TARGET_FOR, target_home, target_away)
    update_both_sides(state, fixture, ON_TARGET_AGAINST, target_away, target_home)
    update_both_sides(state, fixture, CORNERS_FOR, corners_home, corners_away)
    update_both_sides(state, fixture, CORNERS_AGAINST, corners_away, corners_home)


@njit_in_place
def write(view: MatchView, out: Features, at: int) -> int:
    """Write the values of COLUMNS from column `at` on; returns the column after them."""
    return write_averages(view.state, view.fixture, SHOTS_FOR, CORNERS_AGAINST, out, at)
