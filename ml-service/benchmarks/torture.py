"""Injects faults into the service, one kind after the other, through real processes, files and sockets.

Prints one table: fault, times tried, survived, what the user saw. Exits with 1 if the service fails to survive one.
Everything runs on loopback and in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import results, torture_database, torture_jobs, torture_load, torture_models, torture_soak
from benchmarks.torture_ground import FaultRow, Ground, Trial, prepare

HEAD = "| fault | tried | survived | what the user saw |\n|---|---|---|---|"

TRIALS: dict[str, Trial] = {
    "broken": torture_database.broken,
    "rows": torture_database.bad_rows,
    "untouched": torture_database.untouched,
    "writer": torture_database.writer,
    "models": torture_models.models,
    "killed": torture_jobs.killed,
    "disk": torture_jobs.disk,
    "memory": torture_jobs.memory,
    "workers": torture_jobs.workers,
    "left": torture_jobs.left,
    "stopped": torture_jobs.stopped,
    "keepalive": torture_load.keepalive,
    "overload": torture_load.overload,
    "fuzz": torture_soak.fuzz,
    "node": torture_soak.node,
    "soak": torture_soak.soak,
}


def main(arguments: Sequence[str]) -> int:
    """Run the trials; the status of the process."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="statfoot-torture-") as folder:
        print("making a small world and training its model", file=sys.stderr, flush=True)
        ground = prepare(Path(folder), options.quick, options.soak_minutes or (0.5 if options.quick else 5.0))
        print(HEAD, flush=True)
        rows = [row for name in options.only or TRIALS for row in _try(name, ground)]
    if not options.only:
        results.write_section("Robustness", _section(options, rows, time.monotonic() - started))
    return 0 if all(row.good for row in rows) else 1


def _try(name: str, ground: Ground) -> Iterator[FaultRow]:
    """The rows of a trial as they come; a trial that itself raises counts as a fault not survived."""
    try:
        for row in TRIALS[name](ground):
            print(row, flush=True)
            yield row
    except Exception as error:  # noqa: BLE001  the other trials still run
        traceback.print_exc()
        row = FaultRow(
            name, 1, 0, f"the trial broke: {type(error).__name__}: {error}"[:300].replace("\n", " ")
        )
        print(row, flush=True)
        yield row


def _section(options: argparse.Namespace, rows: Sequence[FaultRow], seconds: float) -> str:
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores ({platform.machine()}, {platform.system()})"
    form = " -- --quick" if options.quick else ""
    head = f"`npm run ml:torture{form}`, {where}, in {seconds / 60:.0f} minutes."
    return "\n".join([head, "", HEAD, *map(str, rows)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="npm run ml:torture --", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="every trial, with fewer repetitions: a few minutes"
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=TRIALS,
        metavar="NAME",
        help="run only this trial: " + ", ".join(TRIALS),
    )
    parser.add_argument(
        "--soak-minutes", type=float, default=None, help="how long the soak lasts (default 5, quick 0.5)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
