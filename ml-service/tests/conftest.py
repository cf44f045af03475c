"""Real parts that several tests share: databases that a writer stays connected to, and one trained model."""

from __future__ import annotations

import gc
import pickle
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest

from config import Settings
from live import snapshot
from models.predictor import Forecaster
from models.query import TrainRequest
from models.trainer import TrainResult, train
from testing.leagues import World, add_teams, create
from testing.shared import shared

# No test asserts a time, and every run draws the same examples.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("repeatable")


def pytest_collection_finish() -> None:
    """Exempt all that is imported from garbage collection: a training collects a dozen times."""
    gc.collect()
    gc.freeze()


def silent(_stage: str, _done: float) -> None:
    """A progress callback that does nothing."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Path of a test's database, which need not exist yet."""
    return tmp_path / "database.sqlite"


@pytest.fixture
def node(database: Path) -> Iterator[sqlite3.Connection]:
    """Node's connection to a database in WAL mode with one league of six teams and no fixture."""
    connection = create(database)
    add_teams(connection, 6)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of two leagues over four seasons, which no test changes."""

    def make(folder: Path) -> None:
        create(folder / "database.sqlite", World()).close()

    path = tmp_path_factory.mktemp("world") / "database.sqlite"
    shutil.copy(shared(tmp_path_factory, "world", make) / path.name, path)
    return path


@pytest.fixture(scope="session")
def settings(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service over the world, its folder of models empty until `trained` fills it."""
    return Settings(db_path=world, model_dir=tmp_path_factory.mktemp("models"), threads=1)


@pytest.fixture(scope="session")
def trained(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    """The model of the world, promoted in the folder of `settings`."""

    def make(folder: Path) -> None:
        (folder / "models").mkdir()
        result = train(TrainRequest(), replace(settings, model_dir=folder / "models"), silent)
        (folder / "result.pickle").write_bytes(pickle.dumps(result))

    folder = shared(tmp_path_factory, "trained", make)
    shutil.copytree(folder / "models", settings.model_dir, dirs_exist_ok=True)
    result: TrainResult = pickle.loads((folder / "result.pickle").read_bytes())
    return result


@pytest.fixture(scope="module")
def forecaster(settings: Settings, trained: TrainResult) -> Iterator[Forecaster]:
    """A started predictor of the world, with the trained model."""
    assert trained.promoted
    with closing(Forecaster(settings)) as one:
        one.warm_up()
        one.complete()
        yield one


@pytest.fixture(scope="module")
def short_memory() -> Iterator[None]:
    """A base history of most of the small world, with several checkpoints."""
    patch = pytest.MonkeyPatch()
    patch.setattr(snapshot, "RECENT_RESULTS", 120)
    patch.setattr(snapshot, "CHECKPOINT_EVENTS", 170)
    yield
    patch.undo()
