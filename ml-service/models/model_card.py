"""A model's card: what it is made of and how it did on matches that it, its stopping and its calibrator never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from common.times import day_text
from contract.model import AgainstMarket, Card, Metrics
from evaluation.baselines import elo_forecasts
from evaluation.intervals import compare_log_losses
from evaluation.metrics import base_rates, log_losses, score
from markets.match_winner import MATCH_WINNER
from models.fitting import Evaluation
from models.importance import importance
from models.training_data import TrainingData

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TestForecasts:
    """What an evaluation fit said of its test matches: aligned arrays, rows in order of kick-off."""

    fixture_ids: NDArray[np.int64]
    days: NDArray[np.int64]
    labels: NDArray[np.int8]
    probabilities: Array

    def to_plain(self) -> dict[str, Any]:
        """Built-in types that `from_plain` reads back."""
        return {
            "fixture_ids": self.fixture_ids.tobytes(),
            "days": self.days.tobytes(),
            "labels": self.labels.tobytes(),
            "probabilities": self.probabilities.tobytes(),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> TestForecasts:
        """The forecasts that `to_plain` wrote."""
        ids = np.frombuffer(plain["fixture_ids"], dtype=np.int64)
        probabilities = np.frombuffer(plain["probabilities"], dtype=np.float64)
        return cls(
            ids,
            np.frombuffer(plain["days"], dtype=np.int64),
            np.frombuffer(plain["labels"], dtype=np.int8),
            probabilities.reshape(len(ids), -1),
        )


def forecasts(evaluation: Evaluation, data: TrainingData, fixture_ids: NDArray[np.int64]) -> TestForecasts:
    """The evaluation fit's probabilities of its test matches; `fixture_ids` are those of `data`'s rows."""
    test = data.only(evaluation.test)
    probabilities = evaluation.model.predict(test.features, test.implied, test.deviations)
    return TestForecasts(fixture_ids[evaluation.test], test.days, test.labels, probabilities)


def card(
    evaluation: Evaluation, data: TrainingData, on_test: TestForecasts, reason: str | None = None
) -> Card:
    """The contract's Card of an evaluation; `reason` says why there are no trees, or why they count in part."""
    recipe = evaluation.recipe
    return {
        "features": list(evaluation.model.columns),
        "rounds": recipe.rounds,
        "calibration": {
            "method": recipe.calibration.method,
            "chosen_on": {"n": recipe.chosen_on, "log_loss": recipe.log_loss},
        },
        "metrics": _metrics(evaluation, data, on_test),
        "importance": importance(evaluation.model, data.only(evaluation.test)),
        "weight": 0.0 if evaluation.model.is_price else evaluation.model.weight,
        "reason": reason,
    }


def _metrics(evaluation: Evaluation, data: TrainingData, on_test: TestForecasts) -> Metrics:
    fitted, test = data.only(evaluation.fitted), data.only(evaluation.test)
    scores = score(on_test.probabilities, on_test.labels)
    rates = base_rates(fitted.labels, data.market.size)
    base = np.tile(rates, (scores.n, 1))
    elo = _elo_alone(fitted, test)
    return {
        "n": scores.n,
        "from": day_text(int(test.kickoff.min())),
        "to": day_text(int(test.kickoff.max())),
        "log_loss": scores.log_loss,
        "brier": scores.brier,
        "rps": scores.rps,
        "ece": scores.ece,
        "base_rate_log_loss": float(log_losses(base, on_test.labels).mean()),
        "elo_log_loss": None if elo is None else float(log_losses(elo, on_test.labels).mean()),
        "market": _against_market(test, on_test),
    }


def _against_market(test: TrainingData, on_test: TestForecasts) -> AgainstMarket | None:
    """Log-loss of model and margin-free price on the matches that have one, paired; None without any."""
    priced = test.priced
    if not priced.any():
        return None
    model = log_losses(on_test.probabilities[priced], on_test.labels[priced])
    market = log_losses(test.implied[priced], on_test.labels[priced])
    return compare_log_losses(model, market, test.days[priced])


def _elo_alone(fitted: TrainingData, test: TrainingData) -> Array | None:
    """What Elo alone says, None but for 1x2."""
    if fitted.market != MATCH_WINNER:
        return None
    return elo_forecasts(fitted.labels, fitted.elo_difference, test.elo_difference, fitted.market.size)
