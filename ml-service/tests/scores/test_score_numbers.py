"""The JSON of scores says what their dictionaries say, number by number."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from common.arrays import Floats
from scores.cells import SIZE
from scores.first_half import USUAL
from scores.score_numbers import ScoreNumbers, score_numbers

RANDOM = np.random.default_rng(11)


def certain(home: int, away: int) -> Floats:
    """The grid of a match that can only end like this."""
    grid = np.zeros((SIZE, SIZE))
    grid[home, away] = 1.0
    return grid


GRIDS: dict[str, Floats] = {
    "usual": RANDOM.dirichlet(np.full(SIZE * SIZE, 0.5)).reshape(SIZE, SIZE),
    "with cells of many magnitudes": RANDOM.dirichlet(np.full(SIZE * SIZE, 0.02)).reshape(SIZE, SIZE),
    "certain, with prices that cannot be fair": certain(0, 3),
    "certain, of many goals": certain(10, 1),
}


def of_grids(*grids: Floats) -> list[ScoreNumbers]:
    return score_numbers(np.stack(grids), np.arange(len(grids)) % 2 == 1, USUAL)


def exact(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Members of a JSON object, none of them twice."""
    members = dict(pairs)
    assert len(members) == len(pairs)
    return members


@pytest.mark.parametrize("name", GRIDS)
def test_json_is_parsed_to_the_dictionaries(name: str) -> None:
    scores = of_grids(*GRIDS.values())[list(GRIDS).index(name)]
    assert json.loads(scores.json(), object_pairs_hook=exact) == scores.plain()
    assert json.dumps(json.loads(scores.json())) == json.dumps(scores.plain())


def test_a_price_that_cannot_be_fair_is_null_in_json() -> None:
    (scores,) = of_grids(certain(0, 3))
    assert json.loads(scores.json())["asian_handicap"]["-1"]["home"]["fair_odds"] is None


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_number_that_is_not_finite_is_refused_for_its_match_alone(number: float) -> None:
    broken = GRIDS["usual"].copy()
    broken[2, 1] = number
    with np.errstate(invalid="ignore"):
        good, bad = of_grids(GRIDS["usual"], broken)
    assert json.loads(good.json()) == good.plain()
    with pytest.raises(ValueError, match="not finite"):
        bad.json()
