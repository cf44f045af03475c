"""`npm run ml:bench:training -- PATH`: training and backtest of this checkout beside another one, taking turns.

PATH is the other checkout's `ml-service`, with a `venv` of its own. Writes a section of RESULTS.md.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import beside
from benchmarks.speed_learning import biggest
from benchmarks.speed_processes import ROOT, child
from benchmarks.speed_setup import SpeedBench, prepare

ROUNDS = 3
TITLE = "Training and backtest beside an older build"
THIS = "this build"


@dataclass(frozen=True)
class Run:
    """One run: seconds by the clock and of all its processes' processor time, and megabytes of its own at most."""

    wall: float
    cpu: float
    peak_mb: float


def main(arguments: Sequence[str]) -> None:
    """Measure both and write them down."""
    parser = beside.parser("ml:bench:training", __doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="runs of each, after one that compiles")
    options = parser.parse_args(arguments)
    bench = prepare(False, lambda text: print(text, file=sys.stderr))
    name = beside.name_of(options.other)
    head = f"| what | {name} | {THIS} | by the clock | processor | to reach |"
    rows = _lines(bench, {name: options.other, THIS: ROOT}, options.rounds)
    beside.write_table(TITLE, _about(bench, options.rounds), head, rows)


def _about(bench: SpeedBench, rounds: int) -> str:
    return f"`npm run ml:bench:training` on {bench.matches()}: medians of {rounds}, both builds taking turns."


def _lines(bench: SpeedBench, sides: Mapping[str, Path], rounds: int) -> Iterator[str]:
    leagues = biggest(bench)
    first = {"league_ids": leagues[:1] or None}
    seasons = {"from": "2019-07-01", "to": "2024-06-30", "league_ids": leagues}
    # What numba compiles at the first training is no part of any other.
    _alternating(bench, sides, "train", first, 1)
    train = _alternating(bench, sides, "train", {}, rounds)
    yield _line("`/train`, all markets", train, "0.6")
    yield f"| its memory at most |{_each(train, 'peak_mb', '.0f', ' MB')} {_ratio(train, 'peak_mb')} | | 1.0 |"
    backtest = _alternating(bench, sides, "backtest", seasons, rounds)
    yield _line("`/backtest`, five biggest leagues, five seasons, quarterly", backtest, "0.45")


def _alternating(
    bench: SpeedBench, sides: Mapping[str, Path], task: str, request: Mapping[str, Any], rounds: int
) -> list[Run]:
    """The median of each side."""
    runs: dict[str, list[Run]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, root in sides.items():
            runs[name].append(_run(bench, root, task, request))
    return [
        Run(*(statistics.median(getattr(run, name) for run in each) for name in ("wall", "cpu", "peak_mb")))
        for each in runs.values()
    ]


def _run(bench: SpeedBench, root: Path, task: str, request: Mapping[str, Any]) -> Run:
    with tempfile.TemporaryDirectory() as models:
        cpu, wall = _cpu_of_children(), time.perf_counter()
        answer = child(task, request, bench.settings(MODEL_DIR=models), root)
        return Run(time.perf_counter() - wall, _cpu_of_children() - cpu, answer["peak_mb"])


def _cpu_of_children() -> float:
    """Seconds of processor time of all child processes that have ended, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _line(what: str, runs: Sequence[Run], target: str) -> str:
    times = " | ".join(f"{run.wall:.0f} s, {run.cpu:.0f} s of processor" for run in runs)
    return f"| {what} | {times} | {_ratio(runs, 'wall')} | {_ratio(runs, 'cpu')} | {target} |"


def _each(runs: Sequence[Run], name: str, form: str, unit: str) -> str:
    return "".join(f" {getattr(run, name):{form}}{unit} |" for run in runs)


def _ratio(runs: Sequence[Run], name: str) -> str:
    other, ours = (getattr(run, name) for run in runs)
    return f"{ours / other:.2f}"


if __name__ == "__main__":
    main(sys.argv[1:])
