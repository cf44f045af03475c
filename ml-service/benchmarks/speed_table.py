"""The table of measurements: one row per bar, printed as soon as it is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.speed_setup import SpeedBench

HEADINGS = ("work", "floor, same run", "measured", "to reach", "", "what bounds it")


@dataclass(frozen=True)
class Measurement:
    """One row: a measurement beside its floor; `met` is None without a bar or without a measurement."""

    work: str
    floor: str
    measured: str
    bar: str
    met: bool | None
    bound: str

    def __str__(self) -> str:
        met = {True: "met", False: "**missed**", None: ""}[self.met]
        return "| " + " | ".join((self.work, self.floor, self.measured, self.bar, met, self.bound)) + " |"


Measure = Callable[[SpeedBench], Iterator[Measurement]]

HEAD = "| " + " | ".join(HEADINGS) + " |\n" + "|---" * len(HEADINGS) + "|"


def ms(seconds: float) -> str:
    """Seconds as text in milliseconds."""
    value = seconds * 1e3
    return f"{value:.2f} ms" if value < 10 else f"{value:,.0f} ms"
