"""`settings.md` and `.env.example`, from the table of settings in `config.py`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from config import Settings, load
from docs import markdown
from errors import SettingError

_REFUSED = ("~no-such-user/", ",")
"""Values of which each setting refuses one, unless it takes any text."""
_WIDTH = 100

_ABOUT = """
Settings come from the environment, else from `ml-service/.env`; copy `.env.example` to begin one. Relative paths are
relative to `ml-service/`. A bad value stops the start with its name, its value and what is expected.
"""

_OTHERS = """
Node's client and the command line (`npm run ml:train`, `ml:predict`, `ml:backtest`) read one variable more,
`ML_SERVICE_URL` (default `http://localhost:5050`).
"""


@dataclass(frozen=True)
class SettingRow:
    """A setting: its name in the environment, its default as it stands in `.env`, its values and its meaning."""

    name: str
    default: str
    values: str
    about: str


def rows() -> list[SettingRow]:
    """Every setting, in the order of `Settings`."""
    return [_row(field) for field in fields(Settings)]


def settings_page() -> str:
    """The text of `settings.md`."""
    cells = [
        (markdown.code(row.name), markdown.code(row.default), row.values, markdown.sentence(row.about))
        for row in rows()
    ]
    table = markdown.table(("name", "default", "values", "meaning"), cells)
    return markdown.page("Settings", _ABOUT.strip(), table, _OTHERS.strip())


def example_file() -> str:
    """The text of `.env.example`: every setting at its default."""
    return "\n".join(_example_lines()) + "\n"


def _example_lines() -> Iterator[str]:
    yield "# Copy to .env and change what you need. Every line shows its default."
    yield "# Relative paths are relative to ml-service/."
    for row in rows():
        yield ""
        yield from textwrap.wrap(
            f"{markdown.sentence(row.about)[:-1]} ({row.values})",
            _WIDTH,
            initial_indent="# ",
            subsequent_indent="# ",
            break_on_hyphens=False,
        )
        yield f"{row.name}={row.default}"


def _row(field: Field[Any]) -> SettingRow:
    name = field.name.upper()
    return SettingRow(name, field.metadata["default"], _values(name), field.metadata["about"])


def _values(name: str) -> str:
    """What a setting takes, in the words in which a bad value is refused."""
    for value in _REFUSED:
        try:
            load({name: value}, Path("no file"))
        except SettingError as error:
            return error.expected
    return "text"
