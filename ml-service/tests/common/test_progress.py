"""Progress of the whole, from that of its parts."""

from __future__ import annotations

import pytest

from common.progress import JointProgress, within


def test_a_part_reports_its_share_of_the_whole() -> None:
    reports: list[tuple[str, float]] = []
    part = within(lambda *report: reports.append(report), 0.5, 0.2)
    part("reading", 0.5)
    assert reports == [("reading", 0.6)]


def test_parts_computed_at_the_same_time_add_up_by_their_shares() -> None:
    reports: list[tuple[str, float]] = []
    joint = JointProgress(lambda *report: reports.append(report), 0.2, 0.6, [3.0, 1.0])
    long, short = joint.of(0), joint.of(1)
    long("long", 0.5)
    short("short", 1.0)
    long("long", 1.0)
    assert [stage for stage, _ in reports] == ["long", "short", "long"]
    assert [fraction for _, fraction in reports] == pytest.approx([0.425, 0.575, 0.8])
