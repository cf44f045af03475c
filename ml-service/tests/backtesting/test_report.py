"""The report page in a real headless Chromium: it renders without errors and shows the answer's numbers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from backtesting.engine import BacktestRequest, evaluate
from backtesting.report.page import render
from config import Settings
from db.schema import VOID
from testing.simulated import BOOKMAKER, Plan, simulate

NASTY = '<script>alert("x")</script> & "FC" \''
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--enable-logging=stderr",
)


def silent(_stage: str, _fraction: float) -> None:
    """A progress callback that does nothing."""


def answer(request: BacktestRequest, plan: Plan) -> dict[str, Any]:
    simulation = simulate(plan)
    leagues = simulation.dataset.leagues.assign(name=[NASTY, "Zweite Liga"])
    dataset = replace(simulation.dataset, leagues=leagues)
    settings = Settings(threads=1, bookmakers=(BOOKMAKER,))
    return {**evaluate(dataset, request, settings, silent), "seconds": 12.3}


@pytest.fixture(scope="module")
def body() -> dict[str, Any]:
    request = BacktestRequest(date(2019, 1, 1), date(2020, 12, 31), use_odds=False)
    return answer(request, Plan(teams=16))


@pytest.fixture(scope="module")
def without_bets() -> dict[str, Any]:
    return answer(BacktestRequest(date(2019, 8, 1), date(2019, 12, 31), market="btts"), Plan(priced=False))


class Page(HTMLParser):
    """The parts of a page that tests check: figures, tags, headings of tables, references."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures: list[tuple[str, Any]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._within = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag == "data":
            self._within = True
            self.words.append("")
            self.figures.append((attributes["data-path"] or "", json.loads(attributes["value"] or "null")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "data":
            self._within = False

    def handle_data(self, data: str) -> None:
        if self._within:
            self.words[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def at(body: Any, path: str) -> Any:
    for step in path.split("."):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


def opened(page: str, folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open the page in Chromium."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", *flags, file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


@needs_chromium
def test_chromium_shows_the_numbers_of_the_answer_and_no_error(body: dict[str, Any], tmp_path: Path) -> None:
    done = opened(render(body), tmp_path, "--dump-dom")
    page = Page(done.stdout)
    assert "CONSOLE" not in done.stderr
    assert len(page.figures) > 300
    assert all(at(body, path) == value for path, value in page.figures)


@needs_chromium
@pytest.mark.parametrize("width", [1100, 390])
def test_the_page_is_no_wider_than_the_window(body: dict[str, Any], tmp_path: Path, width: int) -> None:
    content, room = widths(render(body), tmp_path, width)
    assert content == room
    assert width - 20 <= room <= width


def widths(page: str, folder: Path, width: int) -> tuple[int, int]:
    """Width of the page's content and the width available to it, in a window of `width` pixels."""
    probe = (
        f'<iframe style="width:{width}px;height:900px;border:0" srcdoc="{escape(page)}"></iframe>'
        "<script>addEventListener('load',()=>{"
        "const page=document.querySelector('iframe').contentDocument.documentElement;"
        "document.body.dataset.widths=[page.scrollWidth,page.clientWidth]})</script>"
    )
    done = opened(probe, folder, "--dump-dom")
    content, room = re.findall(r'<body data-widths="(\d+),(\d+)"', done.stdout)[0]
    return int(content), int(room)


def test_a_market_without_prices_is_no_market_without_an_edge(without_bets: dict[str, Any]) -> None:
    assert "No bets: no match had a price of this market." in render(without_bets)


def test_a_page_without_bets_names_the_edge_that_no_price_had() -> None:
    request = BacktestRequest(date(2019, 8, 1), date(2019, 12, 31), min_edge=0.9)
    assert "No bets: no price had an edge of at least" in render(answer(request, Plan()))


@needs_chromium
def test_chromium_draws_a_page_without_bets_or_prices(without_bets: dict[str, Any], tmp_path: Path) -> None:
    done = opened(render(without_bets), tmp_path, f"--screenshot={tmp_path / 'page.png'}")
    assert "CONSOLE" not in done.stderr
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_the_words_shown_are_the_rounded_values(body: dict[str, Any]) -> None:
    page = Page(render(body))
    pairs = zip(page.words, page.figures, strict=True)
    numbers = [(words, value) for words, (_, value) in pairs if isinstance(value, float)]
    assert len(numbers) > 200
    for words, value in numbers:
        number = float(re.sub(r"[,%+]", "", words).replace("\u2212", "-"))
        decimals = len(words.rstrip("%").partition(".")[2])
        scale = 100.0 if words.endswith("%") else 1.0
        assert abs(number - value * scale) <= 0.5 * 10.0**-decimals + 1e-9


def test_key_figures_are_on_the_page(body: dict[str, Any]) -> None:
    paths = {path for path, _ in Page(render(body)).figures}
    assert paths >= {
        "metrics.model.log_loss",
        "metrics.market.log_loss",
        "versus_market.log_loss_difference",
        "bets.yield",
        "bets.profit",
        "bets.max_drawdown",
        "bets.closing_line_value.mean",
        "matches.evaluated",
        "favourite.yield",
        "random.yield",
    }


def test_nothing_is_loaded_and_nothing_runs(body: dict[str, Any]) -> None:
    text = render(body)
    page = Page(text)
    assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert [attributes["href"] for attributes in page.all("link")] == ["data:,"]
    assert "http" not in re.sub(r'http-equiv="', "", text)
    assert "url(" not in text


def test_names_from_the_database_cannot_become_markup(body: dict[str, Any]) -> None:
    text = render(body)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_tables_have_captions_and_headed_rows_and_columns(body: dict[str, Any]) -> None:
    page = Page(render(body))
    assert len(page.all("caption")) == len(page.all("table")) > 8
    assert all(attributes["scope"] in ("col", "row") for attributes in page.all("th"))


def test_plots_have_a_title_and_a_description_of_their_own(body: dict[str, Any]) -> None:
    page = Page(render(body))
    plots = page.all("svg")
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert len(plots) >= 11
    for plot in plots:
        assert plot["role"] == "img"
        assert set((plot["aria-labelledby"] or "").split()) <= set(ids)


def test_the_verdict_comes_first(body: dict[str, Any]) -> None:
    text = render(body)
    assert text.index(body["evidence"]["headline"]) < text.index("<dl") < text.index("<table")


def test_void_matches_are_listed_with_their_reason() -> None:
    simulation = simulate(Plan())
    rows = simulation.dataset.fixtures.index.to_numpy()[-400:-390]
    settings = Settings(threads=1, bookmakers=(BOOKMAKER,))
    request = BacktestRequest(date(2019, 1, 1), date(2020, 12, 31))
    body = evaluate(simulation.finished_as(VOID, rows).dataset, request, settings, silent)
    assert ("matches.not_evaluated.void", 10) in Page(render(body)).figures
