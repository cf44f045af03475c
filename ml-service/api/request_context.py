"""Requests under way: what each asked, since when it waits, and on which connection."""

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


class Exchange:
    """One request and its answer."""

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
        """One pass; `body_length` is None where the body comes in chunks of its own choosing."""
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
        """Send a part of the answer, the first with the request's id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"].append((b"x-request-id", self.request_id.encode("ascii")))
        self.waits(SEND_SECONDS)
        await self._send(message)
        self._limit = None

    def waits(self, limit: float | None) -> None:
        """From now on this waits for the client, for at most `limit` seconds; None: for something else."""
        self._since = time.perf_counter()
        self._limit = limit

    def is_late(self, now: float) -> bool:
        """Whether the client has kept this waiting for too long."""
        return self._limit is not None and now - self._since > self._limit

    def hang_up(self) -> None:
        """Drop the connection, whatever was still to be sent."""
        if self.transport is not None:
            self.transport.abort()

    def answer_at_once(self) -> None:
        """Switch Nagle's algorithm off where the event loop did not.

        asyncio does so for sockets that know their protocol number. Those that uvicorn's --workers and --reload
        hand down were made without one, and the second part of each small answer then waits 40 ms until the
        client acknowledges the first.
        """
        connection: Any = None if self.transport is None else self.transport.get_extra_info("socket")
        if connection is not None and connection.proto == 0 and connection.family in _TCP_FAMILIES:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


_TCP_FAMILIES = (socket.AF_INET, socket.AF_INET6)
