"""`scores` of the contract: one distribution of goals a match, and all that is read off it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from common.arrays import Floats
from contract.prediction import PredictionAnswer
from scores.derived import derived
from scores.grid import score_grids


def add_scores(
    answers: Sequence[PredictionAnswer], rows: Sequence[int], probabilities: Mapping[str, Floats]
) -> None:
    """Put the scores of `rows` into their answers.

    `probabilities` (n, k) by market are those of the answers, and do not contradict each other.
    """
    if not rows:
        return
    grids = score_grids({key: values[list(rows)] for key, values in probabilities.items()})
    for row, scores in zip(rows, derived(grids), strict=True):
        answers[row]["scores"] = scores
