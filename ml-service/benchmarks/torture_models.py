"""Model files that are damaged, forged or made by another version."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.torture_ground import FaultRow, Ground, Tally, predict, service, wait
from models.store import FORMAT_VERSION, ModelStore
from testing.server import Server

NEW = "99990101T000000000Z-ffffff"
TRAPPED = "trapped"


class Trap:
    """Makes a folder when an ordinary unpickler loads it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self._path),)


def _cut(folder: Path) -> None:
    path = folder / f"{NEW}.pkl"
    path.write_bytes(path.read_bytes()[:-100])


def _alter(folder: Path) -> None:
    path = folder / f"{NEW}.pkl"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 1
    path.write_bytes(raw)


def _meta_of_another(folder: Path) -> None:
    (other,) = (path for path in folder.glob("*.meta.json") if not path.name.startswith(NEW))
    (folder / f"{NEW}.meta.json").write_bytes(other.read_bytes())


def _newer(folder: Path) -> None:
    _edit(folder, {"format_version": FORMAT_VERSION + 1})


def _unknown_feature(folder: Path) -> None:
    store = ModelStore(folder)
    stored = store.load(NEW)
    stored.content["models"]["without_odds"]["1x2"]["columns"][0] = "phase_of_the_moon"
    store.save(stored.content, stored.meta)


def _forge(folder: Path) -> None:
    raw = pickle.dumps({"model_id": NEW, "trap": Trap(folder / TRAPPED)})
    (folder / f"{NEW}.pkl").write_bytes(raw)
    _edit(folder, {"sha256": hashlib.sha256(raw).hexdigest()})


def _edit(folder: Path, values: dict[str, Any]) -> None:
    path = folder / f"{NEW}.meta.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **values}))


FORMS: dict[str, Callable[[Path], object]] = {
    "cut short": _cut,
    "one byte altered": _alter,
    "with another's meta": _meta_of_another,
    "of a newer format": _newer,
    "with an unknown feature": _unknown_feature,
    "malicious, well digested": _forge,
    "without its file": lambda folder: (folder / f"{NEW}.pkl").unlink(),
}


def models(ground: Ground) -> Iterator[FaultRow]:
    """Each form as the current model of a running service."""
    folder = ground.place("models")
    with service(folder) as server:
        good = server.health()["model"]["model_id"]
        for form, spoil in FORMS.items():
            tally, messages = Tally(f"model {form}"), set[str]()
            for _ in range(ground.times(5, 1)):
                tally.attempt(_once(server, folder / "models", spoil, good, messages))
            yield tally.row("; ".join(sorted(messages)))


def _once(
    server: Server, folder: Path, spoil: Callable[[Path], object], good: str, messages: set[str]
) -> list[str]:
    store = ModelStore(folder)
    stored = store.load(good)
    store.save({**stored.content, "model_id": NEW}, {**stored.meta, "model_id": NEW})
    spoil(folder)
    store.promote(NEW)
    noticed = wait(lambda: server.health()["model"]["status"] == "invalid", 10.0)
    health, answer = server.health()["model"], predict(server)
    messages.add(f"/health: {health['detail']}".replace(NEW, "…"))
    faults = [] if noticed < 10.0 else [f"/health says {health}"]
    if not answer.ok or answer.json()["model_id"] != good:
        faults.append(f"served: {answer.text[:80]}")
    if (folder / TRAPPED).exists():
        faults.append("the trap ran")
    store.promote(good)
    for path in folder.glob(f"{NEW}*"):
        path.unlink()
    if wait(lambda: server.health()["model"]["status"] == "ok", 10.0) > 10.0:
        faults.append("the good model is not ok again")
    return faults
