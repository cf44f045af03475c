"""Past moves of prices predict the next one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from db.dataset import Dataset
from features.builder import build
from features.closings import Closings
from features.ratings.moves import FADING_DAYS, LEARNING_RATE
from features.ratings.state import MatchArrays
from markets.odds import implied_probabilities
from testing.simulated import BOOKMAKER, Plan, simulate
from tests.features.test_ratings import COLUMN, DAY_S, HOUR_S, matches_of, passed
from tests.features.test_ratings_numbers import eventful

NAMES = ("supremacy_move", "draw_move", "goals_move")
PLACES = [COLUMN[name] for name in NAMES]
MOVE = (0.1, -0.04, 0.02)


def weeks_of_two_teams(n: int, moves: dict[int, tuple[float, ...]]) -> MatchArrays:
    """One match per week of team 0 at home against team 1; `moves` are those of some matches."""
    matches = matches_of([0] * n, [1] * n, [7 * DAY_S * week for week in range(n)])
    moved = np.full((n, 3), np.nan)
    for match, move in moves.items():
        moved[match] = move
    return matches._replace(moves=moved)


def move_columns(matches: MatchArrays) -> NDArray[np.float64]:
    """The expected moves of every match, shape (n, 3)."""
    return passed(matches)[0][:, PLACES].astype(np.float64)


def test_both_teams_take_their_share_of_a_move_and_it_fades() -> None:
    """Away from home a team's supremacy counts the other way round, draws and goals count alike."""
    fades = np.exp(-7.0 / FADING_DAYS)
    columns = move_columns(weeks_of_two_teams(3, {0: MOVE}))
    np.testing.assert_allclose(columns[1], 2.0 * LEARNING_RATE * fades * np.array(MOVE), rtol=1e-6)
    np.testing.assert_allclose(columns[2], fades * columns[1], rtol=1e-6)


def test_the_same_teams_changed_over_expect_the_opposite_supremacy_and_the_same_of_the_rest() -> None:
    there = weeks_of_two_teams(2, {0: MOVE})
    back = there._replace(home=np.array([0, 1], np.int32), away=np.array([1, 0], np.int32))
    np.testing.assert_allclose(move_columns(back)[1], move_columns(there)[1] * [-1.0, 1.0, 1.0], rtol=1e-6)


def test_a_move_that_was_expected_teaches_nothing_but_that_it_lasts() -> None:
    once = move_columns(weeks_of_two_teams(2, {0: MOVE}))[1]
    again = move_columns(weeks_of_two_teams(3, {0: MOVE, 1: tuple(once)}))[2]
    np.testing.assert_allclose(again, once * np.exp(-7.0 / FADING_DAYS), rtol=1e-5)


def test_without_a_move_of_either_team_nothing_is_move_columns() -> None:
    matches = matches_of([0, 0, 2], [1, 2, 1], [0, 7 * DAY_S, 14 * DAY_S])
    moves = np.full((3, 3), np.nan)
    moves[0] = MOVE
    assert np.isnan(move_columns(matches._replace(moves=moves))).all()


def test_a_market_whose_price_never_moved_leaves_the_others_alone() -> None:
    row = move_columns(weeks_of_two_teams(2, {0: (0.1, np.nan, np.nan)}))[1]
    assert np.isfinite(row).tolist() == [True, False, False]


def test_neither_a_match_itself_nor_one_that_kicks_off_with_it_says_how_its_price_moves() -> None:
    week = 7 * DAY_S
    matches = matches_of([0, 2, 0, 2], [1, 0, 2, 1], [0, week, 2 * week, 2 * week + HOUR_S])
    moves = np.tile(MOVE, (4, 1))
    other = moves.copy()
    other[2:] = 9.0
    usual, altered = (move_columns(matches._replace(moves=each)) for each in (moves, other))
    assert np.isfinite(usual[2:]).all()
    np.testing.assert_array_equal(usual, altered)


@pytest.mark.parametrize("place", range(3), ids=NAMES)
def test_a_move_changes_its_own_column_alone(place: int) -> None:
    matches = eventful()
    others = matches._replace(moves=matches.moves * np.where(np.arange(3) == place, -1.0, 1.0))
    changed = passed(matches)[0][-1] != passed(others)[0][-1]
    assert np.flatnonzero(changed).tolist() == [PLACES[place]]


@pytest.fixture(scope="module")
def restless() -> Dataset:
    """Simulated matches whose prices move in their last day."""
    return simulate(Plan(seasons=2, noise=0.1)).dataset


def test_a_move_is_from_the_price_of_a_bet_to_the_closing_one(restless: Dataset) -> None:
    closings = Closings.of(restless, (BOOKMAKER,))
    moved = np.flatnonzero(np.isfinite(closings.moves[:, 0]))
    assert len(moved) > 100
    quotes = restless.quotes
    for place in moved[:20]:
        own = (quotes.fixture_id == closings.fixture_id[place]) & (quotes.market == 0)
        captures = np.argsort(quotes.captured_at[own])
        implied = implied_probabilities(quotes.odds[own][captures[[0, -1]]])
        ratios = np.log(implied[:, 0] / implied[:, 2])
        excesses = np.log(implied[:, 1] / np.sqrt(implied[:, 0] * implied[:, 2]))
        move = closings.moves[place, :2]
        np.testing.assert_allclose(move, [ratios[1] - ratios[0], excesses[1] - excesses[0]], atol=1e-9)


def test_a_price_captured_once_has_not_moved() -> None:
    dataset = simulate(Plan(seasons=1)).dataset
    quotes = dataset.quotes
    _, first = np.unique(np.stack([quotes.fixture_id, quotes.market]), axis=1, return_index=True)
    once = replace(dataset, quotes=quotes.only(np.sort(first)))
    assert np.isnan(Closings.of(once, (BOOKMAKER,)).moves).all()
    assert np.isfinite(Closings.of(once, (BOOKMAKER,)).match_winner).any()


def test_later_prices_of_coming_matches_reach_no_feature(restless: Dataset) -> None:
    """Captures of a match after the moment of the features may have any values."""
    kickoff = restless.fixtures["kickoff"].to_numpy()
    now = int(np.quantile(kickoff, 0.7))
    as_of = np.minimum(kickoff, now)
    later = restless.quotes.captured_at > now
    odds = np.where(later[:, None], restless.quotes.odds[:, ::-1], restless.quotes.odds)
    odds = np.where(np.isfinite(odds), odds, restless.quotes.odds)
    other = replace(restless, quotes=replace(restless.quotes, odds=odds))
    features, others = (build(each, as_of, (BOOKMAKER,))[:, PLACES] for each in (restless, other))
    assert np.isfinite(features).any()
    np.testing.assert_array_equal(features, others)
