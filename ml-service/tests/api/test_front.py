"""A kept answer, sent in front of the router, is in every other way the answer that the router would send."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from config import Settings
from testing.edge import ConstantForecaster, constant_app
from testing.server import Client, in_thread, serving
from tests.api.test_api_edge import running
from tests.api.test_api_requests import JSON, check_error

BODY = json.dumps({"fixture_id": 7})


def ask(client: Client, body: str | bytes = BODY, **headers: str) -> requests.Response:
    return client.post("/predict", data=body, headers={**JSON, **headers})


def described(answer: requests.Response) -> dict[str, Any]:
    """The parts of an answer that do not differ from one request to the next."""
    headers = {k.lower(): v for k, v in answer.headers.items() if k.lower() not in ("date", "x-request-id")}
    body = re.sub(rb'"request_id":"[^"]*"', b"", answer.content)
    return {"status": answer.status_code, "headers": headers, "names": list(answer.headers), "body": body}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, {}),
        (BODY, {"accept": "text/html"}),
        (BODY, {"origin": "http://localhost:5173"}),
        (BODY, {"host": "evil.example"}),
        (BODY, {"origin": "http://evil.example"}),
        (BODY, {"content-type": "text/plain"}),
        (BODY, {"content-type": "application/json; charset=latin-1"}),
        (BODY + " " * 2**20, {}),
        (BODY[:-1], {}),
        ("", {}),
        ('{"fixture_id": 0}', {}),
        ('{"fixture_ids": [7, 8, 9000000]}', {}),
    ],
)
def test_a_question_asked_again_has_the_answer_of_a_service_that_keeps_none(
    tmp_path: Path, body: str, headers: dict[str, str]
) -> None:
    with running(tmp_path) as keeping, running(tmp_path, KEPT_ANSWERS_MB="0") as computing:
        expected = described(ask(computing, body, **headers))
        assert [described(ask(keeping, body, **headers)) for _ in range(2)] == [expected, expected]


def test_a_kept_answer_is_not_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path) as client:
        first = ask(client).content
        monkeypatch.setattr(ConstantForecaster, "predict_batch", lambda *_: pytest.fail("computed again"))
        assert ask(client).content == first
        assert ask(client, '{"use_odds": true, "fixture_id": 7}').content == first
        assert json.loads(ask(client, '{"fixture_ids": [7]}').content)["predictions"] == [json.loads(first)]


def test_every_kept_answer_has_its_own_request_id_and_its_line_in_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path) as client:
        ids = [ask(client).headers["x-request-id"] for _ in range(3)]
        assert ask(client, **{"x-request-id": "mine-1"}).headers["x-request-id"] == "mine-1"
    logged = capfd.readouterr().err
    for request_id in (*ids, "mine-1"):
        assert re.search(rf"INFO POST /predict 200 \d+\.\d ms {request_id}\n", logged)
    assert len(set(ids)) == 3


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS"])
def test_other_methods_are_refused_as_before(tmp_path: Path, method: str) -> None:
    with running(tmp_path) as client:
        ask(client)
        answer = client.request(method, "/predict", data=BODY, headers=JSON)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_kept_answers_wait_their_turn_like_all_others(tmp_path: Path) -> None:
    app = constant_app(Settings(db_path=tmp_path / "database", model_dir=tmp_path))
    with in_thread(app) as client:
        assert ask(client).status_code == 200
        admission = app.state.service.admission
        admission.working = admission.busy_limit
        check_error(ask(client), 503, "busy")
        admission.working = 0
        assert ask(client).status_code == 200


def test_behind_a_proxy_that_changes_the_path_the_router_answers_the_same(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "proxied").mkdir()
    with (
        serving(tmp_path / "plain") as plain,
        serving(tmp_path / "proxied", "--root-path", "/ml") as proxied,
    ):
        expected = described(plain.post("/predict", {"fixture_id": 7}))
        assert [described(proxied.post("/predict", {"fixture_id": 7})) for _ in range(2)] == [expected] * 2
        check_error(proxied.post("/predict", {"fixture_id": "x"}), 422, "invalid_request")
