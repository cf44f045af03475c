"""Simulated datasets with known true probabilities, to check backtests against."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

import numpy as np
import pandas as pd

from common.arrays import Floats, Ints
from db.dataset import Dataset
from db.rows import NO_API_ID
from db.schema import FINISHED, STATISTICS
from markets.prices import Quotes
from testing.leagues import round_robin, true_probabilities

HOUR = 3600
DAY = 24 * HOUR
BOOKMAKER = 8


@dataclass(frozen=True)
class Plan:
    """Parameters of a simulation.

    `tilt` multiplies the bookmaker's probability of each outcome a day before kick-off; at the close it is true. Odds
    are probability to the power of -`power`, so that the power method removes exactly the margin.
    """

    leagues: int = 2
    teams: int = 12
    seasons: int = 6
    first_year: int = 2015
    power: float = 0.95
    noise: float = 0.0
    tilt: tuple[float, float, float] = (1.0, 1.0, 1.0)
    priced: bool = True
    seed: int = 11


@dataclass(frozen=True)
class Simulation:
    """The dataset and, by row of its fixtures, the true probabilities of 1x2 (n, 3) and goal rates (n, 2)."""

    dataset: Dataset
    truth: Floats
    rates: Floats = field(default_factory=lambda: np.empty((0, 2)))

    def finished_as(self, state: np.int8, rows: Ints) -> Simulation:
        """A copy with `rows` in another state and without goals."""
        frame = self.dataset.fixtures
        changed = np.isin(np.arange(len(frame)), rows)
        goals = {
            name: np.where(changed, np.nan, frame[name].to_numpy()) for name in ("goals_home", "goals_away")
        }
        states = np.where(changed, state, frame["state"].to_numpy())
        return replace(self, dataset=replace(self.dataset, fixtures=frame.assign(state=states, **goals)))


def simulate(plan: Plan) -> Simulation:
    """Leagues with Poisson goals and drifting strengths, with one bookmaker's prices a day and a minute before."""
    generator = np.random.default_rng(plan.seed)
    frame = pd.DataFrame(_fixtures(plan, generator))
    frame = frame.sort_values(["kickoff", "fixture_id"]).reset_index(drop=True)
    rates = frame[["rate_home", "rate_away"]].to_numpy()
    truth = np.array([true_probabilities(*pair)[1] for pair in rates])
    quotes = _quotes(frame, truth, plan, generator) if plan.priced else Quotes.none()
    fixtures = frame.drop(columns=["rate_home", "rate_away"])
    dataset = Dataset(fixtures, quotes, _names(plan, "league"), _names(plan, "team"), {})
    return Simulation(dataset, truth, rates)


def _fixtures(plan: Plan, generator: np.random.Generator) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for league in range(1, plan.leagues + 1):
        strength = generator.normal(0.0, 0.3, plan.teams)
        for season in range(plan.first_year, plan.first_year + plan.seasons):
            strength = 0.9 * strength + generator.normal(0.0, 0.1, plan.teams)
            for number, pairs in enumerate(round_robin(plan.teams)):
                for place, (home, away) in enumerate(pairs):
                    gap = strength[home] - strength[away]
                    rates = (1.45 * np.exp(gap), 1.15 * np.exp(-gap))
                    rows.append(_fixture(plan, league, season, number, place, (home, away), rates, generator))
                    rows[-1]["fixture_id"] = len(rows)
    return rows


def _fixture(
    plan: Plan,
    league: int,
    season: int,
    number: int,
    place: int,
    pair: tuple[int, int],
    rates: tuple[float, float],
    generator: np.random.Generator,
) -> dict[str, object]:
    start = int(datetime(season, 8, 4, 13, tzinfo=timezone.utc).timestamp())
    kickoff = start + 7 * DAY * number + DAY * (place % 2) + 2 * HOUR * (place % 3)
    goals = generator.poisson(rates)
    first = (league - 1) * plan.teams + 1
    row: dict[str, object] = {
        "fixture_id": 0,
        "api_id": NO_API_ID,
        "league_id": league,
        "season": season,
        "home_team_id": first + pair[0],
        "away_team_id": first + pair[1],
        "kickoff": kickoff,
        "known_at": kickoff + 150 * 60,
        "day_only": False,
        "state": FINISHED,
        "goals_home": float(goals[0]),
        "goals_away": float(goals[1]),
    }
    row |= {f"{name}_{side}": np.nan for name in ("xg", *STATISTICS) for side in ("home", "away")}
    return row | {"rate_home": rates[0], "rate_away": rates[1]}


def _quotes(frame: pd.DataFrame, truth: Floats, plan: Plan, generator: np.random.Generator) -> Quotes:
    parts = []
    for before, tilt in ((DAY, plan.tilt), (60, (1.0, 1.0, 1.0))):
        noisy = truth * np.array(tilt) * np.exp(generator.normal(0.0, plan.noise, truth.shape))
        noisy /= noisy.sum(axis=1, keepdims=True)
        size = len(frame)
        parts.append(
            Quotes(
                fixture_id=frame["fixture_id"].to_numpy(),
                market=np.zeros(size, dtype=np.int8),
                bookmaker_id=np.full(size, BOOKMAKER),
                captured_at=frame["kickoff"].to_numpy() - before,
                odds=noisy**-plan.power,
            )
        )
    return Quotes.joined(parts)


def _names(plan: Plan, kind: str) -> pd.DataFrame:
    if kind == "team":
        ids = np.arange(1, plan.leagues * plan.teams + 1)
        return pd.DataFrame({"team_id": ids, "name": [f"Town {number}" for number in ids]})
    ids = np.arange(1, plan.leagues + 1)
    return pd.DataFrame(
        {
            "league_id": ids,
            "name": [f"Division {number}" for number in ids],
            "country_id": 1,
            "is_cup": False,
            "api_id": 1000 + ids,
            "country": "Land",
        }
    )
