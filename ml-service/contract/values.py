"""Values that answers hold, with their units and ranges.

They extend JSON Schema by three words: `x-unit` of a number, `x-key`, what the keys of a map are, and `x-meanings`
of possible values or keys.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field


def about(meaning: str) -> Any:
    """The meaning of a field."""
    return Field(description=meaning)


def measured_in(name: str, least: float | None = None, most: float | None = None) -> Any:
    """The unit of a number, and its range."""
    return Field(ge=least, le=most, json_schema_extra={"x-unit": name})


def by(key: str) -> Any:
    """What the keys of a map are."""
    return Field(json_schema_extra={"x-key": key})


BY_MARKET = by("market")
BY_OUTCOME = by("outcome")

Probability = Annotated[float, measured_in("probability", 0.0, 1.0)]
ModelProbability = Annotated[Probability, about("the model's probability")]
Edge = Annotated[
    float,
    measured_in("probability", -1.0, 1.0),
    about("model probability minus the market's, margin removed"),
]
Odds = Annotated[float, Field(gt=1.0, json_schema_extra={"x-unit": "decimal odds"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2024-08-17T14:00:00Z"])]
Day = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2024-08-17"])]
Matches = Annotated[int, measured_in("matches", 0)]
Bets = Annotated[int, measured_in("bets", 0)]
Rows = Annotated[int, measured_in("rows", 0)]
RowCounts = Annotated[dict[str, Rows], by("reason")]
Seconds = Annotated[float, measured_in("seconds", 0)]
Share = Annotated[float, measured_in("fraction", 0.0, 1.0)]
Loss = Annotated[float, measured_in("nats", 0)]
Difference = Annotated[float, measured_in("nats")]
Interval = Annotated[list[Difference], Field(min_length=2, max_length=2)]
Basis = Literal["with_odds", "without_odds"]
