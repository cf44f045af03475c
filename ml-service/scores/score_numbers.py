"""A match's `scores` in the two forms that are wanted of them: dictionaries of the contract, and JSON.

JSON is written from the numbers at once: texts between them come from serialising their layout, once, since making
some hundred dictionaries a match and serialising those takes three times as long.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, cast

from pydantic_core import to_json

from common.arrays import Floats, Mask
from contract.scores import Scores
from scores.derived import LAYOUT, Numbers, derived
from scores.first_half import Halves

_SLOT = re.compile(rb"(?<=[:\[,])(\d+)(?=[,\]}])")
"""A whole number in JSON that is no part of a key or a text: the slot of a number."""
_PIECES = _SLOT.split(to_json(LAYOUT))
"""Texts between numbers, and in turn with them the slot of each number."""
_in_slots = itemgetter(*map(int, _PIECES[1::2]))


@dataclass(frozen=True)
class ScoreNumbers:
    """What is read off the distribution of one match's scores."""

    numbers: Numbers
    is_finite: bool

    def plain(self) -> Scores:
        """As the contract has them."""
        # Their layout is built from the events; tests/scores checks it against the contract.
        return cast(Scores, _filled(LAYOUT, self.numbers))

    def json(self) -> bytes:
        """The same as JSON. Raises ValueError for NaN and infinities."""
        if not self.is_finite:
            raise ValueError("a number of the scores is not finite")
        grid, *others = self.numbers
        texts = [to_json(grid), *to_json(others)[1:-1].split(b",")]
        pieces = _PIECES.copy()
        pieces[1::2] = _in_slots(texts)
        return b"".join(pieces)


def score_numbers(grids: Floats, neutral: Mask, halves: Halves) -> list[ScoreNumbers]:
    """The scores of each match by grids (n, SIZE, SIZE) of `scores.grid`.

    `neutral` (n,) marks matches on neutral ground, and `halves` say how goals fall into halves.
    """
    numbers, is_finite = derived(grids, neutral, halves)
    return list(map(ScoreNumbers, numbers, is_finite.tolist()))


def _filled(layout: Any, numbers: Numbers) -> Any:
    if isinstance(layout, dict):
        return {name: _filled(part, numbers) for name, part in layout.items()}
    if isinstance(layout, list):
        return [_filled(part, numbers) for part in layout]
    return numbers[layout] if isinstance(layout, int) else layout
