"""Imports run down the layers only, and the tests of a layer are in a folder of its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = (
    "errors",
    "config",
    "common",
    "markets",
    "contract",
    "scores",
    "db",
    "features",
    "live",
    "evaluation",
    "models",
    "backtesting",
    "jobs",
    "api",
    "cli",
    "main",
)
"""Each may import what stands before it."""
BESIDE = ("benchmarks", "docs", "testing", "tests", "typings", "saved_models")


def sources(layer: str) -> list[Path]:
    path = ROOT / layer
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imports(path: Path) -> Iterator[str]:
    """First parts of the names of modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)


@pytest.mark.parametrize("layer", LAYERS)
def test_no_import_runs_back_up(layer: str) -> None:
    above = {*LAYERS[LAYERS.index(layer) + 1 :], *BESIDE}
    assert [(path.name, name) for path in sources(layer) for name in imports(path) if name in above] == []


def test_every_module_has_its_layer() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/*.py")} - {*BESIDE, "venv"}
    loose = {path.stem for path in ROOT.glob("*.py")}
    assert packages | loose == {*LAYERS}
    assert loose == {"main", "config", "errors"}


def test_the_tests_of_a_layer_stand_in_a_folder_of_its_name() -> None:
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert folders <= {*LAYERS, "benchmarks", "docs"}
