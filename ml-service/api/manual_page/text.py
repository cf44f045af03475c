"""Pieces of the page: prose with code in it, JSON that is easy to read, commands for a shell."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from html import escape
from typing import Any

HOST = "localhost:5050"
WIDEST = 88

_CODE = re.compile(r"`([^`]+)`")


def inline(text: str) -> str:
    """A sentence as HTML, what stands between backquotes as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def prose(text: str) -> str:
    """Paragraphs and lists (lines that begin with a dash), parted by empty lines."""
    return "".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()))


def _block(block: str) -> str:
    if not block.startswith("- "):
        return f"<p>{inline(block)}</p>"
    items = "".join(
        f"<li>{inline(item)}</li>" for item in re.split(r"\n?^- ", block, flags=re.MULTILINE) if item
    )
    return f"<ul>{items}</ul>"


def pretty(value: Any, indent: int = 0) -> str:
    """JSON with each object and list on one line where it fits."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or len(line) + indent <= WIDEST:
        return line
    inner, inset = indent + 2, " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {pretty(each, inner)}" for key, each in value.items()]
        return "{\n" + ",\n".join(inset + part for part in parts) + "\n" + " " * indent + "}"
    parts = [pretty(each, inner) for each in value]
    return "[\n" + ",\n".join(inset + part for part in parts) + "\n" + " " * indent + "]"


def block(text: str) -> str:
    """Text as it is, for reading and copying."""
    return f"<pre><code>{escape(text, quote=False)}</code></pre>"


def curl(method: str, path: str, body: Any = None, accept: str | None = None, to: str | None = None) -> str:
    """A command that asks for `path`; an empty body is left out; `accept` a media type, `to` a file."""
    flags = "-sN" if accept and to is None else "-s"
    verb = f" -X {method}" if method != "GET" and not body else ""
    return " \\\n  ".join([f"curl {flags}{verb} {HOST}{path}", *_options(body, accept, to)])


def _options(body: Any, accept: str | None, to: str | None) -> Iterator[str]:
    if accept:
        yield f'-H "accept: {accept}"'
    if body:
        yield '-H "content-type: application/json"'
        yield f"-d {shlex.quote(json.dumps(body))}"
    if to:
        yield f"-o {to}"
