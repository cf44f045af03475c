"""`npm run ml:bench:speed`: every measurement of speed beside its floor and its bar, in one run.

Works on the real matches in the folder that FOOTBALL_DATA names (default: ../shared/data/football-data beside the
repository), on simulated ones where there are none. Prints the table row by row; a whole run puts it into RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence

from benchmarks import results, speed_batching, speed_following, speed_learning, speed_scores, speed_serving
from benchmarks.speed_setup import SpeedBench, ensure_model, prepare
from benchmarks.speed_table import HEAD, Measure, Measurement

MEASURES: dict[str, Measure] = {
    "train": speed_learning.train,
    "single": speed_serving.single,
    "explain": speed_serving.explain,
    "many": speed_serving.many,
    "scores": speed_scores.scores,
    "training": speed_serving.training,
    "start": speed_serving.start,
    "commit": speed_following.commit,
    "features": speed_learning.features,
    "backtest": speed_learning.backtest,
    "memory": speed_serving.memory,
    "stall": speed_following.stall,
    "workers": speed_serving.workers,
    "nagle": speed_serving.nagle,
    "rest": speed_serving.at_rest,
    "batching": speed_batching.batching,
}


def main(arguments: Sequence[str]) -> None:
    """Measure what the command line names, by default everything."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    bench = prepare(options.fresh, _say)
    names = [name for name in MEASURES if name in (options.only or MEASURES)]
    if names[0] != "train":
        ensure_model(bench, _say)
    print(HEAD, flush=True)
    rows = [row for name in names for row in _measure(bench, name)]
    if not options.only:
        results.write_section("Speed", _section(bench, rows, time.monotonic() - started))


def _measure(bench: SpeedBench, name: str) -> list[Measurement]:
    rows = []
    for row in MEASURES[name](bench):
        print(row, flush=True)
        rows.append(row)
    return rows


def _section(bench: SpeedBench, rows: Sequence[Measurement], seconds: float) -> str:
    matches = f"{bench.matches()} and a season to come"
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores ({platform.machine()}, {platform.system()})"
    head = f"`npm run ml:bench:speed` on {matches}, {where}, in {seconds / 60:.0f} minutes."
    return "\n".join([head, "", HEAD, *map(str, rows)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="npm run ml:bench:speed --", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        choices=MEASURES,
        metavar="NAME",
        help="measure only this: " + ", ".join(MEASURES),
    )
    parser.add_argument("--fresh", action="store_true", help="make a new database and a new model")
    return parser


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
