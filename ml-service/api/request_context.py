"""State of one request: its headers, its connection, and the time limit that applies to the client."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import socket
import time
from typing import Any

from starlette.types import Message, Receive, Scope, Send

READ_SECONDS = 10.0
SEND_SECONDS = 30.0

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PREFIX = secrets.token_hex(4)
_numbers = itertools.count(1)


class RequestContext:
    """One request and its answer, from the first byte of the headers to the last of the body."""

    __slots__ = (
        "_limit",
        "_send",
        "_since",
        "body_length",
        "content_type",
        "host",
        "method",
        "origin",
        "path",
        "request_id",
        "started",
        "status",
        "task",
        "transport",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.status = 0
        self.started = time.perf_counter()
        self.task = asyncio.current_task()
        self.transport: asyncio.Transport | None = getattr(
            getattr(receive, "__self__", None), "transport", None
        )
        self._send = send
        self._since = self.started
        self._limit: float | None = None
        self.request_id = ""
        self.host = self.origin = self.content_type = b""
        self.body_length: int | None = 0
        self._read_headers(scope["headers"])
        if not self.request_id:
            self.request_id = f"{_PREFIX}-{next(_numbers):x}"

    def _read_headers(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Read all headers in one pass; `body_length` is None for a chunked body."""
        for name, value in headers:
            if name == b"host":
                self.host = value
            elif name == b"content-type":
                self.content_type = value
            elif name == b"content-length":
                self.body_length = int(value)
            elif name == b"transfer-encoding":
                self.body_length = None
            elif name == b"origin":
                self.origin = value
            elif name == b"x-request-id" and _SANE_ID.fullmatch(value):
                self.request_id = value.decode("ascii")

    async def send(self, message: Message) -> None:
        """Send a part of the answer; the first carries the request id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"].append((b"x-request-id", self.request_id.encode("ascii")))
        self.limit_wait(SEND_SECONDS)
        await self._send(message)
        self._limit = None

    def limit_wait(self, limit: float | None) -> None:
        """Allow the client `limit` seconds from now; None ends the limit."""
        self._since = time.perf_counter()
        self._limit = limit

    def is_late(self, now: float) -> bool:
        """Whether the client has exceeded its time limit."""
        return self._limit is not None and now - self._since > self._limit

    def drop_connection(self) -> None:
        """Close the connection without sending the rest."""
        if self.transport is not None:
            self.transport.abort()

    def disable_nagle(self) -> None:
        """Set TCP_NODELAY where the event loop did not.

        asyncio does so only for sockets that have a protocol number. uvicorn's --workers and --reload pass sockets
        without one; the second packet of each small answer then waits 40 ms for the client's acknowledgement.
        """
        connection: Any = None if self.transport is None else self.transport.get_extra_info("socket")
        if connection is not None and connection.proto == 0 and connection.family in _TCP_FAMILIES:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


_TCP_FAMILIES = (socket.AF_INET, socket.AF_INET6)
