"""A match's `scores` as numbers, from which dictionaries of the contract and JSON are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from pydantic_core import to_json

from common.arrays import Floats, Mask
from common.json_layout import JsonLayout, texts_of
from contract.scores import Scores
from scores.derived import LAYOUT, Numbers, derived
from scores.first_half import Halves

_LAYOUT = JsonLayout(LAYOUT)


@dataclass(frozen=True)
class ScoreNumbers:
    """What is read off the distribution of one match's scores."""

    numbers: Numbers
    is_finite: bool

    def plain(self) -> Scores:
        """As the contract has them."""
        # Their layout is built from the events; tests/scores checks it against the contract.
        return cast(Scores, _LAYOUT.plain(self.numbers))

    def json(self) -> bytes:
        """The same as JSON. Raises ValueError for NaN and infinities."""
        if not self.is_finite:
            raise ValueError("a number of the scores is not finite")
        grid, *others = self.numbers
        return _LAYOUT.json([to_json(grid), *texts_of(others)])


def score_numbers(grids: Floats, neutral: Mask, halves: Halves) -> list[ScoreNumbers]:
    """The scores of each match by grids (n, SIZE, SIZE) of `scores.grid`.

    `neutral` (n,) marks matches on neutral ground, and `halves` say how goals fall into halves.
    """
    numbers, is_finite = derived(grids, neutral, halves)
    return list(map(ScoreNumbers, numbers, is_finite.tolist()))
