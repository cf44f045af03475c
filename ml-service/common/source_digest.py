"""Digests of source code: data from code of another digest is out of date."""

from __future__ import annotations

import ast
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
FIXTURE_CACHE = ("db/price_tables.py", "db/rows.py", "db/schema.py", "features/closings.py", "markets")
"""Sources that determine how rows become fixtures and closing prices."""


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


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _code(source: str) -> Iterator[str]:
    """Lines of code without comments, docstrings and trailing space; equal under every Python version."""
    docstrings = _docstring_lines(source)
    comments = _comment_columns(source)
    for number, line in enumerate(source.splitlines(), start=1):
        code = line[: comments.get(number)].rstrip()
        if code and number not in docstrings:
            yield f"{code}\n"


def _docstring_lines(source: str) -> set[int]:
    """Lines of statements that are a bare string: docstrings, including those of constants."""
    return {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def _comment_columns(source: str) -> dict[int, int]:
    """Column at which the comment of each line begins."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return dict(token.start for token in tokens if token.type == tokenize.COMMENT)
