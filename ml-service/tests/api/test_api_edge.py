"""Which requests are allowed, how many at once, and what the log says of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests

import config
from api.admission import AdmissionControl
from api.content_negotiation import best_media_type
from api.manual import HTML, NDJSON
from api.manual import JSON as JSON_TYPE
from api.micro_batching import Batcher
from api.middleware import host_name, origin_host
from api.predictor_host import PredictorHost
from api.request_context import RequestContext
from common import log_format
from errors import Busy, DatabaseMissing, DatabaseUnreadable
from main import create_app
from testing.edge import ConstantForecaster, constant_app
from testing.server import Client, Server, in_thread, serving, until
from tests.api.test_api_requests import DAYS, JSON, check_error

HALF_A_REQUEST = (
    b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    b"content-length: 100\r\n\r\n{"
)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Client]:
    (folder / "database").touch()
    paths = {"MODEL_DIR": str(folder), "DB_PATH": str(folder / "database")}
    app = constant_app(config.load({**paths, **settings}, Path(os.devnull)))
    with in_thread(app) as client:
        yield client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("service")) as server:
        yield server


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:5050", "127.0.0.1:1", "[::1]:5050"])
def test_this_machines_own_names_are_answered(client: Client, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil@localhost", "", "[::1"])
def test_other_names_are_refused(client: Client, host: str) -> None:
    check_error(client.get("/health", headers={"host": host}), 403, "forbidden_host")


def test_a_star_allows_every_name(tmp_path: Path) -> None:
    with running(tmp_path, ALLOWED_HOSTS="*") as client:
        assert client.get("/health", headers={"host": "ml.internal"}).status_code == 200
        own = {"host": "ml.internal", "origin": "http://ml.internal"}
        assert client.post("/predict", json={"fixture_id": 1}, headers=own).status_code == 200
        foreign = {"host": "ml.internal", "origin": "http://evil.example"}
        check_error(client.post("/train", headers=foreign), 403, "forbidden_origin")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "file://", "http://[", "http://localhost.evil"]
)
def test_a_page_of_another_origin_may_not_post(client: Client, origin: str) -> None:
    for route in ("/train", "/predict", "/backtest"):
        check_error(client.post(route, headers={"origin": origin}), 403, "forbidden_origin")


def test_a_page_of_this_machine_may_post(client: Client) -> None:
    headers = {"origin": "http://localhost:5173"}
    assert client.post("/predict", json={"fixture_id": 1}, headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
def test_a_body_that_is_not_declared_as_json_is_refused(client: Client, kind: str) -> None:
    answer = client.post("/train", data=b"{}", headers={"content-type": kind})
    check_error(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=UTF-8",
        "application/json;charset=utf8",
        "application/json;",
        'application/json; version=1; charset="utf-8"',
        "application/vnd.x+json",
        "Application/JSON",
    ],
)
def test_json_by_other_names_is_taken(client: Client, kind: str) -> None:
    answer = client.post("/predict", data=b'{"fixture_id": 1}', headers={"content-type": kind})
    assert answer.status_code == 200


def test_json_in_another_encoding_is_refused_saying_so(client: Client) -> None:
    kind = {"content-type": "application/json; charset=latin-1"}
    answer = client.post("/predict", data=b'{"fixture_id": 1}', headers=kind)
    assert "UTF-8" in check_error(answer, 415, "unsupported_media_type")["message"]


def test_a_body_of_more_than_a_mebibyte_is_refused_however_it_comes(client: Client) -> None:
    body = b'{"fixture_id": 1, "x": "' + b"x" * 2**20 + b'"}'
    check_error(client.post("/predict", data=body, headers=JSON), 413, "body_too_large")
    chunks = (body[start : start + 1000] for start in range(0, len(body), 1000))
    check_error(client.post("/predict", data=chunks, headers=JSON), 413, "body_too_large")


def test_no_route_and_no_method_are_told_apart(client: Client) -> None:
    for path in ("/nope", "/health/", "/predict/1", "/%00"):
        check_error(client.get(path), 404, "not_found")
    answer = client.get("/predict")
    check_error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/health", "/docs"])
def test_head_is_answered_as_get_without_the_body(client: Client, path: str) -> None:
    answer = requests.head(client.url + path, timeout=60)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == client.get(path).headers["content-type"]


def test_a_sane_request_id_is_kept_and_another_replaced(client: Client) -> None:
    assert client.get("/health", headers={"x-request-id": "a-1._B"}).headers["x-request-id"] == "a-1._B"
    for strange in ("a b", "x" * 65, "", "<script>"):
        assert client.get("/health", headers={"x-request-id": strange}).headers["x-request-id"] != strange


def test_request_ids_do_not_repeat(client: Client) -> None:
    assert len({client.get("/health").headers["x-request-id"] for _ in range(20)}) == 20


def test_what_is_unexpected_says_nothing_of_itself_but_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def explode(*_: Any) -> None:
        raise RuntimeError("SELECT secret FROM /etc/passwd")

    monkeypatch.setattr(ConstantForecaster, "predict_batch", explode)
    with running(tmp_path) as client:
        answer = client.post("/predict", json={"fixture_id": 1})
    error = check_error(answer, 500, "internal_error")
    assert "secret" not in answer.text
    logged = capfd.readouterr().err
    assert error["request_id"] in logged
    assert "secret" in logged


def test_a_number_that_json_cannot_hold_is_an_error_not_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConstantForecaster, "predict_batch", lambda *_: [{"x": float("nan")}])
    with running(tmp_path) as client:
        check_error(client.post("/predict", json={"fixture_id": 1}), 500, "internal_error")


def test_a_busy_service_says_when_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: Any) -> None:
        raise Busy("the database is locked", retry_after_seconds=3)

    monkeypatch.setattr(ConstantForecaster, "predict_batch", locked)
    with running(tmp_path) as client:
        answer = client.post("/predict", json={"fixture_id": 1})
    check_error(answer, 503, "busy")
    assert answer.headers["retry-after"] == "3"


def test_more_work_than_allowed_is_refused_and_health_still_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(ConstantForecaster, "warm_up", lambda _: release.wait(20) and None)
    with running(tmp_path, BUSY_LIMIT="1") as client, ThreadPoolExecutor() as clients:
        calls = [clients.submit(client.post, "/predict", json={"fixture_id": 1}) for _ in range(2)]
        refused = next(as_completed(calls)).result()
        assert client.get("/health").ok
        release.set()
        assert sorted(each.result().status_code for each in calls) == [200, 503]
        check_error(refused, 503, "busy")
        assert int(refused.headers["retry-after"]) >= 1
        assert client.post("/predict", json={"fixture_id": 1}).ok


def test_who_waits_for_a_job_takes_no_place_of_a_prediction(tmp_path: Path) -> None:
    with serving(tmp_path, BUSY_LIMIT="1", STEP_SECONDS="0.5") as server:
        waiting = threading.Thread(target=lambda: server.post("/train", {"wait": True}))
        waiting.start()
        until(lambda: server.health()["training"] is not None, "the training has begun")
        answer = server.post("/predict", {"fixture_id": 1})
        still = server.health()["training"]["status"]
        waiting.join()
        assert (answer.status_code, still) == (200, "running")


def test_a_request_gets_the_place_of_one_that_ends() -> None:
    async def scenario() -> int:
        admission = AdmissionControl(busy_limit=1)
        await admission.begin_work()
        second = asyncio.create_task(admission.begin_work())
        await asyncio.sleep(0)
        assert not second.done()
        admission.end_work()
        await second
        return admission.working

    assert asyncio.run(scenario()) == 1


def test_a_request_refused_and_broken_off_at_once_gives_no_place_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("api.admission.QUEUE_SECONDS", (0.0, 0.0))

    async def scenario() -> int:
        admission = AdmissionControl(busy_limit=1)
        await admission.begin_work()
        second = asyncio.create_task(admission.begin_work())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.0, second.cancel)
        await asyncio.gather(second, return_exceptions=True)
        return admission.working

    assert asyncio.run(scenario()) == 1


def test_no_place_is_lost_to_a_request_that_is_broken_off_as_it_gets_one() -> None:
    async def scenario() -> int:
        admission = AdmissionControl(busy_limit=1)
        await admission.begin_work()
        second = asyncio.create_task(admission.begin_work())
        await asyncio.sleep(0)
        admission.end_work()
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        return admission.working

    assert asyncio.run(scenario()) == 0


def test_a_service_in_a_process_of_its_own_keeps_what_it_loads_out_of_the_collectors_way() -> None:
    program = """
import asyncio, gc, os, pathlib, config
from api.predictor_host import PredictorHost
from testing.edge import ConstantForecaster
async def main():
    serving = PredictorHost(config.load({"MODEL_DIR": "."}, pathlib.Path(os.devnull)), ConstantForecaster)
    serving.start()
    await serving.ready()
    for _ in range(1000):  # settled soon after
        if gc.get_freeze_count():
            return
        await asyncio.sleep(0.01)
asyncio.run(main())
print(gc.get_freeze_count())
"""
    process = subprocess.run(
        [sys.executable, "-c", program], cwd=config.ROOT, capture_output=True, text=True, check=True
    )
    assert int(process.stdout) > 0


def test_jobs_are_refused_where_there_is_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = {
        "status": "missing",
        "fixtures": None,
        "rejected_rows": None,
        "latest_result": None,
        "detail": f"there is no database; {DatabaseMissing.default_hint}",
    }
    model = {"status": "missing", "model_id": None, "detail": None}
    bad = {"ready": False, "database": database, "model": model}
    monkeypatch.setattr(ConstantForecaster, "health", lambda _: bad)
    with running(tmp_path) as client:
        until(lambda: client.get("/health").json()["database"]["status"] == "missing", "it is told")
        error = check_error(client.post("/train"), 503, "database_missing")
        assert (error["message"], error["hint"]) == ("there is no database", DatabaseMissing.default_hint)
        check_error(client.post("/backtest", json=DAYS), 503, "database_missing")


def test_a_database_that_comes_back_is_read_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(forecaster: ConstantForecaster) -> None:
        if not (tmp_path / "back").exists():
            raise DatabaseMissing("there is no database")
        forecaster.loaded = True

    monkeypatch.setattr(ConstantForecaster, "loaded", False)
    monkeypatch.setattr(ConstantForecaster, "load", load)
    with running(tmp_path) as client:
        check_error(client.post("/predict", json={"fixture_id": 1}), 503, "database_missing")
        (tmp_path / "back").touch()
        assert client.post("/predict", json={"fixture_id": 1}).status_code == 200


def test_a_prediction_asked_while_the_service_starts_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConstantForecaster, "warm_up", lambda _: time.sleep(0.5))
    with running(tmp_path) as client:
        assert client.get("/health").json()["ready"] is False
        assert client.post("/predict", json={"fixture_id": 1}).status_code == 200


def test_a_start_that_takes_too_long_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(ConstantForecaster, "warm_up", lambda _: release.wait(20) and None)
    monkeypatch.setattr("api.predictor_host.MAX_WAIT_SECONDS", 0.1)
    with running(tmp_path) as client:
        check_error(client.post("/predict", json={"fixture_id": 1}), 503, "busy")
        release.set()


@pytest.mark.parametrize("error", [DatabaseUnreadable("the file may be damaged"), RuntimeError("no idea")])
def test_what_the_start_puts_off_and_fails_is_in_the_log_and_predictions_are_made(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_: ConstantForecaster) -> None:
        raise error

    monkeypatch.setattr(ConstantForecaster, "complete", fail)
    with running(tmp_path) as client:
        assert client.post("/predict", json={"fixture_id": 1}).status_code == 200
        log = ""
        while "the start is not complete" not in log or str(error) not in log:
            log += capfd.readouterr().err
            time.sleep(0.01)
        assert client.post("/predict", json={"fixture_id": 1}).status_code == 200


def test_what_a_later_reading_of_the_database_puts_off_is_done_in_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConstantForecaster, "is_complete", False)
    done = []

    def complete(forecaster: ConstantForecaster) -> None:
        done.append(forecaster)
        if len(done) > 1:
            forecaster.is_complete = True

    monkeypatch.setattr(ConstantForecaster, "complete", complete)
    monkeypatch.setattr("api.predictor_host.REFRESH_SECONDS", 0.02)
    with running(tmp_path):
        until(lambda: len(done) > 1, "it is done")
        time.sleep(0.1)
        assert len(done) == 2, "and not again"


def test_a_forecaster_that_does_not_start_shows_on_health(tmp_path: Path) -> None:
    def bring(_: config.Settings) -> Any:
        raise ImportError("libgomp.so.1")

    settings = config.load({"MODEL_DIR": str(tmp_path)}, Path(os.devnull))
    with in_thread(create_app(settings, bring)) as client:
        until(lambda: "failed to start" in str(client.get("/health").json()["model"]["detail"]), "it is told")
        assert client.get("/health").json()["status"] == "degraded"
        check_error(client.post("/predict", json={"fixture_id": 1}), 500, "internal_error")


def test_looking_for_a_new_model_goes_on_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def refresh(_: ConstantForecaster) -> None:
        looked.append(1)
        raise RuntimeError("once more")

    monkeypatch.setattr(ConstantForecaster, "refresh_model", refresh)
    monkeypatch.setattr("api.predictor_host.REFRESH_SECONDS", 0.02)
    with running(tmp_path):
        until(lambda: len(looked) > 2, "it looked again")


def test_questions_of_one_moment_are_answered_together_but_not_too_many() -> None:
    batches: list[list[int]] = []

    def double(numbers: Sequence[int]) -> list[int | Exception]:
        batches.append(list(numbers))
        return [ValueError("odd") if number % 2 else 2 * number for number in numbers]

    async def scenario() -> list[int | BaseException]:
        batcher = Batcher(double, max_size=3)
        return await asyncio.gather(*(batcher.ask(number) for number in range(5)), return_exceptions=True)

    answers = asyncio.run(scenario())
    assert batches == [[0, 1, 2], [3, 4]]
    assert [answer for answer in answers if isinstance(answer, int)] == [0, 4, 8]
    assert [str(answer) for answer in answers if isinstance(answer, Exception)] == ["odd", "odd"]


def test_a_failure_of_the_whole_batch_is_everybodys() -> None:
    def fail(_: Sequence[int]) -> list[int | Exception]:
        raise Busy("locked")

    async def scenario() -> list[int | BaseException]:
        batcher = Batcher(fail, max_size=3)
        return await asyncio.gather(*(batcher.ask(number) for number in range(2)), return_exceptions=True)

    assert [type(answer) for answer in asyncio.run(scenario())] == [Busy, Busy]


def test_an_error_raised_again_and_again_keeps_no_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = Busy("always the same object")

    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr(ConstantForecaster, "predict_batch", refuse)
    with running(tmp_path) as client:
        for _ in range(3):
            check_error(client.post("/predict", json={"fixture_id": 1}), 503, "busy")
    assert error.__traceback__ is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], JSON_TYPE),
        (["*/*"], JSON_TYPE),
        (["text/html"], HTML),
        (["Text/HTML ; charset=utf-8"], HTML),
        (["application/x-ndjson"], NDJSON),
        (["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], HTML),
        (["application/json", "text/html"], HTML),
        (["application/json, text/html;q=0.1"], JSON_TYPE),
        (["text/html;q=0.1, */*;q=0.2"], JSON_TYPE),
        (["text/html;q=0, application/json"], JSON_TYPE),
        (["application/x-ndjson; Q=0"], JSON_TYPE),
        (["text/html; q=0.4, application/x-ndjson; q=0.5"], NDJSON),
        (["text/html; q=high"], HTML),
        (["image/png"], JSON_TYPE),
        (["text/html-like"], JSON_TYPE),
    ],
)
def test_the_form_of_an_answer_is_the_one_that_accept_weighs_most(lines: list[str], expected: str) -> None:
    assert best_media_type(lines, (HTML, NDJSON, JSON_TYPE)) == expected


@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_request_is_one_line_of_log_and_cannot_write_another(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], form: str
) -> None:
    with running(tmp_path, LOG_FORMAT=form) as client:
        client.get("/health%0aGET%20/forged%1b[31m", headers={"x-request-id": "mine"})
    lines = [line for line in capfd.readouterr().err.splitlines() if "mine" in line]
    assert len(lines) == 1
    assert "\x1b" not in lines[0]
    if form == "json":
        entry = json.loads(lines[0])
        assert (entry["method"], entry["status"], entry["request_id"]) == ("GET", 404, "mine")
        assert entry["ms"] >= 0
    else:
        assert "GET /health\\nGET /forged\\x1b[31m 404" in lines[0]


def test_uvicorn_writes_no_second_line_a_request(shared: Server) -> None:
    requests.get(f"{shared.url}/health", headers={"x-request-id": "only-once"}, timeout=10)
    until(lambda: "only-once" in shared.log.read_text(), "the line is written")
    assert shared.log.read_text().count("only-once") == 1
    assert "HTTP/1.1" not in shared.log.read_text()


def test_json_lines_carry_tracebacks_inside() -> None:
    record = logging.LogRecord("n", logging.ERROR, "p", 1, "went %s", ("wrong",), None)
    with pytest.raises(ValueError, match="invalid literal") as failed:
        int("inside")
    record.exc_info = (failed.type, failed.value, failed.tb)
    entry = json.loads(log_format.JsonFormatter().format(record))
    assert (entry["message"], "inside" in entry["traceback"]) == ("went wrong", True)
    assert "inside" in log_format.PlainFormatter().format(record)


@pytest.mark.parametrize(
    ("header", "name"),
    [("a:1", "a"), ("A", "a"), ("[::1]:5", "[::1]"), ("a:b", ""), ("[x", ""), ("a/b", ""), ("u@a", "")],
)
def test_a_host_header_is_read_strictly(header: str, name: str) -> None:
    assert host_name(header) == name


def test_an_origin_is_a_web_pages_or_none() -> None:
    assert origin_host("https://A.example:8443") == "a.example"
    assert origin_host("null") is None
    assert origin_host("http://[") is None


def test_a_client_that_sends_too_slowly_is_hung_up_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.json_bodies.READ_SECONDS", 0.2)
    port = int(client.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 20) as slow:
        slow.sendall(HALF_A_REQUEST)
        assert slow.recv(1) == b""


@pytest.fixture
def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A connection to a service that soon closes connections without a request."""
    monkeypatch.setattr("api.slow_headers.READ_SECONDS", 0.5)
    monkeypatch.setattr("api.admission.SWEEP_SECONDS", 0.05)
    with running(tmp_path) as client:
        assert client.get("/health").ok
        port = int(client.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 20) as connection:
            yield connection


@pytest.mark.parametrize("sent", [b"", HALF_A_REQUEST[:30]])
def test_a_client_that_never_ends_its_headers_is_hung_up_on(sent: bytes, impatient: socket.socket) -> None:
    impatient.sendall(sent)
    with contextlib.suppress(ConnectionResetError):
        assert impatient.recv(1) == b""


def test_a_client_that_rests_between_requests_is_left_alone(impatient: socket.socket) -> None:
    asking = HTTPConnection("localhost")
    asking.sock, asking.auto_open = impatient, 0
    for _ in range(2):
        asking.request("GET", "/health")
        assert asking.getresponse().read()
        time.sleep(1.0)


def test_stopping_does_not_wait_for_a_slow_client(tmp_path: Path) -> None:
    with serving(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port), 20) as slow:
        slow.sendall(HALF_A_REQUEST)
        time.sleep(0.2)
        assert server.stop(signal.SIGTERM) == 0
        assert "Traceback" not in server.log.read_text()


def test_small_answers_do_not_wait_for_acknowledgements(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_delay = []
    original = RequestContext.disable_nagle

    def noted(context: RequestContext) -> None:
        original(context)
        assert context.transport is not None
        connection = context.transport.get_extra_info("socket")
        no_delay.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(RequestContext, "disable_nagle", noted)
    client.get("/health")
    assert no_delay == [1]


def test_a_bad_setting_stops_the_start_with_one_line(tmp_path: Path) -> None:
    server = Server(tmp_path, app=("main:app",), PORT="many")
    assert server.process.wait(30) != 0
    assert (
        server.log.read_text().strip()
        == "error: setting PORT='many' is invalid: expected an integer from 1 to 65535"
    )


def test_a_service_never_started_serves_nothing() -> None:
    serving_ = PredictorHost(config.load({}, Path(os.devnull)))
    assert serving_.health()["ready"] is False
