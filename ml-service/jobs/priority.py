"""Work that waits for the requests: the lowest priority the operating system has."""

from __future__ import annotations

import os
from pathlib import Path

LOWEST = 19
_AUTOGROUP = Path("/proc/self/autogroup")


def give_way() -> None:
    """Put this process, which leads a session, and all it starts behind everybody else's work.

    Linux shares a desktop's or a server's cores between sessions first ("autogroup") and looks at the niceness of
    processes only within one: the session's own has to be set too, or a training takes half of the cores.
    """
    if not hasattr(os, "nice"):
        return
    os.nice(LOWEST)
    try:
        _AUTOGROUP.write_text(str(LOWEST))
    except OSError:  # a system without such groups shares by niceness alone
        return
