"""Rows about work that takes seconds: features, training, backtest."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from benchmarks.speed_child import TIMES
from benchmarks.speed_processes import child
from benchmarks.speed_setup import SpeedBench
from benchmarks.speed_table import Measurement

REPEATS = 3
MIN_STAGE_SECONDS = 0.1
BIGGEST = (
    ("England", "Premier League"),
    ("Germany", "Bundesliga"),
    ("Italy", "Serie A"),
    ("Spain", "La Liga"),
    ("France", "Ligue 1"),
)


def features(bench: SpeedBench) -> Iterator[Measurement]:
    """Features of all matches, and of ten times as many."""
    figures = child("features", {"repeats": REPEATS}, bench.settings())
    once, tenfold = figures["pass"], figures["tenfold"]
    times = tenfold["seconds"] / once["seconds"]
    yield Measurement(
        f"features of all {figures['matches']:,} matches",
        f"{figures['elo']:.2f} s Elo alone in plain Python",
        f"{figures['build']:.2f} s, of which the pass {once['seconds']:.2f} s",
        "6 s on one core",
        figures["build"] <= 6.0,
        "a third the pass in numba, the rest finding each match's closing price among three million",
    )
    yield Measurement(
        f"the pass over {TIMES} times the matches ({figures['matches'] * TIMES:,})",
        f"{once['seconds']:.2f} s",
        f"{tenfold['seconds']:.2f} s, {times:.1f} times",
        "10.5 times",
        times <= 10.5,
        f"by stage: {_growth(once['stages'], tenfold['stages'])}; teams of ten worlds, all active at once, leave"
        " the cache, and memory is touched for the first time",
    )


def _growth(once: dict[str, float], tenfold: dict[str, float]) -> str:
    """Text of how much longer each stage takes with ten times the matches."""
    return ", ".join(
        f"{name} {seconds:.1f} s ({seconds / once[name]:.1f} times)"
        for name, seconds in tenfold.items()
        if seconds >= MIN_STAGE_SECONDS
    )


def train(bench: SpeedBench) -> Iterator[Measurement]:
    """All markets on all matches; later rows measure services with this model."""
    models = bench.folder / "trained"
    shutil.rmtree(models, ignore_errors=True)
    # The first training also compiles with numba; later ones do not.
    child("train", {"league_ids": biggest(bench)[:1] or None}, bench.settings(MODEL_DIR=str(models)))
    figures = child("train", {}, bench.settings(MODEL_DIR=str(models)))
    shutil.rmtree(bench.models, ignore_errors=True)
    models.rename(bench.models)
    bare = figures["bare"] / figures["workers"]
    overhead = figures["seconds"] - bare
    yield Measurement(
        f"`/train`, all markets, {bench.finished():,} matches",
        f"{bare:.0f} s: {figures['calls']} calls of `lightgbm.train` in {figures['workers']} threads",
        f"{figures['seconds']:.0f} s, {overhead:.0f} s more",
        "90 s, 20 s more",
        figures["seconds"] <= 90 and overhead <= 20,
        f"{_rest_by_stage(figures, bare, 'evaluating', 'fitting')}: SHAP values for the cards,"
        " rows picked, scores",
    )
    yield Measurement(
        "memory of training",
        "",
        f"{figures['peak_mb']:.0f} MB at most",
        "2,000 MB",
        figures["peak_mb"] <= 2_000,
        "prices as read, once as columns and once sorted; then features and LightGBM's bins",
    )


def backtest(bench: SpeedBench) -> Iterator[Measurement]:
    """The five biggest leagues over five seasons, quarterly; all leagues if the matches are simulated."""
    request = {"from": "2019-07-01", "to": "2024-06-30", "league_ids": biggest(bench)}
    figures = child("backtest", request, bench.settings())
    bare = figures["bare"] / figures["workers"]
    overhead = figures["seconds"] - bare
    yield Measurement(
        f"`/backtest`, five biggest leagues, 2019-20 to 2023-24, quarterly: {figures['matches']:,} matches",
        f"{bare:.0f} s: {figures['calls']} calls of `lightgbm.train` in {figures['workers']} threads",
        f"{figures['seconds']:.0f} s, {overhead:.0f} s more; {figures['peak_mb']:.0f} MB at most",
        "30 s more",
        overhead <= 30,
        f"{_rest_by_stage(figures, bare, 'fitting')}: rows picked, baselines, the last ones to end",
    )


def _rest_by_stage(figures: dict[str, Any], bare: float, *around: str) -> str:
    """Text of what a job does beside the bare calls, by stage; the stages `around` the calls come last, as one."""
    stages = dict(figures["stages"])
    rest = sum(stages.pop(name) for name in around) - bare
    parts = [f"{name} {seconds:.1f} s" for name, seconds in stages.items() if seconds >= MIN_STAGE_SECONDS]
    return f"by stage: {', '.join(parts)}, around the calls {rest:.1f} s"


def biggest(bench: SpeedBench) -> list[int]:
    """Ids of the five biggest leagues; none of a simulated world's."""
    statement = (
        "SELECT league_id FROM V3_Leagues l JOIN V3_Countries c USING (country_id)"
        " WHERE c.name = ? AND l.name = ?"
    )
    with closing(sqlite3.connect(bench.database)) as connection:
        rows = [connection.execute(statement, pair).fetchall() for pair in BIGGEST]
    return [int(row[0]) for each in rows for row in each]
