"""Scores of the forecasts beside the baselines' and the market's on the same matches, and their reliability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from common.arrays import Floats, Ints, Mask
from contract.backtest import (
    CalibrationBin,
    Forecaster,
    ForecastScores,
    LeagueLosses,
    LossSummary,
    VersusMarket,
)
from evaluation.intervals import mean_interval
from evaluation.metrics import log_losses, one_hot, ranked_probability_scores, score

Labels = NDArray[np.int8]

RELIABILITY_BINS = 20


@dataclass(frozen=True)
class EvaluatedMatches:
    """Matches with a forecast and a result, (m,) or (m, k): UTC day of kick-off, league, fold, what came true.

    `model`, `base` and `elo` hold probabilities; `market` the margin-free price at the moment of the bet, NaN rows
    where there was none; `saw_prices` marks forecasts of models with prices.
    """

    day: Ints
    league: Ints
    fold: Ints
    label: Labels
    model: Floats
    base: Floats
    elo: Floats
    market: Floats
    saw_prices: Mask

    def __len__(self) -> int:
        return len(self.label)

    def select(self, rows: Mask) -> EvaluatedMatches:
        """The matches that the mask `rows` (m,) admits."""
        return EvaluatedMatches(**{item.name: getattr(self, item.name)[rows] for item in fields(self)})

    @property
    def priced(self) -> EvaluatedMatches:
        """The matches that had a price."""
        return self.select(np.isfinite(self.market[:, 0]))


def metrics(matches: EvaluatedMatches) -> dict[Forecaster, ForecastScores | None]:
    """The answer's `metrics`; `market` is over the matches with prices, None without any."""
    priced = matches.priced
    return {
        "model": _scores(matches.model, matches),
        "base_rate": _scores(matches.base, matches),
        "elo": _scores(matches.elo, matches),
        "market": _scores(priced.market, priced) if len(priced) else None,
    }


def _scores(probabilities: Floats, matches: EvaluatedMatches) -> ForecastScores:
    scores = score(probabilities, matches.label)
    interval = mean_interval(log_losses(probabilities, matches.label), matches.day)
    return {
        "n": scores.n,
        "log_loss": scores.log_loss,
        "brier": scores.brier,
        "rps": scores.rps,
        "ece": scores.ece,
        "accuracy": scores.accuracy,
        "log_loss_ci95": list(interval) if interval else None,
    }


@dataclass(frozen=True)
class MarketComparison:
    """Model less market, paired over `n` matches: log-loss (nats) and RPS with 95% intervals.

    RPS is None for two outcomes, intervals with too few days.
    """

    n: int
    log_loss_model: float
    log_loss_market: float
    log_loss_difference: float
    log_loss_interval: tuple[float, float] | None
    rps_difference: float | None
    rps_interval: tuple[float, float] | None

    def to_plain(self) -> VersusMarket:
        """The answer's `versus_market`."""
        return {
            "n": self.n,
            "log_loss_model": self.log_loss_model,
            "log_loss_market": self.log_loss_market,
            "log_loss_difference": self.log_loss_difference,
            "ci95": list(self.log_loss_interval) if self.log_loss_interval else None,
            "rps_difference": self.rps_difference,
            "rps_ci95": list(self.rps_interval) if self.rps_interval else None,
        }


def versus_market(matches: EvaluatedMatches) -> MarketComparison | None:
    """The model against the market on the matches that had prices, None without any."""
    priced = matches.priced
    if len(priced) == 0:
        return None
    of_model, of_market = log_losses(priced.model, priced.label), log_losses(priced.market, priced.label)
    rps = _rps_differences(priced)
    return MarketComparison(
        n=len(priced),
        log_loss_model=float(of_model.mean()),
        log_loss_market=float(of_market.mean()),
        log_loss_difference=float((of_model - of_market).mean()),
        log_loss_interval=mean_interval(of_model - of_market, priced.day),
        rps_difference=None if rps is None else float(rps.mean()),
        rps_interval=None if rps is None else mean_interval(rps, priced.day),
    )


def _rps_differences(priced: EvaluatedMatches) -> Floats | None:
    if priced.model.shape[1] == 2:
        return None
    of_model = ranked_probability_scores(priced.model, priced.label)
    return np.asarray(of_model - ranked_probability_scores(priced.market, priced.label))


def loss_summary(matches: EvaluatedMatches) -> LossSummary:
    """Log-loss of the model, alone and beside the market's where there were prices; None where there is nothing."""
    versus = versus_market(matches)
    return {
        "evaluated": len(matches),
        "log_loss": _mean_loss(matches.model, matches.label),
        "base_rate_log_loss": _mean_loss(matches.base, matches.label),
        "priced": versus.n if versus else 0,
        "log_loss_where_priced": versus.log_loss_model if versus else None,
        "market_log_loss": versus.log_loss_market if versus else None,
        "difference_ci95": list(versus.log_loss_interval) if versus and versus.log_loss_interval else None,
    }


def _mean_loss(probabilities: Floats, labels: Labels) -> float | None:
    return float(log_losses(probabilities, labels).mean()) if len(labels) else None


def by_league(matches: EvaluatedMatches, names: dict[int, str]) -> list[LeagueLosses]:
    """The loss summary of each league, the one with most matches first; `names` is by league id."""
    leagues: Sequence[int] = np.unique(matches.league).tolist()
    rows: list[LeagueLosses] = [
        {
            "league_id": league,
            "league": names[league],
            **loss_summary(matches.select(matches.league == league)),
        }
        for league in leagues
    ]
    return sorted(rows, key=lambda row: (-row["evaluated"], row["league_id"]))


def reliability(probabilities: Floats, labels: Labels, outcomes: tuple[str, ...]) -> list[CalibrationBin]:
    """The answer's `calibration`: how often each outcome came true, by equal-width bin of its probability.

    Empty bins are left out. `low` and `high` bound 95% of the frequencies that the bin would show were its mean
    prediction right (consistency bars of Bröcker and Smith 2007).
    """
    happened = one_hot(labels, len(outcomes))
    return [
        row
        for index, outcome in enumerate(outcomes)
        for row in _bins(outcome, probabilities[:, index], happened[:, index])
    ]


def _bins(outcome: str, probability: Floats, happened: Floats) -> list[CalibrationBin]:
    which = np.minimum((probability * RELIABILITY_BINS).astype(np.int64), RELIABILITY_BINS - 1)
    bins = [int(number) for number in np.unique(which)]
    return [_bin(outcome, number, probability[which == number], happened[which == number]) for number in bins]


def _bin(outcome: str, number: int, probability: Floats, happened: Floats) -> CalibrationBin:
    n, predicted = len(probability), float(probability.mean())
    low, high = binom.ppf([0.025, 0.975], n, predicted)
    return {
        "outcome": outcome,
        "from": number / RELIABILITY_BINS,
        "to": (number + 1) / RELIABILITY_BINS,
        "n": n,
        "predicted": predicted,
        "observed": float(happened.mean()),
        "low": float(low) / n,
        "high": float(high) / n,
    }
