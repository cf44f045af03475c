"""The manual at /docs: complete, self-contained, and its commands work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

import config
from api.manual import HTML, NDJSON, example
from api.manual_page.fields import Fields
from api.manual_page.text import HOST, pretty, prose
from backtesting.engine import BacktestRequest
from contract.backtest import BacktestAnswer
from contract.health import HealthAnswer
from contract.model import MetaAnswer
from contract.prediction import PredictionAnswer, PredictionsAnswer
from testing.contract import check_shape
from testing.edge import constant_app
from testing.server import Client, in_thread, until
from testing.simulated import Plan
from tests.backtesting.test_report import Page, answer, needs_chromium, opened, widths

ROUTES = {
    "/health": "GET",
    "/predict": "POST",
    "/train": "POST",
    "/model/current": "GET",
    "/backtest": "POST",
}
CODES = {
    400: ["malformed_json"],
    403: ["forbidden_host", "forbidden_origin"],
    404: ["fixture_not_found", "team_not_found", "league_not_found", "model_not_trained", "not_found"],
    405: ["method_not_allowed"],
    409: ["training_in_progress", "backtest_in_progress"],
    413: ["body_too_large"],
    415: ["unsupported_media_type"],
    422: ["invalid_request", "insufficient_data"],
    500: ["internal_error"],
    503: [
        "model_not_trained",
        "model_invalid",
        "database_missing",
        "database_unreadable",
        "database_invalid_schema",
        "busy",
    ],
}
IDS = re.compile(r"(^|[._])(id|ids|ids\[\])$|bookmakers$")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here: apt-get install curl")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("service")
    (folder / "database").touch()
    paths = {"MODEL_DIR": str(folder), "DB_PATH": str(folder / "database")}
    with in_thread(constant_app(config.load(paths, Path(os.devnull)))) as made:
        yield made


@pytest.fixture(scope="module")
def text(client: Client) -> str:
    return client.get("/docs").text


@pytest.fixture(scope="module")
def openapi(client: Client) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/openapi.json").json()
    return body


@pytest.fixture(scope="module")
def fields(openapi: dict[str, Any]) -> Fields:
    return Fields(openapi["components"]["schemas"], frozenset())


def fields_named(text: str) -> set[str]:
    """Names of the fields that have a row, without their parents."""
    rows = re.findall(r"<dt><code>(?:<span[^>]*>[^<]*</span>)?([^<]+)</code></dt>", text)
    return {unescape(row) for row in rows}


def commands(text: str) -> list[str]:
    examples = map(unescape, re.findall(r"<pre><code>(curl .*?)</code></pre>", text, flags=re.DOTALL))
    return list(dict.fromkeys(examples))


def test_docs_is_a_page_for_get_alone(client: Client) -> None:
    page = client.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert client.post("/docs").status_code == 405
    assert client.get("/redoc").status_code == 404


def test_docs_is_for_the_hosts_that_the_service_answers_for(client: Client) -> None:
    refused = client.get("/docs", headers={"host": "elsewhere.example"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden_host")


def test_docs_is_no_route_of_the_description(openapi: dict[str, Any]) -> None:
    assert set(openapi["paths"]) == set(ROUTES)


def test_every_route_has_a_section_in_the_contents_with_a_command(text: str) -> None:
    for path, method in ROUTES.items():
        key = path.strip("/").replace("/", "-")
        assert f'<a href="#{key}"><code>{path}</code>' in text
        assert f'<h2 id="{key}"><span class="method">{method}</span> <code>{path}</code>' in text
        assert any(f" {HOST}{path}" in command for command in commands(text))


def test_every_field_of_every_schema_has_a_row(text: str, openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"].values()
    assert {name for schema in schemas for name in schema["properties"]} <= fields_named(text)


def test_every_field_is_described_and_every_number_has_a_unit(
    fields: Fields, openapi: dict[str, Any]
) -> None:
    rows = [row for name in openapi["components"]["schemas"] for row in fields.rows(name)]
    assert [row.path for row in rows if not row.about] == []
    numbers = [row for row in rows if re.search(r"\b(integer|number)", row.kind) and not IDS.search(row.path)]
    assert len(numbers) > 100
    assert [row.path for row in numbers if not row.unit] == []


def test_requests_say_what_must_be_there_and_what_stands_in(fields: Fields) -> None:
    rows = {row.path: row for row in fields.rows("BacktestBody", is_request=True)}
    assert (rows["from"].kind, rows["from"].needed) == ("date", "required")
    assert rows["league_ids"].needed == "default null"
    assert (rows["min_edge"].needed, rows["min_edge"].limits) == ("default 0.03", "0 to 1")
    assert rows["staking.cap"].limits == "above 0, at most 1"
    assert rows["bookmaker_id"].kind == 'integer or "best" or null'


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("predict", PredictionAnswer),
        ("predict_many", PredictionsAnswer),
        ("health", HealthAnswer),
        ("model", MetaAnswer),
        ("backtest", BacktestAnswer),
    ],
)
def test_real_answers_hold_nothing_that_is_not_described(name: str, model: Any) -> None:
    check_shape(model, example(name))


@pytest.mark.parametrize("priced", [True, False])
def test_backtests_with_and_without_prices_are_as_described(priced: bool) -> None:
    request = BacktestRequest(date(2019, 8, 1), date(2019, 12, 31), market="1x2" if priced else "btts")
    check_shape(BacktestAnswer, answer(request, Plan(priced=priced)))


def test_every_error_of_the_contract_is_explained(text: str) -> None:
    overview = text[text.index('<h2 id="errors">') :]
    for status, codes in CODES.items():
        for code in codes:
            meaning = re.search(rf"<dt>{status} <code>{code}</code></dt><dd>(.+?)</dd>", overview)
            assert meaning is not None, (status, code)


def test_examples_are_whole_with_their_nulls(text: str, openapi: dict[str, Any]) -> None:
    content = openapi["paths"]["/health"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["example"] == example("health")
    for name in ("predict", "health", "model", "job", "accepted", "backtest"):
        assert all(line.strip() in unescape(text) for line in pretty(example(name)).splitlines())


def test_other_forms_of_an_answer_have_their_commands(text: str) -> None:
    for path, media in (("/train", NDJSON), ("/backtest", NDJSON), ("/backtest", HTML)):
        assert any(f"{path} " in line and f"accept: {media}" in line for line in commands(text))


@needs_curl
def test_every_command_works_as_it_stands(text: str, client: Client, tmp_path: Path) -> None:
    examples = commands(text)
    assert len(examples) > 10
    for command in examples:
        until(lambda: idle(client), "no job runs")
        here = command.replace(HOST, client.url.removeprefix("http://"))
        shell = ["sh", "-c", here + " -w '\n%{http_code}'"]
        done = subprocess.run(shell, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
        unknown = "/model/current" in command or '"api_id"' in command
        statuses = {"404"} if unknown else {"200", "202"}
        assert done.stdout.splitlines()[-1] in statuses, (command, done.stdout)
    assert (tmp_path / "backtest.html").read_text().startswith("<!doctype html>")


def idle(client: Client) -> bool:
    health = requests.get(f"{client.url}/health", timeout=10).json()
    return all(not health[kind] or health[kind]["status"] != "running" for kind in ("training", "backtest"))


def test_a_second_application_of_the_process_says_the_same(tmp_path: Path, openapi: dict[str, Any]) -> None:
    settings = config.load({"MODEL_DIR": str(tmp_path), "DB_PATH": str(tmp_path / "none")}, Path(os.devnull))
    assert [constant_app(settings).openapi() for _ in range(2)] == [openapi, openapi]


def test_nothing_is_loaded_and_nothing_runs(text: str) -> None:
    page = Page(text)
    assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    names = {name for _, attributes in page.tags for name in attributes}
    assert not [name for name in names if name == "src" or name.startswith("on")]
    assert [attributes["href"] for attributes in page.all("link")] == ["data:,"]
    assert {
        attributes["href"] for attributes in page.all("a") if not (attributes["href"] or "").startswith("#")
    } == {"openapi.json"}
    assert "//" not in re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)
    assert "url(" not in text


def test_links_lead_to_headings_of_the_page(text: str) -> None:
    page = Page(text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    inner = {href[1:] for attributes in page.all("a") if (href := attributes["href"] or "").startswith("#")}
    assert inner <= set(ids)
    assert all(attributes["aria-labelledby"] in ids for attributes in page.all("section"))


def test_headings_skip_no_level(text: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(text).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_text_cannot_become_markup() -> None:
    assert prose("a <b> & `<i>`\n\n- one\n- two") == (
        "<p>a &lt;b&gt; &amp; <code>&lt;i&gt;</code></p><ul><li>one</li><li>two</li></ul>"
    )


@needs_chromium
def test_chromium_shows_the_manual_without_an_error(text: str, tmp_path: Path) -> None:
    done = opened(text, tmp_path, "--dump-dom")
    assert "CONSOLE" not in done.stderr
    assert fields_named(done.stdout) >= {"fixture_ids", "max_drawdown", "request_id"}


@needs_chromium
@pytest.mark.parametrize("width", [1300, 390])
def test_the_manual_is_no_wider_than_the_window(text: str, tmp_path: Path, width: int) -> None:
    content, room = widths(text, tmp_path, width)
    assert content == room
    assert width - 20 <= room <= width
