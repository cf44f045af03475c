"""Kelly's share of bets with pushes and halves, against a numeric optimum."""

from __future__ import annotations

import numpy as np
import pytest

from common.arrays import Floats
from markets import odds as plain
from scores.kelly import kelly_share
from scores.settlement import profit


def optimum(settled: Floats, odds: float) -> float:
    """The share in [0, 1] of highest expected growth, by ternary search on a concave function."""
    returns = profit(np.arange(5, dtype=np.int8), np.full(5, odds))

    def growth(share: float) -> float:
        return float(settled @ np.log(np.maximum(1.0 + share * returns, 1e-300)))

    low, high = 0.0, 1.0
    for _ in range(120):
        first, second = low + (high - low) / 3.0, high - (high - low) / 3.0
        low, high = (first, high) if growth(first) < growth(second) else (low, second)
    return low


def cases(count: int = 200) -> list[tuple[Floats, float]]:
    generator = np.random.default_rng(3)
    drawn = []
    for number in range(count):
        settled = generator.dirichlet(np.ones(5))
        settled[(1, 3)[number % 2]] = 0.0
        if number % 5 == 0:
            settled[[1, 3]] = 0.0
        drawn.append((settled / settled.sum(), 1.02 + float(generator.exponential(1.2))))
    return drawn


def test_the_share_is_the_one_of_highest_expected_growth() -> None:
    settled, odds = map(np.array, zip(*cases(), strict=True))
    best = [optimum(*case) for case in cases()]
    assert np.mean(np.array(best) > 0.0) > 0.3
    assert kelly_share(settled, odds) == pytest.approx(best, abs=1e-6)


def test_without_pushes_and_halves_it_is_the_share_of_a_plain_bet() -> None:
    probability, odds = np.array([0.55, 0.3, 0.7]), np.array([2.0, 4.0, 1.3])
    nothing = np.zeros(3)
    settled = np.column_stack([probability, nothing, nothing, nothing, 1.0 - probability])
    expected = np.maximum(plain.kelly_share(probability, odds), 0.0)
    assert kelly_share(settled, odds) == pytest.approx(expected)


def test_a_push_changes_nothing_for_the_stake() -> None:
    odds = np.array([2.1])
    pushed = np.array([[0.5, 0.0, 0.2, 0.0, 0.3]])
    decided = np.array([[0.5, 0.0, 0.0, 0.0, 0.3]]) / 0.8
    assert kelly_share(pushed, odds) == pytest.approx(kelly_share(decided, odds))


def test_a_bet_that_cannot_lose_takes_all_and_one_that_cannot_win_nothing() -> None:
    settled = np.array([[0.6, 0.0, 0.4, 0.0, 0.0], [0.0, 0.0, 0.5, 0.0, 0.5]])
    assert kelly_share(settled, np.array([1.5, 1.5])).tolist() == [1.0, 0.0]
