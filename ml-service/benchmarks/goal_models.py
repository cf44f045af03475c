"""Grids of scores by a goal model of penaltyblog, in an environment of its own: `python goal_models.py IN.npz OUT.npz`.

One model a division, fitted again every few weeks of a season on the division's matches of the last four years, each
weighing exp(-0.0019 a day). A match is forecast where both teams have enough matches among these, since penaltyblog
does not shrink: a team with few would look extreme.

It imports nothing of the service, whose packages this environment does not have.
"""

from __future__ import annotations

import sys
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Columns = dict[str, Any]

DAY = 86_400
DECAY_PER_DAY = 0.0019
WINDOW_DAYS = 4 * 365
MIN_MATCHES = 20
SIZE = 11
PROCESSES = 2
BAYESIAN = ("BayesianGoalModel", "HierarchicalBayesianGoalModel")
_SAMPLES = {"n_samples": 300, "burn": 300, "n_chains": 2, "n_cores": 1}


def fitted(name: str, past: Columns, now: int) -> Any:
    """The model called `name` on the matches `past`, at `now`, epoch seconds."""
    from penaltyblog import models

    model = getattr(models, name)(
        past["goals_home"].astype(np.int64),
        past["goals_away"].astype(np.int64),
        past["home"].astype(str),
        past["away"].astype(str),
        np.exp(-DECAY_PER_DAY * (now - past["kickoff"]) / DAY),
    )
    if name in BAYESIAN:
        model.fit(**_SAMPLES)
    else:
        model.fit(minimizer_options={"maxiter": 5_000})
    return model


def folded(grid: Array) -> Array:
    """A grid (SIZE, SIZE) whose last row and column hold all goals from there on."""
    rows = np.vstack([grid[: SIZE - 1], grid[SIZE - 1 :].sum(axis=0)])
    return np.column_stack([rows[:, : SIZE - 1], rows[:, SIZE - 1 :].sum(axis=1)])


def season_grids(work: tuple[str, Columns, int, int]) -> list[tuple[int, Array]]:
    """Rows and grids of a division's season, fitted every so many days."""
    name, division, season, refit_days = work
    rows = np.flatnonzero(division["season"] == season)
    if not len(rows):
        return []
    start = int(division["kickoff"][rows].min())
    period = (division["kickoff"][rows] - start) // (refit_days * DAY)
    grids = []
    for number in np.unique(period):
        now = start + int(number) * refit_days * DAY
        known = (
            (division["known_at"] <= now)
            & (division["kickoff"] > now - WINDOW_DAYS * DAY)
            & np.isfinite(division["goals_home"])
        )
        past = {key: values[known] for key, values in division.items()}
        teams, counts = np.unique(np.concatenate([past["home"], past["away"]]), return_counts=True)
        enough = teams[counts >= MIN_MATCHES]
        here = rows[period == number]
        asked = here[np.isin(division["home"][here], enough) & np.isin(division["away"][here], enough)]
        if not len(asked):
            continue
        model = fitted(name, past, now)
        for row in asked:
            grid = model.predict(str(division["home"][row]), str(division["away"][row]), max_goals=16).grid
            grids.append((int(division["row"][row]), folded(np.asarray(grid, dtype=np.float64))))
    return grids


def main(given: Path, wanted: Path) -> None:
    """Read matches, seasons and the model's name, write grids (n, SIZE, SIZE), NaN where it has none."""
    with np.load(given) as file:
        columns = {name: file[name] for name in file.files}
    name, refit_days = str(columns.pop("model")), int(columns.pop("refit_days"))
    divisions, seasons = columns.pop("division"), columns.pop("seasons")
    chosen = columns.pop("divisions")
    works = [
        (
            name,
            {key: values[divisions == division] for key, values in columns.items()},
            int(season),
            refit_days,
        )
        for season in seasons
        for division in chosen
    ]
    out = np.full((len(divisions), SIZE, SIZE), np.nan)
    with Pool(PROCESSES) as pool:
        for done, parts in enumerate(pool.imap_unordered(season_grids, works), start=1):
            for row, grid in parts:
                out[row] = grid
            if done % SIZE == 0 or done == len(works):
                print(f"          {name}: {done} of {len(works)} division-seasons", flush=True)
    np.savez_compressed(wanted, grids=out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
