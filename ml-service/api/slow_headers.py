"""Connections that have not sent the whole head of a request.

uvicorn 0.27.1 waits for that without end: connections by the hundred that send a header now and then would use up
what a process may have open. Neither they nor their protocol reach the application; the first exchange shows the way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from api.request_context import READ_SECONDS, Exchange


class Lingering:
    """Hangs up on connections that have been about to ask for longer than a body may take."""

    def __init__(self) -> None:
        self._connections: Iterable[Any] | None = None
        self._since: dict[Any, float] = {}

    def learn(self, exchange: Exchange) -> None:
        """Take note of where the server keeps its connections."""
        if self._connections is None and exchange.transport is not None:
            self._connections = getattr(exchange.transport.get_protocol(), "connections", ())

    def hang_up(self, now: float) -> None:
        """Look at all connections; call now and then."""
        waiting = [each for each in self._connections or () if _is_about_to_ask(each)]
        self._since = {each: self._since.get(each, now) for each in waiting}
        for connection, since in self._since.items():
            if now - since > READ_SECONDS:
                connection.transport.abort()


def _is_about_to_ask(connection: Any) -> bool:
    """Whether it is one for requests, has none under way, is not being closed at the end of an answer, and does not
    rest between two requests, which uvicorn itself bounds."""
    if not hasattr(connection, "cycle") or connection.transport.is_closing():
        return False
    cycle = connection.cycle
    return (cycle is None or cycle.response_complete) and connection.timeout_keep_alive_task is None
