"""The service's log: its own lines, uvicorn's, and one line per request."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from datetime import datetime, timezone
from typing import Any

from api.request_context import RequestContext
from common import log_format
from common.log_format import printable

FLUSH_SECONDS = 0.2
MAX_PATH_CHARACTERS = 200

logger = logging.getLogger("statfoot")


def configure(line_format: str) -> None:
    """Send this service's and uvicorn's lines to stderr, each once; `line_format` is "plain" or "json"."""
    handler = log_format.stderr_handler(line_format)
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
    # Without a handler here, uvicorn does not format a line of its own per request.
    access = logging.getLogger("uvicorn.access")
    access.handlers = []
    access.propagate = False


class AccessLog:
    """One line per request: method, path, status, milliseconds, request id.

    Lines are collected for `FLUSH_SECONDS` and written together: one write per line would cost a tenth of the
    throughput.
    """

    def __init__(self, line_format: str) -> None:
        self._logger = logging.getLogger("statfoot.requests")
        self._line = _json_line if line_format == "json" else _plain_line
        self._lines: list[str] = []

    def note(self, context: RequestContext) -> None:
        """Add the line of a finished request."""
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(self._line(context))

    def flush(self) -> None:
        """Write the collected lines."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._logger.info("\n".join(lines))


def _milliseconds(context: RequestContext) -> float:
    return (time.perf_counter() - context.started) * 1000.0


_second = (0, "")


def _time() -> str:
    """Current time in UTC, to the second, formatted once per second."""
    global _second
    current = int(time.time())
    if current != _second[0]:
        _second = (current, datetime.fromtimestamp(current, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return _second[1]


def _plain_line(context: RequestContext) -> str:
    path = printable(context.path[:MAX_PATH_CHARACTERS])
    return (
        f"{_time()} INFO {context.method} {path} {context.status} "
        f"{_milliseconds(context):.1f} ms {context.request_id}"
    )


def _json_line(context: RequestContext) -> str:
    entry: dict[str, Any] = {
        "time": _time(),
        "level": "INFO",
        "method": context.method,
        "path": context.path[:MAX_PATH_CHARACTERS],
        "status": context.status,
        "ms": round(_milliseconds(context), 1),
        "request_id": context.request_id,
    }
    return json.dumps(entry)
