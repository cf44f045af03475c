"""Deviations of other bookmakers' prices from the price taken."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from markets.market_features import DEVIATIONS, SWAP_SIGNS, deviations
from markets.odds import implied_probabilities
from markets.prices import Board

Array = NDArray[np.float64]
ONE = np.array([[2.0, 3.5, 4.0]])
TWO = np.array([[2.0, 3.5, 4.0], [1.8, 3.6, 4.9]])


def deviations_of(odds: Array, bookmakers: list[int], taken: int = 0) -> dict[str, float]:
    """Deviations of one fixture, by name, relative to the price of row `taken`."""
    rows = np.zeros(len(odds), dtype=np.int64)
    board = Board(1, odds.shape[1], rows, np.array(bookmakers), rows, odds)
    price = odds[[taken]]
    values = deviations(board, implied_probabilities(price), price)[0]
    return dict(zip(DEVIATIONS, values.tolist(), strict=True))


def supremacies(odds: Array) -> Array:
    implied = implied_probabilities(odds)
    return np.asarray(np.log(implied[:, 0] / implied[:, -1]))


def test_one_bookmaker_alone_deviates_nowhere_from_himself() -> None:
    values = deviations_of(ONE, [8])
    others = [
        name for name in DEVIATIONS if name.startswith(("consensus", "sharpest", "best_supr", "best_exc"))
    ]
    assert [values[name] for name in others] == pytest.approx([0.0] * 6, abs=1e-6)
    assert values["price_count"] == 1.0


def test_the_consensus_is_the_mean_bookmaker_less_the_price() -> None:
    supremacy = supremacies(TWO)
    values = deviations_of(TWO, [8, 4])
    assert values["price_supremacy"] == pytest.approx(supremacy[0], abs=1e-6)
    assert values["consensus_supremacy"] == pytest.approx(supremacy.mean() - supremacy[0], abs=1e-6)
    assert values["spread_supremacy"] == pytest.approx(supremacy.std(), abs=1e-6)


def test_the_sharpest_is_the_bookmaker_of_the_smallest_margin_and_never_an_aggregate() -> None:
    odds = np.array([[2.2, 3.9, 4.4], [2.0, 3.5, 4.0], [1.95, 3.8, 4.2]])
    supremacy = supremacies(odds)
    values = deviations_of(odds, [-1, 8, 4], taken=1)
    assert values["sharpest_supremacy"] == pytest.approx(supremacy[2] - supremacy[1], abs=1e-6)


def test_the_sums_are_those_of_the_price_and_of_the_highest_prices() -> None:
    values = deviations_of(TWO, [8, 4])
    assert values["price_sum"] == pytest.approx((1 / TWO[0]).sum(), rel=1e-5)
    assert values["best_sum"] == pytest.approx((1 / TWO.max(axis=0)).sum(), rel=1e-5)


def test_without_any_price_everything_is_unknown() -> None:
    none = np.empty(0, dtype=np.int64)
    empty = Board(2, 3, none, none, none, np.empty((0, 3)))
    nothing = np.full((2, 3), np.nan)
    assert np.isnan(deviations(empty, nothing, nothing)).all()


def test_two_outcomes_have_supremacy_and_no_excess() -> None:
    values = deviations_of(np.array([[1.8, 2.0]]), [8])
    assert np.isnan([values["price_excess"], values["consensus_excess"], values["best_excess"]]).all()
    assert values["price_supremacy"] > 0.0


def test_the_order_of_bookmaker_ids_says_nothing() -> None:
    assert deviations_of(TWO, [8, 4]) == pytest.approx(
        deviations_of(TWO[::-1].copy(), [3, 70], taken=1), abs=1e-6
    )


def test_changing_the_teams_over_changes_the_signs_that_swap_signs_says() -> None:
    straight = np.array(list(deviations_of(TWO, [8, 4]).values()))
    over = np.array(list(deviations_of(TWO[:, ::-1].copy(), [8, 4]).values()))
    np.testing.assert_allclose(straight * SWAP_SIGNS, over, atol=1e-6)
