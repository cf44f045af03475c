"""Compiled code, and a start without a database."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core.errors import NumbaError

from common import numba_cache
from features.builder import FEATURES, build
from features.compile import empty_dataset

ROOT = Path(__file__).resolve().parents[2]
CODE = """
from common.numba_cache import njit

@njit
def twice(x):
    return 2 * x

@njit
def twice_and_one(x):
    return twice(x) + 1
"""
CALL = "import kept; print(kept.twice(20), kept.twice(20.5), kept.twice_and_one(20.5))"
RESULTS = (40, 41.0, 42.0)


def _zeroed(whole: bytes) -> bytes:
    """Fill the end of a file with zeros, as a power cut between the write of its length and its last block does."""
    return whole[:-64] + bytes(64)


def _with_a_hole(whole: bytes) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + bytes(32) + whole[middle + 32 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut to a byte": lambda whole: whole[:1],
    "cut in the middle": lambda whole: whole[: len(whole) // 2],
    "cut by a byte": lambda whole: whole[:-1],
    "all zeros": lambda whole: bytes(len(whole)),
    "zeros at the end": _zeroed,
    "zeros in the middle": _with_a_hole,
    "something else": lambda _: b"something else",
}


@pytest.fixture(autouse=True)
def _every_line_is_logged() -> None:
    numba_cache._log_damage.cache_clear()
    numba_cache._log_not_cached.cache_clear()


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module and the compiled code of its functions."""
    folder = tmp_path_factory.mktemp("warm")
    (folder / "kept.py").write_text(CODE)
    results(folder)
    return folder


@pytest.fixture
def folder(warm: Path, tmp_path: Path) -> Path:
    """A copy of the warm folder."""
    copy = tmp_path / "copy"
    shutil.copytree(warm, copy)
    return copy


@pytest.fixture(autouse=True)
def no_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep Python from writing bytecode on the full disk, which it would later read cut short."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")


def results(folder: Path) -> tuple[int, float, float]:
    """Results of the module's functions after a new import."""
    spec = spec_from_file_location("kept", folder / "kept.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.twice(20), module.twice(20.5), module.twice_and_one(20.5)


def compiled_files(folder: Path) -> list[Path]:
    """Files of compiled code."""
    return sorted(path for path in folder.glob("__pycache__/sources-*/*.nb?"))


def in_full_place(folder: Path, room: int) -> subprocess.CompletedProcess[str]:
    """Call the functions where no file can grow beyond `room` bytes."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room})); "
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{folder}"}
    command = [sys.executable, "-c", limit + CALL]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_no_matches_have_no_features_and_need_none() -> None:
    assert build(empty_dataset(), np.empty(0, dtype=np.int64), ()).shape == (0, len(FEATURES))


def test_a_function_whose_compiled_code_cannot_be_kept_works_and_the_log_says_what_to_set(
    caplog: pytest.LogCaptureFixture,
) -> None:
    nowhere: dict[str, Any] = {}
    exec("def twice(x): return 2 * x", nowhere)  # of no file, so there is no folder beside it
    assert numba_cache.njit(nowhere["twice"])(21) == 42
    assert "set NUMBA_CACHE_DIR" in caplog.text


def test_what_is_kept_is_not_compiled_again(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = {path: path.stat().st_mtime_ns for path in compiled_files(folder)}
    assert len(before) == 5, "an index and a file of code a signature, of which twice has two"
    assert results(folder) == RESULTS
    assert {path: path.stat().st_mtime_ns for path in compiled_files(folder)} == before
    assert not caplog.records


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_file_is_compiled_again_and_the_log_says_so_once(
    damage: Callable[[bytes], bytes], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for path in compiled_files(folder):
        whole = path.read_bytes()
        path.write_bytes(damage(whole))
        numba_cache._log_damage.cache_clear()
        caplog.clear()
        assert results(folder) == RESULTS, path.name
        assert [record.levelno for record in caplog.records] == [logging.WARNING], path.name
        assert "cache of compiled code is damaged" in caplog.text
        caplog.clear()
        assert results(folder) == RESULTS
        assert not caplog.records, f"{path.name} is whole again"


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_all_files_damaged_are_one_line_in_the_log(
    damage: Callable[[bytes], bytes], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for path in compiled_files(folder):
        path.write_bytes(damage(path.read_bytes()))
    assert results(folder) == RESULTS
    assert len(caplog.records) == 1


@pytest.mark.parametrize("room", [0, 100, 4096])
def test_a_full_disk_after_compiling_costs_only_the_place_on_it(
    warm: Path, tmp_path: Path, room: int
) -> None:
    shutil.copy(warm / "kept.py", tmp_path)
    done = in_full_place(tmp_path, room)
    assert done.stdout.split() == [str(result) for result in RESULTS], done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be cached (File too large)" in done.stderr
    assert results(tmp_path) == RESULTS, "what was left there is no hindrance"


def test_damaged_files_on_a_full_disk_are_compiled_without_being_kept(folder: Path) -> None:
    for path in compiled_files(folder):
        path.write_bytes(path.read_bytes()[:50])
    done = in_full_place(folder, 0)
    assert done.stdout.split() == [str(result) for result in RESULTS], done.stderr
    assert len(done.stderr.splitlines()) == 2, "what is damaged, and that it stays so"
    assert results(folder) == RESULTS


LATER = ("lightgbm", "sklearn", "scipy", "shap", "fastapi", "starlette", "pydantic", "dotenv", "requests")


def test_compiling_takes_numba_and_pandas_alone_so_that_it_can_begin_before_the_rest_is_installed() -> None:
    missing = f"import runpy, sys; sys.modules.update(dict.fromkeys({LATER!r}))"
    code = f"{missing}; runpy.run_module('models.compile', run_name='__main__')"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_function_compiled_in_place_may_not_make_an_array() -> None:
    makers: dict[str, Any] = {"np": np}
    exec("def made(n): return np.zeros(n).sum()", makers)
    assert numba_cache.njit(makers["made"])(3) == 0.0
    with pytest.raises(NumbaError):
        numba_cache.njit_in_place(makers["made"])(3)


def test_a_function_is_compiled_once_whatever_constants_it_is_called_with() -> None:
    compiled_functions: dict[str, Any] = {}
    text = "def inner(x): return x + 1\ndef outer(): return inner(1) + inner(2)"
    exec(text, compiled_functions)
    inner = compiled_functions["inner"] = numba_cache.njit(compiled_functions["inner"])
    assert numba_cache.njit(compiled_functions["outer"])() == 5
    assert len(inner.signatures) == 1
