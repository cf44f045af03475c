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
    LineLosses,
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

    `model`, `base` and `elo` hold probabilities, NaN where there is no such baseline; `market` the margin-free price
    at the moment of the bet, NaN rows where there was none; `saw_prices` marks forecasts of models with prices.
    `weight` is the share of a bet that is decided: a half where it settles by halves. `line` is the line that a match
    is judged on, NaN in a market without lines.
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
    weight: Floats
    line: Floats

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
    """The answer's `metrics`; `market` is over the matches with prices, None without any, as without a baseline."""
    priced = matches.priced
    return {
        "model": _scores(matches.model, matches),
        "base_rate": _scores(matches.base, matches),
        "elo": _scores(matches.elo, matches),
        "market": _scores(priced.market, priced) if len(priced) else None,
    }


def _scores(probabilities: Floats, matches: EvaluatedMatches) -> ForecastScores | None:
    if np.isnan(probabilities).any():
        return None
    scores = score(probabilities, matches.label, matches.weight)
    interval = mean_interval(log_losses(probabilities, matches.label), matches.day, matches.weight)
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
    rps, weight = _rps_differences(priced), priced.weight
    return MarketComparison(
        n=len(priced),
        log_loss_model=_mean(of_model, weight),
        log_loss_market=_mean(of_market, weight),
        log_loss_difference=_mean(of_model - of_market, weight),
        log_loss_interval=mean_interval(of_model - of_market, priced.day, weight),
        rps_difference=None if rps is None else _mean(rps, weight),
        rps_interval=None if rps is None else mean_interval(rps, priced.day, weight),
    )


def _mean(values: Floats, weight: Floats) -> float:
    return float((values * weight).sum() / weight.sum())


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
        "log_loss": _mean_loss(matches.model, matches),
        "base_rate_log_loss": _mean_loss(matches.base, matches),
        "priced": versus.n if versus else 0,
        "log_loss_where_priced": versus.log_loss_model if versus else None,
        "market_log_loss": versus.log_loss_market if versus else None,
        "difference_ci95": list(versus.log_loss_interval) if versus and versus.log_loss_interval else None,
    }


def _mean_loss(probabilities: Floats, matches: EvaluatedMatches) -> float | None:
    if len(matches) == 0 or np.isnan(probabilities).any():
        return None
    return _mean(log_losses(probabilities, matches.label), matches.weight)


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


def by_line(matches: EvaluatedMatches) -> list[LineLosses]:
    """The loss summary of each line, the lowest first."""
    lines: Sequence[float] = np.unique(matches.line[np.isfinite(matches.line)]).tolist()
    return [{"line": line, **loss_summary(matches.select(matches.line == line))} for line in lines]


def reliability(matches: EvaluatedMatches, outcomes: tuple[str, ...]) -> list[CalibrationBin]:
    """The answer's `calibration`: how often each outcome came true, by equal-width bin of its probability.

    Empty bins are left out. `low` and `high` bound 95% of the frequencies that the bin would show were its mean
    prediction right (consistency bars of Bröcker and Smith 2007), its matches counting as many as they weigh.
    """
    happened = one_hot(matches.label, len(outcomes))
    return [
        row
        for index, outcome in enumerate(outcomes)
        for row in outcome_reliability(outcome, matches.model[:, index], happened[:, index], matches.weight)
    ]


def outcome_reliability(
    outcome: str, probability: Floats, happened: Floats, weight: Floats
) -> list[CalibrationBin]:
    """The bins of one outcome: its probabilities, whether it came true (0 or 1) and weights, all (m,)."""
    which = np.minimum((probability * RELIABILITY_BINS).astype(np.int64), RELIABILITY_BINS - 1)
    bins = [(int(number), which == number) for number in np.unique(which)]
    return [_bin(outcome, number, probability[rows], happened[rows], weight[rows]) for number, rows in bins]


def _bin(outcome: str, number: int, probability: Floats, happened: Floats, weight: Floats) -> CalibrationBin:
    predicted = _mean(probability, weight)
    n = round(weight.sum() ** 2 / (weight**2).sum())
    low, high = binom.ppf([0.025, 0.975], n, predicted)
    return {
        "outcome": outcome,
        "from": number / RELIABILITY_BINS,
        "to": (number + 1) / RELIABILITY_BINS,
        "n": len(probability),
        "predicted": predicted,
        "observed": _mean(happened, weight),
        "low": float(low) / n,
        "high": float(high) / n,
    }
