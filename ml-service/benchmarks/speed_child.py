"""Work measured in its own process: `python -m benchmarks.speed_child TASK`, the request as JSON on stdin."""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import config
from api.predictions import content_of
from api.predictor_host import MAX_BATCH, MAX_SCORED_BATCH
from backtesting import engine, walk_forward
from backtesting.request import BacktestRequest, StakingRules
from backtesting.walk_forward import FoldForecast, FoldTask, forecast_fold
from db.dataset import Dataset
from db.reader import Reader
from errors import ModelError, ServiceError
from features.builder import FEATURES, build
from features.closings import Closings
from features.encoding import Index, encode, events
from features.ratings.replay import replay
from features.ratings.state import new_state
from markets.market_features import DEVIATIONS
from markets.prices import Quotes
from models import trainer
from models.lightgbm import lgb
from models.predictor import Forecaster
from models.query import PredictQuery, TrainRequest
from models.serving import ServingModel
from models.store import ModelStore, load_serving
from models.training_data import TrainingData

CALLS = "STATFOOT_BENCH_CALLS"
TIMES = 10

Figures = dict[str, Any]
Request = dict[str, Any]


class Stages:
    """Seconds of each stage of a job, by the first word of the stage's name."""

    def __init__(self) -> None:
        self._stages: dict[str, float] = {}
        self._now = "beginning"
        self._since = self._started = time.perf_counter()

    def begin(self, stage: str, _fraction: float) -> None:
        """The job's progress."""
        moment = time.perf_counter()
        self._stages[self._now] = self._stages.get(self._now, 0.0) + moment - self._since
        self._now, self._since = stage.split()[0], moment

    def ended(self) -> Figures:
        """Seconds in all and by stage."""
        self.begin("end", 1.0)
        return {"seconds": self._since - self._started, "stages": self._stages}


def train(request: Request) -> Figures:
    """Train on all leagues or some: seconds, seconds of threads in lightgbm.train, how many, memory."""
    settings = config.load()
    query = TrainRequest(league_ids=request.get("league_ids"), promote="always")
    with tempfile.NamedTemporaryFile() as calls:
        os.environ[CALLS] = calls.name
        _time_lightgbm()
        stages = Stages()
        trainer.train(query, settings, stages.begin)
        return {
            **stages.ended(),
            "bare": sum(seconds * threads for seconds, threads in _calls()),
            "calls": len(_calls()),
            "workers": settings.threads,
            "peak_mb": _peak_mb(),
        }


def backtest(request: Request) -> Figures:
    """A quarterly backtest: seconds, thread seconds in lightgbm.train over all workers, and the number of workers."""
    settings = config.load()
    query = BacktestRequest(
        first=date.fromisoformat(request["from"]),
        last=date.fromisoformat(request["to"]),
        league_ids=tuple(request["league_ids"]) or None,
        market="1x2",
        refit="quarter",
        use_odds=True,
        bookmaker_id=None,
        min_edge=0.03,
        staking=StakingRules("flat", 0.25, 0.05, 1000.0),
    )
    with tempfile.NamedTemporaryFile() as calls:
        os.environ[CALLS] = calls.name
        walk_forward.forecast_fold = timed_forecast
        _time_lightgbm()
        stages = Stages()
        body = engine.run(query, settings, stages.begin)
        return {
            **stages.ended(),
            "bare": sum(seconds * threads for seconds, threads in _calls()),
            "calls": len(_calls()),
            "workers": settings.threads,
            "matches": body["matches"]["evaluated"],
            "peak_mb": _peak_mb(),
        }


def timed_forecast(data: TrainingData, task: FoldTask) -> FoldForecast:
    """`backtesting.walk_forward.forecast_fold` with timed calls of lightgbm.train, also in a worker process."""
    _time_lightgbm()
    return forecast_fold(data, task)


def features(request: Request) -> Figures:
    """Seconds of the features of all matches, and of ten times as many."""
    with closing(Reader(config.load().db_path)) as reader:
        dataset = reader.load()
    kickoffs = dataset.fixtures["kickoff"].to_numpy()
    order = config.load().bookmakers
    build(replace(dataset, quotes=Quotes.none()), kickoffs, order)  # compiles, or loads what was compiled
    whole = [_timed(lambda: build(dataset, kickoffs, order)) for _ in range(request["repeats"])]
    closings = Closings.of(dataset, order)
    figures = {
        "matches": len(kickoffs),
        "build": float(np.median(whole)),
        "elo": float(np.median([_timed(lambda: _elo(dataset)) for _ in range(request["repeats"])])),
    }
    many, more = _worlds(replace(dataset, quotes=Quotes.none()), closings)
    once = [_pass(dataset, closings) for _ in range(request["repeats"])]
    tenfold = [_pass(many, more) for _ in range(request["repeats"])]
    return {**figures, "pass": _middle(once), "tenfold": _middle(tenfold)}


def read(_: Request) -> Figures:
    """Read everything over and over until killed; begins after the first line of output."""
    settings = config.load()
    print("reading", flush=True)
    while True:
        reader = Reader(settings.db_path)
        reader.load()
        reader.close()


def served(_: Request) -> Figures:
    """Check whether there is a model that this code can serve."""
    try:
        ServingModel(load_serving(ModelStore(config.load().model_dir))[0])
    except ModelError:
        return {"valid": False}
    return {"valid": True}


def scores(request: Request) -> Figures:
    """Median seconds of processor time of answers to `fixture_ids`, as JSON, with and without scores, in turn."""
    forecaster = Forecaster(config.load())
    forecaster.warm_up()
    forecaster.complete()
    gc.freeze()
    times: dict[str, list[float]] = {"plain": [], "scores": []}
    for _ in range(1 + request["runs"]):
        times["plain"].append(_answering(forecaster, request["fixture_ids"], MAX_BATCH, scores=False))
        times["scores"].append(_answering(forecaster, request["fixture_ids"], MAX_SCORED_BATCH, scores=True))
    return {name: statistics.median(some[1:]) for name, some in times.items()}


def _answering(forecaster: Forecaster, ids: Sequence[int], size: int, *, scores: bool) -> float:
    started = time.process_time()
    for start in range(0, len(ids), size):
        queries = [PredictQuery(fixture_id, scores=scores) for fixture_id in ids[start : start + size]]
        for answer in forecaster.answer_batch(queries):
            if isinstance(answer, ServiceError):
                raise answer
            content_of(answer)
    return time.process_time() - started


def trees(_: Request) -> Figures:
    """Seconds of a row through the trees of the 1x2 model with odds: its prediction, its SHAP values by LightGBM."""
    stored = load_serving(ModelStore(config.load().model_dir))[0]
    model = ServingModel(stored).of("1x2", priced=True)
    rows = np.random.default_rng(1).normal(size=(300, 1, len(FEATURES))).astype(np.float32)
    implied = np.full((1, 3), 1.0 / 3.0)
    others = np.zeros((1, len(DEVIATIONS)), dtype=np.float32)
    predict = [_timed(partial(model.margins, row, implied, others)) for row in rows]
    booster = lgb.Booster(model_str=model.trees, params={"num_threads": 1, "verbosity": -1})
    by_lightgbm = partial(booster.predict, pred_contrib=True, num_threads=1)
    inputs = [model.tree_inputs(row, implied, others) for row in rows]
    contributions = [_timed(partial(by_lightgbm, row)) for row in inputs]
    return {"predict": float(np.median(predict)), "contributions": float(np.median(contributions))}


def _pass(dataset: Dataset, closings: Closings) -> Figures:
    """Seconds of the feature pass after the closings, which grows with matches only, in all and by stage."""
    stages = Stages()
    stages.begin("encoding", 0.0)
    index = Index.empty().extended(dataset)
    matches = encode(dataset, index, dataset.fixtures["kickoff"].to_numpy(), closings)
    stages.begin("sorting", 0.0)
    timeline = events(matches)
    stages.begin("memory", 0.0)
    out = np.full((len(matches.kickoff), len(FEATURES)), np.nan, dtype=np.float32)
    stages.begin("replay", 0.0)
    replay(matches, timeline.match, timeline.kind, new_state(*index.sizes), out)
    return stages.ended()


def _middle(runs: list[Figures]) -> Figures:
    """The run of median time."""
    return sorted(runs, key=lambda run: float(run["seconds"]))[len(runs) // 2]


def _worlds(dataset: Dataset, closings: Closings) -> tuple[Dataset, Closings]:
    """The same matches in ten worlds with different teams and leagues, one second apart."""
    frames, parts = [], []
    size = int(dataset.fixtures["fixture_id"].max()) + 1
    for world in range(TIMES):
        moved = {name: dataset.fixtures[name] + world * size for name in _IDS}
        moved |= {name: dataset.fixtures[name] + world for name in ("kickoff", "known_at")}
        frames.append(dataset.fixtures.assign(**moved))
        parts.append(replace(closings, fixture_id=closings.fixture_id + world * size))
    fixtures = pd.concat(frames).sort_values(["kickoff", "fixture_id"], ignore_index=True)
    teams = pd.concat(
        [dataset.teams.assign(team_id=dataset.teams["team_id"] + w * size) for w in range(TIMES)]
    )
    leagues = pd.concat(
        [dataset.leagues.assign(league_id=dataset.leagues["league_id"] + w * size) for w in range(TIMES)]
    )
    together = parts[0].joined(*parts[1:])
    return replace(dataset, fixtures=fixtures, teams=teams, leagues=leagues), together


_IDS = ("fixture_id", "league_id", "home_team_id", "away_team_id")


def _elo(dataset: Dataset) -> dict[int, float]:
    """The floor: Elo alone, in plain Python."""
    names = ("home_team_id", "away_team_id", "goals_home", "goals_away")
    rows = zip(*(dataset.fixtures[name].tolist() for name in names), strict=True)
    ratings: dict[int, float] = {}
    for home, away, scored, conceded in rows:
        difference = ratings.get(home, 1500.0) - ratings.get(away, 1500.0)
        expected = 1.0 / (1.0 + 10.0 ** (-(difference + 65.0) / 400.0))
        change = 20.0 * ((scored > conceded) + 0.5 * (scored == conceded) - expected)
        ratings[home] = ratings.get(home, 1500.0) + change
        ratings[away] = ratings.get(away, 1500.0) - change
    return ratings


def _time_lightgbm() -> None:
    """Log the seconds of each call of lightgbm.train, whoever calls it."""
    if getattr(lgb.train, "is_timed", False):
        return
    bare = lgb.train

    def timed(*args: Any, **options: Any) -> lgb.Booster:
        started = time.perf_counter()
        booster = bare(*args, **options)
        with Path(os.environ[CALLS]).open("a") as file:
            file.write(f"{time.perf_counter() - started} {args[0]['num_threads']}\n")
        return booster

    timed.is_timed = True  # type: ignore[attr-defined]
    lgb.train = timed


def _calls() -> list[tuple[float, int]]:
    """Seconds and threads of each call so far."""
    lines = Path(os.environ[CALLS]).read_text().splitlines()
    return [(float(seconds), int(threads)) for seconds, threads in map(str.split, lines)]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


TASKS: dict[str, Callable[[Request], Figures]] = {
    "train": train,
    "backtest": backtest,
    "features": features,
    "read": read,
    "served": served,
    "trees": trees,
    "scores": scores,
}


def main(arguments: Iterable[str]) -> None:
    """Do the task that the command line names and print its figures as JSON."""
    (task,) = arguments
    print(json.dumps(TASKS[task](json.load(sys.stdin))))


if __name__ == "__main__":
    # Workers of a backtest import `timed_forecast` under this module's name.
    from benchmarks import speed_child

    speed_child.main(sys.argv[1:])
