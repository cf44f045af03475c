"""Work that stands behind the requests, but goes on however busy the machine is."""

from __future__ import annotations

import os
from pathlib import Path

NICENESS = 10
"""Linux gives such a process a tenth of what it gives others that want the same core."""

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way() -> None:
    """Put this process, which leads a session, and all it starts behind everybody else's work.

    Linux shares a desktop's or a server's cores between sessions first ("autogroup") and looks at the niceness of
    processes only within one: the session's own has to be set too, or a training takes half of the cores.
    """
    if not hasattr(os, "nice"):
        return
    os.nice(NICENESS)
    try:
        _AUTOGROUP.write_text(str(NICENESS))
    except OSError:  # a system without such groups shares by niceness alone
        return
