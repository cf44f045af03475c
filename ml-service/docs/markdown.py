"""Pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTE = "<!-- Written by `python -m docs.generate` from the code: edit there, not here. -->"


def page(title: str, *blocks: str) -> str:
    """A generated page: its title, a note on where it comes from, and its blocks."""
    return "\n\n".join([f"# {title}", NOTE, *blocks]) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown on one line, in which a vertical bar may stand."""
    lines = [_line(columns), _line(["---"] * len(columns)), *map(_line, rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def code(text: str) -> str:
    """Text as code within a sentence; empty for an empty one."""
    return f"`{text}`" if text else ""


def block(text: str, language: str = "") -> str:
    """Text as it is, for reading and copying."""
    return f"```{language}\n{text}\n```"


def sentence(text: str) -> str:
    """With a capital, unless it begins with code, and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if not text or text.endswith('.') else '.'}"
