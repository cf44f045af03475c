"""Databases in the forms that versions of the real application wrote, and services that read them."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from config import Settings
from main import create_app
from models.query import TrainRequest
from models.trainer import train
from testing.server import REQUEST_SECONDS, Client, in_thread, until

BACKEND = Path(__file__).resolve().parents[2] / "backend"
SCRIPT = BACKEND / "test" / "applicationDatabase.js"
SPECIAL = "special.json"
SAVE = BACKEND / "test" / "applicationSave.js"
FORMS = (
    "unique-lines",
    "unique-lines-new",
    "api-ids",
    "partial-indexes",
    "left-open",
    "recent-odds",
    "flattened",
    "selections",
    "selection-history",
)


@dataclass(frozen=True)
class Application:
    """A database in one form, its special fixtures by name, and the service that reads it."""

    form: str
    database: Path
    settings: Settings
    fixtures: dict[str, dict[str, Any]]
    server: Client
    stop: Callable[[], None]
    written: dict[str, str]

    def health(self) -> dict[str, Any]:
        body: dict[str, Any] = self.server.get("/health").json()
        return body

    def post(self, path: str, body: Any) -> requests.Response:
        return requests.post(f"{self.server.url}{path}", json=body, timeout=REQUEST_SECONDS)

    def predict(self, name: str, **more: Any) -> dict[str, Any]:
        """The prediction of a special fixture."""
        answer = self.post("/predict", {"fixture_id": self.fixtures[name]["fixture_id"], **more})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def _need_node() -> None:
    """Skip the test if Node or its packages are missing."""
    if shutil.which("node") is None or not (BACKEND.parent / "node_modules" / "sql.js-old").exists():
        pytest.skip("Node and its packages are not installed: npm install")


def write(folder: Path) -> None:
    """Write a database in every form, and for each its special fixtures by name."""
    _need_node()
    process = subprocess.run(
        ["node", str(SCRIPT), str(folder), *FORMS],
        capture_output=True,
        text=True,
        timeout=REQUEST_SECONDS,
        check=False,
    )
    assert process.returncode in (0, -signal.SIGKILL), process.stderr
    (folder / SPECIAL).write_text(process.stdout, encoding="utf-8")


def copied(form: str, forms: Path, database: Path) -> None:
    """A copy of what `write` has written in a form, with its write-ahead log where it has one."""
    for path in forms.glob(f"{form}.sqlite*"):
        shutil.copy(path, database.with_name(path.name.replace(f"{form}.sqlite", database.name)))


@contextmanager
def saving(database: Path) -> Iterator[Callable[..., None]]:
    """A process of the application that saves results into a database, a call each, with sql.js."""
    _need_node()
    command = ["node", str(SAVE), str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        results, answers = process.stdin, process.stdout

        def save(**result: Any) -> None:
            results.write(json.dumps(result) + "\n")
            results.flush()
            assert answers.readline() == "saved\n"

        yield save


def digests(database: Path) -> dict[str, str]:
    """SHA-256 of the database and of its write-ahead log, ignoring an empty one, which readers create."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (database, database.with_name(database.name + "-wal"))
        if path.exists() and path.stat().st_size > 0
    }


def train_on(form: str, forms: Path, folder: Path) -> None:
    """Train a model on a database in a form, both in `folder`, the model in its folder `models`."""
    settings = Settings(db_path=folder / "application.sqlite", model_dir=folder / "models", threads=1)
    copied(form, forms, settings.db_path)
    settings.model_dir.mkdir()
    train(TrainRequest(), settings, lambda *_: None)


@contextmanager
def running(form: str, forms: Path, folder: Path, models: Path) -> Iterator[Application]:
    """A service that has loaded a database in a form, with copies of its own of that and of `models`."""
    database = folder / "application.sqlite"
    copied(form, forms, database)
    fixtures = json.loads((forms / SPECIAL).read_text(encoding="utf-8"))[form]
    shutil.copytree(models, folder / "models")
    before = digests(database)
    settings = Settings(db_path=database, model_dir=folder / "models", threads=1)
    with ExitStack() as stack:
        server = stack.enter_context(in_thread(create_app(settings)))
        one = Application(form, database, settings, fixtures, server, stack.close, before)
        until(lambda: one.health()["database"]["rejected_rows"] is not None, "the database is read")
        yield one
