"""The service's log: its own lines, uvicorn's and one a request."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from datetime import datetime, timezone
from typing import Any

from api.request_context import Exchange
from common import log_format
from common.log_format import printable

FLUSH_SECONDS = 0.2
LONGEST_PATH = 200

logger = logging.getLogger("statfoot")


def configure(form: str) -> None:
    """Send this service's and uvicorn's lines to stderr, each once; `form` is "plain" or "json"."""
    handler = log_format.stderr_handler(form)
    for name in ("statfoot", "uvicorn"):
        log = logging.getLogger(name)
        log.handlers = [handler]
        log.setLevel(logging.INFO)
        log.propagate = False
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(logging.Formatter("%(message)s"))
    requests = logging.getLogger("statfoot.requests")
    requests.handlers = [lines]
    requests.propagate = False
    # uvicorn looks for a handler here before it spends time on a line of its own a request.
    access = logging.getLogger("uvicorn.access")
    access.handlers = []
    access.propagate = False


class AccessLog:
    """One line a request: method, path, status, milliseconds, request id.

    Lines are gathered for `FLUSH_SECONDS` and written at once; a write a line would cost a tenth of the
    requests a second.
    """

    def __init__(self, form: str) -> None:
        self._logger = logging.getLogger("statfoot.requests")
        self._line = _json_line if form == "json" else _plain_line
        self._lines: list[str] = []

    def note(self, exchange: Exchange) -> None:
        """Remember a finished request."""
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(self._line(exchange))

    def flush(self) -> None:
        """Write what is remembered."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._logger.info("\n".join(lines))


def _milliseconds(exchange: Exchange) -> float:
    return (time.perf_counter() - exchange.started) * 1000.0


_second = (0, "")


def _time() -> str:
    """The time in UTC, to the second, formatted once a second."""
    global _second
    current = int(time.time())
    if current != _second[0]:
        _second = (current, datetime.fromtimestamp(current, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return _second[1]


def _plain_line(exchange: Exchange) -> str:
    path = printable(exchange.path[:LONGEST_PATH])
    return (
        f"{_time()} INFO {exchange.method} {path} {exchange.status} "
        f"{_milliseconds(exchange):.1f} ms {exchange.request_id}"
    )


def _json_line(exchange: Exchange) -> str:
    entry: dict[str, Any] = {
        "time": _time(),
        "level": "INFO",
        "method": exchange.method,
        "path": exchange.path[:LONGEST_PATH],
        "status": exchange.status,
        "ms": round(_milliseconds(exchange), 1),
        "request_id": exchange.request_id,
    }
    return json.dumps(entry)
