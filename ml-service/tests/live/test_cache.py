"""The base history on disk, whole, damaged and without room."""

from __future__ import annotations

import json
import logging
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from common.array_file import map_arrays, write_arrays
from db.dataset import Dataset
from db.price_tables import UNREAD_REASONS, UnreadPrices
from features.closings import Closings, sharpness_of
from live.cache import BaseCache, CachedBase
from live.snapshot import BaseHistory
from live.stored_base import arrays_of, facts_of
from testing.simulated import BOOKMAKER, Plan, simulate

Facts = dict[str, Any]

WRONG: dict[str, Callable[[Facts], Facts]] = {
    "no cut": lambda of: {name: value for name, value in of.items() if name != "cut"},
    "no teams": lambda of: {name: value for name, value in of.items() if name != "teams"},
    "a name too few": lambda of: of | {"teams": {**of["teams"], "name": of["teams"]["name"][1:]}},
    "a league id that is a word": lambda of: of | {"leagues": {**of["leagues"], "league_id": ["first"]}},
    "a checkpoint too many": lambda of: of | {"checkpoints": [*of["checkpoints"], 5]},
    "arrays that are not there": lambda of: of | {"arrays": 64 * "0"},
    "no digest": lambda of: of | {"digest": None},
    "an unread count of another name": lambda of: of | {"unread": {"unseen": 5}},
}


@pytest.fixture(scope="module")
def cached() -> CachedBase:
    dataset: Dataset = simulate(Plan(seasons=1)).dataset
    kickoffs = dataset.fixtures["kickoff"].to_numpy()
    cut = int(np.median(kickoffs))
    base = BaseHistory.of(dataset, Closings.of(dataset, (BOOKMAKER,)), cut, sharpness_of(dataset, before=cut))
    unread = UnreadPrices(dict.fromkeys(UNREAD_REASONS, 5), unknown=3, last={"V3_Odds": 90})
    return CachedBase(base, (3, 5, 8), {"impossible_odds": 2}, unread, (1, 2, 3, 4, 5))


@pytest.fixture
def cache(tmp_path: Path, cached: CachedBase) -> BaseCache:
    cache = BaseCache(tmp_path, (8, 4))
    assert cache.put(cached)
    return cache


@pytest.fixture
def facts(cache: BaseCache, tmp_path: Path) -> Path:
    assert cache
    (path,) = tmp_path.glob(".*.json")
    return path


@pytest.fixture
def arrays(cache: BaseCache, tmp_path: Path) -> Path:
    assert cache
    (path,) = tmp_path.glob(".*.arrays")
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


def replace_content(path: Path, content: bytes) -> None:
    """Another file in the place of this one, which may be mapped."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def assert_absent(cache: BaseCache, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    assert cache.get() is None
    (line,) = caplog.records
    assert line.levelno == logging.WARNING
    assert "is damaged" in line.getMessage()
    assert line.exc_info is None


def assert_same(got: CachedBase | None, cached: CachedBase) -> None:
    assert got is not None
    assert (got.digest, got.older, got.unread, got.state) == (
        cached.digest,
        cached.older,
        cached.unread,
        cached.state,
    )
    assert facts_of(got.base) == facts_of(cached.base)
    mine, theirs = arrays_of(got.base), arrays_of(cached.base)
    assert mine.keys() == theirs.keys()
    for name, expected in theirs.items():
        assert mine[name].dtype == expected.dtype, name
        np.testing.assert_array_equal(mine[name], expected, name)
    assert got.fixtures.equals(cached.fixtures)
    np.testing.assert_array_equal(got.base.matches.as_of, cached.base.matches.as_of)


def test_what_is_written_is_read_back(
    cache: BaseCache, cached: CachedBase, caplog: pytest.LogCaptureFixture
) -> None:
    assert_same(cache.get(), cached)
    assert not caplog.records


def test_closings_of_the_older_fixtures_come_back_from_the_base(cached: CachedBase) -> None:
    dataset = simulate(Plan(seasons=1)).dataset
    expected = Closings.of(dataset, (BOOKMAKER,)).only(cached.fixtures["fixture_id"].to_numpy())
    for column, other in zip(cached.closings.arrays(), expected.arrays(), strict=True):
        np.testing.assert_array_equal(column, other)


def test_a_state_noted_later_belongs_to_the_same_arrays(
    cache: BaseCache, cached: CachedBase, arrays: Path
) -> None:
    newer = CachedBase(cached.base, cached.digest, {"team_against_itself": 1}, UnreadPrices(), None)
    cache.note(newer)
    assert_same(cache.get(), newer)
    assert list(arrays.parent.glob(".*.arrays")) == [arrays]


def test_nothing_there_is_nothing_to_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert BaseCache(tmp_path, ()).get() is None
    assert not caplog.records


def test_arrays_without_their_facts_are_as_good_as_none(
    cache: BaseCache, facts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    facts.unlink()
    assert cache.get() is None
    assert not caplog.records


@pytest.mark.parametrize("suffix", ["json", "arrays"])
def test_a_file_cut_anywhere_is_refused_and_then_replaced(
    suffix: str, cache: BaseCache, cached: CachedBase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (path,) = tmp_path.glob(f".*.{suffix}")
    whole = path.read_bytes()
    for length in [0, 1, 30, *range(100, len(whole), len(whole) // 10), len(whole) - 1]:
        replace_content(path, whole[:length])
        assert_absent(cache, caplog)
        assert cache.put(cached)
    assert_same(cache.get(), cached)


@pytest.mark.parametrize("suffix", ["json", "arrays"])
def test_a_changed_byte_anywhere_is_refused(
    suffix: str, cache: BaseCache, cached: CachedBase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (path,) = tmp_path.glob(f".*.{suffix}")
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 25):
        replace_content(path, whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert_absent(cache, caplog)
        assert cache.put(cached)


@pytest.mark.parametrize("change", WRONG.values(), ids=list(WRONG))
def test_facts_that_lack_something_are_as_good_as_none(
    change: Callable[[Facts], Facts], cache: BaseCache, facts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps(change(json.loads(facts.read_bytes().partition(b"\n")[2]))).encode()
    facts.write_bytes(sha256(body).hexdigest().encode() + b"\n" + body)
    caplog.clear()
    assert cache.get() is None


def test_arrays_of_another_base_are_refused(
    cache: BaseCache, arrays: Path, facts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert facts.exists()
    content = json.loads(facts.read_bytes().partition(b"\n")[2])
    others = map_arrays(arrays, content["arrays"])
    others["features"][0, 0] = 7.0
    arrays.unlink()
    write_arrays(arrays, others)
    assert_absent(cache, caplog)


def test_a_folder_in_its_place_is_as_good_as_none(
    cache: BaseCache, facts: Path, cached: CachedBase, caplog: pytest.LogCaptureFixture
) -> None:
    facts.unlink()
    facts.mkdir()
    assert_absent(cache, caplog)
    assert not cache.put(cached)
    assert not list(facts.parent.glob(".tmp*"))


@pytest.mark.parametrize("size", [0, 100, 5_000, 20_000])
def test_a_full_disk_leaves_what_was_there_and_one_line_in_the_log(
    size: int, cache: BaseCache, cached: CachedBase, facts: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = sorted(facts.parent.iterdir())
    with little_room(size):
        assert not cache.put(cached)
    assert "cannot be written (File too large)" in caplog.text
    assert len(caplog.records) == 1
    assert sorted(facts.parent.iterdir()) == before
    assert_same(cache.get(), cached)


def test_a_folder_that_is_gone_costs_only_the_place_in_it(
    cache: BaseCache, facts: Path, cached: CachedBase, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(facts.parent)
    assert not cache.put(cached)
    assert len(caplog.records) == 1


def test_what_earlier_versions_left_goes_and_other_orders_of_bookmakers_stay(
    cache: BaseCache, cached: CachedBase, tmp_path: Path
) -> None:
    older = [
        f".fixtures-{16 * 'a'}-8_4.npz",
        f".base-{16 * 'a'}-8_4.json",
        f".base-{16 * 'a'}-8_4-{16 * 'b'}.arrays",
    ]
    others = [".fixtures-aa-52_8_4.npz", f".base-{16 * 'a'}-52_8_4-{16 * 'b'}.arrays", "current.json"]
    for name in (*older, *others):
        (tmp_path / name).touch()
    assert cache.put(cached)
    names = {path.name for path in tmp_path.iterdir()}
    assert names.isdisjoint(older)
    assert names.issuperset(others)
