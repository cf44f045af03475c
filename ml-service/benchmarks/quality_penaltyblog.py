"""penaltyblog as a rival: its environment and its forecasts, both stored for later runs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Say, cache
from db.dataset import Dataset
from scores.cells import CELLS

Array = NDArray[np.float64]

DIXON_COLES_SCRIPT = Path(__file__).with_name("dixon_coles.py")
GOAL_MODELS_SCRIPT = Path(__file__).with_name("goal_models.py")
REQUIREMENTS = Path(__file__).with_name("requirements-quality.txt")
COLUMNS = {"1x2": slice(0, 3), "ou25": slice(3, 5), "btts": slice(5, 7)}
GOAL_MODELS = (
    "PoissonGoalsModel",
    "DixonColesGoalModel",
    "NegativeBinomialGoalModel",
    "ZeroInflatedPoissonGoalsModel",
    "BivariatePoissonGoalModel",
)
"""Those fitted by likelihood that give every score a probability: WeibullCopulaGoalsModel gives some none at all.

The two that sample posteriors take minutes a fit.
"""
REFIT_DAYS = 140


def dixon_coles(dataset: Dataset, seasons: list[int], say: Say) -> dict[str, Array] | None:
    """Probabilities (n, k) by market, NaN outside `seasons`; None where penaltyblog cannot be had."""
    whole = _forecasts(DIXON_COLES_SCRIPT, _matches(dataset, seasons), say)
    return None if whole is None else {market: whole[:, place] for market, place in COLUMNS.items()}


def goal_model_grids(dataset: Dataset, seasons: list[int], model: str, say: Say) -> Array | None:
    """Grids (n, SIZE, SIZE) of scores by one of GOAL_MODELS, NaN where it has none; None without penaltyblog."""
    settings = {"model": np.array(model), "refit_days": np.array(REFIT_DAYS)}
    rows_and_grids = _forecasts(GOAL_MODELS_SCRIPT, {**_matches(dataset, seasons), **settings}, say)
    if rows_and_grids is None:
        return None
    grids = np.full((len(dataset.fixtures), CELLS), np.nan)
    grids[rows_and_grids[:, 0].astype(np.int64)] = rows_and_grids[:, 1:]
    return grids


def _forecasts(script: Path, inputs: dict[str, NDArray[Any]], say: Say) -> Array | None:
    """A script's forecasts of the matches, computed once and stored; None without penaltyblog."""
    python = environment(say)
    if python is None:
        return None
    key = f"{script.stem}-{_digest(script, inputs)}"
    questions, answers = cache() / f"{key}.in.npz", cache() / f"{key}.npy"
    if not answers.exists():
        np.savez(questions, **inputs)
        _run(python, script, questions, answers)
        questions.unlink()
    whole: Array = np.load(answers)
    return whole


def environment(say: Say) -> Path | None:
    """The python that has penaltyblog, its venv made where there is none; None where it cannot be."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = cache() / f"venv-{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return python
    say("making penaltyblog's environment, once")
    venv.create(folder, clear=True, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        say(f"penaltyblog cannot be had, so its rows are missing: {done.stderr.strip()[-300:]}")
        return None
    ready.touch()
    return python


def _run(python: Path, script: Path, questions: Path, answers: Path) -> None:
    unfinished = answers.with_suffix(".unfinished.npy")
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    command = [str(python), str(script), str(questions), str(unfinished)]
    subprocess.run(command, env={**os.environ, **one_thread}, check=True)
    unfinished.rename(answers)


def _matches(dataset: Dataset, seasons: list[int]) -> dict[str, NDArray[Any]]:
    frame = dataset.fixtures
    return {
        "row": np.arange(len(frame)),
        "division": frame["league_id"].to_numpy(),
        "season": frame["season"].to_numpy(),
        "kickoff": frame["kickoff"].to_numpy(),
        "known_at": frame["known_at"].to_numpy(),
        "home": frame["home_team_id"].to_numpy(),
        "away": frame["away_team_id"].to_numpy(),
        "goals_home": frame["goals_home"].to_numpy(),
        "goals_away": frame["goals_away"].to_numpy(),
        "seasons": np.array(seasons, dtype=np.int64),
    }


def _digest(script: Path, inputs: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(script.read_bytes() + REQUIREMENTS.read_bytes())
    for name, values in inputs.items():
        digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:12]
