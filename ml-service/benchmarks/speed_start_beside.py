"""`npm run ml:bench:start -- PATH`: how soon the service is ready and what it holds, beside another checkout.

PATH is the other checkout's `ml-service`, with a `venv` of its own. Writes a section of RESULTS.md.
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import beside
from benchmarks.speed_load import Load, drive
from benchmarks.speed_processes import PLAIN, ROOT, SERVICE, Uvicorn, child, cpu_seconds, tree
from benchmarks.speed_serving import CONNECTIONS, bodies
from benchmarks.speed_setup import SpeedBench, prepare

ROUNDS = 5
COLD_ROUNDS = 3
SETTLE_SECONDS = 6.0
LOAD_SECONDS = 5.0
READY_IN_A_ROW = 40
"""Answers of several workers in a row that say ready before all are taken to be."""
WORKERS = (*PLAIN, "--workers", "2")
NO_ANSWERS = {"KEPT_ANSWERS_MB": "0"}
HEAD = "| what | {0} | this build | ratio |"

Figures = dict[str, float]


@dataclass(frozen=True)
class Build:
    """A checkout's `ml-service`, and a folder with a model that it can serve."""

    root: Path
    models: Path


def main(arguments: Sequence[str]) -> None:
    """Measure everything and write it down."""
    other: Path = beside.parser("ml:bench:start", __doc__).parse_args(arguments).other
    bench = prepare(False, lambda text: print(text, file=sys.stderr))
    builds = [_build(bench, root) for root in (other, ROOT)]
    head = HEAD.format(beside.name_of(other))
    beside.write_table("Start and memory beside an older build", _about(bench), head, _lines(bench, builds))


def _build(bench: SpeedBench, root: Path) -> Build:
    """A checkout with a model of its own, kept between runs."""
    models = bench.folder / f"models-{root.parent.name}"
    models.mkdir(exist_ok=True)
    settings = bench.settings(MODEL_DIR=str(models))
    if not child("served", {}, settings, root)["valid"]:
        child("train", {}, settings, root)
    return Build(root, models)


def _about(bench: SpeedBench) -> str:
    matches = f"{bench.matches()} and a season to come"
    return (
        f"`npm run ml:bench:start` on {matches}, plain uvicorn. Medians of {ROUNDS} starts, of {COLD_ROUNDS} where"
        " nothing is cached or with workers, the builds taking turns. CPU is user and system time of all processes."
        f" Memory is private and proportional (`smaps_rollup`), {SETTLE_SECONDS:.0f} s after `ready`."
    )


def _lines(bench: SpeedBench, builds: Sequence[Build]) -> Iterator[str]:
    for build in builds:
        _start(bench, build)
    yield _line(
        "start to `ready`, matches cached", builds, ROUNDS, lambda build: _start(bench, build), _seconds
    )
    yield _line(
        "the same after a commit", builds, ROUNDS, lambda build: _start_after_commit(bench, build), _seconds
    )
    yield _line(
        "the same, nothing cached", builds, COLD_ROUNDS, lambda build: _cold_start(bench, build), _seconds
    )
    one = _medians(builds, ROUNDS, lambda build: _memory(bench, build, PLAIN, NO_ANSWERS))
    yield _row("memory of a serving process, no answers kept", one, _megabytes)
    loaded = _medians(builds, 1, lambda build: _memory(bench, build, PLAIN, {}, load=True))
    yield _row(f"the same with answers kept, after {LOAD_SECONDS:.0f} s of load", loaded, _megabytes)
    two = _medians(builds, COLD_ROUNDS, lambda build: _memory(bench, build, WORKERS, NO_ANSWERS))
    further = [
        {name: both[name] - alone[name] for name in both} for both, alone in zip(two, one, strict=True)
    ]
    yield _row("each further worker of `--workers 2`, no answers kept", further, _megabytes)


def _line(
    what: str,
    builds: Sequence[Build],
    rounds: int,
    measure: Callable[[Build], Figures],
    word: Callable[[Figures], str],
) -> str:
    return _row(what, _medians(builds, rounds, measure), word)


def _medians(builds: Sequence[Build], rounds: int, measure: Callable[[Build], Figures]) -> list[Figures]:
    """The median of each figure by build."""
    figures = [[measure(build) for build in builds] for _ in range(rounds)]
    return [
        {name: statistics.median(each[name] for each in of_build) for name in of_build[0]}
        for of_build in zip(*figures, strict=True)
    ]


def _row(what: str, both: Sequence[Figures], word: Callable[[Figures], str]) -> str:
    older, ours = both
    ratios = ", ".join(f"{name} {ours[name] / older[name]:.2f}" for name in ours)
    return f"| {what} | {word(older)} | {word(ours)} | {ratios} |"


def _seconds(figures: Figures) -> str:
    return f"{figures['time']:.2f} s, {figures['CPU']:.2f} s CPU"


def _megabytes(figures: Figures) -> str:
    return f"{figures['private']:.0f} MB private, {figures['proportional']:.0f} proportional"


def _start(bench: SpeedBench, build: Build) -> Figures:
    """Seconds from the command to `ready`, and processor time by then."""
    service = Uvicorn(SERVICE, PLAIN, bench.settings(MODEL_DIR=str(build.models)), build.root)
    try:
        figures = {"time": service.wait(), "CPU": cpu_seconds(tree(service.process.pid))}
        # The next start finds the matches cached.
        service.settle()
        return figures
    finally:
        service.stop()


def _start_after_commit(bench: SpeedBench, build: Build) -> Figures:
    """After a commit that leaves every row as it was, so that each start has the same to do."""
    with closing(sqlite3.connect(bench.database)) as connection:
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.commit()
    return _start(bench, build)


def _cold_start(bench: SpeedBench, build: Build) -> Figures:
    """Without matches cached by an earlier start."""
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder) / "models"
        shutil.copytree(build.models, models, ignore=shutil.ignore_patterns(".*"))
        return _start(bench, Build(build.root, models))


def _memory(
    bench: SpeedBench,
    build: Build,
    options: tuple[str, ...],
    others: Mapping[str, str],
    load: bool = False,
) -> Figures:
    """Private and proportional memory in MB of all processes that serve."""
    with ExitStack() as stack:
        settings = bench.settings(MODEL_DIR=str(build.models), **others)
        service = Uvicorn(SERVICE, options, settings, build.root)
        stack.callback(service.stop)
        in_a_row = 0
        service.wait()
        while in_a_row < READY_IN_A_ROW:
            in_a_row = in_a_row + 1 if service.ask("/health")[1]["ready"] else 0
        time.sleep(SETTLE_SECONDS)
        if load:
            drive(Load(service.port, "/predict", bodies(bench), CONNECTIONS, LOAD_SECONDS))
        pids = [pid for pid in tree(service.process.pid) if _serves(pid)]
        serving = pids if len(pids) == 1 else pids[1:]
        mappings = [_smaps(pid) for pid in serving]
        return {
            "private": sum(each["Private_Clean"] + each["Private_Dirty"] for each in mappings),
            "proportional": sum(each["Pss"] for each in mappings),
        }


def _serves(pid: int) -> bool:
    """Whether a process is a uvicorn and not a helper of Python's."""
    return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()


def _smaps(pid: int) -> Figures:
    """The sums of a process's mappings in MB, by the kernel's names for them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {
        name: int(value.split()[0]) * 1024 / 1e6 for name, _, value in (line.partition(":") for line in lines)
    }


if __name__ == "__main__":
    main(sys.argv[1:])
