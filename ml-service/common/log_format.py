"""The form of log lines, plain or JSON, for the service and the processes of its jobs."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timezone


def handler(form: str) -> logging.Handler:
    """Lines to stderr; `form` is "plain" or "json"."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonFormatter() if form == "json" else PlainFormatter())
    return lines


def printable(text: str) -> str:
    """`text` without control characters or line ends, so that nobody writes log lines of their own."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _now() -> str:
    """The time in UTC, to the millisecond."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class PlainFormatter(logging.Formatter):
    """Time, level, message and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for people, more where there is a traceback."""
        line = f"{_now()} {record.levelname} {printable(record.getMessage())}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for machines, its traceback inside."""
        entry = {"time": _now(), "level": record.levelname, "message": record.getMessage()}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry)
