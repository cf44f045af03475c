"""What /predict writes is what the predictor answers, with scores and without."""

from __future__ import annotations

import json

import pytest

from api.predictions import content_of
from contract.prediction import PredictionAnswer
from errors import ServiceError
from models.answer import Answer
from models.predictor import Forecaster
from models.query import PredictQuery
from testing.contract import check_shape

QUERIES = [
    PredictQuery(600, scores=True),
    PredictQuery(601),
    PredictQuery(711, scores=True, explain=True, use_odds=False),
    PredictQuery(712, explain=True),
]


@pytest.fixture(scope="module")
def answers(forecaster: Forecaster) -> list[Answer]:
    answers = forecaster.answer_batch(QUERIES)
    return [answer for answer in answers if not isinstance(answer, ServiceError)]


def test_the_bytes_of_an_answer_are_parsed_to_the_contract(answers: list[Answer]) -> None:
    for query, answer in zip(QUERIES, answers, strict=True):
        body = json.loads(content_of(answer))
        assert body == answer.plain()
        assert (body["scores"] is not None) == query.scores
        assert list(body) == list(answer.plain())
        check_shape(PredictionAnswer, body)


def test_a_name_that_looks_like_the_member_of_the_scores_stays(answers: list[Answer]) -> None:
    answer = answers[0]
    name = 'FC "scores":null, "scores":null'
    body: PredictionAnswer = {**answer.body, "match": {**answer.body["match"], "home_team": name}}
    written = json.loads(content_of(Answer(body, answer.validity, answer.scores)))
    assert written["match"]["home_team"] == name
    assert written["scores"] == answer.plain()["scores"]
