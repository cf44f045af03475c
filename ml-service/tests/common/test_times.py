"""Epoch seconds in, ISO 8601 texts out."""

from __future__ import annotations

import time
from datetime import date, datetime, timezone

import pytest

from common.times import date_of, day_number, day_start, day_text, moment_text, now


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_709_164_800, "2024-02-29T00:00:00Z"),
        (1_723_903_199, "2024-08-17T13:59:59Z"),
        (-3_187_209_600, "1869-01-01T00:00:00Z"),
    ],
)
def test_a_moment_reads_as_utc_with_z(moment: int, text: str) -> None:
    assert moment_text(moment) == text
    assert day_text(moment) == text[:10]


def test_a_day_starts_at_midnight_utc_whatever_the_zone_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        assert moment_text(day_start(date(2024, 8, 17))) == "2024-08-17T00:00:00Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_day_numbers_count_from_the_epoch_and_lead_back_to_the_date() -> None:
    assert [day_number(day) for day in (date(1969, 12, 31), date(1970, 1, 1), date(2024, 2, 29))] == [
        -1,
        0,
        19_782,
    ]
    assert all(date_of(day_number(day)) == day for day in (date.min, date(2024, 2, 29), date.max))


def test_now_is_a_whole_second_between_two_looks_at_the_clock() -> None:
    before = int(datetime.now(timezone.utc).timestamp())
    assert before <= now() <= int(datetime.now(timezone.utc).timestamp())
