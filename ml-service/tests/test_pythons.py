"""The same numbers on every Python: PYTHONS names the interpreters of other environments, which .ci/run makes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from config import ROOT

PYTHONS = [python for python in os.environ.get("PYTHONS", "").split(os.pathsep) if python]
pytestmark = pytest.mark.skipif(
    not PYTHONS, reason="PYTHONS names no other Python: .ci/run makes an environment for each that it finds"
)

Numbers = dict[str, Any]


def numbers(python: str, database: Path, models: Path) -> Numbers:
    """The numbers that `python` computes from the database and the model, trained first if there is none."""
    command = [python, "-W", "error", "-m", "testing.pythons", str(database), str(models)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


@pytest.fixture(scope="module")
def here(world: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Numbers]:
    """A model trained on this Python, in its folder, and its numbers."""
    models = tmp_path_factory.mktemp("here")
    return models, numbers(sys.executable, world, models)


@pytest.fixture(scope="module", params=PYTHONS or [""])
def there(request: pytest.FixtureRequest, world: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Another Python: its path, a model trained on it, and its numbers."""
    models = tmp_path_factory.mktemp("there")
    return request.param, models, numbers(request.param, world, models)


def chances(some: Numbers) -> NDArray[np.float64]:
    """All probabilities of all predictions, in one row each."""
    return np.array([[p for market in one.values() for p in market.values()] for one in some["predictions"]])


def test_features_are_equal(here: tuple[Path, Numbers], there: tuple[str, Path, Numbers]) -> None:
    assert here[1]["features"] == there[2]["features"]


def test_a_model_trained_here_predicts_the_same_there(
    here: tuple[Path, Numbers], there: tuple[str, Path, Numbers], world: Path
) -> None:
    np.testing.assert_allclose(
        chances(numbers(there[0], world, here[0])), chances(here[1]), rtol=0, atol=1e-12
    )


def test_a_model_trained_there_predicts_the_same_here(there: tuple[str, Path, Numbers], world: Path) -> None:
    ours = numbers(sys.executable, world, there[1])
    np.testing.assert_allclose(chances(ours), chances(there[2]), rtol=0, atol=1e-12)


def test_training_and_backtest_give_the_same_numbers(
    here: tuple[Path, Numbers], there: tuple[str, Path, Numbers]
) -> None:
    np.testing.assert_allclose(chances(there[2]), chances(here[1]), rtol=0, atol=1e-9)
    one, other = here[1]["backtest"], there[2]["backtest"]
    assert other["bets"]["count"] == one["bets"]["count"]
    assert other["metrics"]["model"] == pytest.approx(one["metrics"]["model"], abs=1e-9)
