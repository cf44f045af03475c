"""The table of measurements: a row a bar, printed as it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.speed_setup import Bench

HEADINGS = ("work", "floor, same run", "measured", "to reach", "", "what bounds it")


@dataclass(frozen=True)
class Row:
    """One measurement beside its floor; `met` is None where there is no bar or nothing could be measured."""

    work: str
    floor: str
    measured: str
    bar: str
    met: bool | None
    bound: str

    def __str__(self) -> str:
        met = {True: "met", False: "**missed**", None: ""}[self.met]
        return "| " + " | ".join((self.work, self.floor, self.measured, self.bar, met, self.bound)) + " |"


Measure = Callable[[Bench], Iterator[Row]]

HEAD = "| " + " | ".join(HEADINGS) + " |\n" + "|---" * len(HEADINGS) + "|"


def ms(seconds: float) -> str:
    """Seconds as milliseconds for people."""
    value = seconds * 1e3
    return f"{value:.2f} ms" if value < 10 else f"{value:,.0f} ms"
