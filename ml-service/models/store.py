"""Model files: pairs of `<model_id>.pkl` and `<model_id>.meta.json`, and `current.json` that names one.

Files appear by rename, the meta last, so a pair is complete or absent. A `.pkl` holds nothing but Python's
built-in types: its digest is checked against the meta, and an unpickler that admits no class at all reads
it, so that a file from elsewhere cannot run anything.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from common.source_digest import FEATURES, source_digest
from errors import ModelInvalid, ModelNotTrained

FORMAT_VERSION = 2
MAX_MODELS = 10
CURRENT = "current.json"
_TEMPORARY = ".tmp-"

Plain = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class StoredModel:
    """A model as read from its files: its meta and the content of its `.pkl`, both of built-in types."""

    meta: Plain
    content: Plain

    @property
    def model_id(self) -> str:
        """The model's id."""
        return str(self.meta["model_id"])


class ModelStore:
    """The folder of models. Reading and writing need no lock: every file is whole whenever it is visible."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, content: Plain, meta: Mapping[str, Any]) -> Plain:
        """Write the pair of `meta["model_id"]`; the meta is returned with the fields about both files filled in."""
        model_id = str(meta["model_id"])
        raw = pickle.dumps(content, protocol=5)
        name = f"{model_id}.pkl"
        complete = {
            **meta,
            "features_digest": features_digest(),
            "file": name,
            "sha256": hashlib.sha256(raw).hexdigest(),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write(name, raw)
        self._write(f"{model_id}.meta.json", _to_json(complete))
        return complete

    def promote(self, model_id: str) -> None:
        """Make a saved model the current one."""
        self._write(CURRENT, _to_json({"model_id": model_id}))

    def current_id(self) -> str | None:
        """The id in `current.json`; None without a readable one."""
        try:
            named = json.loads((self._folder / CURRENT).read_bytes())["model_id"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return named if isinstance(named, str) else None

    def ids(self) -> list[str]:
        """Ids of all complete pairs, oldest first."""
        metas = {path.name.removesuffix(".meta.json") for path in self._folder.glob("[!.]*.meta.json")}
        return sorted(name for name in metas if (self._folder / f"{name}.pkl").is_file())

    def meta(self, model_id: str) -> Plain:
        """The meta of a model; ModelInvalid where it cannot be read, is of a newer format or of other features."""
        try:
            meta = json.loads((self._folder / f"{model_id}.meta.json").read_bytes())
            version = int(meta["format_version"])
            named = meta["model_id"]
        except (OSError, ValueError, KeyError, TypeError):
            raise ModelInvalid(f"the meta of model {model_id} cannot be read") from None
        if version > FORMAT_VERSION:
            raise ModelInvalid(f"model {model_id} has format {version}, newer than {FORMAT_VERSION}")
        if named != model_id:
            raise ModelInvalid(f"the meta of model {model_id} belongs to another")
        if meta.get("features_digest") != features_digest():
            raise ModelInvalid(
                f"model {model_id} was trained on features that mean something else in this version"
            )
        return dict(meta)

    def load(self, model_id: str) -> StoredModel:
        """Read a model; ModelInvalid where its files are damaged, do not belong together or are too new."""
        meta = self.meta(model_id)
        try:
            raw = (self._folder / f"{model_id}.pkl").read_bytes()
        except OSError:
            raise ModelInvalid(f"the file of model {model_id} cannot be read") from None
        if hashlib.sha256(raw).hexdigest() != meta.get("sha256"):
            raise ModelInvalid(f"the file of model {model_id} is not the one its meta describes")
        try:
            content = _BuiltinsUnpickler(io.BytesIO(raw)).load()
        except Exception as error:  # a hostile pickle may raise anything at all
            raise ModelInvalid(f"the file of model {model_id} cannot be read") from error
        if not isinstance(content, dict) or content.get("model_id") != model_id:
            raise ModelInvalid(f"the file of model {model_id} belongs to another")
        return StoredModel(meta, content)

    def prune(self) -> None:
        """Remove all pairs but the newest ten and the current one: the meta first, so that none is half."""
        for model_id in self.ids()[:-MAX_MODELS]:
            if model_id != self.current_id():
                (self._folder / f"{model_id}.meta.json").unlink(missing_ok=True)
                (self._folder / f"{model_id}.pkl").unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what a killed training left behind. Only for the holder of the training lock."""
        for path in self._folder.glob(f"{_TEMPORARY}*"):
            path.unlink(missing_ok=True)
        for path in self._folder.glob("[!.]*.pkl"):
            if not path.with_suffix(".meta.json").exists():
                path.unlink(missing_ok=True)

    def _write(self, name: str, raw: bytes) -> None:
        """Write a file so that it appears whole, and survives a loss of power, or not at all."""
        temporary = self._folder / f"{_TEMPORARY}{os.getpid()}-{secrets.token_hex(4)}"
        try:
            with temporary.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._folder / name)
        finally:
            temporary.unlink(missing_ok=True)


def features_digest() -> str:
    """A digest of what the features of this version mean, which no model outlives."""
    return source_digest(FEATURES)


def new_model_id(now: datetime) -> str:
    """An id that sorts by time, to the millisecond, and does not repeat."""
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}Z-{secrets.token_hex(3)}"


def load_serving(store: ModelStore) -> tuple[StoredModel, str | None]:
    """The current model as it is stored, else the newest valid one; see `first_valid`."""
    return first_valid(store, lambda stored: stored)


def first_valid(store: ModelStore, use: Callable[[StoredModel], T]) -> tuple[T, str | None]:
    """What `use` makes of the current model, else of the newest valid one with a sentence that says why.

    A model is valid unless it cannot be read or `use` raises ModelInvalid. Raises ModelNotTrained where there is no
    model, ModelInvalid where there is no valid one.
    """
    current = store.current_id()
    others = [model_id for model_id in reversed(store.ids()) if model_id != current]
    candidates = ([current] if current else []) + others
    if not candidates:
        raise ModelNotTrained("no model has been trained yet")
    refused: ModelInvalid | None = None
    for model_id in candidates:
        try:
            return use(store.load(model_id)), refused.message if refused else None
        except ModelInvalid as error:
            refused = refused or error
    raise ModelInvalid(refused.message if refused else "no model can be read")


class _BuiltinsUnpickler(pickle.Unpickler):
    """Reads dictionaries, lists, texts, bytes and numbers only."""

    def find_class(self, module: str, name: str) -> Any:
        """Refuse: naming a class or function is how a pickle runs code."""
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a model file")


def _to_json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False).encode()
