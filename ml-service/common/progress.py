"""How a long computation says where it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with the stage in plain words and the fraction of the whole that is done, 0 to 1."""


def within(progress: Progress, start: float, span: float) -> Progress:
    """The progress of a part that begins at `start` and makes up `span` of the whole."""
    return lambda stage, fraction: progress(stage, start + span * fraction)


def unreported(stage: str, fraction: float) -> None:
    """Progress that nobody follows."""
