"""Databases in the forms that versions of the real application wrote, and services that read them."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from testing.server import Server, serving, until

BACKEND = Path(__file__).resolve().parents[2] / "backend"
SCRIPT = BACKEND / "test" / "applicationDatabase.js"
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
TIMEOUT_SECONDS = 600


@dataclass(frozen=True)
class Application:
    """A database in one form, its special fixtures by name, and the service that reads it."""

    form: str
    database: Path
    fixtures: dict[str, dict[str, Any]]
    server: Server
    written: dict[str, str]

    def post(self, path: str, body: Any) -> requests.Response:
        return requests.post(f"{self.server.url}{path}", json=body, timeout=TIMEOUT_SECONDS)

    def predict(self, name: str, **more: Any) -> dict[str, Any]:
        """The prediction of a special fixture."""
        answer = self.post("/predict", {"fixture_id": self.fixtures[name]["fixture_id"], **more})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


def node(script: Path, *arguments: str) -> str:
    """The output of a script of the tests; skips the test if Node or its packages are missing."""
    if shutil.which("node") is None or not (BACKEND.parent / "node_modules" / "sql.js-old").exists():
        pytest.skip("Node and its packages are not installed: npm install")
    process = subprocess.run(
        ["node", str(script), *arguments],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert process.returncode in (0, -signal.SIGKILL), process.stderr
    return process.stdout


def write(form: str, database: Path) -> dict[str, dict[str, Any]]:
    """Write a database in a form; its special fixtures by name."""
    fixtures: dict[str, dict[str, Any]] = json.loads(node(SCRIPT, "--form", form, str(database)))
    return fixtures


def digests(database: Path) -> dict[str, str]:
    """SHA-256 of the database and of its write-ahead log, ignoring an empty one, which readers create."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (database, database.with_name(database.name + "-wal"))
        if path.exists() and path.stat().st_size > 0
    }


@contextmanager
def running(form: str, folder: Path, models: Path | None) -> Iterator[Application]:
    """A service that has loaded a database in a form, with its own copy of `models`."""
    database = folder / "application.sqlite"
    fixtures = write(form, database)
    if models is not None:
        shutil.copytree(models, folder / "models")
    before = digests(database)
    with serving(folder, app=("main:app",), DB_PATH=str(database), THREADS="1") as server:
        until(lambda: server.health()["database"]["fixtures"] is not None, "the database is read")
        yield Application(form, database, fixtures, server, before)
