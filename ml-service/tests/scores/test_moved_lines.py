"""The price of one line from that of another."""

from __future__ import annotations

import numpy as np
import pytest

from common.arrays import Floats
from markets.further import ASIAN_HANDICAP, TOTALS, FurtherMarket
from scores.moved_lines import moved_probabilities
from scores.settlement import cover_probability, shares
from testing.leagues import poisson_grid


def grid(home: float, away: float) -> Floats:
    return poisson_grid(home, away)[None]


def covers(market: FurtherMarket, of: Floats, line: float) -> Floats:
    return cover_probability(shares(market, of, np.array([line])))


@pytest.mark.parametrize("market", [ASIAN_HANDICAP, TOTALS])
def test_a_price_that_the_grid_agrees_with_moves_no_other_line(market: FurtherMarket) -> None:
    one = grid(1.6, 1.1)
    moved = moved_probabilities(market, one, np.array([0.75]), covers(market, one, 0.75), np.array([2.25]))
    assert moved == pytest.approx(covers(market, one, 2.25), abs=1e-9)


@pytest.mark.parametrize(("market", "rates"), [(ASIAN_HANDICAP, (1.75, 1.02)), (TOTALS, (1.68, 1.155))])
def test_the_moved_line_has_nearly_the_price_of_the_distribution_behind_the_closing_one(
    market: FurtherMarket, rates: tuple[float, float]
) -> None:
    """Totals of Poisson goals are Poisson, whose tilt is Poisson again; margins are nearly so."""
    early, late = grid(1.6, 1.1), grid(*rates)
    moved = moved_probabilities(market, early, np.array([0.5]), covers(market, late, 0.5), np.array([1.25]))
    assert moved == pytest.approx(covers(market, late, 1.25), abs=0.01)


def test_the_same_line_has_its_own_price_and_nothing_is_known_without_one() -> None:
    two = np.concatenate([grid(1.6, 1.1)] * 2)
    implied = np.array([[0.61, 0.39], [np.nan, np.nan]])
    same = np.array([-0.5, -0.5])
    moved = moved_probabilities(ASIAN_HANDICAP, two, same, implied, same)
    assert moved[0].tolist() == [0.61, 0.39]
    assert np.isnan(moved[1]).all()


def test_a_home_team_that_became_stronger_covers_its_earlier_line_more_often() -> None:
    one = grid(1.5, 1.2)
    lines, implied = np.array([-0.75]), np.array([[0.5, 0.5]])
    moved = moved_probabilities(ASIAN_HANDICAP, one, lines, implied, np.array([-0.25]))
    assert moved[0, 0] > 0.58
