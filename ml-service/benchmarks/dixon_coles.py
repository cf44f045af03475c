"""Dixon and Coles (1997) by penaltyblog, run in its own environment: `python dixon_coles.py IN.npz OUT.npy`.

One model per division, refitted every four weeks of a season on the division's matches of the last four years, each
with weight exp(-0.0019 * days ago). penaltyblog does not shrink, so a team that was not in the division last season
starts at the mean of those that left, which counts as NEWCOMER_MATCHES matches beside its own.

It imports nothing of the service, whose packages this environment does not have. The service's environment does not
have penaltyblog, so only the functions that call it import it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

DAY = 86_400
DECAY_PER_DAY = 0.0019
WINDOW_DAYS = 4 * 365
REFIT_DAYS = 28
NEWCOMER_MATCHES = 8.0
MAX_ITERATIONS = 5_000
MAX_GOALS = 15
MIN_RATE, MAX_RATE = 0.05, 8.0
PROCESSES = 2
REPORT_EVERY = 11
OUTCOMES = 7
"""Columns of a forecast: home, draw, away; over, under 2.5 goals; both score, not both."""


@dataclass(frozen=True)
class Matches:
    """One division's matches in order of time; goals are NaN where unknown, `row` is the row in the input."""

    row: Ints
    season: Ints
    kickoff: Ints
    known_at: Ints
    home: Ints
    away: Ints
    goals_home: Array
    goals_away: Array

    def only(self, rows: NDArray[np.bool_]) -> Matches:
        """The matches that the mask `rows` (n,) selects."""
        return Matches(*(getattr(self, name)[rows] for name in Matches.__dataclass_fields__))

    @property
    def teams(self) -> set[int]:
        """Ids of all teams."""
        return {int(team) for team in np.concatenate([self.home, self.away])}


@dataclass(frozen=True)
class Strengths:
    """Log goal rates: a team's `attack` plus its opponent's `defence`, plus `home_advantage` at home."""

    attack: dict[int, float]
    defence: dict[int, float]
    home_advantage: float
    rho: float


def fit(past: Matches, now: int) -> Strengths:
    """The division's strengths at `now`, epoch seconds, from its earlier matches."""
    from penaltyblog.models import DixonColesGoalModel

    model = DixonColesGoalModel(
        past.goals_home.astype(np.int64),
        past.goals_away.astype(np.int64),
        past.home.astype(str),
        past.away.astype(str),
        weights(past, now),
    )
    model.fit(minimizer_options={"maxiter": MAX_ITERATIONS})
    parameters = model.get_params()
    return Strengths(
        attack={team: float(parameters[f"attack_{team}"]) for team in past.teams},
        defence={team: float(parameters[f"defence_{team}"]) for team in past.teams},
        home_advantage=float(parameters["home_advantage"]),
        rho=float(parameters["rho"]),
    )


def weights(past: Matches, now: int) -> Array:
    """The weight of each match at `now`, shape (n,)."""
    return np.asarray(np.exp(-DECAY_PER_DAY * (now - past.kickoff) / DAY))


def with_newcomers(
    strengths: Strengths, past: Matches, now: int, stayed: set[int], left: set[int]
) -> Strengths:
    """Strengths of all teams of `past` and of newcomers: those not in `stayed` shrink towards the mean of `left`."""
    weight = weights(past, now)
    example = sorted(left & strengths.attack.keys()) or sorted(strengths.attack)
    return Strengths(
        _shrunk(strengths.attack, past, weight, stayed, example),
        _shrunk(strengths.defence, past, weight, stayed, example),
        strengths.home_advantage,
        strengths.rho,
    )


def _shrunk(
    values: dict[int, float], past: Matches, weight: Array, stayed: set[int], example: list[int]
) -> dict[int, float]:
    usual = float(np.mean([values[team] for team in example]))
    drawn = dict.fromkeys(past.teams, usual) | values
    for team in drawn.keys() - stayed:
        played = float(weight[(past.home == team) | (past.away == team)].sum())
        own = values.get(team, usual)
        drawn[team] = (played * own + NEWCOMER_MATCHES * usual) / (played + NEWCOMER_MATCHES)
    return _TeamValues(drawn, usual)


class _TeamValues(dict[int, float]):
    """Values by team; a team without matches has the usual value of newcomers."""

    def __init__(self, values: dict[int, float], usual: float) -> None:
        super().__init__(values)
        self._usual = usual

    def __missing__(self, _: int) -> float:
        return self._usual


def probabilities(strengths: Strengths, home: int, away: int) -> tuple[float, ...]:
    """The three markets of one match, in the order of OUTCOMES."""
    from penaltyblog.models import create_dixon_coles_grid

    host = _rate(strengths.attack[home] + strengths.defence[away] + strengths.home_advantage)
    guest = _rate(strengths.attack[away] + strengths.defence[home])
    rho = float(np.clip(strengths.rho, max(-1.0 / host, -1.0 / guest), min(1.0, 1.0 / (host * guest))))
    grid = create_dixon_coles_grid(host, guest, rho, MAX_GOALS)
    over = float(grid.total_goals("over", 2.5))
    both = float(grid.btts_yes)
    return (*(float(chance) for chance in grid.home_draw_away), over, 1.0 - over, both, 1.0 - both)


def _rate(log_goals: float) -> float:
    return float(np.clip(np.exp(log_goals), MIN_RATE, MAX_RATE))


def season_forecasts(division: Matches, season: int) -> Iterator[tuple[Ints, Array]]:
    """Rows and probabilities of a season's matches, one period between two fits at a time."""
    upcoming = division.only(division.season == season)
    before = division.only(division.season == season - 1).teams
    present = upcoming.teams
    start = int(upcoming.kickoff.min()) if len(upcoming.row) else 0
    periods = (upcoming.kickoff - start) // (REFIT_DAYS * DAY)
    for period in np.unique(periods):
        now = start + int(period) * REFIT_DAYS * DAY
        matches = upcoming.only(periods == period)
        past = division.only(
            (division.known_at <= now)
            & (division.kickoff > now - WINDOW_DAYS * DAY)
            & np.isfinite(division.goals_home)
        )
        strengths = with_newcomers(fit(past, now), past, now, present & before, before - present)
        teams = zip(matches.home, matches.away, strict=True)
        forecasts = [probabilities(strengths, int(home), int(away)) for home, away in teams]
        yield matches.row, np.array(forecasts).reshape(-1, OUTCOMES)


def _work(work: tuple[Matches, int]) -> list[tuple[Ints, Array]]:
    return list(season_forecasts(*work))


def main(source: Path, target: Path) -> None:
    """Read matches and seasons, write forecasts (n, OUTCOMES), NaN for matches of other seasons."""
    with np.load(source) as file:
        columns = {name: file[name] for name in (*Matches.__dataclass_fields__, "division", "seasons")}
    out = np.full((len(columns["row"]), OUTCOMES), np.nan)
    divisions, seasons = columns.pop("division"), columns.pop("seasons")
    whole = Matches(**columns)
    works = [
        (whole.only(divisions == division), int(season))
        for season in seasons
        for division in np.unique(divisions)
    ]
    with Pool(PROCESSES) as pool:
        for done, parts in enumerate(pool.imap_unordered(_work, works), start=1):
            for rows, forecasts in parts:
                out[rows] = forecasts
            if done % REPORT_EVERY == 0 or done == len(works):
                print(f"          {done} of {len(works)} division-seasons", flush=True)
    np.save(target, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
