"""Admission control: how many clients are connected and how many predictions are computed at once."""

from __future__ import annotations

import asyncio
import random
import time

from api.request_context import RequestContext
from api.slow_headers import SlowHeaderGuard
from errors import Busy

SWEEP_SECONDS = 1.0
MAX_CLIENTS_PER_WORKER = 4
QUEUE_SECONDS = 0.5, 1.5
"""Queue timeout before 503 `busy`, drawn at random so that rejected clients do not retry in lockstep."""


class AdmissionControl:
    """The requests in progress, of which at most `busy_limit` are worked on at once."""

    def __init__(self, busy_limit: int) -> None:
        self.busy_limit = busy_limit
        self.working = 0
        self.is_aborted = False
        self._requests: set[RequestContext] = set()
        self._queue: dict[asyncio.Future[None], None] = {}
        self._slow_headers = SlowHeaderGuard()

    def __len__(self) -> int:
        return len(self._requests)

    def enter(self, context: RequestContext) -> None:
        """A request begins."""
        self._requests.add(context)
        self._slow_headers.learn(context)

    def leave(self, context: RequestContext) -> None:
        """A request has ended."""
        self._requests.discard(context)

    def check_clients(self) -> None:
        """Raise Busy while too many clients send requests or read answers."""
        if len(self._requests) > MAX_CLIENTS_PER_WORKER * self.busy_limit:
            raise Busy("too many clients at once; try again")

    async def begin_work(self) -> None:
        """Wait for a free slot, first come, first served. Raises Busy after a random time in `QUEUE_SECONDS`."""
        if self.working < self.busy_limit:
            self.working += 1
            return
        loop = asyncio.get_running_loop()
        slot: asyncio.Future[None] = loop.create_future()
        self._queue[slot] = None
        timer = loop.call_later(random.uniform(*QUEUE_SECONDS), _reject, slot)  # noqa: S311  no secret
        try:
            await slot
        except asyncio.CancelledError:
            if not slot.cancelled() and slot.exception() is None:
                self.end_work()
            raise
        finally:
            timer.cancel()
            self._queue.pop(slot, None)

    def end_work(self) -> None:
        """Free a slot, or hand it to the request that has waited longest."""
        while self._queue:
            slot = next(iter(self._queue))
            del self._queue[slot]
            if not slot.done():
                slot.set_result(None)
                return
        self.working -= 1

    async def watch(self) -> None:
        """Drop clients that send or read too slowly; runs until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.perf_counter()
            for context in [each for each in self._requests if each.is_late(now)]:
                context.drop_connection()
            self._slow_headers.sweep(now)

    def abort(self) -> None:
        """End all requests in progress, because the service stops."""
        self.is_aborted = True
        for context in list(self._requests):
            context.drop_connection()
            if context.task is not None:
                context.task.cancel()


def _reject(slot: asyncio.Future[None]) -> None:
    if not slot.done():
        slot.set_exception(Busy("too many requests at once; try again"))
