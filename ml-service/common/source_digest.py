"""Digests of what code does: whatever was made by other code is not what this code would make."""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

FEATURES = (
    "common/probabilities.py",
    "db/rows.py",
    "db/schema.py",
    "features/builder.py",
    "features/catalogue.py",
    "features/closings.py",
    "features/encoding.py",
    "features/ratings.py",
    "markets",
    "models/columns.py",
    "models/init_scores.py",
)
"""What decides what a model is told of a match, and from which margins its trees start."""
SHELVED = ("db/price_tables.py", "db/rows.py", "db/schema.py", "features/closings.py", "markets")
"""What decides what fixtures and closing prices are made of rows."""


@cache
def source_digest(names: tuple[str, ...], root: Path = ROOT) -> str:
    """Sixteen hexadecimal digits of the code in some files and folders, whatever its comments and docstrings say."""
    digest = hashlib.sha256()
    for path in sorted(path for name in names for path in _files(root / name)):
        digest.update(path.relative_to(root).as_posix().encode())
        for line in _code(path.read_text(encoding="utf-8")):
            digest.update(line.encode())
    return digest.hexdigest()[:16]


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _code(source: str) -> Iterator[str]:
    """The lines without comments, docstrings and space at their ends; the same under every Python."""
    without = _docstring_lines(source)
    comments = _comment_columns(source)
    for number, line in enumerate(source.splitlines(), start=1):
        code = line[: comments.get(number)].rstrip()
        if code and number not in without:
            yield f"{code}\n"


def _docstring_lines(source: str) -> set[int]:
    """The lines of statements that are nothing but a text: docstrings, of constants too."""
    return {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def _comment_columns(source: str) -> dict[int, int]:
    """Where the comment of a line begins."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return dict(token.start for token in tokens if token.type == tokenize.COMMENT)
