"""How a long computation says where it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with the stage in plain words and the fraction of the whole that is done, 0 to 1."""


def unreported(stage: str, fraction: float) -> None:
    """Progress that nobody follows."""
