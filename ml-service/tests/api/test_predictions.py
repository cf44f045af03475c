"""What /predict writes is what the predictor answers, with scores and without."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from api.admission import AdmissionControl
from api.kept_answers import KeptAnswers
from api.predictions import Predictions, content_of
from api.predictor_host import HEALTH_TURNS, PredictorHost
from api.schemas import PredictBody
from config import Settings
from contract.prediction import PredictionAnswer
from errors import ServiceError
from models.answer import Answer
from models.predictor import Forecaster
from models.query import PredictQuery
from models.trainer import TrainResult
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
    written = json.loads(content_of(replace(answer, body=body)))
    assert written["match"]["home_team"] == name
    assert written["scores"] == answer.plain()["scores"]


def test_lists_of_kept_answers_leave_turns_of_the_event_loop_to_others(
    settings: Settings, trained: TrainResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trained.promoted
    monkeypatch.setattr("api.predictor_host.in_main_thread", lambda: False)  # the heap here is pytest's
    first, second = asyncio.run(_turns_until_two_lists_are_answered(settings))
    assert second - first >= HEALTH_TURNS


async def _turns_until_two_lists_are_answered(settings: Settings) -> list[int]:
    """How many turns of the event loop pass until each of two lists is answered whose answers are all kept."""
    host = PredictorHost(settings)
    host.start()
    body = PredictBody(fixture_ids=[600, 601, 711])
    try:
        predictions = Predictions(host, AdmissionControl(busy_limit=2), KeptAnswers(2**20))
        expected = await predictions.of(body, "")
        lists = [asyncio.create_task(predictions.of(body, "")) for _ in range(2)]
        turns, ends = 0, []
        for each in lists:
            while not each.done():
                await asyncio.sleep(0)
                turns += 1
            assert each.result() == expected
            ends.append(turns)
        return ends
    finally:
        host.close()
