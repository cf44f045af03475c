"""Rows about micro-batching: the service with it beside the same without it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

from benchmarks.speed_processes import PLAIN, SERVICE, Uvicorn, serving
from benchmarks.speed_serving import WINDOWS, Window, bodies, median_of, one_window
from benchmarks.speed_setup import Bench
from benchmarks.speed_table import Row

UNBATCHED = "benchmarks.speed_unbatched:app"
CONNECTIONS = (1, 16, 64)
PART = 1_000

Pair = tuple[Window, Window]


def batching(bench: Bench) -> Iterator[Row]:
    """One fixture a request, at each number of connections."""
    with (
        serving(UNBATCHED, PLAIN, bench.settings()) as alone,
        serving(SERVICE, PLAIN, bench.settings()) as ours,
    ):
        for connections in CONNECTIONS:
            yield _row(connections, _pairs(alone, ours, bodies(bench), connections))


def _pairs(alone: Uvicorn, ours: Uvicorn, asked: Sequence[str], connections: int) -> list[Pair]:
    """Windows in turn, the first of each thrown away; every window asks about other fixtures."""
    parts = [asked[start : start + PART] for start in range(0, PART * (WINDOWS + 1), PART)]
    pairs = [
        (
            one_window(alone, "/predict", part, connections),
            one_window(ours, "/predict", part, connections),
        )
        for part in parts
    ]
    return pairs[1:]


def _row(connections: int, pairs: Sequence[Pair]) -> Row:
    rate = statistics.median(ours.rate / alone.rate for alone, ours in pairs)
    return Row(
        f"micro-batching, {connections} connections",
        str(median_of([alone for alone, _ in pairs])),
        f"{median_of([ours for _, ours in pairs])}; {rate:.2f} times the rate",
        "",
        None,
        "the passes over prices and trees cost the same for one match as for sixteen",
    )
