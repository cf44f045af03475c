"""Model files: whole pairs or nothing, and no code in them that runs."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from common.source_digest import FEATURES, ROOT, source_digest
from errors import ModelInvalid, ModelNotTrained
from models.store import FORMAT_VERSION, MAX_MODELS, ModelStore, StoredModel, load_serving, new_model_id

OLD, NEW = "20240101T000000000Z-aaaaaa", "20240201T000000000Z-bbbbbb"


def save(store: ModelStore, model_id: str, **content: Any) -> dict[str, Any]:
    meta = {"model_id": model_id, "format_version": FORMAT_VERSION}
    return store.save({"model_id": model_id, "numbers": [1.5, 2.5], **content}, meta)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def store(folder: Path) -> ModelStore:
    """Two models, the newer one current."""
    store = ModelStore(folder)
    save(store, OLD)
    save(store, NEW)
    store.promote(NEW)
    return store


def test_what_is_saved_is_what_is_loaded(store: ModelStore) -> None:
    content = {"model_id": NEW, "numbers": [1.5, 2.5]}
    meta = save(store, NEW)
    assert store.load(NEW) == StoredModel(meta, content)


def test_a_pair_is_two_files_named_by_the_id_and_current_names_one(store: ModelStore, folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        f"{OLD}.pkl", f"{OLD}.meta.json", f"{NEW}.pkl", f"{NEW}.meta.json", "current.json",
    }  # fmt: skip
    assert json.loads((folder / "current.json").read_text()) == {"model_id": NEW}
    assert store.ids() == [OLD, NEW]


def test_the_meta_names_its_file_and_its_digest(store: ModelStore, folder: Path) -> None:
    meta = store.meta(NEW)
    assert meta["file"] == f"{NEW}.pkl"
    assert meta["sha256"] == hashlib.sha256((folder / meta["file"]).read_bytes()).hexdigest()


def test_the_same_content_makes_the_same_bytes(store: ModelStore, folder: Path) -> None:
    before = (folder / f"{NEW}.pkl").read_bytes()
    save(store, NEW)
    assert (folder / f"{NEW}.pkl").read_bytes() == before


class Trap:
    """Creates a file when an ordinary unpickler loads it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.open, (str(self._path), os.O_CREAT | os.O_WRONLY)


def rewrite(folder: Path, raw: bytes) -> None:
    """Replace the current model's bytes, with a meta that has their digest."""
    meta = json.loads((folder / f"{NEW}.meta.json").read_bytes())
    meta["sha256"] = hashlib.sha256(raw).hexdigest()
    (folder / f"{NEW}.pkl").write_bytes(raw)
    (folder / f"{NEW}.meta.json").write_text(json.dumps(meta))


def edit(folder: Path, **values: Any) -> None:
    path = folder / f"{NEW}.meta.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **values}))


def cut_short(folder: Path) -> None:
    path = folder / f"{NEW}.pkl"
    path.write_bytes(path.read_bytes()[:-20])


def alter_one_byte(folder: Path) -> None:
    path = folder / f"{NEW}.pkl"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def cut_the_meta(folder: Path) -> None:
    path = folder / f"{NEW}.meta.json"
    path.write_bytes(path.read_bytes()[:-20])


FAULTS: dict[str, Callable[[Path], object]] = {
    "cut short": cut_short,
    "one byte altered": alter_one_byte,
    "empty": lambda folder: (folder / f"{NEW}.pkl").write_bytes(b""),
    "gone": lambda folder: (folder / f"{NEW}.pkl").unlink(),
    "meta gone": lambda folder: (folder / f"{NEW}.meta.json").unlink(),
    "meta cut short": cut_the_meta,
    "meta of another": lambda folder: (folder / f"{NEW}.meta.json").write_bytes(
        (folder / f"{OLD}.meta.json").read_bytes()
    ),
    "meta that is a list": lambda folder: (folder / f"{NEW}.meta.json").write_text("[]"),
    "file of another": lambda folder: rewrite(folder, (folder / f"{OLD}.pkl").read_bytes()),
    "newer format": lambda folder: edit(folder, format_version=FORMAT_VERSION + 1),
    "no format": lambda folder: edit(folder, format_version=None),
    "features of another meaning": lambda folder: edit(folder, features_digest="0" * 16),
    "features of unknown meaning": lambda folder: edit(folder, features_digest=None),
    "no digest": lambda folder: edit(folder, sha256=None),
    "a list for content": lambda folder: rewrite(folder, pickle.dumps([NEW])),
    "a class of this service": lambda folder: rewrite(
        folder, pickle.dumps(StoredModel({}, {"model_id": NEW}))
    ),
    "a harmless class": lambda folder: rewrite(folder, pickle.dumps({"model_id": NEW, "at": timedelta(1)})),
    "no pickle": lambda folder: rewrite(folder, b"model_id = 1"),
    "endless recursion": lambda folder: rewrite(folder, b"(" * 100_000 + b"."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_damaged_model_is_refused_and_the_newest_valid_one_serves(
    fault: str, store: ModelStore, folder: Path
) -> None:
    FAULTS[fault](folder)
    with pytest.raises(ModelInvalid):
        store.load(NEW)
    serving, why = load_serving(store)
    assert serving.model_id == OLD
    assert why
    assert NEW in why
    assert str(folder) not in why


@pytest.mark.parametrize("protocol", range(6))
def test_a_malicious_pickle_is_refused_before_anything_in_it_runs(
    protocol: int, store: ModelStore, folder: Path, tmp_path: Path
) -> None:
    trap = tmp_path / "trapped"
    rewrite(folder, pickle.dumps({"model_id": NEW, "trap": Trap(trap)}, protocol))
    with pytest.raises(ModelInvalid):
        store.load(NEW)
    assert not trap.exists()


def test_the_trap_would_have_worked(tmp_path: Path) -> None:
    os.close(pickle.loads(pickle.dumps(Trap(tmp_path / "trapped"))))
    assert (tmp_path / "trapped").exists()


def test_without_any_model_none_is_trained(folder: Path) -> None:
    with pytest.raises(ModelNotTrained):
        load_serving(ModelStore(folder))


def test_where_no_model_is_valid_the_current_ones_fault_is_told(store: ModelStore, folder: Path) -> None:
    for path in folder.glob("*.pkl"):
        path.write_bytes(b"")
    with pytest.raises(ModelInvalid, match=NEW):
        load_serving(store)


def test_the_current_model_serves_though_a_newer_one_lies_beside_it(store: ModelStore) -> None:
    store.promote(OLD)
    serving, why = load_serving(store)
    assert (serving.model_id, why) == (OLD, None)


def test_a_changed_elo_k_refuses_the_models_trained_before(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in FEATURES:
        source, copy = ROOT / name, tmp_path / name
        copy.parent.mkdir(exist_ok=True, parents=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
    elo = tmp_path / "features/ratings/elo.py"
    changed, count = re.subn(r"^ELO_K = [\d.]+", "ELO_K = 99.0", elo.read_text(), flags=re.MULTILINE)
    assert count == 1
    elo.write_text(changed)
    monkeypatch.setattr("models.store.features_digest", lambda: source_digest(FEATURES, tmp_path))
    with pytest.raises(ModelInvalid, match="features that mean something else") as refusal:
        load_serving(store)
    assert "npm run ml:train" in str(refusal.value.hint)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"model_id": 7}', "null", '{"model_id": "\\u0000"}'])
def test_a_current_file_that_names_nothing_leaves_the_newest_model_to_serve(
    text: str, store: ModelStore, folder: Path
) -> None:
    (folder / "current.json").write_text(text)
    assert load_serving(store)[0].model_id == NEW


def many(store: ModelStore, count: int) -> list[str]:
    start = datetime(2025, 1, 1, tzinfo=timezone.utc)
    ids = [new_model_id(start + timedelta(hours=hours)) for hours in range(count)]
    for model_id in ids:
        save(store, model_id)
    return ids


def test_pruning_keeps_the_newest_ten_and_the_current_one(store: ModelStore) -> None:
    store.promote(OLD)
    ids = many(store, MAX_MODELS + 3)
    store.prune()
    assert store.ids() == [OLD, *ids[-10:]]


def test_pruning_keeps_ten_where_the_current_one_is_among_them(store: ModelStore, folder: Path) -> None:
    ids = many(store, MAX_MODELS)
    store.promote(ids[0])
    store.prune()
    assert store.ids() == ids
    assert len(list(folder.glob("*.pkl"))) == MAX_MODELS


def test_sweeping_removes_what_a_killed_training_left_and_nothing_else(
    store: ModelStore, folder: Path
) -> None:
    before = {path.name for path in folder.iterdir()} | {".lock"}
    for name in (".tmp-77-abc", "20250101T000000000Z-cccccc.pkl", ".lock"):
        (folder / name).write_bytes(b"x")
    store.sweep()
    assert {path.name for path in folder.iterdir()} == before


def test_ids_sort_by_time() -> None:
    start = datetime(2024, 12, 31, 23, 59, 59, 999_000, tzinfo=timezone.utc)
    moments = [start + timedelta(milliseconds=step) for step in (0, 1, 2, 1_001, 10**9)]
    ids = [new_model_id(moment) for moment in moments]
    assert ids == sorted(ids)
    assert len({new_model_id(start) for _ in range(20)}) == 20


def test_a_failed_write_leaves_nothing_behind(store: ModelStore, folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}
    with pytest.raises(ValueError, match="JSON"):
        store.save({"model_id": "x"}, {"model_id": "x", "format_version": 1, "loss": float("nan")})
    (folder / "x.pkl").unlink()
    assert {path.name for path in folder.iterdir()} == before


WRITER = """
import sys
from datetime import datetime, timezone
from pathlib import Path
from models.store import ModelStore, new_model_id
store = ModelStore(Path(sys.argv[1]))
store.sweep()
while True:
    model_id = new_model_id(datetime.now(timezone.utc))
    store.save({"model_id": model_id, "bulk": b"x" * 3_000_000}, {"model_id": model_id, "format_version": 1})
    store.promote(model_id)
    store.prune()
    print("saved", flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_whole_pairs_and_a_current_model_that_loads(
    tmp_path: Path,
) -> None:
    store = ModelStore(tmp_path)
    moments = random.Random(5)
    for _ in range(8):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"saved\n"
            time.sleep(moments.uniform(0.0, 0.05))
            writer.send_signal(signal.SIGKILL)
        assert {path.name.removesuffix(".meta.json") for path in tmp_path.glob("*.meta.json")} == set(
            store.ids()
        )
        current = store.current_id()
        assert current is not None
        assert [store.load(model_id).model_id for model_id in store.ids()] == store.ids()
        assert load_serving(store)[0].model_id == current
    store.sweep()
    assert len(list(tmp_path.iterdir())) == 2 * len(store.ids()) + 1
