"""What the routes accept and refuse, and the messages of their refusals."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
from testing.edge import API_ID_OFFSET, MAX_FIXTURE_ID, constant_app
from testing.server import Client, in_thread

MATCH = {"league_id": 1, "home_team_id": 1, "away_team_id": 2, "date": "2030-08-17T14:00:00Z"}
FULL = {"1x2": {"home": 2.1, "draw": 3.4, "away": 3.6}}
DAYS = {"from": "2024-01-01", "to": "2024-02-01"}
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "database").touch()
    chosen = config.load({"MODEL_DIR": str(folder), "DB_PATH": str(folder / "database")}, Path(os.devnull))
    with in_thread(constant_app(chosen)) as made:
        yield made


def check_error(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The error of an answer, after a check of the form that all errors have."""
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "message", "hint", "fields", "request_id"}
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return error


def test_one_fixture_is_answered_with_one_prediction(client: Client) -> None:
    assert client.post("/predict", json={"fixture_id": 7}).json()["fixture_id"] == 7


def test_fixtures_are_answered_in_the_order_asked_with_their_errors_apart(client: Client) -> None:
    ids = [5, MAX_FIXTURE_ID + 1, 3, *range(1000, 1400)]
    body = client.post("/predict", json={"fixture_ids": ids}).json()
    assert [each["fixture_id"] for each in body["predictions"]] == [5, 3, *range(1000, 1400)]
    ((fixture_id, error),) = [(each["fixture_id"], each["error"]) for each in body["errors"]]
    assert (fixture_id, error["code"]) == (MAX_FIXTURE_ID + 1, "fixture_not_found")
    assert set(error) == {"code", "message", "hint", "fields", "request_id"}


def test_one_fixture_is_answered_by_its_api_id(client: Client) -> None:
    body = client.post("/predict", json={"api_id": API_ID_OFFSET + 7, "odds": FULL}).json()
    assert (body["fixture_id"], body["match"]["api_id"]) == (7, API_ID_OFFSET + 7)


def test_api_ids_are_answered_in_the_order_asked_with_their_errors_apart(client: Client) -> None:
    ids = [API_ID_OFFSET + place for place in (5, MAX_FIXTURE_ID + 1, 3, *range(1000, 1400))]
    body = client.post("/predict", json={"api_ids": ids}).json()
    answered = [each["match"]["api_id"] for each in body["predictions"]]
    assert answered == [ids[0], *ids[2:]]
    ((fixture_id, api_id, error),) = [tuple(each.values()) for each in body["errors"]]
    assert (fixture_id, api_id, error["code"]) == (None, ids[1], "fixture_not_found")


def test_an_error_of_a_fixture_names_the_id_that_was_asked(client: Client) -> None:
    (error,) = client.post("/predict", json={"fixture_ids": [MAX_FIXTURE_ID + 1]}).json()["errors"]
    assert (error["fixture_id"], error["api_id"]) == (MAX_FIXTURE_ID + 1, None)


def test_a_match_outside_the_database_is_answered(client: Client) -> None:
    body = client.post("/predict", json={"match": MATCH, "odds": FULL, "explain": True}).json()
    assert body["fixture_id"] is None
    assert body["odds"]["1x2"] == {"home": 2.1, "draw": 3.4, "away": 3.6}


@pytest.mark.parametrize("fixture_id", [MAX_FIXTURE_ID + 1, 0, -5, 1 - 2**63])
def test_an_unknown_fixture_is_not_found(client: Client, fixture_id: int) -> None:
    check_error(client.post("/predict", json={"fixture_id": fixture_id}), 404, "fixture_not_found")


def test_an_id_that_no_fixture_can_have_leaves_the_others_of_its_list_alone(client: Client) -> None:
    body = client.post("/predict", json={"fixture_ids": [7, 0, -5]}).json()
    assert [each["fixture_id"] for each in body["predictions"]] == [7]
    assert [(each["fixture_id"], each["error"]["code"]) for each in body["errors"]] == [
        (0, "fixture_not_found"),
        (-5, "fixture_not_found"),
    ]


def test_without_a_model_there_is_no_current_one(client: Client) -> None:
    check_error(client.get("/model/current"), 404, "model_not_trained")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "fixture_id"),
        ({"fixture_id": 1, "match": MATCH}, "match"),
        ({"fixture_id": None}, "fixture_ids"),
        ({"fixture_id": 1, "api_id": 1}, "api_id"),
        ({"fixture_ids": [1], "api_ids": [1]}, "api_ids"),
        ({"api_id": 1, "match": MATCH}, "api_id"),
        ({"api_id": "1"}, "api_id"),
        ({"api_id": 2**63}, "api_id"),
        ({"api_ids": []}, "api_ids"),
        ({"api_ids": [1, 1]}, "api_ids"),
        ({"api_ids": list(range(1, 1002))}, "api_ids"),
        ({"api_ids": [1], "odds": FULL}, "odds"),
        ({"fixture_id": "1"}, "fixture_id"),
        ({"fixture_id": True}, "fixture_id"),
        ({"fixture_id": 1.0}, "fixture_id"),
        ({"fixture_id": 10**19}, "fixture_id"),
        ({"fixture_id": 2**63}, "fixture_id"),
        ({"fixture_ids": []}, "fixture_ids"),
        ({"fixture_ids": [1, 1]}, "fixture_ids"),
        ({"fixture_ids": list(range(1, 1002))}, "fixture_ids"),
        ({"fixture_ids": [1, "2"]}, "fixture_ids.1"),
        ({"fixture_ids": [1], "odds": FULL}, "odds"),
        ({"fixture_id": 1, "use_odds": 1}, "use_odds"),
        ({"fixture_id": 1, "explain": "yes"}, "explain"),
        ({"fixture_id": 1, "unheard-of": 1}, "unheard-of"),
        ({"fixture_id": 1, "odds": {"1x2": {"home": 2.0, "draw": 3.0}}}, "odds.1x2.away"),
        ({"fixture_id": 1, "odds": {"1x2": {"home": 2.0, "draw": 3.0, "away": 1.0}}}, "odds.1x2.away"),
        ({"fixture_id": 1, "odds": {"1x2": {"home": "2.0", "draw": 3.0, "away": 4}}}, "odds.1x2.home"),
        ({"fixture_id": 1, "odds": {"1x2": {"home": True, "draw": 3.0, "away": 4}}}, "odds.1x2.home"),
        ({"fixture_id": 1, "odds": {"ou25": {"over": 2.0, "under": 1.9, "push": 2}}}, "odds.ou25.push"),
        ({"fixture_id": 1, "odds": {"asian": {}}}, "odds.asian"),
        ({"match": {**MATCH, "away_team_id": 1}}, "match.away_team_id"),
        ({"match": {**MATCH, "date": "2023-02-29"}}, "match.date"),
        ({"match": {**MATCH, "date": "0000-01-01"}}, "match.date"),
        ({"match": {**MATCH, "date": 1700000000}}, "match.date"),
        ({"match": {**MATCH, "date": "9999-12-31T23:00:00-10:00"}}, "match.date"),
        ({"match": {**MATCH, "date": "2024-01-01T25:00:00Z"}}, "match.date"),
        ({"match": {key: MATCH[key] for key in ("league_id", "home_team_id", "date")}}, "match.away_team_id"),
        ([], "body"),
        (None, "body"),
    ],
)
def test_what_a_prediction_cannot_be_asked_of_is_named(client: Client, body: Any, field: str) -> None:
    error = check_error(client.post("/predict", data=json.dumps(body), headers=JSON), 422, "invalid_request")
    assert field in error["fields"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", "2024-02-29T00:00:00+00:00"),
        ("2024-08-17T14:00", "2024-08-17T14:00:00+00:00"),
        ("2024-08-17 14:00:30", "2024-08-17T14:00:30+00:00"),
        ("2024-08-17T14:00:00.5Z", "2024-08-17T14:00:00+00:00"),
        ("2024-08-17T14:00:00+02:00", "2024-08-17T12:00:00+00:00"),
    ],
)
def test_a_kick_off_is_read_in_utc(text: str, expected: str) -> None:
    from api.schemas import MatchBody

    assert MatchBody.model_validate({**MATCH, "date": text}).query().kickoff.isoformat() == expected


@pytest.mark.parametrize(
    ("route", "body", "field"),
    [
        ("/train", {"from": "2024-02-02", "to": "2024-02-01"}, "to"),
        ("/train", {"from": "2024-13-01"}, "from"),
        ("/train", {"from": 20240101}, "from"),
        ("/train", {"promote": "maybe"}, "promote"),
        ("/train", {"wait": 1}, "wait"),
        ("/train", {"league_ids": []}, "league_ids"),
        ("/train", {"league_ids": [0]}, "league_ids.0"),
        ("/train", {"first": "2024-01-01"}, "first"),
        ("/backtest", {}, "from"),
        ("/backtest", {"from": "2024-01-01"}, "to"),
        ("/backtest", {**DAYS, "market": "asian"}, "market"),
        ("/backtest", {**DAYS, "market": "ou"}, "market"),
        ("/backtest", {**DAYS, "market": "ou3.1"}, "market"),
        ("/backtest", {**DAYS, "market": 1}, "market"),
        ("/backtest", {**DAYS, "refit": "never"}, "refit"),
        ("/backtest", {**DAYS, "bookmaker_id": "worst"}, "bookmaker_id"),
        ("/backtest", {**DAYS, "bookmaker_id": True}, "bookmaker_id"),
        ("/backtest", {**DAYS, "bookmaker_id": 2**70}, "bookmaker_id"),
        ("/backtest", {**DAYS, "min_edge": -0.1}, "min_edge"),
        ("/backtest", {**DAYS, "staking": {"method": "martingale"}}, "staking.method"),
        ("/backtest", {**DAYS, "staking": {"fraction": 0}}, "staking.fraction"),
        ("/backtest", {**DAYS, "staking": {"cap": 1.5}}, "staking.cap"),
        ("/backtest", {**DAYS, "staking": {"bankroll": -1}}, "staking.bankroll"),
    ],
)
def test_what_a_job_cannot_be_asked_for_is_named(client: Client, route: str, body: Any, field: str) -> None:
    error = check_error(client.post(route, data=json.dumps(body), headers=JSON), 422, "invalid_request")
    assert field in error["fields"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'fixture_id': 1}",
        b'{"fixture_id": NaN}',
        b'{"fixture_id": Infinity}',
        b'{"fixture_id": 1, "fixture_id": 2}',
        b'{"fixture_id": 1} trailing',
        b'\xef\xbb\xbf{"fixture_id": 1}',
        b'{"fixture_id": "\xff"}',
        '{"fixture_id": 1}'.encode("utf-16"),
        b"[" * 100_000,
    ],
)
def test_what_is_no_json_is_malformed(client: Client, body: bytes) -> None:
    check_error(client.post("/predict", data=body or iter([body]), headers=JSON), 400, "malformed_json")


@pytest.mark.parametrize(
    "body",
    [
        b'{"fixture_id": 1e400}',
        b'{"\\ud800": 1}',
        b'{"fixture_id": "\\ud800"}',
        b'{"fixture_id": ' + b"9" * 5000 + b"}",
    ],
)
def test_json_that_python_cannot_hold_is_refused_politely(client: Client, body: bytes) -> None:
    answer = client.post("/predict", data=body, headers=JSON)
    check_error(answer, 422, "invalid_request")
    assert "sys." not in answer.text


def test_a_byte_order_mark_is_called_by_its_name(client: Client) -> None:
    answer = client.post("/predict", data=b'\xef\xbb\xbf{"fixture_id": 1}', headers=JSON)
    assert "byte order mark" in check_error(answer, 400, "malformed_json")["message"]


def test_what_is_no_object_is_told_without_names_of_the_code(client: Client) -> None:
    bodies: list[Any] = [[], {"match": 1}, {"fixture_id": 1, "odds": 2}]
    answers = [client.post("/predict", json=body) for body in bodies]
    for answer in answers:
        check_error(answer, 422, "invalid_request")
        assert "expected an object" in answer.text
        assert "Body" not in answer.text


def test_many_wrong_fields_are_not_all_listed(client: Client) -> None:
    answer = client.post("/predict", json={"fixture_ids": ["x"] * 1000})
    assert len(check_error(answer, 422, "invalid_request")["fields"]) <= 20


_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
_keys = st.sampled_from(
    [
        "fixture_id",
        "fixture_ids",
        "api_id",
        "api_ids",
        "match",
        "odds",
        "use_odds",
        "explain",
        "from",
        "to",
        "date",
        "1x2",
        "home",
    ]
) | st.text(max_size=5)
_junk = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=5)
)


@pytest.mark.parametrize("route", ["/predict", "/backtest"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_junk)
def test_junk_gets_an_answer_or_an_error_of_its_own(client: Client, route: str, body: Any) -> None:
    answer = client.post(route, data=json.dumps(body), headers=JSON)
    if answer.status_code != 200:
        assert answer.status_code in (404, 422)
        check_error(answer, answer.status_code, answer.json()["error"]["code"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(min_size=1, max_size=200))
def test_junk_bytes_are_malformed_or_invalid(client: Client, body: bytes) -> None:
    answer = client.post("/predict", data=body, headers=JSON)
    assert answer.status_code in (400, 422)
    check_error(answer, answer.status_code, answer.json()["error"]["code"])
