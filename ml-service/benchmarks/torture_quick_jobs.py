"""The service with jobs that end at once, so that a fuzzer can start any number of them."""

from __future__ import annotations

import sys
from typing import Any, cast

import config
from api.predictor_host import PredictorFactory
from common.progress import Progress
from config import Settings
from jobs import worker
from main import create_app
from testing.edge import ConstantForecaster

HERE = "benchmarks.torture_quick_jobs"


def app() -> Any:
    """For `uvicorn --factory`."""
    return create_app(config.load(), cast(PredictorFactory, ConstantForecaster), (sys.executable, "-m", HERE))


def _train(request: dict[str, Any], _settings: Settings, progress: Progress) -> dict[str, Any]:
    progress("working", 0.5)
    return {"model": {"model_id": "quick"}, "promoted": True, "reason": request["promote"]}


def _backtest(request: dict[str, Any], _settings: Settings, progress: Progress) -> dict[str, Any]:
    progress("working", 0.5)
    return {"html": "<!doctype html>"} if request["html"] else {"scope": request}


if __name__ == "__main__":
    worker.main({"train": _train, "backtest": _backtest})
