"""Prices of further markets for simulated datasets, on lines whose true probabilities are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from common.arrays import Floats
from db.schema import HALF_TIME as HALF_TIME_GOALS
from markets.further import (
    ASIAN_HANDICAP,
    DOUBLE_CHANCE,
    HALF_TIME,
    HALF_TIME_FULL_TIME,
    TOTALS,
    FurtherMarket,
    offer_code,
)
from markets.lines import QUARTERS
from markets.prices import Quotes
from scores.cells import AWAY_GOALS, HOME_GOALS, SIZE
from scores.first_half import USUAL
from scores.settlement import cover_probability, shares
from testing.leagues import poisson_grid
from testing.simulated import BOOKMAKER, DAY, Simulation

CLOSING_SECONDS = 60


@dataclass(frozen=True)
class LinePlan:
    """Parameters of simulated prices of lines.

    A day before kick-off the bookmaker prices goal rates off the true ones by normal `noise` in their logarithms, and
    at the close the true ones. It shows handicaps `around` the most even line, in quarters, and the totals named.
    Odds are probability to the power of -`power`, so that the power method removes exactly the margin.
    """

    noise: float = 0.0
    around: tuple[int, ...] = (-1, 0, 1)
    totals: tuple[float, ...] = (3.0, 3.25, 3.5)
    power: float = 0.95
    seed: int = 13


def with_lines(simulation: Simulation, plan: LinePlan) -> Simulation:
    """The simulation with prices of every further market, and half-time goals of finished matches."""
    generator = np.random.default_rng(plan.seed)
    early = simulation.rates * np.exp(generator.normal(0.0, plan.noise, simulation.rates.shape))
    moments = ((DAY, early), (CLOSING_SECONDS, simulation.rates))
    parts = [
        part
        for before, rates in moments
        for part in _quotes(simulation, np.stack([poisson_grid(*pair) for pair in rates]), before, plan)
    ]
    fixtures = simulation.dataset.fixtures.assign(**_half_time_goals(simulation, generator))
    dataset = replace(simulation.dataset, fixtures=fixtures, further_quotes=Quotes.joined(parts))
    return replace(simulation, dataset=dataset)


def _half_time_goals(simulation: Simulation, generator: np.random.Generator) -> dict[str, Floats]:
    """Goals of the first half by column, drawn by the scores of whole matches, NaN without one."""
    home, away = (simulation.dataset.fixtures[name].to_numpy() for name in ("goals_home", "goals_away"))
    finished = np.isfinite(home)
    full = [np.nan_to_num(goals).clip(max=SIZE - 1).astype(np.int64) for goals in (home, away)]
    limits = USUAL.splits().cumsum(axis=1)[full[0] * SIZE + full[1]]
    cell = (generator.random(len(home))[:, None] * limits[:, -1:] >= limits).sum(axis=1)
    sides = (np.where(finished, goals[cell], np.nan) for goals in (HOME_GOALS, AWAY_GOALS))
    return dict(zip(HALF_TIME_GOALS, sides, strict=True))


def even_lines(grids: Floats) -> Floats:
    """The home team's most even handicap (n,) by distributions of scores."""
    lines: Floats = np.arange(-4.0 * QUARTERS, 4.0 * QUARTERS + 1.0) / QUARTERS
    gaps = [np.abs(_covers(ASIAN_HANDICAP, grids, np.full(len(grids), line))[:, 0] - 0.5) for line in lines]
    return np.asarray(lines[np.argmin(np.column_stack(gaps), axis=1)])


def _covers(market: FurtherMarket, grids: Floats, lines: Floats) -> Floats:
    return cover_probability(shares(market, grids, lines))


def _quotes(simulation: Simulation, grids: Floats, before: int, plan: LinePlan) -> Sequence[Quotes]:
    even, level = even_lines(grids), np.zeros(len(grids))
    offers = [
        *((ASIAN_HANDICAP, even + step / QUARTERS) for step in plan.around),
        *((TOTALS, level + line) for line in plan.totals),
        (DOUBLE_CHANCE, level),
        (HALF_TIME, level),
        (HALF_TIME_FULL_TIME, level),
    ]
    return [_quote(simulation, market, grids, lines, before, plan.power) for market, lines in offers]


def _quote(
    simulation: Simulation, market: FurtherMarket, grids: Floats, lines: Floats, before: int, power: float
) -> Quotes:
    frame = simulation.dataset.fixtures
    odds = np.full((len(frame), HALF_TIME_FULL_TIME.size), np.nan)
    odds[:, : market.size] = _covers(market, grids, lines) ** -power
    codes = [offer_code(market, line if market.has_lines else None) for line in lines.tolist()]
    return Quotes(
        fixture_id=frame["fixture_id"].to_numpy(),
        market=np.array(codes, dtype=np.int16),
        bookmaker_id=np.full(len(frame), BOOKMAKER),
        captured_at=frame["kickoff"].to_numpy() - before,
        odds=odds,
    )
