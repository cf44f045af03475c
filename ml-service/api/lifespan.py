"""Start and stop of the service, and the parts that its routes share."""

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
from api.admission import AdmissionControl
from api.coming_answers import ComingAnswers
from api.predictions import Predictions
from api.predictor_host import PredictorHost, in_main_thread
from jobs.runner import Runner

STOP_SECONDS = 2.5

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Service:
    """The parts of a running service."""

    def __init__(
        self,
        host: PredictorHost,
        runner: Runner,
        admission: AdmissionControl,
        predictions: Predictions,
        coming: ComingAnswers,
        log: AccessLog,
    ) -> None:
        self.host = host
        self.predictions = predictions
        self.runner = runner
        self.admission = admission
        self._coming = coming
        self._log = log

    @contextlib.asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        """Start the background tasks; stop them and all child processes at the end."""
        self.host.start()
        works = (self.admission.watch(), self.host.follow(), self._coming.keep_ready())
        tasks = [asyncio.create_task(each) for each in works]
        stopping = asyncio.Event()
        tasks.append(asyncio.create_task(self._stop_on(stopping)))
        _stop_with_supervisor()
        try:
            with _set_on_signal(stopping):
                yield
        finally:
            for task in tasks:
                task.cancel()
            await self.runner.stop()
            self.host.close()
            self._log.flush()

    async def _stop_on(self, stopping: asyncio.Event) -> None:
        """End the jobs, then abort all requests: uvicorn would wait for the slowest."""
        await stopping.wait()
        asyncio.get_running_loop().call_later(STOP_SECONDS, self.admission.abort)
        await self.runner.stop()


@contextlib.contextmanager
def _set_on_signal(stopping: asyncio.Event) -> Iterator[None]:
    """Set `stopping` on SIGTERM or SIGINT, in addition to uvicorn's own handlers."""
    if not in_main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    previous: dict[int, Any] = {}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stopping.set)
        if callable(previous[number]):
            previous[number](number, frame)

    for number in _SIGNALS:
        previous[number] = signal.getsignal(number)
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in _SIGNALS:
            signal.signal(number, previous[number])


def _stop_with_supervisor() -> None:
    """End a worker of --workers or --reload whose supervisor was killed, since nothing else would stop it."""
    supervisor = parent_process()
    if supervisor is None or not in_main_thread():
        return

    def wait() -> None:
        supervisor.join()
        logger.warning("the supervisor process has ended: stopping")
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
