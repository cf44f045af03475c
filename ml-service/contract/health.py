"""The answer of /health."""

from __future__ import annotations

from typing import Annotated, Literal

from typing_extensions import TypedDict

from contract.job import JobAnswer
from contract.values import Matches, Moment, RowCounts, Rows, Seconds, about

DatabaseStatus = Literal["ok", "missing", "unreadable", "invalid_schema"]
ModelStatus = Literal["ok", "missing", "invalid"]


class DatabaseHealth(TypedDict):
    """Node's database as this service sees it."""

    status: Annotated[DatabaseStatus, about("whether it can be read")]
    fixtures: Annotated[Matches | None, about("usable fixtures; null before the database is read")]
    rejected_rows: Annotated[
        Rows | None, about("rows left out because they cannot be true; null until counted")
    ]
    rejected_by_reason: Annotated[RowCounts | None, about("the same rows, by what is wrong with them")]
    unused_by_reason: Annotated[
        RowCounts | None, about("correct rows that the service has no use for, by reason")
    ]
    latest_result: Annotated[Moment | None, about("kick-off of the newest match with a result")]
    detail: Annotated[
        str | None,
        about("what is wrong and what to do; counts of rejected rows by reason; what Node's tables lack"),
    ]


class ModelHealth(TypedDict):
    """The model that serves."""

    status: Annotated[ModelStatus, about("`invalid` when the current model is refused")]
    model_id: Annotated[str | None, about("the model that serves, also where it replaces a refused one")]
    detail: Annotated[str | None, about("why it was refused, or what to do")]


class HealthAnswer(TypedDict):
    """The state of the service."""

    status: Annotated[Literal["ok", "degraded"], about("`ok`, or `degraded` when anything below is not")]
    ready: Annotated[bool, about("whether a /predict for a known fixture would be answered")]
    version: Annotated[str, about("version of the service")]
    uptime_seconds: Annotated[Seconds, about("time since the process started")]
    database: DatabaseHealth
    model: ModelHealth
    training: Annotated[
        JobAnswer | None, about("the running training or the last one; null before the first")
    ]
    backtest: Annotated[
        JobAnswer | None, about("the running backtest or the last one; null before the first")
    ]


class PredictorHealth(TypedDict):
    """What /health shows of database and model."""

    ready: bool
    database: DatabaseHealth
    model: ModelHealth


def unread_database(status: DatabaseStatus, detail: str) -> DatabaseHealth:
    """The health of a database that has not been read."""
    return {
        "status": status,
        "fixtures": None,
        "rejected_rows": None,
        "rejected_by_reason": None,
        "unused_by_reason": None,
        "latest_result": None,
        "detail": detail,
    }
