"""The whole service as it ships: train, predict and backtest over HTTP with the real model."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contract.backtest import BacktestAnswer
from contract.health import HealthAnswer
from contract.model import TrainedAnswer
from contract.prediction import PredictionAnswer
from testing.contract import check_shape
from testing.leagues import World, create
from testing.server import Server, serving, until

FIRST_YEAR, SEASONS = 2018, 7


@pytest.fixture(scope="module")
def real_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("real") / "real.sqlite"
    create(database, World(seasons=SEASONS)).close()
    return database


@pytest.fixture(scope="module")
def server(real_database: Path) -> Iterator[Server]:
    settings = {"DB_PATH": str(real_database), "THREADS": "1"}
    with serving(real_database.parent, app=("main:app",), **settings) as started:
        until(lambda: started.health()["database"]["fixtures"] is not None, "the database is read")
        yield started


@pytest.fixture(scope="module")
def trained(server: Server) -> dict[str, Any]:
    body: dict[str, Any] = server.post("/train", {"wait": True}).json()
    return body


def test_a_training_ends_in_a_model_that_serves(server: Server, trained: dict[str, Any]) -> None:
    check_shape(TrainedAnswer, trained)
    model_id = trained["model"]["model_id"]
    health = server.health()
    check_shape(HealthAnswer, health)
    assert (health["status"], health["ready"], health["model"]["model_id"]) == ("ok", True, model_id)
    assert server.post("/predict", {"fixture_id": 1}).json()["model_id"] == model_id


@pytest.mark.usefixtures("trained")
def test_predictions_are_as_documented(server: Server) -> None:
    for question in ({"fixture_id": 1, "explain": True}, {"fixture_id": 1, "use_odds": False}):
        answer = server.post("/predict", question).json()
        check_shape(PredictionAnswer, answer)
        for market in answer["prediction"].values():
            assert sum(market.values()) == pytest.approx(1.0, abs=1e-6)
    many = server.post("/predict", {"fixture_ids": [3, 2, 10**9]}).json()
    assert [each["fixture_id"] for each in many["predictions"]] == [3, 2]
    assert many["errors"][0]["error"]["code"] == "fixture_not_found"


def test_a_league_that_is_not_there_is_not_found(server: Server) -> None:
    answer = server.post("/backtest", {"from": "2020-01-01", "to": "2020-12-31", "league_ids": [999]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "league_not_found")


@pytest.mark.parametrize("route", ["/train", "/backtest"])
def test_a_selection_of_leagues_is_checked_before_a_job_begins(
    route: str, real_database: Path, server: Server
) -> None:
    before = server.health()
    with closing(sqlite3.connect(real_database)) as node:
        node.execute("INSERT OR IGNORE INTO V3_Leagues (league_id, api_id, name) VALUES (39, 77, 'Ligue 1')")
        node.execute("UPDATE V3_Leagues SET api_id = 39 WHERE league_id = 1")
        node.commit()
    days = {"from": "2020-01-01", "to": "2020-12-31"}
    empty, unknown = (server.post(route, {**days, "league_ids": [1, each]}) for each in (39, 77))
    assert (empty.status_code, empty.json()["error"]["code"]) == (422, "invalid_request")
    assert empty.json()["error"]["message"] == (
        "league 39, Ligue 1, has no matches; 39 is the api_id of 1 Division 1 (Land)"
    )
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "league_not_found")
    assert unknown.json()["error"]["hint"] == "77 is the api_id of 39 Ligue 1"
    after = server.health()
    assert (after["training"], after["backtest"]) == (before["training"], before["backtest"])


def test_too_few_matches_are_counted(server: Server) -> None:
    answer = server.post("/train", {"wait": True, "to": f"{FIRST_YEAR}-09-30"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "insufficient_data")


def test_a_backtest_comes_as_json_and_as_a_page(server: Server) -> None:
    last_year = FIRST_YEAR + SEASONS
    request = {"from": f"{last_year - 1}-08-01", "to": f"{last_year}-06-30", "refit": "season"}
    body = server.post("/backtest", request).json()
    check_shape(BacktestAnswer, body)
    assert body["scope"]["from"] == request["from"]
    lines = server.post("/backtest", request, headers={"accept": "application/x-ndjson"}).iter_lines()
    last = [json.loads(line) for line in lines][-1]
    assert (last["type"], last["metrics"]) == ("result", body["metrics"])
    page = server.post("/backtest", request, headers={"accept": "text/html"})
    assert page.text.lower().startswith("<!doctype html>")


def test_workers_serve_a_new_model_soon(world: Path, tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2", app=("main:app",), DB_PATH=str(world), THREADS="1") as server:
        model_id = server.post("/train", {"wait": True}).json()["model"]["model_id"]

        def all_serve_it() -> bool:
            answers = [server.post("/predict", {"fixture_id": 1}).json() for _ in range(20)]
            return all(answer.get("model_id") == model_id for answer in answers)

        until(all_serve_it, "every worker serves the new model")
