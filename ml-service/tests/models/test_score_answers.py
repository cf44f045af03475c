"""Scores in predictions, through a real model and a real database."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import numpy as np
import pytest

from contract.prediction import PredictionAnswer
from models.predictor import Forecaster
from models.query import MatchQuery, PredictQuery
from scores.cells import SIZE
from testing.contract import check_shape

FIXTURES = range(1, 721, 24)
CONTRADICTION = {"1x2": (1.4, 12.0, 6.0), "ou25": (12.0, 1.04), "btts": (1.05, 9.0)}
"""Prices that say 1-1 and, at the same time, all but certainly no draw."""


def total(grid: Any, rule: Any) -> float:
    return float(sum(grid[h][a] for h in range(SIZE) for a in range(SIZE) if rule(h, a)))


def check_agreement(answer: PredictionAnswer) -> None:
    """Assert that the grid's sums are the served probabilities, within 1e-6."""
    assert answer["scores"] is not None
    grid, served = answer["scores"]["grid"], answer["prediction"]
    assert {
        "home": total(grid, lambda h, a: h > a),
        "draw": total(grid, lambda h, a: h == a),
        "away": total(grid, lambda h, a: h < a),
    } == pytest.approx(served["1x2"], abs=1e-6)
    assert total(grid, lambda h, a: h + a > 2.5) == pytest.approx(served["ou25"]["over"], abs=1e-6)
    assert total(grid, lambda h, a: h > 0 and a > 0) == pytest.approx(served["btts"]["yes"], abs=1e-6)


def test_an_answer_with_scores_has_the_shape_of_the_contract(forecaster: Forecaster) -> None:
    check_shape(PredictionAnswer, forecaster.predict(PredictQuery(712, scores=True)))


@pytest.mark.parametrize("use_odds", [True, False])
def test_scores_agree_with_the_served_markets(use_odds: bool, forecaster: Forecaster) -> None:
    for fixture_id in FIXTURES:
        check_agreement(forecaster.predict(PredictQuery(fixture_id, use_odds=use_odds, scores=True)))


def test_on_neutral_ground_the_grid_is_turned_when_teams_are_changed_over(forecaster: Forecaster) -> None:
    kickoff = datetime(2021, 12, 4, 15, tzinfo=timezone.utc)
    grids = []
    for home, away in ((2, 5), (5, 2)):
        match = MatchQuery(1, home, away, kickoff, neutral=True)
        answer = forecaster.predict(PredictQuery(match=match, scores=True))
        check_agreement(answer)
        assert answer["scores"] is not None
        grids.append(np.array(answer["scores"]["grid"]))
    assert grids[0] == pytest.approx(grids[1].T, abs=1e-9)


def test_scores_are_null_unless_they_are_asked_for(forecaster: Forecaster) -> None:
    assert forecaster.predict(PredictQuery(712))["scores"] is None


def test_the_rest_of_an_answer_is_the_same_with_scores(forecaster: Forecaster) -> None:
    with_scores, without = (forecaster.predict(PredictQuery(712, scores=each)) for each in (True, False))
    assert with_scores.pop("further_markets") == []
    assert {**with_scores, "scores": None} == without


def test_a_batch_with_and_without_scores_answers_each_as_alone(forecaster: Forecaster) -> None:
    queries = [PredictQuery(fixture_id, scores=fixture_id % 2 == 0) for fixture_id in (700, 701, 702)]
    for query, answer in zip(queries, forecaster.predict_batch(queries), strict=True):
        assert isinstance(answer, dict)
        alone = forecaster.predict(query)["scores"]
        assert (answer["scores"] is None) == (alone is None)
        if alone is not None and answer["scores"] is not None:
            assert np.array(answer["scores"]["grid"]) == pytest.approx(np.array(alone["grid"]), abs=1e-12)


def test_served_markets_never_contradict_each_other(forecaster: Forecaster) -> None:
    answer = forecaster.predict(PredictQuery(712, odds=CONTRADICTION, scores=True))
    served = answer["prediction"]
    assert served["btts"]["yes"] - served["ou25"]["over"] < served["1x2"]["draw"]
    check_agreement(answer)
    plain = forecaster.predict(PredictQuery(712, odds=CONTRADICTION))
    assert plain["prediction"] == served
