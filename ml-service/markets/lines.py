"""Lines of handicaps and totals: multiples of a quarter of a goal, and how they are written."""

from __future__ import annotations

import re

import numpy as np

from common.arrays import Floats, Ints, Mask

QUARTERS = 4
"""Steps of a line in a goal."""
NO_LINE = 0.0
"""Stands for the line of a market without one in arrays of lines."""

_NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{1,6})?", re.ASCII)


def is_line(values: Floats) -> Mask:
    """Which numbers are multiples of 0.25; NaN and infinite ones are not."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.isfinite(values) & (values * QUARTERS % 1 == 0))


def quarters(lines: Floats) -> Ints:
    """Valid lines as whole numbers of quarters."""
    return np.asarray(np.rint(lines * QUARTERS), dtype=np.int64)


def line_text(line: float) -> str:
    """A line as keys and tables write it: "-0.25", "0", "3"."""
    return f"{line + 0.0:g}"


def parse_line(text: str) -> float | None:
    """The line that `text` writes, such as "3.25"; None unless it is a multiple of 0.25."""
    if not _NUMBER.fullmatch(text):
        return None
    line = float(text)
    return line + 0.0 if line * QUARTERS % 1 == 0 else None
