"""Progress reports of long computations."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with the name of the stage and the fraction of the whole that is complete, 0 to 1."""


def within(progress: Progress, start: float, span: float) -> Progress:
    """Progress of a part that begins at fraction `start` and spans `span` of the whole."""
    return lambda stage, fraction: progress(stage, start + span * fraction)
