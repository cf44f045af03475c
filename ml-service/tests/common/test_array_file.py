"""Arrays in a file that processes map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from common.array_file import map_arrays, write_arrays

ARRAYS = {
    "features": np.arange(12, dtype=np.float32).reshape(3, 4),
    "turned": np.arange(6.0).reshape(2, 3).T,
    "every second": np.arange(10)[::2],
    "flags": np.array([True, False, True]),
    "none": np.empty((0, 5), dtype=np.int8),
    "missing": np.array([np.nan, -0.0]),
}


def test_arrays_come_back_with_their_types_and_shapes_and_bits(tmp_path: Path) -> None:
    mapped = map_arrays(tmp_path / "file", write_arrays(tmp_path / "file", ARRAYS))
    assert list(mapped) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (mapped[name].dtype, mapped[name].shape) == (array.dtype, array.shape)
        assert mapped[name].tobytes() == array.tobytes()


def test_compiled_code_takes_a_mapped_array_for_one_of_its_own(tmp_path: Path) -> None:
    for array in map_arrays(tmp_path / "file", write_arrays(tmp_path / "file", ARRAYS)).values():
        assert type(array) is np.ndarray
        assert array.flags.c_contiguous
        assert array.flags.writeable
        assert array.ctypes.data % 64 == 0


def test_a_change_of_a_mapped_array_stays_in_memory(tmp_path: Path) -> None:
    digest = write_arrays(tmp_path / "file", ARRAYS)
    map_arrays(tmp_path / "file", digest)["features"][:] = 7.0
    np.testing.assert_array_equal(map_arrays(tmp_path / "file", digest)["features"], ARRAYS["features"])


def test_equal_arrays_have_an_equal_digest(tmp_path: Path) -> None:
    one, other = (write_arrays(tmp_path / name, ARRAYS) for name in ("one", "other"))
    assert one == other
    assert write_arrays(tmp_path / "third", {**ARRAYS, "none": np.zeros(1)}) != one


def test_a_file_of_another_digest_is_refused(tmp_path: Path) -> None:
    write_arrays(tmp_path / "file", ARRAYS)
    with pytest.raises(ValueError, match="checksum"):
        map_arrays(tmp_path / "file", 64 * "0")


def test_objects_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="expected numbers"):
        write_arrays(tmp_path / "file", {"names": np.array(["Town", None], dtype=object)})
    assert not (tmp_path / "file").exists()
