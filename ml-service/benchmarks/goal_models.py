"""Grids of scores by a goal model of penaltyblog: `python goal_models.py IN.npz OUT.npy`.

One model a division, fitted again every few weeks of a season on the division's matches of the last four years, each
weighing exp(-0.0019 a day). A match is forecast where both teams have enough matches among these, since penaltyblog
does not shrink: a team with few would look extreme.

It runs in an environment of its own and imports nothing of the service, whose packages that does not have.
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
MAX_ITERATIONS = 5_000
MAX_GOALS = 16
SIZE = 11
PROCESSES = 2
REPORT_EVERY = 11


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
    model.fit(minimizer_options={"maxiter": MAX_ITERATIONS})
    return model


def folded(grid: Array) -> Array:
    """A grid (SIZE, SIZE) whose last row and column hold all goals from there on."""
    rows = np.vstack([grid[: SIZE - 1], grid[SIZE - 1 :].sum(axis=0)])
    return np.column_stack([rows[:, : SIZE - 1], rows[:, SIZE - 1 :].sum(axis=1)])


def season_grids(work: tuple[str, Columns, int, int]) -> list[Array]:
    """Of a division's season, fitted every so many days: rows (1 + SIZE * SIZE) of a match's place and its grid."""
    name, division, season, refit_days = work
    rows = np.flatnonzero(division["season"] == season)
    if not len(rows):
        return []
    start = int(division["kickoff"][rows].min())
    period = (division["kickoff"][rows] - start) // (refit_days * DAY)
    parts = []
    for number in np.unique(period):
        parts += _period_grids(name, division, rows[period == number], start + int(number) * refit_days * DAY)
    return parts


def _period_grids(name: str, division: Columns, rows: Ints, now: int) -> list[Array]:
    earlier = (
        (division["known_at"] <= now)
        & (division["kickoff"] > now - WINDOW_DAYS * DAY)
        & np.isfinite(division["goals_home"])
    )
    past = {key: values[earlier] for key, values in division.items()}
    teams, counts = np.unique(np.concatenate([past["home"], past["away"]]), return_counts=True)
    regulars = teams[counts >= MIN_MATCHES]
    home, away = division["home"][rows], division["away"][rows]
    forecastable = np.isin(home, regulars) & np.isin(away, regulars)
    if not forecastable.any():
        return []
    model = fitted(name, past, now)
    return [
        np.concatenate([[float(place)], _grid(model, str(h), str(a)).reshape(-1)])
        for place, h, a in zip(
            division["row"][rows][forecastable], home[forecastable], away[forecastable], strict=True
        )
    ]


def _grid(model: Any, home: str, away: str) -> Array:
    return folded(np.asarray(model.predict(home, away, max_goals=MAX_GOALS).grid, dtype=np.float64))


def main(source: Path, target: Path) -> None:
    """Read matches, seasons and the model's name; write rows of a match's place and its grid."""
    with np.load(source) as file:
        columns = {name: file[name] for name in file.files}
    name, refit_days = str(columns.pop("model")), int(columns.pop("refit_days"))
    divisions, seasons = columns.pop("division"), columns.pop("seasons")
    works = [
        (
            name,
            {key: values[divisions == division] for key, values in columns.items()},
            int(season),
            refit_days,
        )
        for season in seasons
        for division in np.unique(divisions)
    ]
    parts: list[Array] = []
    with Pool(PROCESSES) as pool:
        for done, some in enumerate(pool.imap(season_grids, works), start=1):
            parts += some
            if done % REPORT_EVERY == 0 or done == len(works):
                print(f"          {name}: {done} of {len(works)} division-seasons", flush=True)
    np.save(target, np.array(parts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
