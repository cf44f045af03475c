"""Times: epoch seconds UTC inside the service, ISO 8601 with Z outside."""

from __future__ import annotations

import time
from datetime import date, datetime, timezone
from functools import lru_cache

DAY_SECONDS = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
NEVER = 2**63 - 1
"""A moment later than every other."""
BEFORE_ALL = -4_000_000_000
"""1843, before every match; digests need a day that has a date."""


def day_text(moment: int) -> str:
    """UTC day of `moment` (epoch seconds), such as 2024-08-17."""
    return datetime.fromtimestamp(moment, timezone.utc).date().isoformat()


@lru_cache(maxsize=4_096)
def moment_text(moment: int | float) -> str:
    """`moment` (epoch seconds) such as 2024-08-17T14:00:00Z."""
    return datetime.fromtimestamp(int(moment), timezone.utc).replace(tzinfo=None).isoformat() + "Z"


def day_start(day: date) -> int:
    """Epoch seconds of midnight UTC at the start of `day`."""
    return int(datetime(day.year, day.month, day.day, tzinfo=timezone.utc).timestamp())


def day_number(day: date) -> int:
    """Days from 1970-01-01 to `day`."""
    return day.toordinal() - _EPOCH


def date_of(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(_EPOCH + int(number))


def now() -> int:
    """Current time in epoch seconds."""
    return int(time.time())
