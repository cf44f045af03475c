"""The child process that runs a job: `python -m jobs.worker`.

It reads the job as one line of JSON from stdin and writes lines of JSON to its original stdout: progress and signs of
life, then one result or error. It runs at low priority. When stdin closes, because the parent has ended, it ends
itself and its children.
"""

from __future__ import annotations

import ctypes
import errno
import gc
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
from jobs.priority import lower_priority

Request = dict[str, Any]
Result = Mapping[str, Any]
Task = Callable[[Request, Settings, Progress], Result]

REPORT_SECONDS = 0.1
ALIVE_SECONDS = 5.0

_PR_SET_PDEATHSIG = 1
_STDIN, _STDOUT, _STDERR = 0, 1, 2
_READ_BYTES = 2**16
_MEMORY_MESSAGES = ("cannot allocate memory", "failed to map segment", "bad_alloc", "bad allocation")
_THREAD_MESSAGE = "can't start new thread"
_NO_PERMISSION = (errno.EACCES, errno.EPERM, errno.EROFS)


def train(request: Request, settings: Settings, progress: Progress) -> Result:
    """Train a model; the result is the answer of /train without its job."""
    _check_writable(settings.model_dir)
    from models import trainer
    from models.query import TrainRequest

    _exempt_imports()
    leagues = request["league_ids"]
    train_request = TrainRequest(
        league_ids=None if leagues is None else tuple(leagues),
        first=_day(request["from"]),
        last=_day(request["to"]),
        promote=request["promote"],
    )
    result = trainer.train(train_request, settings, progress)
    return {"model": result.meta, "promoted": result.promoted, "reason": result.reason}


def backtest(request: Request, settings: Settings, progress: Progress) -> Result:
    """Run a backtest; the result is the answer of /backtest, or its page under `html`."""
    from backtesting import engine
    from backtesting.report.page import render
    from backtesting.request import BacktestRequest, StakingRules

    _exempt_imports()
    leagues = request["league_ids"]
    backtest_request = BacktestRequest(
        first=date.fromisoformat(request["from"]),
        last=date.fromisoformat(request["to"]),
        league_ids=None if leagues is None else tuple(leagues),
        market=request["market"],
        refit=request["refit"],
        use_odds=request["use_odds"],
        bookmaker_id=request["bookmaker_id"],
        min_edge=request["min_edge"],
        staking=StakingRules(**request["staking"]),
    )
    body = engine.run(backtest_request, settings, progress)
    return {"html": render(body)} if request["html"] else body


def _exempt_imports() -> None:
    """Exempt what is imported from garbage collection, which a training begins for every model."""
    gc.freeze()


TASKS: dict[str, Task] = {"train": train, "backtest": backtest}


def main(tasks: Mapping[str, Task] = TASKS) -> None:
    """Run the job that stdin describes."""
    report = _Reporter(_private_stdout())
    signal.signal(signal.SIGTERM, _stop)
    _die_with_parent()
    lower_priority()
    message = _read_message()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threading.Thread(target=report.report_alive, daemon=True).start()
    settings = config.load(message["settings"], env_file=Path(os.devnull))
    logging.basicConfig(level=logging.INFO, handlers=[log_format.stderr_handler(settings.log_format)])
    last = _run(tasks[message["kind"]], message, settings, report.progress)
    report.send(last)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # a normal interpreter exit would take another second


def _run(task: Task, message: dict[str, Any], settings: Settings, progress: Progress) -> dict[str, Any]:
    """The last line: the result, or an error that is safe to show to clients."""
    try:
        return {"type": "result", "result": task(message["request"], settings, progress)}
    except SettingError as error:
        return _error(JobFailed(error.message, hint="fix the setting and restart the service"))
    except ServiceError as error:
        return _error(error)
    except Exception as error:  # the parent gets any error, and the log its traceback
        logging.exception("the job of request %s failed", message["request_id"])
        return _error(_failure(error))


_USE_LESS_MEMORY = "reduce memory use: select fewer leagues or set a later `from` date"


def _failure(error: Exception) -> JobFailed:
    if _lacks_memory(error):
        return JobFailed("the machine ran out of memory", hint=_USE_LESS_MEMORY)
    if str(error) == _THREAD_MESSAGE:
        what = "a thread could not be started; the machine may have run out of memory"
        return JobFailed(what, hint=_USE_LESS_MEMORY)
    if isinstance(error, OSError):
        return JobFailed(_reason(error))
    return JobFailed("the job failed with an unexpected error", hint="see the service's log")


def _lacks_memory(error: BaseException | None) -> bool:
    """Whether an error, or one that caused it, is a library's message about lack of memory."""
    if error is None or isinstance(error, MemoryError):
        return error is not None
    message = str(error).lower()
    return any(text in message for text in _MEMORY_MESSAGES) or _lacks_memory(
        error.__cause__ or error.__context__
    )


def _error(error: ServiceError) -> dict[str, Any]:
    body = {"code": error.code, "message": error.message, "hint": error.hint, "fields": error.fields}
    return {"type": "error", "error": body}


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "no space is left on the disk"
    if error.errno in _NO_PERMISSION:
        return "the model folder (setting MODEL_DIR) is not writable"
    return "the operating system reported: " + (error.strerror or "unknown reason")


def _check_writable(folder: Path) -> None:
    """Raise OSError before the work rather than after it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


class _Reporter:
    """Writes lines to the parent, progress at most every `REPORT_SECONDS`."""

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

    def report_alive(self) -> None:
        """Report regularly that this process is alive, until the parent has ended."""
        while True:
            time.sleep(ALIVE_SECONDS)
            try:
                self.send({"type": "alive"})
            except OSError:  # the parent has ended
                return

    def send(self, message: dict[str, Any]) -> None:
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        with self._writing:
            while line:
                line = line[os.write(self._descriptor, line) :]


def _private_stdout() -> int:
    """A private copy of stdout; whatever libraries print goes to stderr."""
    private = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    return private


def _read_message() -> dict[str, Any]:
    raw = b""
    while not raw.endswith(b"\n"):
        part = os.read(_STDIN, _READ_BYTES)
        if not part:
            raise SystemExit(1)
        raw += part
    message: dict[str, Any] = json.loads(raw)
    return message


def _die_with_parent() -> None:
    """Have Linux kill this process when its parent dies.

    The thread that watches stdin needs the GIL, which a library out of memory may never release: OpenBLAS retries
    allocations without end. A live parent notices by the silence.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def _end_with_parent() -> None:
    while os.read(_STDIN, _READ_BYTES):
        continue
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _stop(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
