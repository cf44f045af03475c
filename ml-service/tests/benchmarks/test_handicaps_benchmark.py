"""Asian handicaps in the quality benchmark: which matches count, and how covering is scored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality_handicaps import Handicaps, handicap_section
from benchmarks.quality_panel import AVERAGE, ForecastPanel
from common.times import DAY_SECONDS
from markets.match_winner import MATCH_WINNER
from models.market_model import WITH_ODDS, WITHOUT_ODDS
from testing.leagues import poisson_grid
from testing.simulated import Plan, Simulation, simulate
from testing.simulated_lines import LinePlan, with_lines


@pytest.fixture(scope="module")
def lined() -> Simulation:
    """Prices a day before kick-off that are wide of the truth, by the average over bookmakers."""
    simulation = with_lines(simulate(Plan(teams=14, seasons=4)), LinePlan(noise=0.25))
    quotes = simulation.dataset.further_quotes
    average = replace(quotes, bookmaker_id=np.full(len(quotes), AVERAGE))
    return replace(simulation, dataset=replace(simulation.dataset, further_quotes=average))


def panel(simulation: Simulation) -> ForecastPanel:
    frame = simulation.dataset.fixtures
    goals = simulation.dataset.goals()
    return ForecastPanel(
        market=MATCH_WINNER,
        labels=MATCH_WINNER.settle(goals.home, goals.away),
        days=frame["kickoff"].to_numpy() // DAY_SECONDS,
        season=frame["season"].to_numpy(),
        division=np.array(["E0"] * len(frame)),
        judged=np.isfinite(goals.home),
    )


def test_a_match_counts_for_what_its_line_decides(lined: Simulation) -> None:
    handicaps = Handicaps.of(lined.dataset)
    goals = lined.dataset.goals()
    ahead = goals.home - goals.away + handicaps.main.line
    decided = handicaps.weights > 0.0
    assert set(handicaps.weights[np.isfinite(ahead)].tolist()) == {0.0, 0.5, 1.0}
    assert (handicaps.weights[ahead == 0.0] == 0.0).all()
    assert (handicaps.labels[decided] == (ahead < 0.0)[decided]).all()


def test_the_truth_beats_prices_that_are_wide_of_it_and_base_rates_do_not(lined: Simulation) -> None:
    truth = np.stack([poisson_grid(*rates).reshape(-1) for rates in lined.rates])
    level = np.repeat(truth.mean(axis=0)[None], len(truth), axis=0)
    text, (bar,) = handicap_section({WITHOUT_ODDS: level, WITH_ODDS: truth}, lined.dataset, panel(lined))
    handicaps, rows = Handicaps.of(lined.dataset), panel(lined).judged
    rows = rows & (handicaps.weights > 0.0)
    against = handicaps.against_price(truth, rows)
    assert against["ci95"] is not None
    assert against["ci95"][1] < 0.0
    assert bar.met
    assert f"{against['difference']:+.5f}" in bar.measured
    assert handicaps.against_price(level, rows)["difference"] > 0.0
    assert f"| {WITH_ODDS} | All divisions | {int(rows.sum()):,} |" in text
