"""One vocabulary: no words that are out, neither as identifiers nor in text.

A new package is added to `CLEAN`.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CLEAN = (
    "api",
    "backtesting",
    "benchmarks",
    "cli",
    "common",
    "config.py",
    "contract",
    "db",
    "docs",
    "errors.py",
    "evaluation",
    "features",
    "jobs",
    "live",
    "markets",
    "models",
    "scores",
    "main.py",
    "testing",
    "tests",
)
"""Packages and modules whose names and texts are plain."""

EXEMPT = ("tests/test_words.py",)
"""This module, which lists the words. The golden data of `tests/golden/` are no modules."""

PARTICIPLES = {
    "admitted",
    "asked",
    "found",
    "given",
    "kept",
    "known",
    "meant",
    "mended",
    "mine",
    "said",
    "seen",
    "shown",
    "told",
    "wanted",
    "wrong",
}
"""What is found, told or wanted says nothing about what it is: a name is a noun."""

SYNONYMS = {
    "fair": "implied",
    "foretell": "predict",
    "give_back": "trim",
    "give_way": "lower_priority",
    "ledger": "job_state",
    "mend": "fix",
    "places": "index",
    "prior": "implied",
    "shelf": "cache",
    "shelved": "cached",
}
"""Words that stand for another one, with the one to use."""

LIMIT = re.compile(
    r"^_*(?:(?:MOST|FEW|LEAST|LARGEST|LONGEST|SMALLEST|SHORTEST)_\w+|\w+_(?:FEW|MOST|LEAST|ENOUGH))$"
)
"""Names of limits that do not begin with MIN_ or MAX_."""

PHRASES = re.compile(
    r"\b(?:mend(?:s|ed|ing)?|foretell\w*|reckon\w*|anew|null but for|it takes \d|there are \d|wanted an?\b|tell-?tale"
    r"|is no (?:number|day|http|such))\b",
    re.IGNORECASE,
)
"""Phrases of the former dialect, in comments, docstrings and messages."""

ALLOWED = {"is no such"}
"""Plain English that `PHRASES` would catch."""


def sources() -> list[Path]:
    paths = (ROOT / name for name in CLEAN)
    files = {file for path in paths for file in (path.rglob("*.py") if path.is_dir() else [path])}
    return sorted(files - {ROOT / name for name in EXEMPT})


def identifiers(tree: ast.AST) -> Iterator[str]:
    """Names that a module defines: functions, classes, parameters, variables and attributes."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def texts(source: str) -> Iterator[str]:
    """Comments and strings, docstrings among them."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def faults(source: str) -> list[str]:
    """Words that are out in a module, each with the reason."""
    names = sorted(set(identifiers(ast.parse(source))))
    return [
        *(f"{name}: a participle is no name" for name in names if name.strip("_") in PARTICIPLES),
        *(f"{name}: use {SYNONYMS[name.strip('_')]}" for name in names if name.strip("_") in SYNONYMS),
        *(f"{name}: limits begin with MIN_ or MAX_" for name in names if LIMIT.match(name)),
        *(
            f"{match.group()!r} is out, in: {text.strip()[:60]}"
            for text in texts(source)
            for match in PHRASES.finditer(text)
            if match.group().lower() not in ALLOWED
        ),
    ]


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_clean_module_has_no_word_that_is_out(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "def ask(wanted): ...",
        "self._told = 1",
        "try: ...\nexcept ValueError as wrong: ...",
        "for prior in (): ...",
        "_MOST_GOALS = 40",
        "GOALS_FEW = 40",
        "# mend the file",
        "raise ValueError('wanted a number')",
    ],
)
def test_each_kind_of_fault_is_noticed(source: str) -> None:
    assert len(faults(source)) == 1


def test_no_two_public_classes_outside_the_tests_have_one_name() -> None:
    modules = defaultdict(list)
    for path in (path for path in sources() if ROOT / "tests" not in path.parents):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: paths for name, paths in modules.items() if len(paths) > 1} == {}
