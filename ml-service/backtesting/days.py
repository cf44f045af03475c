"""UTC days as numbers, and how they are written."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DAY_SECONDS = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def days_of(seconds: Ints) -> Ints:
    """UTC day number of each moment (epoch seconds)."""
    return np.asarray(seconds // DAY_SECONDS)


def as_date(day: int) -> date:
    """The calendar date of a day number."""
    return date.fromordinal(_EPOCH + int(day))


def written(day: int) -> str:
    """A day number as YYYY-MM-DD."""
    return as_date(day).isoformat()
