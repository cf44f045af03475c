"""What the benchmarks beside another checkout share: their command line, its name, and the table that they write."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from benchmarks import results


def parser(command: str, about: str | None) -> argparse.ArgumentParser:
    """The command line of `npm run COMMAND -- PATH`, PATH being the other checkout's ml-service."""
    line = argparse.ArgumentParser(prog=f"npm run {command} --", description=about)
    line.add_argument("other", type=lambda text: Path(text).resolve(), help="the other checkout's ml-service")
    return line


def name_of(checkout: Path) -> str:
    """The commit of a checkout as a table's heading has it."""
    return results.commit(checkout).removeprefix("commit ")


def write_table(title: str, about: str, head: str, rows: Iterable[str]) -> None:
    """Print each row when it is measured, then write the section `title` of RESULTS.md."""
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    for row in rows:
        print(row, flush=True)
        lines.append(row)
    results.write_section(title, "\n".join([about, "", *lines]))
