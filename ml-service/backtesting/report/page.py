"""The report of a backtest as one self-contained HTML page: it loads nothing and runs no script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from backtesting.report import sections
from backtesting.report.markup import AnswerView, whole

_FOLDER = Path(__file__).resolve().parent


def render(body: Mapping[str, Any]) -> str:
    """The page of a backtest's answer (with `seconds`, where it has them), as UTF-8 text.

    Every number is a `data` element with its exact value and its path in `body`.
    """
    answer = AnswerView(body)
    scope = body["scope"]
    return Template((_FOLDER / "page.html").read_text(encoding="utf-8")).substitute(
        title=escape(f"Backtest {scope['market']}, {scope['from']} to {scope['to']}"),
        style=(_FOLDER / "style.css").read_text(encoding="utf-8"),
        header=sections.header(answer),
        content="".join(_content(answer)),
        footer=_footer(answer),
    )


def _content(answer: AnswerView) -> list[str]:
    return [
        sections.verdict(answer),
        sections.figures(answer),
        sections.money(answer),
        sections.scores(answer),
        sections.periods(answer),
        sections.reliability(answer),
        sections.leagues(answer),
        sections.classes(answer),
        sections.notable(answer),
        sections.terms(),
    ]


def _footer(answer: AnswerView) -> str:
    if "seconds" not in answer.content:
        return ""
    return f"Computed in {answer.show('seconds', whole)} seconds."
