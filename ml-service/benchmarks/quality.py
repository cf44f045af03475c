"""`npm run ml:bench:quality`: how near the service's forecasts come to the closing line, on real matches.

Walks forward season by season through the service's own path (reader, features, fitting), beside baselines, a rival
and the prices. Prints its tables; a whole run writes them into RESULTS.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import imported, real_matches
from benchmarks.quality_bars import (
    BASE,
    DIXON_COLES,
    ELO,
    Bar,
    bars_table,
    calibration_bars,
    closing_bars,
    goals_bars,
    price_bars,
    rival_bars,
    slice_bars,
    stranger_bar,
)
from benchmarks.quality_baselines import ordered_logit
from benchmarks.quality_grids import (
    BASES,
    MatchScores,
    best_goal_model,
    grid_section,
    grids_of,
    season_splits,
)
from benchmarks.quality_handicaps import handicap_section
from benchmarks.quality_panel import (
    BEFORE,
    CLOSING,
    AveragePrices,
    ForecastPanel,
    average_prices,
    codes,
    finished,
)
from benchmarks.quality_penaltyblog import dixon_coles, goal_model_grids
from benchmarks.quality_scores import paired
from benchmarks.quality_slices import slices
from benchmarks.quality_strangers import NAME as STRANGER
from benchmarks.quality_strangers import hidden_forecasts
from benchmarks.quality_tables import (
    calibration_table,
    divisions,
    full_table,
    gap_text,
    grouped_table,
    margin_table,
    price_table,
    seasons,
    slice_table,
    table,
)
from benchmarks.quality_walk import SeasonFold, SeasonForecast, ablations, every_basis, folds, run
from benchmarks.results import write_section
from config import Settings
from db.dataset import Dataset
from db.reader import Reader
from evaluation.baselines import league_base_rates
from evaluation.metrics import ranked_probability_scores
from markets.match_winner import MATCH_WINNER
from markets.odds import implied_probabilities
from markets.prices import board
from markets.registry import MARKETS
from models.fitting import RESULTS_ONLY, Recipe
from models.market_model import WITH_ODDS, WITHOUT_ODDS
from models.training_data import TrainingData, data_by_market

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

SEASONS = (2019, 2020, 2021, 2022, 2023)
PRICED = ("1x2", "ou25")
PINNACLE = 4
TITLE = "Quality"
"""Heading of the section in RESULTS.md, which only a whole run writes."""


@dataclass(frozen=True)
class QualityBench:
    """Inputs of the walk and its forecasts."""

    dataset: Dataset
    data: dict[str, TrainingData]
    folds: list[SeasonFold]
    prices: dict[str, AveragePrices]
    panels: dict[str, ForecastPanel]

    @property
    def winner(self) -> ForecastPanel:
        """The match winner's panel."""
        return self.panels[MATCH_WINNER.key]


class ProgressLog:
    """Prints each step with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def say(self, text: str) -> None:
        """A line with the seconds since the start."""
        print(f"{self.seconds:6.0f} s  {text}", flush=True)


def prepare(years: Sequence[int], log: ProgressLog) -> QualityBench | None:
    """Read the matches and compute the inputs of all forecasters; None without real matches."""
    folder = real_matches()
    if folder is None:
        return None
    database = imported(folder, log.say)
    log.say("reading the matches")
    with closing(Reader(database)) as reader:
        dataset = reader.load(further=True)
    log.say("computing features")
    data = data_by_market(dataset, Settings().bookmakers)
    season = dataset.fixtures["season"].to_numpy()
    by_season = folds(data[MATCH_WINNER.key], season, years)
    prices = {market.key: average_prices(dataset, market) for market in MARKETS if market.key in PRICED}
    division = codes(dataset, database)
    in_seasons = np.isin(season, years)
    panels = {}
    for market in MARKETS:
        matches, average = data[market.key], prices.get(market.key, prices[MATCH_WINNER.key])
        judged = in_seasons & finished(matches.labels) & average.both
        panels[market.key] = ForecastPanel(market, matches.labels, matches.days, season, division, judged)
    return QualityBench(dataset, data, by_season, prices, panels)


def add_baselines(bench: QualityBench) -> None:
    """Add base rates of every market and Elo's ordered logit, from earlier days."""
    league = bench.dataset.fixtures["league_id"].to_numpy()
    for panel in bench.panels.values():
        rates = np.full((len(league), panel.market.size), np.nan)
        for fold in bench.folds:
            labels = panel.labels[fold.train]
            rates[fold.test] = league_base_rates(
                labels, league[fold.train], league[fold.test], panel.market.size
            )
        panel.forecasts[BASE] = rates
    elo = bench.data[MATCH_WINNER.key].elo_difference
    probabilities = np.full((len(league), MATCH_WINNER.size), np.nan)
    for fold in bench.folds:
        probabilities[fold.test] = ordered_logit(
            bench.winner.labels[fold.train], elo[fold.train], elo[fold.test]
        )
    bench.winner.forecasts[ELO] = probabilities


def add_rival(bench: QualityBench, log: ProgressLog) -> None:
    """Add Dixon-Coles, if penaltyblog can be installed."""
    log.say("Dixon-Coles by penaltyblog")
    by_market = dixon_coles(bench.dataset, [fold.season for fold in bench.folds], log.say)
    for key, probabilities in (by_market or {}).items():
        bench.panels[key].forecasts[DIXON_COLES] = probabilities


def add_service(bench: QualityBench, log: ProgressLog) -> dict[int, Recipe]:
    """Add the service on every basis; returns the recipes of the match winner without odds by season."""
    recipes = {}
    for forecast in run(every_basis(list(bench.panels), PRICED, bench.folds), bench.data, log.say):
        _store(bench.panels[forecast.work.market], forecast)
        if (forecast.work.market, forecast.work.basis) == (MATCH_WINNER.key, WITHOUT_ODDS):
            recipes[forecast.work.fold.season] = forecast.recipe
    return recipes


def _store(panel: ForecastPanel, forecast: SeasonForecast) -> None:
    """Add a season's forecasts to those of the other seasons."""
    name, rows = forecast.work.basis, forecast.work.fold.test
    for stored, probabilities in (
        (panel.forecasts, forecast.probabilities),
        (panel.uncalibrated, forecast.uncalibrated),
    ):
        stored.setdefault(name, np.full_like(probabilities, np.nan))[rows] = probabilities[rows]
    panel.calibrations.setdefault(name, []).append(forecast.recipe.calibration.method)


def add_prices(bench: QualityBench) -> None:
    """Add the average price before play and at the close, margins removed."""
    for key, prices in bench.prices.items():
        bench.panels[key].forecasts[BEFORE] = implied_probabilities(prices.before)
        bench.panels[key].forecasts[CLOSING] = implied_probabilities(prices.closing)


def ablation_table(bench: QualityBench, recipes: dict[int, Recipe], log: ProgressLog) -> str:
    """The worth of each group of features: RPS without it less RPS with all groups."""
    whole, panel = bench.winner.forecasts[WITHOUT_ODDS], bench.winner
    lacking: dict[str, Array] = {}
    for forecast in run(ablations(bench.folds, recipes), bench.data, log.say):
        probabilities = lacking.setdefault(forecast.work.name, np.full_like(whole, np.nan))
        probabilities[forecast.work.fold.test] = forecast.probabilities[forecast.work.fold.test]
    lacking["market_history (results_only)"] = panel.forecasts[RESULTS_ONLY]
    labels, days = panel.labels[panel.judged], panel.days[panel.judged]
    full = ranked_probability_scores(whole[panel.judged], labels)
    gaps = {
        group: paired(ranked_probability_scores(probabilities[panel.judged], labels) - full, days)
        for group, probabilities in lacking.items()
    }
    ranked = sorted(gaps, key=lambda group: -gaps[group].mean)
    return table(["group left out", "RPS lost"], ([group, gap_text(gaps[group])] for group in ranked))


def stranger_section(bench: QualityBench) -> tuple[str, Bar]:
    """Leagues that neither the training nor the database has before the season."""
    panel = bench.winner
    probabilities = hidden_forecasts(
        bench.dataset, bench.data[MATCH_WINNER.key], bench.folds, Settings().bookmakers
    )
    unseen = ForecastPanel(
        panel.market,
        panel.labels,
        panel.days,
        panel.season,
        panel.division,
        panel.judged & np.isfinite(probabilities[:, 0]),
        {
            BASE: panel.forecasts[BASE],
            STRANGER: probabilities,
            **{name: panel.forecasts[name] for name in (WITHOUT_ODDS, CLOSING)},
        },
    )
    if not unseen.judged.any():
        return "No such matches in these seasons.\n", Bar("leagues never seen", "no matches", False)
    bar = stranger_bar(unseen.log_loss_gap(STRANGER, BASE), int(unseen.judged.sum()))
    return full_table(unseen, unseen.judged), bar


def margin_section(bench: QualityBench) -> str:
    """Margin removal on seasons before those evaluated: average prices before play and Pinnacle's close."""
    first = min(fold.season for fold in bench.folds)
    panel, frame = bench.winner, bench.dataset.fixtures
    early = (panel.season < first) & finished(panel.labels)
    ids, kickoffs = frame["fixture_id"].to_numpy(), frame["kickoff"].to_numpy()
    pinnacle = board(bench.dataset.quotes, MATCH_WINNER, ids, kickoffs, kickoffs).of(PINNACLE).odds
    parts = {"Average before play": bench.prices[MATCH_WINNER.key].before, "Pinnacle's last price": pinnacle}
    text = ""
    for name, odds in parts.items():
        rows = early & np.isfinite(odds[:, 0])
        text += f"{name}, seasons before {first}:\n\n"
        text += margin_table(odds[rows], panel.labels[rows], panel.days[rows]) + "\n"
    return text


def grids_section(bench: QualityBench, grids: dict[str, Array], log: ProgressLog) -> tuple[str, list[Bar]]:
    """Grids by basis beside those of penaltyblog's best goal model, if that can be installed."""
    scores = MatchScores.of(bench.dataset, bench.winner.days)
    years = [fold.season for fold in bench.folds]
    trial, best = best_goal_model(bench.dataset, scores, min(years) - 1, log.say)
    theirs = goal_model_grids(bench.dataset, years, best, log.say) if best else None
    rivals = {} if best is None or theirs is None else {f"penaltyblog's {best}": theirs}
    splits = season_splits(bench.dataset, bench.folds)
    text, bars = grid_section(grids, rivals, scores, bench.winner.judged, splits)
    return text + trial, bars


def report(bench: QualityBench, recipes: dict[int, Recipe], quick: bool, log: ProgressLog) -> str:
    """All tables in Markdown."""
    groups = slices(bench.dataset.fixtures, bench.winner.division, bench.winner.forecasts[BEFORE])
    groups |= {f"season {name}": rows for name, rows in seasons(bench.winner).items()}
    parts: dict[str, str] = {}
    bars = [*closing_bars(bench.winner), *price_bars(bench.panels), *rival_bars(bench.winner)]
    bars += [*goals_bars(bench.panels), *calibration_bars(bench.panels), *slice_bars(bench.winner, groups)]
    log.say("tables")
    for key, panel in bench.panels.items():
        for scope, rows in panel.scopes().items():
            parts[f"{key}: {scope}"] = full_table(panel, rows)
    parts["With prices against the price before play"] = price_table(bench.panels[key] for key in PRICED)
    names = (WITHOUT_ODDS, RESULTS_ONLY, WITH_ODDS)
    parts["Slices, 1x2, RPS"] = slice_table(bench.winner, names, groups)
    if not quick:
        log.say("leagues never seen")
        parts["Leagues never seen, from both teams' 20th match on"], bar = stranger_section(bench)
        bars.append(bar)
        log.say("ablation")
        parts["What each group of features is worth to without_odds, 1x2"] = ablation_table(
            bench, recipes, log
        )
    log.say("score grids")
    grids: dict[str, Array] = {basis: grids_of(bench.panels, basis) for basis in BASES}
    parts["Score grids"], grid_bars = grids_section(bench, grids, log)
    parts["Asian handicap"], handicap_bars = handicap_section(grids, bench.dataset, bench.winner)
    bars += [*grid_bars, *handicap_bars]
    parts["What calibration does"] = calibration_table(bench.panels.values())
    parts["Removing the margin"] = margin_section(bench)
    for key, panel in bench.panels.items():
        parts[f"{key} by season"] = grouped_table(panel, "season", seasons(panel))
        parts[f"{key} by division"] = grouped_table(panel, "division", divisions(panel))
    return (
        _head(bench, log)
        + bars_table(bars)
        + "".join(f"\n### {name}\n\n{text}" for name, text in parts.items())
    )


def _head(bench: QualityBench, log: ProgressLog) -> str:
    years = ", ".join(seasons(bench.winner))
    remark = (
        ""
        if DIXON_COLES in bench.winner.forecasts
        else "penaltyblog could not be had: no row of Dixon-Coles. "
    )
    return (
        f"Seasons {years}, {len(divisions(bench.winner))} divisions, {int(bench.winner.judged.sum()):,} matches with"
        f" both prices. Each season by models of matches known before its first kick-off. {remark}"
        f"{log.seconds / 60:.1f} minutes.\n\n"
    )


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="npm run ml:bench:quality --", description=__doc__)
    parser.add_argument(
        "--seasons", type=int, nargs="+", choices=SEASONS, default=list(SEASONS), metavar="YEAR"
    )
    parser.add_argument("--quick", action="store_true", help="no ablation, no leagues never seen")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns 0, also without real matches."""
    flags, log = options(arguments), ProgressLog()
    years = sorted(set(flags.seasons))
    bench = prepare(years, log)
    if bench is None:
        print(
            "There are no real matches here: set FOOTBALL_DATA to a folder of football-data.co.uk's season files."
        )
        return 0
    add_baselines(bench)
    add_rival(bench, log)
    recipes = add_service(bench, log)
    add_prices(bench)
    text = report(bench, recipes, flags.quick, log)
    print(text)
    if tuple(years) == SEASONS and not flags.quick:
        write_section(TITLE, text)
    log.say("done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
