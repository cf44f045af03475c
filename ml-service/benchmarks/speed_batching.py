"""Rows about micro-batching: the service with and without it, side by side."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.speed_processes import PLAIN, SERVICE, Uvicorn, serving
from benchmarks.speed_serving import WINDOWS, Window, bodies, median_of, one_window
from benchmarks.speed_setup import SpeedBench
from benchmarks.speed_table import Measurement

UNBATCHED = "benchmarks.speed_unbatched:app"
CONNECTIONS = (1, 16, 64)
PART = 1_000

Pair = tuple[Window, Window]


def batching(bench: SpeedBench) -> Iterator[Measurement]:
    """One fixture per request, at each number of connections."""
    with (
        serving(UNBATCHED, PLAIN, bench.settings(KEPT_ANSWERS_MB="0")) as alone,
        serving(SERVICE, PLAIN, bench.settings(KEPT_ANSWERS_MB="0")) as ours,
    ):
        for connections in CONNECTIONS:
            yield _row(connections, _pairs(alone, ours, bodies(bench), connections))


def _pairs(alone: Uvicorn, ours: Uvicorn, payloads: Sequence[str], connections: int) -> list[Pair]:
    """Windows of both services in turn, without the first of each; no two windows request the same fixture."""
    parts = [payloads[start : start + PART] for start in range(0, PART * (WINDOWS + 1), PART)]
    pairs = [
        (
            one_window(alone, "/predict", part, connections),
            one_window(ours, "/predict", part, connections),
        )
        for part in parts
    ]
    return pairs[1:]


def _row(connections: int, pairs: Sequence[Pair]) -> Measurement:
    rate = statistics.median(ours.rate / alone.rate for alone, ours in pairs)
    return Measurement(
        f"micro-batching, {connections} connections",
        str(median_of([alone for alone, _ in pairs])),
        f"{median_of([ours for _, ours in pairs])}; {rate:.2f} times the rate",
        "",
        None,
        "the passes over prices and trees cost the same for one match as for sixteen",
    )
