"""What a Python makes of a database and a folder of models: `python -m testing.pythons DATABASE MODELS`.

It trains where the folder holds no model, and writes what the model and the features say as JSON.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from backtesting.engine import BacktestRequest, evaluate
from config import Settings
from db.reader import Reader
from features.builder import build
from models.predictor import Forecaster
from models.query import PredictQuery, TrainRequest
from models.store import ModelStore
from models.trainer import train

FIXTURES = tuple(range(1, 721, 3))
REQUEST = BacktestRequest(date(2021, 7, 1), date(2021, 11, 30))


def quiet(_stage: str, _done: float) -> None:
    """A progress that nobody watches."""


def numbers(database: Path, models: Path) -> dict[str, Any]:
    """Features of every match (-1e9 where missing), predictions of many and a backtest's answer."""
    settings = Settings(db_path=database, model_dir=models, threads=1)
    if ModelStore(models).current_id() is None:
        train(TrainRequest(), settings, quiet)
    with closing(Reader(database)) as reader:
        dataset = reader.load()
    features = build(dataset, dataset.fixtures["kickoff"].to_numpy(), settings.bookmakers)
    with closing(Forecaster(settings)) as forecaster:
        answers = [forecaster.predict(PredictQuery(fixture)) for fixture in FIXTURES]
    return {
        "features": np.nan_to_num(features, nan=-1e9).tolist(),
        "predictions": [answer["prediction"] for answer in answers],
        "backtest": evaluate(dataset, REQUEST, settings, quiet),
    }


if __name__ == "__main__":
    json.dump(numbers(*map(Path, sys.argv[1:])), sys.stdout)
