"""The output that the pages show of `ml:predict -- .. --scores` is what the command prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.manual import example
from cli.app import prediction_text
from config import ROOT

PAGES = (ROOT.parent / "README.ml.md", ROOT / "docs" / "further_markets.md")
SAMPLE = re.compile(r"ml:predict -- 16701 --scores.*?```text\n(.*?)```", re.DOTALL)
CUT = "…"
PRINTED = prediction_text(example("predict_scores")).splitlines()


def test_the_example_is_of_the_match_that_the_pages_name() -> None:
    assert example("predict_scores")["fixture_id"] == 16701


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_sample_is_what_the_command_prints(page: Path) -> None:
    """Lines that are left out stand as one mark, and what lies between two marks is printed without a gap."""
    (sample,) = SAMPLE.findall(page.read_text(encoding="utf-8"))
    start = 0
    for part in re.split(rf"^{CUT}$", sample, flags=re.MULTILINE):
        lines = part.strip("\n").splitlines()
        places = [at for at in range(start, len(PRINTED)) if PRINTED[at : at + len(lines)] == lines]
        assert places, part
        start = places[0] + len(lines)
