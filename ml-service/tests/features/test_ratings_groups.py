"""Each group of features states its columns, writes a value to each, and states when they are known."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from common.source_digest import ROOT
from features.catalogue import FEATURES
from features.ratings.replay import replay
from features.ratings.state import READ, MatchArrays
from markets.registry import MARKETS
from models.columns import price_columns
from tests.features.test_ratings import blank, fresh, passed, timeline
from tests.features.test_ratings_numbers import eventful

GROUPS = ("elo", "strengths", "poisson", "form", "shots", "market", "moves", "league")
WIDTHS = """
import importlib, json, sys
import numpy as np
from features.ratings.replay import view_of
from features.ratings.state import Fixture, new_state
from features.ratings.strength_settings import STRENGTHS

view = view_of(new_state(2, 1, 1), STRENGTHS, Fixture(0, 0, 0, 1, 0, 2020, True))
groups = {name: importlib.import_module("features.ratings." + name) for name in sys.argv[1:]}
out = np.zeros(99, dtype=np.float32)
print(json.dumps({name: [group.write(view, out, 0), len(group.COLUMNS)] for name, group in groups.items()}))
"""
NEW_FEATURE = """
import json
import numpy as np
from features.catalogue import FEATURES
from features.ratings.replay import view_of, write_row
from features.ratings.state import Fixture, new_state
from features.ratings.strength_settings import STRENGTHS
from markets.registry import MARKETS
from models.columns import price_columns

view = view_of(new_state(2, 1, 1), STRENGTHS, Fixture(0, 0, 0, 1, 0, 2020, True))
out = np.zeros(99, dtype=np.float32)
written = write_row(view, out)
(feature,) = [feature for feature in FEATURES if feature.name == "elo_total"]
print(json.dumps({
    "columns": len(FEATURES),
    "written": written,
    "value": float(out[feature.column]),
    "seen": ["elo_total" in price_columns(market) for market in MARKETS],
}))
"""
ANOTHER_COLUMN = """
    RatingColumn("elo_total", "Elo points", "Elo of both teams together", "elo", "results"),
)


@njit_in_place
def expected_score("""
ANOTHER_VALUE = """            expected_score(difference),
            home + away,
"""


def run_plainly(script: str, *arguments: str, tree: Path = ROOT) -> Any:
    """The JSON that a script prints, run on a tree of the sources without compilation."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tree)}
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout)


def test_every_group_writes_as_many_values_as_it_has_columns() -> None:
    for group, (written, columns) in run_plainly(WIDTHS, *GROUPS).items():
        assert written == columns, group


def test_a_new_feature_takes_a_column_and_a_value_in_its_groups_file(tmp_path: Path) -> None:
    for folder in ("common", "contract", "db", "features", "markets", "models"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for name in ("config.py", "errors.py"):
        shutil.copy(ROOT / name, tmp_path)
    elo = tmp_path / "features/ratings/elo.py"
    code = elo.read_text()
    code = code.replace("\n)\n\n\n@njit_in_place\ndef expected_score(", ANOTHER_COLUMN)
    elo.write_text(code.replace("            expected_score(difference),\n", ANOTHER_VALUE))
    answer = run_plainly(NEW_FEATURE, tree=tmp_path)
    assert answer["columns"] == answer["written"] == len(FEATURES) + 1
    assert answer["value"] == 3000.0
    assert answer["seen"] == [True] * len(MARKETS), "models with odds see it as well"


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.key)
def test_a_model_with_odds_sees_every_feature_that_the_price_does_not_say(market: Any) -> None:
    columns = price_columns(market)
    assert [f.name for f in FEATURES if (f.name in columns) == f.in_price] == []


def features_without_late_results(matches: MatchArrays) -> NDArray[np.float32]:
    """Features of the pass without the last two fifths of the results."""
    out, state = blank(matches), fresh(matches)
    match, kind, _ = timeline(matches)
    early = (kind == READ) | (match < 0.6 * len(matches.kickoff))
    replay(matches, match[early], kind[early], state, out)
    return out


def test_what_comes_from_results_changes_without_them_and_what_comes_from_the_fixture_does_not() -> None:
    matches = eventful()
    changed = (passed(matches)[0][-40:] != features_without_late_results(matches)[-40:]).any(axis=0)
    assert [f.name for f in FEATURES if changed[f.column] == (f.source == "fixture")] == []


def test_what_comes_from_past_prices_changes_with_them_and_nothing_else_does() -> None:
    matches = eventful()
    others = matches._replace(
        close=np.roll(matches.close, 5, axis=0),
        close_over=1.0 - matches.close_over,
        moves=-matches.moves,
    )
    changed = passed(matches)[0][-1] != passed(others)[0][-1]
    assert [f.name for f in FEATURES if changed[f.column] != (f.source == "past_prices")] == []
