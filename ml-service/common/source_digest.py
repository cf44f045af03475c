"""Digests of source code: data from code of another digest is out of date."""

from __future__ import annotations

import hashlib
import io
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

FEATURES = (
    "common/probabilities.py",
    "db/price_tables.py",
    "db/rows.py",
    "db/schema.py",
    "features/builder.py",
    "features/catalogue.py",
    "features/closings.py",
    "features/encoding.py",
    "features/ratings",
    "markets",
    "models/columns.py",
    "models/init_scores.py",
)
"""Sources that determine a model's inputs and its trees' initial scores."""
BASE_HISTORY = (
    "common/array_file.py",
    "common/arrays.py",
    "common/probabilities.py",
    "common/times.py",
    "db/price_tables.py",
    "db/rows.py",
    "db/schema.py",
    "features",
    "live/cache.py",
    "live/connectivity.py",
    "live/snapshot.py",
    "live/stored_base.py",
    "markets",
)
"""Sources that determine how rows become a base history, and how that is stored."""

_LAYOUT = (tokenize.NL, tokenize.INDENT, tokenize.DEDENT)


@cache
def source_digest(names: tuple[str, ...], root: Path = ROOT) -> str:
    """Sixteen hexadecimal digits of the code in some files and folders, comments and docstrings excluded."""
    digest = hashlib.sha256()
    for path in sorted(path for name in names for path in _files(root / name)):
        digest.update(path.relative_to(root).as_posix().encode())
        for line in _code(path.read_text(encoding="utf-8")):
            digest.update(line.encode())
    return digest.hexdigest()[:16]


def content_digest(paths: Iterable[Path]) -> str:
    """Sixteen hexadecimal digits of some files, comments and all, in a thousandth of the time."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


@cache
def folder_digest(names: tuple[str, ...]) -> str:
    """As `content_digest`, of all sources in some folders."""
    return content_digest(path for name in names for path in _files(ROOT / name))


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _code(source: str) -> Iterator[str]:
    """Lines of code without comments, docstrings and trailing space; equal under every Python version."""
    comments, docstrings = _set_aside(source)
    for number, line in enumerate(source.splitlines(), start=1):
        code = line[: comments.get(number)].rstrip()
        if code and number not in docstrings:
            yield f"{code}\n"


def _set_aside(source: str) -> tuple[dict[int, int], set[int]]:
    """The column at which the comment of each line begins, and the lines of statements that are a bare string.

    The latter are docstrings, including those of constants. By tokens, since CPython 3.11 fails with SystemError
    where two threads make syntax trees at once, as NumPy does to read a file's header.
    """
    comments: dict[int, int] = {}
    docstrings: set[int] = set()
    statement: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = token.start[1]
        elif token.type == tokenize.NEWLINE:
            if statement and all(part.type == tokenize.STRING for part in statement):
                docstrings.update(range(statement[0].start[0], statement[-1].end[0] + 1))
            statement = []
        elif token.type not in _LAYOUT:
            statement.append(token)
    return comments, docstrings
