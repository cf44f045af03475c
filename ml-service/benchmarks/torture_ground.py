"""What all trials share: a small world with a trained model, services over copies of it, and tallies."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from benchmarks.speed_processes import tree
from models.store import ModelStore
from testing.leagues import World, create
from testing.server import Server, serving

SMALL = World(leagues=2, teams=10, seasons=4)
COMING = 720
"""The last fixture, which has no result."""
BACKTEST = {"from": "2021-08-01", "to": "2022-06-30"}
REAL = ("main:app",)
STREAM = {"accept": "application/x-ndjson"}
PATIENCE_SECONDS = 90.0
MAX_FAULTS_IN_TABLE = 3


@dataclass(frozen=True)
class FaultRow:
    """One fault: how often it was tried and survived, and what the user saw, or why it was skipped."""

    fault: str
    tried: int
    survived: int
    saw: str

    @property
    def good(self) -> bool:
        """Whether the service survived every try."""
        return self.tried == self.survived

    def __str__(self) -> str:
        verdict = "skipped" if not self.tried else f"{self.survived} of {self.tried}"
        mark = verdict if self.good else f"**{verdict}**"
        return f"| {self.fault} | {self.tried} | {mark} | {self.saw.replace('|', '/')} |"


@dataclass
class Tally:
    """Counts the tries of one fault and collects what went wrong."""

    fault: str
    tried: int = 0
    faults: list[str] = field(default_factory=list)

    def check(self, what: str, holds: bool) -> None:
        """Count one try; `what` describes the failure if it does not hold."""
        self.attempt([] if holds else [what])

    def attempt(self, faults: list[str]) -> None:
        """Count one try, survived if there are no faults."""
        self.tried += 1
        if faults:
            self.faults.append("; ".join(faults))

    def row(self, saw: str) -> FaultRow:
        """The row of the table."""
        text = "; ".join(self.faults[:MAX_FAULTS_IN_TABLE])
        return FaultRow(
            self.fault, self.tried, self.tried - len(self.faults), f"{text} ({saw})" if text else saw
        )


@dataclass(frozen=True)
class Ground:
    """Where trials run: `quick` repeats everything less often, `soak_minutes` is the length of the soak."""

    folder: Path
    quick: bool
    soak_minutes: float

    def times(self, many: int, few: int) -> int:
        """Number of repetitions."""
        return few if self.quick else many

    def place(self, name: str, wal: bool = False) -> Path:
        """A new folder with a copy of the database and the trained model."""
        folder = self.folder / name
        shutil.copytree(self.folder / "template" / "models", folder / "models")
        shutil.copy(self.folder / "template" / "database.sqlite", folder / "database.sqlite")
        if wal:
            with closing(sqlite3.connect(folder / "database.sqlite")) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
        return folder

    @property
    def good_database(self) -> Path:
        """The original database, which nothing changes."""
        return self.folder / "template" / "database.sqlite"


Trial = Callable[[Ground], Iterator[FaultRow]]


def prepare(folder: Path, quick: bool, soak_minutes: float) -> Ground:
    """Make the world and train its model through a service."""
    template = folder / "template"
    template.mkdir(parents=True)
    create(template / "database.sqlite", SMALL, wal=False).close()
    with serving(template, app=REAL, THREADS="1") as server:
        answer = train(server)
        if answer.status_code != 200:
            raise SystemExit(f"error: the world cannot be trained on: {answer.text}")
    for leftover in (template / "models").glob(".[tb]*"):
        leftover.unlink()
    return Ground(folder, quick, soak_minutes)


@contextmanager
def service(folder: Path, *options: str, **settings: str) -> Iterator[Server]:
    """A ready service over the database and models of `folder`."""
    with serving(folder, *options, app=REAL, **{"THREADS": "1", **settings}) as server:
        wait(lambda: server.health()["ready"])
        yield server


def train(server: Server, **fields: Any) -> requests.Response:
    """Train and wait for the end; `fields` are added to the body."""
    body = {"wait": True, "promote": "always", **fields}
    return requests.post(f"{server.url}/train", json=body, timeout=PATIENCE_SECONDS)


def predict(server: Server, fixture_id: int = COMING, **fields: Any) -> requests.Response:
    """One prediction on its own connection; `fields` are added to the body."""
    return requests.post(f"{server.url}/predict", json={"fixture_id": fixture_id, **fields}, timeout=30)


def code_of(answer: requests.Response) -> str:
    """The error's code, or the status of an answer that is no error."""
    return str(answer.json()["error"]["code"]) if answer.status_code >= 400 else str(answer.status_code)


def wait(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """Wait until the condition holds; returns the seconds until then, infinity after a timeout of `seconds`."""
    started = time.perf_counter()
    while True:
        with contextlib.suppress(requests.RequestException):
            if holds():
                return time.perf_counter() - started
        if time.perf_counter() - started > seconds:
            return float("inf")
        time.sleep(0.01)


def state(server: Server, kind: str) -> dict[str, Any]:
    """The job on /health; empty if there is none."""
    return dict(server.health()[kind] or {})


def ended(server: Server, kind: str) -> dict[str, Any]:
    """The job on /health after its end."""
    wait(lambda: state(server, kind).get("status") not in (None, "running"))
    return state(server, kind)


def jobs_below(pid: int) -> list[int]:
    """The processes that run this service's jobs, without their own workers."""
    return [each for each in tree(pid) if b"jobs.worker" in _command(each)]


def _command(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def zombies_below(pid: int) -> int:
    """Number of descendants that have ended and whose parent has not waited for them."""
    return sum(_letter(each) == "Z" for each in tree(pid))


def _letter(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return ""


def faults_of_models(folder: Path) -> list[str]:
    """Faults of a folder of models while no training runs: half models, leftovers, models that do not load."""
    names = {path.name for path in folder.iterdir() if not path.name.startswith((".train", ".backtest"))}
    faults = [f"left behind: {name}" for name in names if name.startswith(".tmp-")]
    halves = {name.split(".")[0] for name in names if name.endswith((".pkl", ".meta.json"))}
    store = ModelStore(folder)
    faults += [f"half a model: {name}" for name in halves - set(store.ids())]
    current = store.current_id()
    if current is None or store.load(current).model_id != current:
        faults.append("the current model does not load")
    return faults


def lines(answer: requests.Response) -> Iterator[dict[str, Any]]:
    """The objects of a stream."""
    return (json.loads(line) for line in answer.iter_lines())
