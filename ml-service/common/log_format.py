"""Format of log lines, plain or JSON, for the service and its job processes."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone


def stderr_handler(log_format: str) -> logging.Handler:
    """A handler that writes to stderr; `log_format` is "plain" or "json"."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else PlainFormatter())
    return handler


def printable(text: str) -> str:
    """`text` with control characters and line ends escaped, so that no request can forge a log line."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _now() -> str:
    """Current time in UTC, to the millisecond."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class PlainFormatter(logging.Formatter):
    """Time, level, message and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, followed by the traceback if there is one."""
        line = f"{_now()} {record.levelname} {printable(record.getMessage())}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON, including the traceback if there is one."""
        entry = {"time": _now(), "level": record.levelname, "message": record.getMessage()}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry)
