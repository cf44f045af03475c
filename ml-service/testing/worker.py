"""Fake jobs for `jobs.worker`; the request's league selects what the job does.

League 1 works for a while, 2 fails with a domain error, 3 crashes, 4 kills itself, 5 exits without a result, 6 never
ends and ignores signals, 7 has a full disk, 8 no memory, 9 leaves a child process behind, 10 has an invalid setting,
11 uses joblib's processes, 12 cannot load a library, 13 hangs in C with the GIL, 14 reports nothing for a while.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common.progress import Progress
from config import Settings
from errors import InsufficientData, SettingError
from jobs import worker

STEPS = 10


def _act(request: dict[str, Any], settings: Settings, progress: Progress) -> None:
    os.write(1, b"libraries print\n")
    (act,) = request["league_ids"] or [1]
    if settings.model_dir.is_dir():
        (settings.model_dir / ".child").write_text(str(os.getpid()))
    progress("beginning", 0.0)
    if act == 1:
        for step in range(STEPS):
            progress("working", step / STEPS)
            time.sleep(float(os.environ.get("STEP_SECONDS", "0.05")))
    elif act in _ENDS:
        _ENDS[act]()


def _too_few() -> None:
    raise InsufficientData(3, 300)


def _crash() -> None:
    raise RuntimeError("/a/path and SELECT 1")


def _no_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device", "/a/path")


def _no_memory() -> None:
    raise MemoryError


def _ignore_signals() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def _leave_child() -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(os.environ["LEFT_BEHIND"]).write_text(str(child.pid))


def _wrong_setting() -> None:
    raise SettingError("BACKTEST_BACKEND", "dask", "local, or its packages to be installed")


def _use_joblib() -> None:
    from joblib import Parallel, delayed

    (helper,) = set(Parallel(n_jobs=2)(delayed(os.getpid)() for _ in range(1)))
    Path(os.environ["LEFT_BEHIND"]).write_text(str(helper))


def _hang() -> None:
    re.match("(a+)+$", 60 * "a" + "b")  # takes years without releasing the GIL


def _no_room_for_library() -> None:
    cause = OSError("/a/path/lib.so: failed to map segment from shared object")
    raise ImportError("the library cannot be imported") from cause


def _no_room_for_thread() -> None:
    threading.stack_size(2**46)
    threading.Thread(target=int).start()


_ENDS: dict[int, Callable[[], object]] = {
    2: _too_few,
    3: _crash,
    4: lambda: os.kill(os.getpid(), signal.SIGKILL),
    5: lambda: os._exit(0),
    6: _ignore_signals,
    7: _no_disk,
    8: _no_memory,
    9: _leave_child,
    10: _wrong_setting,
    11: _use_joblib,
    12: _no_room_for_library,
    13: _hang,
    14: lambda: time.sleep(3.0),
    15: _no_room_for_thread,
}


def train(request: dict[str, Any], settings: Settings, progress: Progress) -> dict[str, Any]:
    _act(request, settings, progress)
    return {"model": {"model_id": "new"}, "promoted": True, "reason": f"promote is {request['promote']}"}


def backtest(request: dict[str, Any], settings: Settings, progress: Progress) -> dict[str, Any]:
    _act(request, settings, progress)
    body = {"scope": request, "equity": [{"date": "2024-01-01", "bankroll": 1000.0}] * 5000}
    return {"html": "<!doctype html><title>Backtest</title>"} if request["html"] else body


if __name__ == "__main__":
    worker.ALIVE_SECONDS = float(os.environ.get("ALIVE_SECONDS", "5"))
    worker.main({"train": train, "backtest": backtest})
