"""Compiled code is used for the sources that it was compiled from, and for no others."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from common.source_digest import ROOT
from tests.test_architecture import LAYERS, sources

DECORATORS = ("njit", "njit_in_place")
REST_DAYS = """
from features.ratings.form import PLAYED, rest_days
from features.ratings.state import Fixture, new_state
state = new_state(1, 1, 0)
state.teams[0, PLAYED] = 1
print(rest_days(state, 0, Fixture(0, -1, 0, 0, 7 * 86_400, 2020, True)))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the ratings and of the modules that compile them."""
    for folder in ("common", "features/ratings"):
        shutil.copytree(
            ROOT / folder, tmp_path / "tree" / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path / "tree"


def rest_days(tree: Path, **environment: str) -> float:
    """Days since the epoch that the tree's `form.rest_days` counts, which takes a day's length from another file."""
    clean = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    command = [sys.executable, "-c", REST_DAYS]
    done = subprocess.run(
        command,
        cwd=tree,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return float(done.stdout)


def compiled_code(folder: Path) -> dict[Path, int]:
    """Files of compiled code, each with the time of its last write."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.nb?")}


@pytest.mark.parametrize("with_folder", [False, True], ids=["beside the sources", "NUMBA_CACHE_DIR"])
def test_a_constant_changed_in_another_file_changes_the_number(
    with_folder: bool, tree: Path, tmp_path: Path
) -> None:
    place = tmp_path / "cache" if with_folder else tree / "features/ratings/__pycache__"
    environment = {"NUMBA_CACHE_DIR": str(place)} if with_folder else {}
    assert rest_days(tree, **environment) == 7.0
    first = compiled_code(place)
    assert first
    assert rest_days(tree, **environment) == 7.0
    assert compiled_code(place) == first, "compiled once"
    state = tree / "features/ratings/state.py"
    state.write_text(state.read_text().replace("DAY_S = 86_400.0", "DAY_S = 43_200.0"))
    assert rest_days(tree, **environment) == 14.0
    second = compiled_code(place)
    assert second
    assert not second.keys() & first.keys()
    assert not any(path.exists() for path in first), "compiled code of other sources is removed"


def test_what_an_operator_keeps_beside_the_compiled_code_stays(tree: Path, tmp_path: Path) -> None:
    note = tmp_path / "cache/notes.txt"
    note.parent.mkdir()
    note.write_text("mine")
    rest_days(tree, NUMBA_CACHE_DIR=str(note.parent))
    assert compiled_code(note.parent)
    assert note.read_text() == "mine"


@pytest.mark.parametrize("layer", LAYERS)
def test_compiled_functions_take_names_from_their_own_folder_alone(layer: str) -> None:
    """The digest that names the compiled code is of that folder."""
    assert [(path.name, name) for path in sources(layer) for name in foreign_names(path)] == []


def foreign_names(path: Path) -> set[str]:
    """Names from the project's other folders that a file's compiled functions use."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    here = ".".join(path.relative_to(ROOT).parent.parts)
    foreign = {
        name.asname or name.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in LAYERS
        for name in node.names
        if here not in (node.module, node.module.rpartition(".")[0])
    }
    return foreign & {name for function in tree.body for name in names_in_compiled(function)}


def names_in_compiled(function: ast.stmt) -> set[str]:
    """Names in the body of a compiled function; none for any other statement."""
    if not isinstance(function, ast.FunctionDef):
        return set()
    if not any(isinstance(one, ast.Name) and one.id in DECORATORS for one in function.decorator_list):
        return set()
    return {node.id for line in function.body for node in ast.walk(line) if isinstance(node, ast.Name)}
