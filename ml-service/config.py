"""Settings: one table of names, units, defaults and checks, read from the environment and `.env`.

The environment takes precedence over `.env`; relative paths are relative to this folder. An invalid value stops the
start with its name, the value and what is expected.
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


class _ExpectedError(ValueError):
    """A value does not parse; the message says what is expected."""


def _path(text: str) -> Path:
    if not text:
        raise _ExpectedError("a path")
    try:
        return (ROOT / Path(text).expanduser()).resolve()
    except (RuntimeError, ValueError, OSError):  # no such user, a NUL byte, a symlink loop
        raise _ExpectedError("a path") from None


def _folder(text: str) -> Path:
    folder = _path(text)
    if folder.is_file():
        raise _ExpectedError("a folder")
    return folder


def _number(low: float, high: float) -> Parser:
    return _between(float, low, high, f"a number from {low:g} to {high:g}")


def _integer(low: int, high: int) -> Parser:
    return _between(int, low, high, f"an integer from {low} to {high}")


def _between(read: Callable[[str], float], low: float, high: float, expected: str) -> Parser:
    def parse(text: str) -> float:
        try:
            value = read(text)
        except ValueError:
            raise _ExpectedError(expected) from None
        if not low <= value <= high:
            raise _ExpectedError(expected)
        return value

    return parse


def _flag(text: str) -> bool:
    answers = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in answers:
        raise _ExpectedError("true or false")
    return answers[text.lower()]


def _one_of(*choices: str) -> Parser:
    def parse(text: str) -> str:
        if text not in choices:
            raise _ExpectedError("one of " + ", ".join(choices))
        return text

    return parse


def _texts(text: str) -> tuple[str, ...]:
    values = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if not values:
        raise _ExpectedError("names separated by commas")
    return values


def _ids(text: str) -> tuple[int, ...]:
    try:
        values = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise _ExpectedError("integers separated by commas") from None
    if not values or len(set(values)) != len(values):
        raise _ExpectedError("distinct integers separated by commas")
    return values


def _text(text: str) -> str:
    return text


def setting(default: str, parse: Parser, about: str) -> Any:
    """A settings field: its default as written in `.env`, its parser and its description."""
    return field(
        default_factory=lambda: parse(default), metadata={"default": default, "parse": parse, "about": about}
    )


@dataclass(frozen=True)
class Settings:
    """All settings; the environment variable is the field's name in capitals."""

    db_path: Path = setting("../backend/database.sqlite", _path, "Node's database, opened read-only")
    model_dir: Path = setting("saved_models", _folder, "folder of model files")
    host: str = setting("127.0.0.1", _text, "address that npm run ml:start listens on")
    port: int = setting(
        "5050",
        _integer(1, 65535),
        "port that npm run ml:start listens on; ml:dev and plain uvicorn take theirs from the command line",
    )
    allowed_hosts: tuple[str, ...] = setting(
        "localhost,127.0.0.1,[::1]",
        _texts,
        "host names that requests may address, without port; * allows all",
    )
    min_edge: float = setting("0.03", _number(0.0, 1.0), "smallest edge of a value bet, in probability")
    require_evidence: bool = setting(
        "true", _flag, "list value bets only where the model has beaten the market on its test matches"
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
    threads: int = setting("2", _integer(1, 256), "threads of a training or a backtest")
    busy_limit: int = setting(
        "64",
        _integer(1, 10_000),
        "predictions computed at once; further ones wait about a second, then get 503 busy",
    )
    kept_answers_mb: int = setting(
        "64",
        _integer(0, 65_536),
        "memory for answers of /predict that nothing has changed since, in MB; 0 keeps none",
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

    Raises SettingError for an invalid value or an unreadable file.
    """
    texts = {**_file_values(env_file), **(os.environ if environment is None else environment)}
    values = {}
    for item in fields(Settings):
        text = texts.get(item.name.upper())
        if text is not None and text.strip() != "":
            values[item.name] = _parse(item.name.upper(), text.strip(), item.metadata["parse"])
    return Settings(**values)


def _file_values(env_file: Path) -> dict[str, str | None]:
    """The values in the file, whose byte order mark, which some editors write, is skipped."""
    try:
        return dotenv_values(env_file, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise SettingError("file", env_file.name, "a readable text file in UTF-8") from None


def _parse(name: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except _ExpectedError as error:
        raise SettingError(name, text, str(error)) from None
