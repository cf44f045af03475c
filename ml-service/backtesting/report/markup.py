"""Pieces of HTML. Every number is a `data` element with its path in the answer and its exact value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

Formatter = Callable[[Any], str]

MINUS = "\u2212"
DASH = "\u2013"


@dataclass(frozen=True)
class AnswerView:
    """The answer of a backtest, looked up by dotted path."""

    content: Mapping[str, Any]

    def at(self, path: str) -> Any:
        """The value at `path`, such as "bets.yield" or "periods.0.from"; None below a null."""
        value: Any = self.content
        for step in path.split("."):
            if value is None:
                return None
            value = value[int(step)] if isinstance(value, list) else value[step]
        return value

    def show(self, path: str, form: Formatter) -> str:
        """The value at `path` as `form` writes it, in a `data` element with the exact value; a dash for null."""
        value = self.at(path)
        if value is None:
            return f'<span aria-label="none">{DASH}</span>'
        exact = escape(json.dumps(value), quote=True)
        return f'<data data-path="{path}" value="{exact}">{escape(form(value))}</data>'

    def interval(self, path: str, form: Formatter) -> str:
        """A 95% interval at `path`, or a dash."""
        if self.at(path) is None:
            return f'<span aria-label="none">{DASH}</span>'
        return f"{self.show(path + '.0', form)} to {self.show(path + '.1', form)}"


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def whole(value: Any) -> str:
    """12,345."""
    return _minus(f"{value:,.0f}")


def money(value: Any) -> str:
    """12,345.67."""
    return _minus(f"{value:,.2f}")


def gain(value: Any) -> str:
    """+12.30, always signed."""
    return _minus(f"{value:+,.2f}")


def score(value: Any) -> str:
    """0.9731."""
    return _minus(f"{value:.4f}")


def difference(value: Any) -> str:
    """+0.0012, always signed."""
    return _minus(f"{value:+.4f}")


def impact(value: Any) -> str:
    """+0.12, in nats of a margin."""
    return _minus(f"{value:+.2f}")


def brief(value: Any) -> str:
    """1,650 or 12.3 or 0.45: about three digits."""
    return _minus(f"{value:,.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f}")


def share(value: Any) -> str:
    """12.3%."""
    return _minus(f"{100.0 * value:.1f}%")


def growth(value: Any) -> str:
    """+1.2%, always signed."""
    return _minus(f"{100.0 * value:+.1f}%")


def axis_share(value: Any) -> str:
    """12.5% or 10%, as short as it goes."""
    return _minus(f"{100.0 * value:g}%")


def axis_gain(value: Any) -> str:
    """+0.005, as short as it goes; 0 has no sign."""
    return _minus(f"{value:+g}") if value else "0"


def axis_growth(value: Any) -> str:
    """+12.5%, as short as it goes; 0 has no sign."""
    return _minus(f"{100.0 * value:+g}%") if value else "0%"


def prose(text: str) -> str:
    """Text of the answer as HTML, its minus signs as such."""
    return escape(re.sub(r"(?<!\d)-(?=\d)", MINUS, text), quote=False)


def odds(value: Any) -> str:
    """2.45."""
    return f"{value:.2f}"


def words(value: Any) -> str:
    """Text as it is."""
    return str(value)


def day(value: Any) -> str:
    """1 Aug 2019, of an ISO day or moment."""
    parsed = date.fromisoformat(str(value)[:10])
    return f"{parsed.day} {parsed:%b %Y}"


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its cell (HTML) for a row number, and whether it holds numbers."""

    heading: str
    cell: Callable[[int], str]
    number: bool = True


def table(caption: str, columns: Sequence[Column], rows: int) -> str:
    """A table with a caption; the first column heads its rows."""
    head = "".join(f'<th scope="col"{_css(column)}>{escape(column.heading)}</th>' for column in columns)
    body = "".join(f"<tr>{_row(columns, row)}</tr>" for row in range(rows))
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption, quote=True)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(columns: Sequence[Column], row: int) -> str:
    first, *others = columns
    cells = "".join(f"<td{_css(column)}>{column.cell(row)}</td>" for column in others)
    return f'<th scope="row"{_css(first)}>{first.cell(row)}</th>{cells}'


def _css(column: Column) -> str:
    return ' class="number"' if column.number else ""


def details(summary: str, content: str) -> str:
    """Content that opens on demand, by mouse or keyboard."""
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def section(key: str, heading: str, about: str, *content: str) -> str:
    """A section with its heading and a sentence of explanation."""
    paragraph = f'<p class="about">{escape(about)}</p>' if about else ""
    return (
        f'<section aria-labelledby="{key}"><h2 id="{key}">{escape(heading)}</h2>'
        f"{paragraph}{''.join(content)}</section>"
    )
