"""`scores` of the contract: one distribution of goals a match, and all that is read off it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from common.arrays import Floats, Mask
from contract.prediction import PredictionAnswer
from scores.derived import derived
from scores.first_half import Halves
from scores.grid import score_grids


def add_scores(
    answers: Sequence[PredictionAnswer],
    rows: Sequence[int],
    probabilities: Mapping[str, Floats],
    neutral: Mask,
    halves: Halves,
) -> Floats:
    """Put the scores of `rows` (m,) into their answers; returns the distributions (m, SIZE, SIZE) behind them.

    `probabilities` (n, k) by market are those of the answers, and do not contradict each other; `neutral` (n,) marks
    matches on neutral ground, and `halves` say how goals fall into halves.
    """
    some = list(rows)
    grids = score_grids({key: values[some] for key, values in probabilities.items()}, neutral[some])
    for row, scores in zip(rows, derived(grids, neutral[some], halves), strict=True):
        answers[row]["scores"] = scores
    return grids
