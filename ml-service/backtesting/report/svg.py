"""Plots as inline SVG: scales, ticks, and marks that take their colours from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from itertools import pairwise

Point = tuple[float, float]

_DAYS_WITH_YEARLY_TICKS = 900
_DAYS_WITH_QUARTERLY_TICKS = 250


@dataclass(frozen=True)
class Scale:
    """Maps values `low`..`high` to pixels `start`..`end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Pixel of `value`."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.start + share * (self.end - self.start)


def spread(values: Iterable[float], *, margin: float = 0.06, least: float = 1e-6) -> tuple[float, float]:
    """Lowest and highest of `values` with a margin, a share of their distance; at least `least` apart."""
    finite = list(values)
    low, high = min(finite), max(finite)
    room = max((high - low) * margin, least / 2.0)
    return low - room, high + room


def ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers within [low, high], about `count` of them."""
    step = _nice_step((high - low) / max(count, 1))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def _nice_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return power * next(nice for nice in (1.0, 2.0, 2.5, 5.0, 10.0) if nice * power >= raw * (1 - 1e-9))


def date_ticks(first: date, last: date) -> list[tuple[date, str]]:
    """Days that begin a year, quarter or month of the range, with their labels."""
    days = (last - first).days
    months = 12 if days > _DAYS_WITH_YEARLY_TICKS else 3 if days > _DAYS_WITH_QUARTERLY_TICKS else 1
    marks = []
    for index in range(first.year * 12, (last.year + 1) * 12, months):
        day = date(index // 12, index % 12 + 1, 1)
        if first <= day <= last:
            marks.append((day, f"{day:%Y}" if months == 12 else f"{day:%b %Y}"))
    return marks


@dataclass
class Canvas:
    """A drawing of `width` x `height` user units with a title and a description for screen readers."""

    width: float
    height: float
    marks: list[str] = field(default_factory=list)

    def line(self, start: Point, end: Point, css: str) -> None:
        """A straight line."""
        self.marks.append(
            f'<line x1="{_n(start[0])}" y1="{_n(start[1])}" x2="{_n(end[0])}" y2="{_n(end[1])}" class="{css}"/>'
        )

    def path(self, points: Sequence[Point], css: str, *, steps: bool = False) -> None:
        """A line through `points`; with `steps` it moves level until the next point."""
        if points:
            self.marks.append(f'<path d="{_route(points, steps)}" class="{css}"/>')

    def area(self, upper: Sequence[Point], lower: Sequence[Point], css: str, *, steps: bool = False) -> None:
        """The area between two lines over the same x."""
        if upper:
            back = _route(list(reversed(_stepped(lower) if steps else lower)), False).replace("M", "L", 1)
            self.marks.append(f'<path d="{_route(upper, steps)}{back}Z" class="{css}"/>')

    def rect(self, corner: Point, size: Point, css: str) -> None:
        """A rectangle by its top left corner."""
        self.marks.append(
            f'<rect x="{_n(corner[0])}" y="{_n(corner[1])}" width="{_n(max(size[0], 0.0))}"'
            f' height="{_n(max(size[1], 0.0))}" class="{css}"/>'
        )

    def dot(self, at: Point, radius: float, css: str, tip: str) -> None:
        """A round mark with a tip."""
        self.marks.append(
            f'<circle cx="{_n(at[0])}" cy="{_n(at[1])}" r="{_n(radius)}" class="{css}">'
            f"<title>{escape(tip)}</title></circle>"
        )

    def diamond(self, at: Point, radius: float, css: str, tip: str) -> None:
        """A square mark on its corner, distinguishable from a dot without colour."""
        x, y = at
        corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
        self.marks.append(
            f'<path d="{_route(corners, False)}Z" class="{css}"><title>{escape(tip)}</title></path>'
        )

    def text(self, at: Point, words: str, css: str = "", anchor: str = "start") -> None:
        """A line of text."""
        self.marks.append(
            f'<text x="{_n(at[0])}" y="{_n(at[1])}" text-anchor="{anchor}" class="{css}">{escape(words)}</text>'
        )

    def render(self, key: str, title: str, description: str) -> str:
        """The drawing as an `svg` element; `key` makes its ids unique in the page."""
        return (
            f'<svg viewBox="0 0 {_n(self.width)} {_n(self.height)}" role="img"'
            f' aria-labelledby="{key}-t {key}-d"><title id="{key}-t">{escape(title)}</title>'
            f'<desc id="{key}-d">{escape(description)}</desc>{"".join(self.marks)}</svg>'
        )


def _stepped(points: Sequence[Point]) -> list[Point]:
    """`points` with the corners of a staircase put in."""
    corners = list(points[:1])
    for (_, level), (x, y) in pairwise(points):
        corners += [(x, level), (x, y)]
    return corners


def _route(points: Sequence[Point], steps: bool) -> str:
    way = _stepped(points) if steps else points
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in way)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
