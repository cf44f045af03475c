"""The child that does a job: `python -m jobs.worker`.

It reads the job as one line of JSON from stdin and writes lines of JSON to what was stdout: progress and signs of
life, then one result or error. It runs at low priority and ends itself, and all it started, when stdin closes, which
is when its parent ends in whatever way.
"""

from __future__ import annotations

import ctypes
import errno
import json
import logging
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import config
from common import log_format
from common.progress import Progress
from config import Settings
from errors import JobFailed, ServiceError, SettingError
from jobs.priority import give_way

Request = dict[str, Any]
Task = Callable[[Request, Settings, Progress], dict[str, Any]]

REPORT_SECONDS = 0.1
ALIVE_SECONDS = 5.0

_PR_SET_PDEATHSIG = 1
_STDIN, _STDOUT, _STDERR = 0, 1, 2
_ENOUGH = 2**16
_NO_MEMORY = ("cannot allocate memory", "failed to map segment", "bad_alloc", "bad allocation")
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def train(request: Request, settings: Settings, progress: Progress) -> dict[str, Any]:
    """Train a model; the result is the answer of /train without its job."""
    _check_writable(settings.model_dir)
    from models import trainer
    from models.query import TrainRequest

    leagues = request["league_ids"]
    asked = TrainRequest(
        league_ids=None if leagues is None else tuple(leagues),
        first=_day(request["from"]),
        last=_day(request["to"]),
        promote=request["promote"],
    )
    result = trainer.train(asked, settings, progress)
    return {"model": result.meta, "promoted": result.promoted, "reason": result.reason}


def backtest(request: Request, settings: Settings, progress: Progress) -> dict[str, Any]:
    """Run a backtest; the result is the answer of /backtest, or its page under `html`."""
    from backtesting import engine
    from backtesting.report.page import render
    from backtesting.request import BacktestRequest, Staking

    leagues = request["league_ids"]
    asked = BacktestRequest(
        first=date.fromisoformat(request["from"]),
        last=date.fromisoformat(request["to"]),
        league_ids=None if leagues is None else tuple(leagues),
        market=request["market"],
        refit=request["refit"],
        use_odds=request["use_odds"],
        bookmaker_id=request["bookmaker_id"],
        min_edge=request["min_edge"],
        staking=Staking(**request["staking"]),
    )
    body = engine.run(asked, settings, progress)
    return {"html": render(body)} if request["html"] else body


TASKS: dict[str, Task] = {"train": train, "backtest": backtest}


def main(tasks: Mapping[str, Task] = TASKS) -> None:
    """Do the job that stdin names."""
    report = _Reporter(_private_stdout())
    signal.signal(signal.SIGTERM, _stop)
    _be_killed_with_parent()
    give_way()
    message = _read_message()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threading.Thread(target=report.live, daemon=True).start()
    settings = config.load(message["settings"], env_file=Path(os.devnull))
    logging.basicConfig(level=logging.INFO, handlers=[log_format.stderr_handler(settings.log_format)])
    last = _done(tasks[message["kind"]], message, settings, report.progress)
    _end_helpers()
    report.send(last)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # the interpreter would take a second to unload what nobody needs any more


def _done(task: Task, message: dict[str, Any], settings: Settings, progress: Progress) -> dict[str, Any]:
    """The last line: what came out, or what went wrong in words for strangers."""
    try:
        return {"type": "result", "result": task(message["request"], settings, progress)}
    except SettingError as error:
        return _error(JobFailed(error.message, hint="mend the setting and start the service again"))
    except ServiceError as error:
        return _error(error)
    except Exception as error:  # whatever it is, the parent is told and the log has the traceback
        logging.exception("the job of request %s failed", message["request_id"])
        return _error(_failure(error))


def _failure(error: Exception) -> JobFailed:
    if _lacks_memory(error):
        return JobFailed("the machine ran out of memory", hint="fewer leagues or a later from take less")
    if isinstance(error, OSError):
        return JobFailed(_reason(error))
    return JobFailed("the job failed unexpectedly", hint="the log of the service says why")


def _lacks_memory(error: BaseException | None) -> bool:
    """Libraries that find no memory while they load or compute say so in words of their own, often wrapped."""
    if error is None or isinstance(error, MemoryError):
        return error is not None
    told = str(error).lower()
    return any(words in told for words in _NO_MEMORY) or _lacks_memory(error.__cause__ or error.__context__)


def _error(error: ServiceError) -> dict[str, Any]:
    told = {"code": error.code, "message": error.message, "hint": error.hint, "fields": error.fields}
    return {"type": "error", "error": told}


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "there is no space left on the disk"
    if error.errno in _REFUSED:
        return "the folder of models (setting MODEL_DIR) cannot be written"
    return "the operating system refused: " + (error.strerror or "unknown reason")


def _check_writable(folder: Path) -> None:
    """Fail before the work rather than after it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


class _Reporter:
    """Writes lines to the parent, progress not more often than it is of use."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._stage = ""
        self._reported = 0.0
        self._writing = threading.Lock()

    def progress(self, stage: str, fraction: float) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._reported < REPORT_SECONDS:
            return
        self._stage, self._reported = stage, now
        self.send({"type": "progress", "stage": stage, "fraction": float(fraction)})

    def live(self) -> None:
        """Say now and then that this process is still able to say something, until the parent is gone."""
        while True:
            time.sleep(ALIVE_SECONDS)
            try:
                self.send({"type": "alive"})
            except OSError:  # this process ends in a moment
                return

    def send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        with self._writing:
            while line:
                line = line[os.write(self._descriptor, line) :]


def _private_stdout() -> int:
    """What was stdout, for us alone: libraries that print go to stderr from now on."""
    private = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    return private


def _read_message() -> dict[str, Any]:
    raw = b""
    while not raw.endswith(b"\n"):
        part = os.read(_STDIN, _ENOUGH)
        if not part:
            raise SystemExit(1)
        raw += part
    message: dict[str, Any] = json.loads(raw)
    return message


def _end_helpers() -> None:
    """End joblib's processes, where there are any: by themselves they notice only after seconds that they may."""
    loky = sys.modules.get("joblib.externals.loky")
    if loky is not None:
        helpers = loky.get_reusable_executor(reuse=True)
        end = getattr(helpers, "terminate", helpers.shutdown)
        end(kill_workers=True)


def _be_killed_with_parent() -> None:
    """Have Linux kill this process when its parent is gone.

    The thread that waits for that needs Python's lock, which a library out of memory may never give back: OpenBLAS
    asks for memory without end. A parent that lives on notices by the silence.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def _end_with_parent() -> None:
    while os.read(_STDIN, _ENOUGH):
        continue
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _stop(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
