"""Low process priority for jobs, so that requests come first."""

from __future__ import annotations

import os
from pathlib import Path

NICENESS = 10
"""Linux gives such a process a tenth of the CPU time of a normal one on the same core."""

_AUTOGROUP = Path("/proc/self/autogroup")


def lower_priority() -> None:
    """Lower the priority of this process, a session leader, and of its children.

    Linux divides CPU time between sessions first ("autogroup") and applies niceness only within a session, so the
    session's niceness must be set too; otherwise a training takes half of the cores.
    """
    if not hasattr(os, "nice"):
        return
    os.nice(NICENESS)
    try:
        _AUTOGROUP.write_text(str(NICENESS))
    except OSError:  # without autogroups, niceness alone decides
        return
