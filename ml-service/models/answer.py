"""A prediction and what it was made from. Imports nothing heavy, so that the service starts soon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract.prediction import PredictionAnswer
    from db.connection import Stamp
    from live.snapshot import Snapshot
    from models.further_prices import FurtherPrices
    from models.serving import ServingModel
    from scores.score_numbers import ScoreNumbers


@dataclass(frozen=True, eq=False)
class Standing:
    """What predictions were made from: one model and one state of the database. Compared by identity."""

    model: ServingModel
    snapshot: Snapshot
    stamp: Stamp | None
    """Of the database: its prices may differ under the same snapshot."""


@dataclass(frozen=True, slots=True)
class Validity:
    """A prediction is the same under `standing` from `since` until before `until`, epoch seconds UTC."""

    standing: Standing
    since: int
    until: int


@dataclass(frozen=True)
class Unchanged:
    """That an earlier answer with this tag is right again, and how long it holds."""

    validity: Validity
    tag: bytes


@dataclass(frozen=True)
class Answer:
    """A prediction as the contract has it, how long it holds, and a digest of what it was made from.

    Its `scores` and `further` markets stand beside it, so that they can be written without making dictionaries of
    them first.
    """

    body: PredictionAnswer
    validity: Validity
    tag: bytes
    scores: ScoreNumbers | None = None
    further: FurtherPrices | None = None

    def plain(self) -> PredictionAnswer:
        """The prediction with its scores and further markets."""
        if self.scores is None or self.further is None:
            return self.body
        return {**self.body, "scores": self.scores.plain(), "further_markets": self.further.plain()}
