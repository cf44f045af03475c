"""Dixon-Coles as a rival: its environment, its forecasts, and where both are kept."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Say, cache
from db.dataset import Dataset

Array = NDArray[np.float64]

SCRIPT = Path(__file__).with_name("dixon_coles.py")
REQUIREMENTS = Path(__file__).with_name("requirements-quality.txt")
COLUMNS = {"1x2": slice(0, 3), "ou25": slice(3, 5), "btts": slice(5, 7)}


def dixon_coles(dataset: Dataset, seasons: list[int], say: Say) -> dict[str, Array] | None:
    """Probabilities (n, k) by market, NaN outside `seasons`; None where penaltyblog cannot be had."""
    python = environment(say)
    if python is None:
        return None
    given = _matches(dataset, seasons)
    key = _digest(given)
    asked, told = cache() / f"dixon-coles-{key}.in.npz", cache() / f"dixon-coles-{key}.npy"
    if not told.exists():
        np.savez(asked, allow_pickle=False, **given)
        _run(python, asked, told)
        asked.unlink()
    whole: Array = np.load(told)
    return {market: whole[:, place] for market, place in COLUMNS.items()}


def environment(say: Say) -> Path | None:
    """The python that has penaltyblog, its venv made where there is none; None where it cannot be."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = cache() / f"venv-{sys.version_info.major}.{sys.version_info.minor}-{wanted}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if ready.exists():
        return python
    say("making penaltyblog's environment, once")
    venv.create(folder, clear=True, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        say(f"penaltyblog cannot be had, so there is no row of Dixon-Coles: {done.stderr.strip()[-300:]}")
        return None
    ready.touch()
    return python


def _run(python: Path, asked: Path, told: Path) -> None:
    unfinished = told.with_suffix(".unfinished.npy")
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    command = [str(python), str(SCRIPT), str(asked), str(unfinished)]
    subprocess.run(command, env={**os.environ, **one_thread}, check=True)
    unfinished.rename(told)


def _matches(dataset: Dataset, seasons: list[int]) -> dict[str, NDArray[np.int64] | Array]:
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


def _digest(given: dict[str, NDArray[np.int64] | Array]) -> str:
    digest = hashlib.sha256(SCRIPT.read_bytes() + REQUIREMENTS.read_bytes())
    for name, values in given.items():
        digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:12]
