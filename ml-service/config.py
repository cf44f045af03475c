"""Settings: one table of names, units, defaults and checks, read from the environment and `.env`.

The environment wins over `.env`; relative paths are relative to this folder. A bad value stops the start
with its name, its value and what was wanted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values

from errors import SettingError

ROOT = Path(__file__).resolve().parent
VERSION = "1.0.0"

T = TypeVar("T")
Parser = Callable[[str], Any]


class _WantedError(ValueError):
    """A text does not parse; the message says what was wanted."""


def _path(text: str) -> Path:
    if not text:
        raise _WantedError("a path")
    try:
        return (ROOT / Path(text).expanduser()).resolve()
    except (RuntimeError, ValueError, OSError):  # no such user, a NUL, a loop of links
        raise _WantedError("a path") from None


def _folder(text: str) -> Path:
    folder = _path(text)
    if folder.is_file():
        raise _WantedError("a folder")
    return folder


def _number(low: float, high: float) -> Parser:
    return _between(float, low, high, f"a number from {low:g} to {high:g}")


def _whole(low: int, high: int) -> Parser:
    return _between(int, low, high, f"a whole number from {low} to {high}")


def _between(read: Callable[[str], float], low: float, high: float, wanted: str) -> Parser:
    def parse(text: str) -> float:
        try:
            value = read(text)
        except ValueError:
            raise _WantedError(wanted) from None
        if not low <= value <= high:
            raise _WantedError(wanted)
        return value

    return parse


def _flag(text: str) -> bool:
    answers = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in answers:
        raise _WantedError("true or false")
    return answers[text.lower()]


def _one_of(*choices: str) -> Parser:
    def parse(text: str) -> str:
        if text not in choices:
            raise _WantedError("one of " + ", ".join(choices))
        return text

    return parse


def _texts(text: str) -> tuple[str, ...]:
    values = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if not values:
        raise _WantedError("names separated by commas")
    return values


def _ids(text: str) -> tuple[int, ...]:
    try:
        values = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise _WantedError("whole numbers separated by commas") from None
    if not values or len(set(values)) != len(values):
        raise _WantedError("distinct whole numbers separated by commas")
    return values


def _text(text: str) -> str:
    return text


def setting(default: str, parse: Parser, about: str) -> Any:
    """A settings field: its default as one would write it in `.env`, its parser and its description."""
    return field(
        default_factory=lambda: parse(default), metadata={"default": default, "parse": parse, "about": about}
    )


@dataclass(frozen=True)
class Settings:
    """Everything that can be set; the name in the environment is the field's in capitals."""

    db_path: Path = setting("../backend/database.sqlite", _path, "Node's database, opened read-only")
    model_dir: Path = setting("saved_models", _folder, "folder of model files")
    host: str = setting("127.0.0.1", _text, "address that npm run ml:start listens on")
    port: int = setting(
        "5050",
        _whole(1, 65535),
        "port that npm run ml:start listens on; ml:dev and plain uvicorn take theirs from the command line",
    )
    allowed_hosts: tuple[str, ...] = setting(
        "localhost,127.0.0.1,[::1]",
        _texts,
        "host names that the service answers for, without port; * allows all",
    )
    min_edge: float = setting("0.03", _number(0.0, 1.0), "smallest edge of a value bet, in probability")
    require_evidence: bool = setting(
        "true", _flag, "name value bets only where the model has beaten the market on its test matches"
    )
    bookmakers: tuple[int, ...] = setting(
        "52,11,-1,8,4",
        _ids,
        "bookmaker ids in order of preference, after them the lowest id; -1 is the imported average, "
        "-3 Betfair's exchange",
    )
    stale_after_days: float = setting(
        "14", _number(0.0, 3650.0), "days without a new result after which predictions warn stale_data"
    )
    threads: int = setting("2", _whole(1, 256), "threads of a training or a backtest")
    busy_limit: int = setting(
        "64",
        _whole(1, 10_000),
        "predictions worked on at once; others wait about a second for a place before 503 busy",
    )
    backtest_backend: str = setting(
        "local", _one_of("local", "dask", "ray"), "where the periods of a backtest are computed"
    )
    backtest_scheduler: str = setting(
        "", _text, "address of the Dask or Ray scheduler; empty starts one on this machine"
    )
    log_format: str = setting("plain", _one_of("plain", "json"), "format of log lines")


def load(environment: Mapping[str, str] | None = None, env_file: Path = ROOT / ".env") -> Settings:
    """Read settings from `environment` (default: the process's) over `env_file`.

    Raises SettingError for a value that does not parse, or a file that cannot be read.
    """
    given = {**_written(env_file), **(os.environ if environment is None else environment)}
    values = {}
    for item in fields(Settings):
        text = given.get(item.name.upper())
        if text is not None and text.strip() != "":
            values[item.name] = _parse(item.name.upper(), text.strip(), item.metadata["parse"])
    return Settings(**values)


def _written(env_file: Path) -> dict[str, str | None]:
    """What the file says; the byte order mark that some editors begin it with is none of the first name's."""
    try:
        return dotenv_values(env_file, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise SettingError("file", env_file.name, "a text in UTF-8 that may be read") from None


def _parse(name: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except _WantedError as wrong:
        raise SettingError(name, text, str(wrong)) from None
