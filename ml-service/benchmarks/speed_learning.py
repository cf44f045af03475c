"""Rows about work that takes seconds: features, training, backtest."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from benchmarks.speed_child import TIMES
from benchmarks.speed_processes import child
from benchmarks.speed_setup import Bench
from benchmarks.speed_table import Row

REPEATS = 3
SHOWN_SECONDS = 0.1
BIGGEST = (
    ("England", "Premier League"),
    ("Germany", "Bundesliga"),
    ("Italy", "Serie A"),
    ("Spain", "La Liga"),
    ("France", "Ligue 1"),
)


def features(bench: Bench) -> Iterator[Row]:
    """Features of all matches, and of ten times as many."""
    found = child("features", {"repeats": REPEATS}, bench.settings())
    once, tenfold = found["pass"], found["tenfold"]
    times = tenfold["seconds"] / once["seconds"]
    yield Row(
        f"features of all {found['matches']:,} matches",
        f"{found['elo']:.2f} s Elo alone in plain Python",
        f"{found['build']:.2f} s, of which the pass {once['seconds']:.2f} s",
        "6 s on one core",
        found["build"] <= 6.0,
        "half the pass in numba, half finding each match's closing price among three million",
    )
    yield Row(
        f"the pass over {TIMES} times the matches ({found['matches'] * TIMES:,})",
        f"{once['seconds']:.2f} s",
        f"{tenfold['seconds']:.2f} s, {times:.1f} times",
        "10.5 times",
        times <= 10.5,
        f"by stage: {_growth(once['stages'], tenfold['stages'])}; teams of ten worlds, all active at once, leave"
        " the cache, and memory is touched for the first time",
    )


def _growth(once: dict[str, float], tenfold: dict[str, float]) -> str:
    """How much longer each stage takes with ten times the matches."""
    return ", ".join(
        f"{name} {seconds:.1f} s ({seconds / once[name]:.1f} times)"
        for name, seconds in tenfold.items()
        if seconds >= SHOWN_SECONDS
    )


def train(bench: Bench) -> Iterator[Row]:
    """All markets on all matches; the model serves the rows that follow."""
    models = bench.folder / "trained"
    shutil.rmtree(models, ignore_errors=True)
    # What numba compiles at the first training of all is no part of any other.
    child("train", {"league_ids": biggest(bench)[:1] or None}, bench.settings(MODEL_DIR=str(models)))
    found = child("train", {}, bench.settings(MODEL_DIR=str(models)))
    shutil.rmtree(bench.models, ignore_errors=True)
    models.rename(bench.models)
    bare = found["bare"] / found["workers"]
    more = found["seconds"] - bare
    yield Row(
        f"`/train`, all markets, {bench.finished():,} matches",
        f"{bare:.0f} s: {found['calls']} calls of `lightgbm.train` in {found['workers']} threads",
        f"{found['seconds']:.0f} s, {more:.0f} s more",
        "90 s, 20 s more",
        found["seconds"] <= 90 and more <= 20,
        f"{_besides(found, bare, 'evaluating', 'fitting')}: SHAP values for the cards, rows picked, scores",
    )
    yield Row(
        "memory of training",
        "",
        f"{found['peak_mb']:.0f} MB at most",
        "2,000 MB",
        found["peak_mb"] <= 2_000,
        "prices as read, once as columns and once sorted; then features and LightGBM's bins",
    )


def backtest(bench: Bench) -> Iterator[Row]:
    """The five biggest leagues over five seasons, quarterly; of simulated matches all leagues."""
    asked = {"from": "2019-07-01", "to": "2024-06-30", "league_ids": biggest(bench)}
    found = child("backtest", asked, bench.settings())
    bare = found["bare"] / found["workers"]
    more = found["seconds"] - bare
    yield Row(
        f"`/backtest`, five biggest leagues, 2019-20 to 2023-24, quarterly: {found['matches']:,} matches",
        f"{bare:.0f} s: {found['calls']} calls of `lightgbm.train` in {found['workers']} threads",
        f"{found['seconds']:.0f} s, {more:.0f} s more; {found['peak_mb']:.0f} MB at most",
        "30 s more",
        more <= 30,
        f"{_besides(found, bare, 'fitting')}: rows picked, baselines, the last ones to end",
    )


def _besides(found: dict[str, Any], bare: float, *around: str) -> str:
    """What a job does beside the bare calls, by stage; those stages stand last that the calls are made in."""
    stages = dict(found["stages"])
    rest = sum(stages.pop(name) for name in around) - bare
    told = [f"{name} {seconds:.1f} s" for name, seconds in stages.items() if seconds >= SHOWN_SECONDS]
    return f"by stage: {', '.join(told)}, around the calls {rest:.1f} s"


def biggest(bench: Bench) -> list[int]:
    """Ids of the five biggest leagues; none of a simulated world's."""
    statement = (
        "SELECT league_id FROM V3_Leagues l JOIN V3_Countries c USING (country_id)"
        " WHERE c.name = ? AND l.name = ?"
    )
    with closing(sqlite3.connect(bench.database)) as connection:
        rows = [connection.execute(statement, pair).fetchall() for pair in BIGGEST]
    return [int(row[0]) for each in rows for row in each]
