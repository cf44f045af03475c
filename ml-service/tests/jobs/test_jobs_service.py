"""Jobs from the view of a running service's clients, and their end when processes die."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from testing.server import Server, alive, serving, until

STREAM = {"accept": "application/x-ndjson"}
DAYS = {"from": "2023-01-01", "to": "2023-12-31"}
SLOW, DEAF = {"STEP_SECONDS": "0.25"}, {"league_ids": [6]}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("service")) as server:
        yield server


def child_of(server: Server) -> int:
    """The process id of the running job."""
    noted = server.log.parent / "models" / ".child"
    until(lambda: noted.exists() and noted.read_text(), "the child has begun")
    time.sleep(0.3)
    return int(noted.read_text())


def settled(server: Server, kind: str) -> dict[str, Any]:
    """The state of a kind of job once it has ended."""
    until(lambda: (server.health()[kind] or {}).get("status") not in (None, "running"), "the job has ended")
    job: dict[str, Any] = server.health()[kind]
    return job


def test_a_training_is_accepted_at_once_and_followed_on_health(shared: Server) -> None:
    answer = shared.post("/train")
    assert answer.status_code == 202
    job = answer.json()["job"]
    assert (job["kind"], job["status"], job["finished_at"], job["error"]) == ("train", "running", None, None)
    ended = settled(shared, "training")
    assert (ended["job_id"], ended["status"], ended["progress"]) == (job["job_id"], "succeeded", 1.0)


def test_waiting_for_a_training_gives_the_model_and_the_reason(shared: Server) -> None:
    body = shared.post("/train", {"wait": True, "promote": "never"}).json()
    assert body["job"]["status"] == "succeeded"
    assert (body["model"]["model_id"], body["promoted"], body["reason"]) == ("new", True, "promote is never")


def test_waiting_for_a_training_that_fails_gives_its_error(shared: Server) -> None:
    answer = shared.post("/train", {"wait": True, "league_ids": [2]})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "insufficient_data"


def test_a_stream_ends_with_the_result(shared: Server) -> None:
    answer = shared.post("/backtest", DAYS, headers=STREAM)
    lines = [json.loads(line) for line in answer.iter_lines()]
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert {line["type"] for line in lines[:-1]} == {"progress"}
    assert all(line["job"]["kind"] == "backtest" for line in lines[:-1])
    assert (lines[-1]["type"], lines[-1]["scope"]["from"]) == ("result", "2023-01-01")


def test_a_stream_of_a_failing_job_ends_with_the_error(shared: Server) -> None:
    answer = shared.post("/train", {"league_ids": [3]}, headers=STREAM)
    last = json.loads(list(answer.iter_lines())[-1])
    assert answer.status_code == 200
    assert (last["type"], last["error"]["code"]) == ("error", "internal_error")
    assert last["error"]["request_id"] == answer.headers["x-request-id"]


def test_what_is_unexpected_in_a_job_is_one_line_of_a_json_log_beside_the_request_id(tmp_path: Path) -> None:
    with serving(tmp_path, LOG_FORMAT="json") as server:
        body = {"wait": True, "league_ids": [3]}
        assert server.post("/train", body, headers={"x-request-id": "mine"}).status_code == 500
        lines = server.log.read_text().splitlines()
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    (failure,) = (entry for entry in entries if "SELECT 1" in entry.get("traceback", ""))
    assert failure["message"] == "the job of request mine failed"
    assert failure["time"].endswith("Z")


def test_a_backtest_is_a_page_for_who_asks_for_one(shared: Server) -> None:
    answer = shared.post("/backtest", DAYS, headers={"accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!doctype html>")


def test_the_defaults_of_a_backtest_are_those_of_the_contract(shared: Server) -> None:
    scope = shared.post("/backtest", DAYS).json()["scope"]
    assert scope == {
        **DAYS,
        "league_ids": None,
        "market": "1x2",
        "refit": "quarter",
        "use_odds": True,
        "bookmaker_id": None,
        "min_edge": 0.03,
        "staking": {"method": "flat", "fraction": 0.25, "cap": 0.05, "bankroll": 1000.0},
        "html": False,
    }


def test_a_second_job_of_a_kind_is_refused_even_as_a_stream(shared: Server) -> None:
    first = shared.post("/train").json()["job"]
    second = shared.post("/train", {}, headers=STREAM)
    settled(shared, "training")
    assert second.status_code == 409
    assert second.json()["error"]["code"] == "training_in_progress"
    assert first["job_id"] in second.json()["error"]["hint"]


def leave(server: Server, path: str, body: Any, stream: bool) -> None:
    """Request a job and disconnect while it runs."""
    if stream:
        with requests.post(server.url + path, json=body, headers=STREAM, stream=True, timeout=30) as answer:
            next(answer.iter_lines())
    else:
        with pytest.raises(requests.Timeout):
            requests.post(server.url + path, json=body, timeout=0.5)


def test_a_backtest_ends_when_its_client_leaves(tmp_path: Path) -> None:
    with serving(tmp_path, **SLOW) as server:
        for stream in (False, True):
            leave(server, "/backtest", DAYS, stream)
            assert settled(server, "backtest")["error"]["message"] == "the client disconnected"
            until(lambda: not alive(child_of(server)), "the child has ended")


def test_a_training_goes_on_when_its_client_leaves(tmp_path: Path) -> None:
    with serving(tmp_path, **SLOW) as server:
        for stream in (False, True):
            leave(server, "/train", {"wait": True}, stream)
            assert settled(server, "training")["status"] == "succeeded"


def test_sigterm_ends_the_service_its_streams_and_its_children(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        stream = requests.post(f"{server.url}/train", json=DEAF, headers=STREAM, stream=True, timeout=30)
        child = child_of(server)
        assert server.stop() == 0
        assert json.loads(list(stream.iter_lines())[-1])["error"]["message"] == "the service stopped"
        assert not alive(child)


def test_a_job_ends_with_a_service_that_is_killed_and_is_shown_as_failed(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.post("/train", DEAF)
        child = child_of(server)
        server.stop(signal.SIGKILL)
        until(lambda: not alive(child), "the child has ended")
    with serving(tmp_path) as server:
        assert server.health()["training"]["status"] == "failed"
        assert server.post("/train", {"wait": True}).status_code == 200


def test_a_killed_child_fails_its_job_and_nothing_else(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.post("/train", DEAF)
        os.kill(child_of(server), signal.SIGKILL)
        assert "killed" in settled(server, "training")["error"]["message"]
        assert server.post("/predict", {"fixture_id": 1}).ok


def test_several_workers_train_one_at_a_time_and_all_tell_of_it(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "3", **SLOW) as server:
        answers = [server.post("/train") for _ in range(12)]
        assert sorted(answer.status_code for answer in answers) == [202] + [409] * 11
        job_ids = {server.health()["training"]["job_id"] for _ in range(12)}
        assert len(job_ids) == 1


def test_two_instances_over_one_folder_train_one_at_a_time(tmp_path: Path) -> None:
    with serving(tmp_path, **SLOW) as one, serving(tmp_path, **SLOW) as other:
        job = one.post("/train").json()["job"]
        refused = other.post("/train")
        assert refused.status_code == 409
        assert job["job_id"] in refused.json()["error"]["hint"]


def test_workers_whose_supervisor_was_killed_stop(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        server.stop(signal.SIGKILL)

        def gone() -> bool:
            try:
                requests.get(f"{server.url}/health", timeout=1)
            except requests.ConnectionError:
                return True
            return False

        until(gone, "nobody listens any more")
