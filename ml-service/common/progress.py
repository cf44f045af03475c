"""Progress reports of long computations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

Progress = Callable[[str, float], None]
"""Called with the name of the stage and the fraction of the whole that is complete, 0 to 1."""


def within(progress: Progress, start: float, span: float) -> Progress:
    """Progress of a part that begins at fraction `start` and spans `span` of the whole."""
    return lambda stage, fraction: progress(stage, start + span * fraction)


class JointProgress:
    """Progress of parts that threads compute at the same time, as one: that of all parts by their `shares`.

    Together they begin at fraction `start` of the whole and span `span` of it. `progress` is called by one thread at
    a time.
    """

    def __init__(self, progress: Progress, start: float, span: float, shares: Sequence[float]) -> None:
        self._progress = within(progress, start, span)
        self._shares = shares
        self._complete = [0.0] * len(shares)
        self._lock = threading.Lock()

    def of(self, part: int) -> Progress:
        """The progress of one part by its number."""
        return lambda stage, fraction: self._report(part, stage, fraction)

    def _report(self, part: int, stage: str, fraction: float) -> None:
        with self._lock:
            self._complete[part] = fraction
            complete = sum(share * done for share, done in zip(self._shares, self._complete, strict=True))
            self._progress(stage, complete / sum(self._shares))
