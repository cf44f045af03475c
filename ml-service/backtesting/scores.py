"""Forecasts beside their benchmarks on the same matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.intervals import mean_interval
from evaluation.metrics import log_losses, ranked_probability_scores, score

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Labels = NDArray[np.int8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Evaluated:
    """Forecast matches with a result, (m,) or (m, k): UTC day of kick-off, league, period, what came true.

    `market` holds the margin-free price at the moment of the bet, NaN rows where there was none.
    """

    day: Ints
    league: Ints
    fold: Ints
    label: Labels
    model: Array
    base: Array
    elo: Array
    market: Array
    saw_prices: Mask

    def __len__(self) -> int:
        return len(self.label)

    def only(self, which: Mask) -> Evaluated:
        """The matches that `which` admits."""
        return Evaluated(**{item.name: getattr(self, item.name)[which] for item in fields(Evaluated)})

    @property
    def priced(self) -> Evaluated:
        """The matches that had a price."""
        return self.only(np.isfinite(self.market[:, 0]))


def metrics(matches: Evaluated) -> dict[str, Any]:
    """The answer's `metrics`; `market` is over the matches with prices, None without any."""
    priced = matches.priced
    return {
        "model": _scores(matches.model, matches),
        "base_rate": _scores(matches.base, matches),
        "elo": _scores(matches.elo, matches),
        "market": _scores(priced.market, priced) if len(priced) else None,
    }


def _scores(probabilities: Array, matches: Evaluated) -> dict[str, Any]:
    interval = mean_interval(log_losses(probabilities, matches.label), matches.day)
    return {
        **asdict(score(probabilities, matches.label)),
        "log_loss_ci95": list(interval) if interval else None,
    }


@dataclass(frozen=True)
class Difference:
    """Model less market, paired over `n` matches: log-loss and RPS (None for two outcomes) with 95% intervals."""

    n: int
    log_loss_model: float
    log_loss_market: float
    log_loss: float
    interval: tuple[float, float] | None
    rps: float | None
    rps_interval: tuple[float, float] | None

    def written(self) -> dict[str, Any]:
        """The answer's `versus_market`."""
        return {
            "n": self.n,
            "log_loss_model": self.log_loss_model,
            "log_loss_market": self.log_loss_market,
            "log_loss_difference": self.log_loss,
            "ci95": list(self.interval) if self.interval else None,
            "rps_difference": self.rps,
            "rps_ci95": list(self.rps_interval) if self.rps_interval else None,
        }


def versus_market(matches: Evaluated) -> Difference | None:
    """The model against the market on the matches that had prices, None without any."""
    priced = matches.priced
    if len(priced) == 0:
        return None
    of_model, of_market = log_losses(priced.model, priced.label), log_losses(priced.market, priced.label)
    ranked = _ranked_differences(priced)
    return Difference(
        n=len(priced),
        log_loss_model=float(of_model.mean()),
        log_loss_market=float(of_market.mean()),
        log_loss=float((of_model - of_market).mean()),
        interval=mean_interval(of_model - of_market, priced.day),
        rps=None if ranked is None else float(ranked.mean()),
        rps_interval=None if ranked is None else mean_interval(ranked, priced.day),
    )


def _ranked_differences(priced: Evaluated) -> Array | None:
    if priced.model.shape[1] == 2:
        return None
    of_model = ranked_probability_scores(priced.model, priced.label)
    return np.asarray(of_model - ranked_probability_scores(priced.market, priced.label))


def losses(matches: Evaluated) -> dict[str, Any]:
    """Log-loss of the model, alone and beside the market's where there were prices; None where there is nothing."""
    versus = versus_market(matches)
    return {
        "evaluated": len(matches),
        "log_loss": _mean_loss(matches.model, matches.label),
        "base_rate_log_loss": _mean_loss(matches.base, matches.label),
        "priced": versus.n if versus else 0,
        "log_loss_where_priced": versus.log_loss_model if versus else None,
        "market_log_loss": versus.log_loss_market if versus else None,
        "difference_ci95": list(versus.interval) if versus and versus.interval else None,
    }


def _mean_loss(probabilities: Array, labels: Labels) -> float | None:
    return float(log_losses(probabilities, labels).mean()) if len(labels) else None


def by_league(matches: Evaluated, names: dict[int, str]) -> list[dict[str, Any]]:
    """Losses of each league, the one with most matches first."""
    leagues: Sequence[int] = np.unique(matches.league).tolist()
    rows = [
        {"league_id": league, "league": names[league], **losses(matches.only(matches.league == league))}
        for league in leagues
    ]
    return sorted(rows, key=lambda row: (-row["evaluated"], row["league_id"]))
