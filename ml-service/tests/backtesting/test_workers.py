"""The same numbers to the last digit wherever the periods are computed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from backtesting.engine import BacktestRequest, evaluate
from config import Settings
from errors import SettingError
from testing.simulated import BOOKMAKER, Plan, simulate

REQUEST = BacktestRequest(date(2019, 1, 1), date(2020, 3, 31))
LOCAL = Settings(threads=1, bookmakers=(BOOKMAKER,))


def answer(settings: Settings) -> str:
    body = evaluate(simulate(Plan()).dataset, REQUEST, settings, lambda _stage, _fraction: None)
    return json.dumps(body)


@pytest.fixture
def scheduler() -> Iterator[str]:
    """A real Dask cluster of two worker processes on this machine."""
    distributed: Any = pytest.importorskip(
        "dask.distributed", reason="Dask is not installed: pip install -r requirements-cluster.txt"
    )
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


def test_two_dask_workers_give_the_numbers_of_this_process(scheduler: str) -> None:
    on_dask = replace(LOCAL, backtest_backend="dask", backtest_scheduler=scheduler)
    assert answer(on_dask) == answer(LOCAL)


def test_ray_gives_the_numbers_of_this_process() -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-cluster.txt")
    assert answer(replace(LOCAL, backtest_backend="ray", threads=2)) == answer(LOCAL)


def test_a_cluster_whose_package_is_missing_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(SettingError, match=r"BACKTEST_BACKEND='dask'.*requirements-cluster.txt"):
        answer(replace(LOCAL, backtest_backend="dask"))


def test_a_scheduler_that_does_not_answer_is_named() -> None:
    pytest.importorskip("dask.distributed", reason="Dask is not installed")
    nobody = replace(LOCAL, backtest_backend="dask", backtest_scheduler="tcp://127.0.0.1:9")
    with pytest.raises(SettingError, match=r"BACKTEST_SCHEDULER='tcp://127.0.0.1:9'"):
        answer(nobody)


def test_two_threads_give_the_numbers_of_one() -> None:
    assert answer(replace(LOCAL, threads=2)) == answer(LOCAL)
