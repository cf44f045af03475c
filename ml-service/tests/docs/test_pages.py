"""Everything that README.ml.md and the pages of `docs/` refer to exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from api.schemas import BacktestBody, PredictBody, TrainBody
from config import ROOT

PROJECT = ROOT.parent
README = PROJECT / "README.ml.md"
FOLDER = ROOT / "docs"
PAGES = [README, *sorted(FOLDER.glob("*.md"))]

LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SCRIPT = re.compile(r"npm run ([\w:]+)")
PATH = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|js|json|md|ts|css|html))`")
BASES = (PROJECT, ROOT, PROJECT / "backend", FOLDER)
MADE_LATER = {"saved_models/current.json", "services/v3/mlService.js"}
"""Files that are named and not in the repository: written at run time, or in an application."""

REFUSED = '{"fixture_id": "1"}'
"""The request that the page on errors shows with its error."""

SET_UP = """\
```bash
# Setup (one-time)
cd ml-service
python3 -m venv venv
source venv/bin/activate       # Windows: venv\\Scripts\\activate
pip install -r requirements.txt

# Run (every session alongside npm run dev)
uvicorn main:app --port 5050 --reload
```
"""
DEV = '"ml:dev": "cd ml-service && source venv/bin/activate && uvicorn main:app --port 5050 --reload"'

CURL = re.compile(r"^curl .*localhost:5050/(\w+).* -d '(.+?)'", re.MULTILINE)
BODIES: dict[str, type[BaseModel]] = {"predict": PredictBody, "train": TrainBody, "backtest": BacktestBody}

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def prose(page: Path) -> str:
    """The text of a page without its blocks of code."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def unfolded(page: Path) -> str:
    """The text of a page with each command on one line."""
    return page.read_text(encoding="utf-8").replace("\\\n", "")


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(prose(page))
    }


def relative_links(page: Path) -> Iterator[str]:
    """Targets of the links of a page that lead to no other site."""
    yield from (target for target in LINK.findall(prose(page)) if "://" not in target)


@by_page
def test_every_relative_link_leads_to_a_file_and_a_heading_of_it(page: Path) -> None:
    for link in relative_links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@by_page
def test_headings_of_a_page_have_anchors_of_their_own(page: Path) -> None:
    assert len(anchors(page)) == len(HEADING.findall(prose(page)))


@by_page
def test_every_script_of_npm_that_a_page_names_exists(page: Path) -> None:
    scripts = json.loads((PROJECT / "package.json").read_text())["scripts"]
    assert set(SCRIPT.findall(page.read_text(encoding="utf-8"))) - {"dev", "types", *scripts} == set()


@by_page
def test_every_source_file_that_a_page_names_exists(page: Path) -> None:
    named = set(PATH.findall(prose(page))) - MADE_LATER
    assert {name for name in named if not any((base / name).is_file() for base in BASES)} == set()


def test_the_readme_leads_to_every_page() -> None:
    linked = {(README.parent / link.partition("#")[0]).resolve() for link in relative_links(README)}
    assert set(PAGES) - {README} <= linked


def test_the_readme_has_the_specified_blocks_to_the_letter() -> None:
    text = README.read_text(encoding="utf-8")
    assert SET_UP in text
    assert DEV in text
    assert DEV in (PROJECT / "package.json").read_text()


@pytest.mark.parametrize("route", ["/health", "/predict", "/train", "/model/current", "/backtest"])
def test_the_readme_has_a_command_for_every_route(route: str) -> None:
    assert re.search(rf"^curl .*localhost:5050{route}( |$)", README.read_text(encoding="utf-8"), re.MULTILINE)


def test_a_glossary_term_has_one_meaning_and_no_other_term_avoids_it() -> None:
    rows = re.findall(r"^\| (.+?) \| .+ \|(.*)\|$", prose(FOLDER / "glossary.md"), re.MULTILINE)
    terms = [term for term, _ in rows if term not in ("term", "---")]
    avoided = {word.strip() for _, words in rows for word in words.split(",")}
    assert len(set(terms)) == len(terms)
    assert avoided & set(terms) == set()


def test_every_request_that_a_page_shows_is_valid() -> None:
    requests = [request for page in PAGES for request in CURL.findall(unfolded(page))]
    assert len(requests) > 10
    for route, body in requests:
        if body != REFUSED:
            BODIES[route].model_validate_json(body)
