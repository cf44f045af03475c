"""Named arrays in one file that is mapped, not read: processes share what they look at, and hold nothing of the rest.

The file begins with a header in JSON, its length first: type, shape and offset of each array. Every array begins at a
multiple of 64 bytes, as compiled code wants it.
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

_LENGTH_BYTES = 8
_ALIGNMENT = 64
_CHUNK_BYTES = 2**20
_KINDS = "biuf"
"""Booleans and numbers: an array of objects would hold addresses."""


def write_arrays(path: Path, arrays: Arrays) -> str:
    """Write the file; the SHA-256 of its content, in hexadecimal digits. Raises OSError."""
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    header, offsets = _header(whole)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for part in _parts(header, whole, offsets):
            file.write(part)
            digest.update(part)
    return digest.hexdigest()


def map_arrays(path: Path, digest: str) -> dict[str, NDArray[Any]]:
    """The arrays of a file. Raises OSError, and ValueError where its content is not what `write_arrays` had written.

    `digest` is what that returned. A change of an array stays in this process.
    """
    with path.open("rb") as file:
        content = hashlib.sha256()
        while chunk := file.read(_CHUNK_BYTES):
            content.update(chunk)
        if content.hexdigest() != digest:
            raise ValueError("the checksum differs from the one written")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    length = int.from_bytes(mapped[:_LENGTH_BYTES], "little")
    described = json.loads(mapped[_LENGTH_BYTES : _LENGTH_BYTES + length])
    return {name: _array(mapped, *each) for name, each in described.items()}


def _parts(header: bytes, arrays: Arrays, offsets: Mapping[str, int]) -> Iterator[bytes | memoryview]:
    """What stands in the file: the header, and every array at its offset."""
    yield len(header).to_bytes(_LENGTH_BYTES, "little")
    yield header
    at = _LENGTH_BYTES + len(header)
    for name, array in arrays.items():
        yield bytes(offsets[name] - at)
        yield array.reshape(-1).view(np.uint8).data
        at = offsets[name] + array.nbytes


def _header(arrays: Arrays) -> tuple[bytes, dict[str, int]]:
    """The header, and the offset of each array."""
    # With room for as many digits as an offset may have: no offset depends on the digits of another.
    size = _LENGTH_BYTES + len(json.dumps({name: [*_form(array), 2**63] for name, array in arrays.items()}))
    offsets = {}
    for name, array in arrays.items():
        size = -(-size // _ALIGNMENT) * _ALIGNMENT
        offsets[name] = size
        size += array.nbytes
    described = {name: [*_form(array), offsets[name]] for name, array in arrays.items()}
    return json.dumps(described).encode(), offsets


def _form(array: NDArray[Any]) -> tuple[str, list[int]]:
    if array.dtype.kind not in _KINDS:
        raise TypeError(f"an array of {array.dtype}: expected numbers")
    return array.dtype.str, list(array.shape)


def _array(mapped: mmap.mmap, kind: str, shape: list[int], offset: int) -> NDArray[Any]:
    if np.dtype(kind).kind not in _KINDS:
        raise ValueError(f"an array of {kind}: expected numbers")
    return np.ndarray(tuple(shape), kind, mapped, offset)
