"""The cache of past fixtures on disk, whole, damaged and without room."""

from __future__ import annotations

import logging
import resource
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from db.dataset import Dataset
from db.price_tables import UNREAD_REASONS, UnreadPrices
from features.closings import Closings
from live.cache import CachedFixtures, FixtureCache
from testing.simulated import BOOKMAKER, Plan, simulate

Arrays = dict[str, NDArray[Any]]

KEYS = ("before", "digest", "fixture_id", "match_winner", "over", "reasons", "rejected", "fixtures.kickoff")
WRONG: dict[str, Callable[[Arrays], Arrays]] = {
    "a kick-off with a fraction": lambda of: of | {"fixtures.kickoff": of["fixtures.kickoff"] + 0.5},
    "goals in whole numbers": lambda of: (
        of | {"fixtures.goals_home": np.zeros(of["over"].shape, dtype=np.int64)}
    ),
    "names for ids": lambda of: of | {"fixtures.league_id": of["fixtures.league_id"].astype(np.str_)},
    "pickled objects": lambda of: of | {"fixtures.state": of["fixtures.state"].astype(object)},
    "a column too many": lambda of: of | {"fixtures.weather": of["fixtures.kickoff"]},
    "a column shorter than the others": lambda of: of | {"fixtures.season": of["fixtures.season"][:-1]},
    "two outcomes": lambda of: of | {"match_winner": of["match_winner"][:, :2]},
    "fewer prices than ids": lambda of: of | {"over": of["over"][:-1]},
    "more reasons than counts": lambda of: of | {"rejected": of["rejected"][:-1]},
    "counts that are none": lambda of: of | {"rejected": of["rejected"] + 0.5},
    "several moments": lambda of: of | {"before": np.array([1, 2])},
    "a digest of letters": lambda of: of | {"digest": np.array(["a", "b"])},
}


@pytest.fixture(scope="module")
def cached() -> CachedFixtures:
    dataset: Dataset = simulate(Plan(seasons=1)).dataset
    closings = Closings.of(dataset, (BOOKMAKER,))
    unread = UnreadPrices(dict.fromkeys(UNREAD_REASONS, 5), unknown=3, last={"V3_Odds": 90})
    return CachedFixtures(
        1_600_000_000, (3, 5, 8), dataset.fixtures, closings, {"impossible_odds": 2}, unread
    )


@pytest.fixture
def cache(tmp_path: Path, cached: CachedFixtures) -> FixtureCache:
    cache = FixtureCache(tmp_path, (8, 4))
    assert cache.put(cached)
    return cache


@pytest.fixture
def path(cache: FixtureCache, tmp_path: Path) -> Path:
    assert cache
    (path,) = tmp_path.iterdir()
    return path


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """No file can grow beyond `size` bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def arrays_in(path: Path) -> Arrays:
    with np.load(path) as file:
        return dict(file)


def assert_absent(cache: FixtureCache, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    assert cache.get() is None
    (line,) = caplog.records
    assert line.levelno == logging.WARNING
    assert "is damaged" in line.getMessage()
    assert line.exc_info is None


def assert_same(got: CachedFixtures | None, cached: CachedFixtures) -> None:
    assert got is not None
    assert (got.before, got.digest, got.rejected) == (cached.before, cached.digest, cached.rejected)
    assert got.fixtures.equals(cached.fixtures)
    for column, expected in zip(got.closings.arrays(), cached.closings.arrays(), strict=True):
        np.testing.assert_array_equal(column, expected)


def test_what_is_written_is_read_back(
    cache: FixtureCache, cached: CachedFixtures, caplog: pytest.LogCaptureFixture
) -> None:
    assert_same(cache.get(), cached)
    assert not caplog.records


def test_nothing_there_is_nothing_to_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert FixtureCache(tmp_path, ()).get() is None
    assert not caplog.records


def test_a_file_cut_anywhere_is_as_good_as_none(
    cache: FixtureCache, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = path.read_bytes()
    for length in [0, 1, 30, *range(100, len(whole), len(whole) // 40), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert_absent(cache, caplog)


def test_no_hole_in_the_file_changes_what_is_read(
    cache: FixtureCache, path: Path, cached: CachedFixtures
) -> None:
    """A few bytes of a file say nothing; a hole in any others makes it as good as none."""
    whole = path.read_bytes()
    absent, places = 0, range(0, len(whole), len(whole) // 100)
    for place in places:
        hole = bytes(byte ^ 255 for byte in whole[place : place + 16])
        path.write_bytes(whole[:place] + hole + whole[place + 16 :])
        if (got := cache.get()) is None:
            absent += 1
        else:
            assert_same(got, cached)
    assert absent > 0.9 * len(places)


@pytest.mark.parametrize("key", KEYS)
def test_a_file_that_lacks_something_is_as_good_as_none(
    key: str, cache: FixtureCache, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    arrays = arrays_in(path)
    del arrays[key]
    np.savez(path, **arrays)
    assert_absent(cache, caplog)


@pytest.mark.parametrize("change", WRONG.values(), ids=list(WRONG))
def test_a_file_of_other_types_or_shapes_is_as_good_as_none(
    change: Callable[[Arrays], Arrays], cache: FixtureCache, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    np.savez(path, **change(arrays_in(path)))
    assert_absent(cache, caplog)


@pytest.mark.parametrize(
    "shape", ["(4_000_000_000_000,)", "(9" + 30 * "0" + ",)", "(-1,)", "(" * 90, "x" * 20_000]
)
def test_a_header_that_promises_too_much_is_as_good_as_none(
    shape: str, cache: FixtureCache, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    member = b"\x93NUMPY\x02\x00" + len(header).to_bytes(4, "little") + header + bytes(64)
    arrays = arrays_in(path)
    np.savez(path, **{name: array for name, array in arrays.items() if name != "fixture_id"})
    with zipfile.ZipFile(path, "a") as base:
        base.writestr("fixture_id.npy", member)
    assert_absent(cache, caplog)


def test_a_damaged_compressed_file_is_as_good_as_none(
    cache: FixtureCache, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    np.savez_compressed(path, **arrays_in(path))
    whole = bytearray(path.read_bytes())
    start = whole.index(b"fixtures.kickoff.npy") + 60
    whole[start : start + 60] = bytes(range(60))
    path.write_bytes(whole)
    assert_absent(cache, caplog)


def test_a_folder_in_its_place_is_as_good_as_none(
    cache: FixtureCache, path: Path, cached: CachedFixtures, caplog: pytest.LogCaptureFixture
) -> None:
    path.unlink()
    path.mkdir()
    assert_absent(cache, caplog)
    assert not cache.put(cached)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("size", [0, 100, 5_000, 20_000])
def test_a_full_disk_leaves_what_was_there_and_one_line_in_the_log(
    size: int, cache: FixtureCache, path: Path, cached: CachedFixtures, caplog: pytest.LogCaptureFixture
) -> None:
    before = path.read_bytes()
    assert len(before) > size
    with little_room(size):
        assert not cache.put(cached)
    assert "cannot be written (File too large)" in caplog.text
    assert len(caplog.records) == 1
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_gone_costs_only_the_place_in_it(
    cache: FixtureCache, path: Path, cached: CachedFixtures, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(path.parent)
    assert not cache.put(cached)
    assert len(caplog.records) == 1
