"""The forecasts of all forecasters for the same matches, side by side."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality_scores import Gap, Line, line, log_loss_gap, rps_gap
from db.dataset import Dataset
from markets.market import UNKNOWN, Labels, Market
from markets.prices import NO_PRICE_AT, bet_moments, board

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.str_]

AVERAGE = -1
"""The bookmaker id under which the importer keeps the average over bookmakers."""
BEFORE, CLOSING = "average price before play", "closing average"
BIG_FIVE = ("E0", "D1", "I1", "SP1", "F1")

_CODES = {
    ("England", "Premier League"): "E0",
    ("England", "Championship"): "E1",
    ("England", "League One"): "E2",
    ("England", "League Two"): "E3",
    ("England", "National League"): "EC",
    ("Scotland", "Premiership"): "SC0",
    ("Scotland", "Championship"): "SC1",
    ("Scotland", "League One"): "SC2",
    ("Scotland", "League Two"): "SC3",
    ("Germany", "Bundesliga"): "D1",
    ("Germany", "2. Bundesliga"): "D2",
    ("Italy", "Serie A"): "I1",
    ("Italy", "Serie B"): "I2",
    ("Spain", "La Liga"): "SP1",
    ("Spain", "Segunda División"): "SP2",
    ("France", "Ligue 1"): "F1",
    ("France", "Ligue 2"): "F2",
    ("Netherlands", "Eredivisie"): "N1",
    ("Belgium", "Jupiler Pro League"): "B1",
    ("Portugal", "Primeira Liga"): "P1",
    ("Turkey", "Süper Lig"): "T1",
    ("Greece", "Super League 1"): "G1",
}


@dataclass(frozen=True)
class AveragePrices:
    """The average over bookmakers: odds (n, k) when a bet is placed and at the close, NaN where missing.

    A close counts only if it was captured after the price of the bet.
    """

    before: Array
    closing: Array

    @property
    def both(self) -> Mask:
        """Which matches have both, shape (n,)."""
        return np.asarray(np.isfinite(self.before[:, 0]) & np.isfinite(self.closing[:, 0]))


@dataclass
class ForecastPanel:
    """One market's forecasts, arrays aligned with the dataset's n fixtures; `judged` (n,) masks those compared.

    `forecasts` maps a forecaster to its probabilities (n, k), finite on all judged matches; `uncalibrated` has those
    of the service's models before calibration, and `calibrations` the calibration method of each season.
    """

    market: Market
    labels: Labels
    days: Ints
    season: Ints
    division: Codes
    judged: Mask
    forecasts: dict[str, Array] = field(default_factory=dict)
    uncalibrated: dict[str, Array] = field(default_factory=dict)
    calibrations: dict[str, list[str]] = field(default_factory=dict)

    def line(self, name: str, rows: Mask) -> Line:
        """The scores of a forecaster on the judged matches among `rows` (n,)."""
        some = rows & self.judged
        return line(self.forecasts[name][some], self.labels[some])

    def rps_gap(self, name: str, other: str, rows: Mask | None = None) -> Gap:
        """RPS of one forecaster less that of another on the judged matches among `rows` (n,)."""
        some = self._some(rows)
        return rps_gap(
            self.forecasts[name][some], self.forecasts[other][some], self.labels[some], self.days[some]
        )

    def log_loss_gap(self, name: str, other: str, rows: Mask | None = None) -> Gap:
        """Log-loss of one forecaster less that of another on the judged matches among `rows` (n,)."""
        some = self._some(rows)
        return log_loss_gap(
            self.forecasts[name][some], self.forecasts[other][some], self.labels[some], self.days[some]
        )

    def calibration_gap(self, name: str) -> Gap:
        """Log-loss of a model of the service less its own without calibration, on the judged matches."""
        calibrated, raw = self.forecasts[name][self.judged], self.uncalibrated[name][self.judged]
        return log_loss_gap(calibrated, raw, self.labels[self.judged], self.days[self.judged])

    def scopes(self) -> dict[str, Mask]:
        """All judged matches and those of the biggest leagues."""
        return {
            "All divisions": np.ones(len(self.labels), dtype=np.bool_),
            "E0, D1, I1, SP1, F1": np.isin(self.division, BIG_FIVE),
        }

    def _some(self, rows: Mask | None) -> Mask:
        return self.judged if rows is None else rows & self.judged


def average_prices(dataset: Dataset, market: Market) -> AveragePrices:
    """The average's odds of every fixture of `dataset`."""
    ids, kickoffs = dataset.fixtures["fixture_id"].to_numpy(), dataset.fixtures["kickoff"].to_numpy()
    moments = bet_moments(dataset.quotes, market, ids, kickoffs, (AVERAGE,), only=AVERAGE)
    early = board(dataset.quotes, market, ids, kickoffs, moments).of(AVERAGE)
    late = board(dataset.quotes, market, ids, kickoffs, kickoffs).of(AVERAGE)
    moved = (late.captured_at > early.captured_at) & (early.captured_at != NO_PRICE_AT)
    return AveragePrices(early.odds, np.where(moved[:, None], late.odds, np.nan))


def finished(labels: Labels) -> Mask:
    """Which matches have a result, shape (n,)."""
    return np.asarray(labels != UNKNOWN)


def codes(dataset: Dataset, database: Path) -> Codes:
    """football-data.co.uk's code of each fixture's division, its league's id where it is another, shape (n,)."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT l.league_id, c.name, l.name FROM V3_Leagues l JOIN V3_Countries c USING (country_id)"
        ).fetchall()
    by_league = {league: _CODES.get((country, name), str(league)) for league, country, name in rows}
    return np.array([by_league[league] for league in dataset.fixtures["league_id"]])
