"""What the routes share, from start to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from multiprocessing import parent_process
from types import FrameType
from typing import Any

from fastapi import FastAPI

from api.access_log import AccessLog, logger
from api.middleware import Traffic
from api.predictor_host import Serving, has_process
from jobs.runner import Runner

STOP_SECONDS = 2.5

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """The parts of a running service."""

    def __init__(self, serving: Serving, runner: Runner, traffic: Traffic, log: AccessLog) -> None:
        self.serving = serving
        self.runner = runner
        self.traffic = traffic
        self._log = log

    @contextlib.asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Start what runs beside the requests; stop it, children included, at the end."""
        self.serving.start()
        tasks = [asyncio.create_task(each) for each in (self.traffic.watch(), self.serving.follow())]
        stopping = asyncio.Event()
        tasks.append(asyncio.create_task(self._stop_on(stopping)))
        _stop_with_supervisor()
        try:
            with _noticing_signals(stopping):
                yield
        finally:
            for task in tasks:
                task.cancel()
            await self.runner.stop()
            self.serving.close()
            self._log.flush()

    async def _stop_on(self, stopping: asyncio.Event) -> None:
        """End jobs, and later whatever still hangs: uvicorn would wait for the slowest request of all."""
        await stopping.wait()
        asyncio.get_running_loop().call_later(STOP_SECONDS, self.traffic.break_off)
        await self.runner.stop()


@contextlib.contextmanager
def _noticing_signals(stopping: asyncio.Event) -> Iterator[None]:
    """Set `stopping` when the process is told to stop, beside what uvicorn does about it."""
    if not has_process():
        yield
        return
    loop = asyncio.get_running_loop()
    previous: dict[int, Any] = {}

    def notice(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopping.set)
        if callable(previous[number]):
            previous[number](number, frame)

    for number in _SIGNALS:
        previous[number] = signal.getsignal(number)
        signal.signal(number, notice)
    try:
        yield
    finally:
        for number in _SIGNALS:
            signal.signal(number, previous[number])


def _stop_with_supervisor() -> None:
    """End a worker of --workers or --reload whose supervisor was killed; nobody could stop it any more."""
    supervisor = parent_process()
    if supervisor is None or not has_process():
        return

    def wait() -> None:
        supervisor.join()
        logger.warning("the supervising process is gone")
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
