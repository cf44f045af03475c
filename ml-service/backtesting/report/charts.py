"""The plots of the report. Each is drawn twice, wide and narrow, and the style sheet shows the one that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backtesting.report import markup
from backtesting.report.svg import Canvas, Point, Scale, date_ticks, spread, ticks

Row = dict[str, Any]

WIDE, NARROW = 720.0, 360.0
_TOP, _RIGHT, _BOTTOM = 14.0, 14.0, 26.0
_DOT = 3.6


def both(draw: Callable[[float, str], str]) -> str:
    """A plot in both widths; `draw` gets the width and a word for ids."""
    return f'<div class="plot wide">{draw(WIDE, "w")}</div><div class="plot narrow">{draw(NARROW, "n")}</div>'


@dataclass(frozen=True)
class Panel:
    """Axes of a part of a canvas."""

    canvas: Canvas
    x: Scale
    y: Scale

    def at(self, x: float, y: float) -> Point:
        """Pixel of a value."""
        return self.x(x), self.y(y)

    def y_axis(self, form: Callable[[Any], str], count: int = 5) -> None:
        """Horizontal grid lines with their values on the left."""
        for value in ticks(self.y.low, self.y.high, count):
            level = self.y(value)
            self.canvas.line((self.x.start, level), (self.x.end, level), "grid")
            self.canvas.text((self.x.start - 7, level + 4), form(value), "tick", "end")

    def x_axis(self, form: Callable[[Any], str], count: int) -> None:
        """Vertical grid lines with their values below."""
        for value in ticks(self.x.low, self.x.high, count):
            at = self.x(value)
            self.canvas.line((at, self.y.end), (at, self.y.start), "grid")
            self.canvas.text((at, self.y.start + 17), form(value), "tick", "middle")

    def days(self, first: date, last: date, *, labels: bool = True) -> None:
        """Vertical grid lines where years, quarters or months begin."""
        marks = date_ticks(first, last)
        every = max(1, -(-len(marks) * 62 // int(self.x.end - self.x.start)))
        for place, (day, label) in enumerate(marks):
            at = self.x(day.toordinal())
            self.canvas.line((at, self.y.end), (at, self.y.start), "grid")
            if labels and place % every == 0:
                self.canvas.text((at, self.y.start + 17), label, "tick", "middle")

    def whisker(self, value: float, interval: Sequence[float], css: str) -> None:
        """An upright 95% interval."""
        self.canvas.line(self.at(value, interval[0]), self.at(value, interval[1]), css)


def equity(points: list[Row], width: float, word: str) -> str:
    """The bankroll over time with the band of a bettor without skill, and the drawdown below it."""
    canvas = Canvas(width, 400)
    days = [date.fromisoformat(point["date"]) for point in points]
    x = Scale(days[0].toordinal(), max(days[-1].toordinal(), days[0].toordinal() + 1), 62, width - _RIGHT)
    _bankroll(canvas, x, points, days)
    _drawdown(canvas, x, points, days)
    worst = max(point["drawdown"] for point in points)
    first, last = points[0], points[-1]
    description = (
        f"From {markup.money(first['bankroll'])} on {first['date']} to {markup.money(last['bankroll'])} "
        f"on {last['date']}; the maximum drawdown was {markup.share(worst)}."
    )
    return canvas.render(f"equity-{word}", "Bankroll and drawdown over time", description)


def _bankroll(canvas: Canvas, x: Scale, points: list[Row], days: list[date]) -> None:
    keys = ("bankroll", "no_skill_low", "no_skill_high")
    low, high = spread((point[key] for point in points for key in keys), least=1.0)
    panel = Panel(canvas, x, Scale(max(low, 0.0), high, 262, _TOP))
    panel.y_axis(markup.whole)
    panel.days(days[0], days[-1], labels=False)
    lines = {key: _series(panel, points, days, key) for key in keys}
    canvas.area(lines["no_skill_high"], lines["no_skill_low"], "band", steps=True)
    start = points[0]["bankroll"]
    canvas.line(panel.at(x.low, start), panel.at(x.high, start), "zero")
    canvas.path(lines["bankroll"], "line model", steps=True)
    canvas.text((x.start + 6, _TOP + 12), "Bankroll", "name")


def _drawdown(canvas: Canvas, x: Scale, points: list[Row], days: list[date]) -> None:
    worst = max(max(point["drawdown"] for point in points), 0.01)
    panel = Panel(canvas, x, Scale(-worst * 1.1, 0.0, 400 - _BOTTOM, 290))
    panel.y_axis(markup.axis_share, 3)
    panel.days(days[0], days[-1])
    depth = [panel.at(day.toordinal(), -point["drawdown"]) for day, point in zip(days, points, strict=True)]
    level = [panel.at(day.toordinal(), 0.0) for day in days]
    canvas.area(level, depth, "fall", steps=True)
    canvas.text((x.start + 6, 284), "Drawdown", "name")


def _series(panel: Panel, points: list[Row], days: list[date], key: str) -> list[Point]:
    return [panel.at(day.toordinal(), point[key]) for day, point in zip(days, points, strict=True)]


def reliability(rows: list[Row], outcome: str, word: str) -> str:
    """Observed frequency against predicted probability of one outcome, with the 95% band of a perfect forecast."""
    canvas = Canvas(290, 300)
    of_outcome = [row for row in rows if row["outcome"] == outcome]
    highest = min(1.0, max((max(row["to"], row["observed"], row["high"]) for row in of_outcome), default=1.0))
    panel = Panel(canvas, Scale(0, highest, 44, 290 - _RIGHT), Scale(0, highest, 300 - 62, _TOP))
    panel.y_axis(markup.axis_share, 4)
    panel.x_axis(markup.axis_share, 4)
    canvas.line(panel.at(0, 0), panel.at(highest, highest), "zero")
    _frequencies(panel, of_outcome)
    canvas.text((160, 300 - 24), "predicted", "tick", "middle")
    outside = sum(not _reliable(row) for row in of_outcome)
    description = f"{outside} of {len(of_outcome)} classes of probability lie outside their 95% band."
    return canvas.render(f"reliability-{outcome}-{word}", f"Reliability of {outcome}", description)


def _frequencies(panel: Panel, rows: list[Row]) -> None:
    most = max((row["n"] for row in rows), default=1)
    for row in rows:
        left, right = panel.x(row["from"]), panel.x(row["to"])
        top, bottom = panel.y(row["high"]), panel.y(row["low"])
        panel.canvas.rect((left + 1, top), (right - left - 2, bottom - top), "band")
        height = 16.0 * row["n"] / most
        panel.canvas.rect((left + 1, 298 - height), (right - left - 2, height), "count")
    panel.canvas.path([panel.at(row["predicted"], row["observed"]) for row in rows], "line model")
    for row in rows:
        mark, css = (panel.canvas.dot, "model") if _reliable(row) else (panel.canvas.diamond, "outside")
        mark(panel.at(row["predicted"], row["observed"]), _DOT + 0.4, f"dot {css}", _frequency_tip(row))


def _reliable(row: Row) -> bool:
    return bool(row["low"] <= row["observed"] <= row["high"])


def _frequency_tip(row: Row) -> str:
    return (
        f"{row['n']:,} matches, predicted {row['predicted']:.1%}, observed {row['observed']:.1%} "
        f"(95% band {row['low']:.1%} to {row['high']:.1%})"
    )


def periods(rows: list[Row], width: float, word: str) -> str:
    """Log-loss of model and market by period, and below it their difference with its interval."""
    canvas = Canvas(width, 380)
    first, last = date.fromisoformat(rows[0]["from"]), date.fromisoformat(rows[-1]["to"])
    x = Scale(first.toordinal(), max(last.toordinal(), first.toordinal() + 1), 62, width - _RIGHT)
    _period_losses(canvas, x, rows, (first, last))
    _period_differences(canvas, x, rows, (first, last))
    better = sum(row["log_loss_where_priced"] < row["market_log_loss"] for row in rows)
    description = f"The model's log-loss was below the market's in {better} of {len(rows)} periods."
    return canvas.render(f"periods-{word}", "Log-loss of model and market by period", description)


def _period_losses(canvas: Canvas, x: Scale, rows: list[Row], range_: tuple[date, date]) -> None:
    keys = ("log_loss_where_priced", "market_log_loss")
    panel = Panel(
        canvas, x, Scale(*spread((row[key] for row in rows for key in keys), least=0.01), 200, _TOP)
    )
    panel.y_axis(lambda value: f"{value:.3f}", 4)
    panel.days(*range_, labels=False)
    for key, css in zip(reversed(keys), ("market", "model"), strict=True):
        canvas.path([panel.at(_middle(row), row[key]) for row in rows], f"line {css}")
    for row in rows:
        _loss_marks(panel, row)


def _loss_marks(panel: Panel, row: Row) -> None:
    when, market, model = _middle(row), row["market_log_loss"], row["log_loss_where_priced"]
    panel.canvas.diamond(
        panel.at(when, market), _DOT + 1, "dot market", f"market {market:.4f}, from {row['from']}"
    )
    panel.canvas.dot(panel.at(when, model), _DOT, "dot model", f"model {model:.4f}, from {row['from']}")


def _period_differences(canvas: Canvas, x: Scale, rows: list[Row], range_: tuple[date, date]) -> None:
    gaps = [(row, row["log_loss_where_priced"] - row["market_log_loss"]) for row in rows]
    ends = [end for row, gap in gaps for end in (gap, 0.0, *(row["difference_ci95"] or ()))]
    panel = Panel(canvas, x, Scale(*spread(ends, least=0.002), 380 - _BOTTOM, 240))
    panel.y_axis(markup.axis_gain, 4)
    panel.days(*range_)
    canvas.line((x.start, panel.y(0.0)), (x.end, panel.y(0.0)), "zero")
    canvas.text((x.start + 6, 230), "Model less market, 95% intervals", "name")
    for row, gap in gaps:
        if row["difference_ci95"]:
            panel.whisker(_middle(row), row["difference_ci95"], "whisker")
        canvas.dot(panel.at(_middle(row), gap), _DOT, "dot model", f"{gap:+.4f}, from {row['from']}")


def _middle(row: Row) -> float:
    return (date.fromisoformat(row["from"]).toordinal() + date.fromisoformat(row["to"]).toordinal()) / 2.0


def leagues(rows: list[Row], width: float, word: str) -> str:
    """Model less market by league, with intervals: one line a league."""
    step, left = 26.0, 150.0 if width > NARROW else 112.0
    canvas = Canvas(width, _TOP + step * len(rows) + 34)
    gaps = [row["log_loss_where_priced"] - row["market_log_loss"] for row in rows]
    ends = [
        end
        for row, gap in zip(rows, gaps, strict=True)
        for end in (gap, 0.0, *(row["difference_ci95"] or ()))
    ]
    low, high = spread(ends, least=0.002)
    panel = Panel(
        canvas, Scale(low, high, left, width - 24), Scale(0, len(rows), _TOP + step * len(rows), _TOP)
    )
    panel.x_axis(markup.axis_gain, 5 if width > NARROW else 3)
    canvas.line((panel.x(0.0), _TOP), (panel.x(0.0), panel.y.start), "zero")
    for place, (row, gap) in enumerate(zip(rows, gaps, strict=True)):
        _league_line(panel, row, gap, _TOP + step * (place + 0.5))
    better = sum(gap < 0.0 for gap in gaps)
    description = f"The model's log-loss was below the market's in {better} of {len(rows)} leagues."
    return canvas.render(f"leagues-{word}", "Model less market by league", description)


def _league_line(panel: Panel, row: Row, gap: float, level: float) -> None:
    name = row["league"] if len(row["league"]) <= 18 else row["league"][:17] + "\u2026"
    panel.canvas.text((panel.x.start - 10, level + 4), name, "name", "end")
    if row["difference_ci95"]:
        low, high = (panel.x(end) for end in row["difference_ci95"])
        panel.canvas.line((low, level), (high, level), "whisker")
    tip = f"{row['league']}: {gap:+.4f} on {row['priced']:,} matches"
    panel.canvas.dot((panel.x(gap), level), _DOT + 0.6, "dot model", tip)


def yields(rows: list[Row], key: str, title: str, labels: Sequence[str]) -> str:
    """Yield by class of bets with its interval; classes without one are drawn only where none has one."""
    canvas = Canvas(340, 250)
    certain = [row for row in rows if row["yield_ci95"]]
    drawn = certain or [row for row in rows if row["yield"] is not None]
    ends = [end for row in drawn for end in (row["yield"], *(row["yield_ci95"] or ()))]
    y = Scale(*spread([*ends, 0.0], least=0.02), 250 - 40, _TOP)
    panel = Panel(canvas, Scale(0, len(rows), 52, 340 - _RIGHT), y)
    panel.y_axis(markup.axis_growth, 5)
    canvas.line((panel.x.start, panel.y(0.0)), (panel.x.end, panel.y(0.0)), "zero")
    for place, (row, label) in enumerate(zip(rows, labels, strict=True)):
        _class_labels(panel, row, place + 0.5, label)
        if row in drawn:
            _yield_mark(panel, row, place + 0.5, label)
    description = "; ".join(_yield_tip(row, label) for row, label in zip(rows, labels, strict=True))
    return canvas.render(key, title, description)


def _class_labels(panel: Panel, row: Row, place: float, label: str) -> None:
    panel.canvas.text((panel.x(place), panel.y.start + 17), label, "tick", "middle")
    panel.canvas.text(
        (panel.x(place), panel.y.start + 32), markup.whole(row["count"]), "tick faint", "middle"
    )


def _yield_mark(panel: Panel, row: Row, place: float, label: str) -> None:
    if row["yield_ci95"]:
        panel.whisker(place, row["yield_ci95"], "whisker")
    won = row["yield"] >= 0.0
    draw = panel.canvas.dot if won else panel.canvas.diamond
    draw(panel.at(place, row["yield"]), _DOT + 1.0, f"dot {'won' if won else 'lost'}", _yield_tip(row, label))


def _yield_tip(row: Row, label: str) -> str:
    if row["yield"] is None:
        return f"{label}: all {row['count']:,} bets void"
    return f"{label}: {row['yield']:+.1%} of {row['count']:,} bets"
