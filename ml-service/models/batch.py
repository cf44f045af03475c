"""The answers to many queries at once, errors as they were raised."""

from __future__ import annotations

from typing_extensions import TypedDict

from contract.prediction import PredictionAnswer
from errors import ServiceError


class FailedQuery(TypedDict):
    """A query of a fixture by either of its ids, and why it has no prediction."""

    fixture_id: int | None
    api_id: int | None
    error: ServiceError


class BatchAnswer(TypedDict):
    """Predictions in the order of the queries, without those that failed."""

    predictions: list[PredictionAnswer]
    errors: list[FailedQuery]
    model_id: str
