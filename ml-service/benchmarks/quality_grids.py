"""Score grids on real matches: exact scores and totals against a rival's, and every derived market's reliability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Say
from benchmarks.quality_bars import Bar
from benchmarks.quality_panel import ForecastPanel
from benchmarks.quality_penaltyblog import GOAL_MODELS, goal_model_grids
from benchmarks.quality_scores import BAND, Gap, event_error, paired
from benchmarks.quality_tables import gap_text, table
from benchmarks.quality_walk import SeasonFold
from db.dataset import Dataset
from models.market_model import WITH_ODDS, WITHOUT_ODDS
from scores.cells import AWAY_GOALS, CELLS, HOME_GOALS, SIZE
from scores.derived import FIRST_HALF_LINES, events
from scores.first_half import Splits, advantages
from scores.grid import MARKETS, grids_where_forecast
from scores.halves_fit import fitted_halves

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
SeasonSplits = Mapping[int, Splits]
"""How goals fall into halves, by season."""

BASES = (WITHOUT_ODDS, WITH_ODDS)
SIMULATIONS = 200
NO_SCORE = -1
MAX_TOTAL = 2 * (SIZE - 1)
SHOWN_EVENTS = 12
_SEED = 20_240_229


@dataclass(frozen=True)
class MatchScores:
    """Full-time and half-time scores of n matches as cells of a grid, NO_SCORE where unknown; days of kick-off."""

    full: Ints
    half: Ints
    days: Ints
    season: Ints

    @classmethod
    def of(cls, dataset: Dataset, days: Ints) -> MatchScores:
        """The scores of every fixture of `dataset`, which has half-time goals."""
        goals, season = dataset.goals(), dataset.fixtures["season"].to_numpy()
        return cls(cells(goals.home, goals.away), cells(goals.half_home, goals.half_away), days, season)

    def only(self, rows: Mask) -> MatchScores:
        """The matches that the mask `rows` (n,) selects."""
        return MatchScores(self.full[rows], self.half[rows], self.days[rows], self.season[rows])


def cells(home: Array, away: Array) -> Ints:
    """Cells (n,) of the goals of both sides, NO_SCORE where one is NaN."""
    finite = np.isfinite(home) & np.isfinite(away)
    index = [np.minimum(np.nan_to_num(goals), SIZE - 1).astype(np.int64) for goals in (home, away)]
    return np.where(finite, index[0] * SIZE + index[1], NO_SCORE)


def grids_of(panels: Mapping[str, ForecastPanel], basis: str) -> Array:
    """Grids (n, CELLS) of a basis, NaN where a market has no forecast; a market without prices answers without."""
    forecasts = {
        market.key: panels[market.key].forecasts.get(basis, panels[market.key].forecasts[WITHOUT_ODDS])
        for market in MARKETS
    }
    return grids_where_forecast(forecasts).reshape(-1, CELLS)


def exact_gap(grids: Array, rival: Array, scores: MatchScores) -> Gap:
    """Log-loss of the exact score of `grids` less that of `rival`, both (n, CELLS), match by match."""
    row = np.arange(len(scores.full))
    return paired(np.log(rival[row, scores.full]) - np.log(grids[row, scores.full]), scores.days)


def total_gap(grids: Array, rival: Array, scores: MatchScores) -> Gap:
    """Ranked probability score of the goals of both sides, of `grids` less that of `rival`, match by match."""
    return paired(_total_rps(grids, scores.full) - _total_rps(rival, scores.full), scores.days)


def _total_rps(grids: Array, full: Ints) -> Array:
    totals = (HOME_GOALS + AWAY_GOALS).astype(np.int64)
    chances = np.stack([grids[:, totals <= total].sum(axis=1) for total in range(MAX_TOTAL)], axis=1)
    happened = totals[full][:, None] <= np.arange(MAX_TOTAL)
    return np.asarray(((chances - happened) ** 2).sum(axis=1) / MAX_TOTAL)


@dataclass(frozen=True)
class Event:
    """An event on both scores of a match: `full` and `half` (CELLS,) are 1 at the scores at which it happens."""

    name: str
    full: Array
    half: Array

    def chances(self, grids: Array, seasons: Ints, splits: SeasonSplits) -> Array:
        """Probabilities (n,) by grids (n, CELLS) of matches of `seasons` (n,)."""
        chances = np.empty(len(grids))
        for season, of_season in splits.items():
            rows = seasons == season
            level, slope = (self.full * (part @ self.half) for part in (of_season.level, of_season.slope))
            chances[rows] = grids[rows] @ level + advantages(grids[rows]) * (grids[rows] @ slope)
        return chances

    def happened(self, full: Ints, half: Ints) -> Array:
        """1 where the event happened, shape (n,), by cells of both scores."""
        return self.full[full] * self.half[half]


def all_events() -> list[Event]:
    """Every event that an answer names; the first of several names for the same event."""
    sure = np.ones(CELLS)
    named = [Event(name, weights, sure) for name, weights in events().items()]
    results = {
        "home": HOME_GOALS > AWAY_GOALS,
        "draw": HOME_GOALS == AWAY_GOALS,
        "away": HOME_GOALS < AWAY_GOALS,
    }
    as_weights = {name: mask.astype(np.float64) for name, mask in results.items()}
    named += [Event(f"first half {name}", sure, mask) for name, mask in as_weights.items()]
    named += [
        Event(f"first half over {line}", sure, (line < HOME_GOALS + AWAY_GOALS).astype(np.float64))
        for line in FIRST_HALF_LINES
    ]
    named += [
        Event(f"half-time/full-time {half}/{full}", as_weights[full], as_weights[half])
        for half in results
        for full in results
    ]
    distinct = {(event.full.tobytes(), event.half.tobytes()): event for event in reversed(named)}
    return list(distinct.values())[::-1]


@dataclass(frozen=True)
class Reliability:
    """Calibration error of one event, beside the size that luck alone stays below in 95 of 100 sets of matches."""

    event: str
    mean: float
    share: float
    error: float
    band: float


@dataclass(frozen=True)
class Reliabilities:
    """Reliability of every event, and how often luck alone leaves one as far outside its band as the worst.

    Events depend on each other: in 95 of 100 sets of matches luck leaves at most `most_by_luck` outside their bands.
    """

    events: list[Reliability]
    luck: float
    most_by_luck: int

    @property
    def outside(self) -> list[Reliability]:
        """Events whose error is above its own band, the worst first."""
        above = [one for one in self.events if one.error > one.band]
        return sorted(above, key=lambda one: -one.error / one.band)


def season_splits(dataset: Dataset, by_season: Sequence[SeasonFold]) -> SeasonSplits:
    """The split of goals into halves in the training matches of each season's models."""
    goals, kickoffs = dataset.goals(), dataset.fixtures["kickoff"].to_numpy()
    earlier = {fold.season: np.flatnonzero(fold.train) for fold in by_season}
    return {
        season: Splits.of(fitted_halves(goals.only(rows), kickoffs[rows])) for season, rows in earlier.items()
    }


def reliabilities(grids: Array, scores: MatchScores, splits: SeasonSplits) -> Reliabilities:
    """Reliability of every event by `grids` (n, CELLS) of matches with both scores and `splits` of their seasons.

    Luck is what scores drawn from the grids themselves, and half-time scores drawn from them, would show.
    """
    named = all_events()
    chances = [event.chances(grids, scores.season, splits) for event in named]
    errors = _errors(named, chances, scores.full, scores.half)
    generator = np.random.default_rng(_SEED)
    full_limits, favour = grids.cumsum(axis=1), advantages(grids)[:, None]
    by_luck = np.empty((SIMULATIONS, len(named)))
    for simulation in range(SIMULATIONS):
        full = _drawn(full_limits, generator)
        half = np.empty_like(full)
        for season, of_season in splits.items():
            rows = scores.season == season
            level, slope = (part.cumsum(axis=1)[full[rows]] for part in (of_season.level, of_season.slope))
            half[rows] = _drawn(level + favour[rows] * slope, generator)
        by_luck[simulation] = _errors(named, chances, full, half)
    bands = np.quantile(by_luck, BAND, axis=0)
    worst_by_luck = (by_luck / bands).max(axis=1)
    outside_by_luck = (by_luck > bands).sum(axis=1)
    measured = [
        Reliability(
            event.name,
            float(chance.mean()),
            float(event.happened(scores.full, scores.half).mean()),
            float(error),
            float(band),
        )
        for event, chance, error, band in zip(named, chances, errors, bands, strict=True)
    ]
    return Reliabilities(
        measured,
        luck=float((worst_by_luck >= (errors / bands).max()).mean()),
        most_by_luck=int(np.quantile(outside_by_luck, BAND)),
    )


def _errors(named: list[Event], chances: list[Array], full: Ints, half: Ints) -> Array:
    return np.array(
        [
            event_error(chance, event.happened(full, half))
            for event, chance in zip(named, chances, strict=True)
        ]
    )


def _drawn(limits: Array, generator: np.random.Generator) -> Ints:
    above = generator.random(len(limits))[:, None] * limits[:, -1:] >= limits
    return np.asarray(above.sum(axis=1), dtype=np.int64)


def best_goal_model(dataset: Dataset, scores: MatchScores, season: int, say: Say) -> tuple[str, str | None]:
    """A table of penaltyblog's goal models on one season, and the best; "" and None without penaltyblog.

    Exact scores to which a model gives no probability at all make its log-loss infinite.
    """
    losses: dict[str, tuple[int, float]] = {}
    for model in GOAL_MODELS:
        grids = goal_model_grids(dataset, [season], model, say)
        if grids is None:
            return "", None
        rows = np.isfinite(grids[:, 0]) & (scores.full != NO_SCORE)
        chances = grids[rows][np.arange(int(rows.sum())), scores.full[rows]]
        with np.errstate(divide="ignore"):
            losses[model] = len(chances), -float(np.log(chances).mean())
    text = table(
        [f"penaltyblog's goal models, season {season}", "n", "exact score, log-loss"],
        ([model, f"{n:,}", f"{loss:.4f}"] for model, (n, loss) in losses.items()),
    )
    return f"\n{text}", min(losses, key=lambda model: losses[model][1])


def grid_section(
    grids: Mapping[str, Array],
    rivals: Mapping[str, Array],
    scores: MatchScores,
    judged: Mask,
    splits: SeasonSplits,
) -> tuple[str, list[Bar]]:
    """Tables and bars of the grids by basis, beside those of rivals, on the judged matches (n,)."""
    rows = [*_rival_rows(grids, rivals, scores, judged)]
    text = table(
        [
            "grid",
            "rival",
            "n",
            "exact score, log-loss",
            "less the rival's",
            "goals of both, RPS less the rival's",
        ],
        (
            [
                row.basis,
                row.rival,
                f"{row.n:,}",
                f"{row.log_loss:.4f}",
                gap_text(row.exact),
                gap_text(row.total),
            ]
            for row in rows
        ),
    )
    bars = [bar for row in rows for bar in row.bars()]
    for basis, of_basis in grids.items():
        some = judged & np.isfinite(of_basis[:, 0]) & (scores.full != NO_SCORE) & (scores.half != NO_SCORE)
        reliability = reliabilities(of_basis[some], scores.only(some), splits)
        text += f"\n{_reliability_text(basis, reliability, int(some.sum()))}"
        claim = f"every market derived from {basis}: calibration error within what luck leaves in 95 of 100"
        outside = reliability.outside
        worst = (
            f", worst {outside[0].event} {outside[0].error:.4f} (band {outside[0].band:.4f})"
            if outside
            else ""
        )
        measured = (
            f"{len(outside)} of {len(reliability.events)} outside their own band{worst};"
            f" by luck {reliability.luck:.2f}"
        )
        bars.append(Bar(claim, measured, reliability.luck >= 1.0 - BAND))
    return text, bars


@dataclass(frozen=True)
class _RivalRow:
    basis: str
    rival: str
    n: int
    log_loss: float
    exact: Gap
    total: Gap

    def bars(self) -> Iterator[Bar]:
        claim = f"grid of {self.basis} less {self.rival}: exact score, log-loss: interval below 0"
        yield Bar(claim, gap_text(self.exact), self.exact.clearly_below)
        claim = f"grid of {self.basis} less {self.rival}: goals of both, RPS: interval below 0"
        yield Bar(claim, gap_text(self.total), self.total.clearly_below)


def _rival_rows(
    grids: Mapping[str, Array], rivals: Mapping[str, Array], scores: MatchScores, judged: Mask
) -> Iterator[_RivalRow]:
    for basis, ours in grids.items():
        for name, theirs in rivals.items():
            both = judged & np.isfinite(ours[:, 0]) & np.isfinite(theirs[:, 0]) & (scores.full != NO_SCORE)
            some = scores.only(both)
            row = np.arange(len(some.full))
            loss = -float(np.log(ours[both][row, some.full]).mean())
            gaps = (gap(ours[both], theirs[both], some) for gap in (exact_gap, total_gap))
            yield _RivalRow(basis, name, len(row), loss, *gaps)


def _reliability_text(basis: str, reliability: Reliabilities, n: int) -> str:
    head = ["event", "mean probability", "share", "calibration error", "luck stays below"]
    furthest = sorted(reliability.events, key=lambda one: -one.error / one.band)[:SHOWN_EVENTS]
    rows = (
        [one.event, f"{one.mean:.4f}", f"{one.share:.4f}", f"{one.error:.4f}", f"{one.band:.4f}"]
        for one in furthest
    )
    intro = (
        f"{basis}: {len(reliability.outside)} of {len(reliability.events)} distinct derived events are outside a"
        f" band that luck leaves once in 20, n = {n:,}; in 95 of 100 sets of matches luck leaves at most"
        f" {reliability.most_by_luck} outside. The furthest:\n\n"
    )
    return intro + table(head, rows)
