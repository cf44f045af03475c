"""Where the periods of a backtest are computed: threads of this machine, or a Dask or Ray cluster.

All go through joblib, one task a worker, and the numbers are the same everywhere.
Workers need the same packages and this folder on their PYTHONPATH.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

from config import Settings
from errors import SettingError

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Workers:
    """`backend` is local, dask or ray; `scheduler` its address, empty for one started here with `count` workers."""

    backend: str
    scheduler: str
    count: int

    @classmethod
    def of(cls, settings: Settings) -> Workers:
        """The workers that the settings name."""
        return cls(settings.backtest_backend, settings.backtest_scheduler, settings.threads)

    def threads_each(self, tasks: int) -> int:
        """Threads for each of so many tasks: this machine's shared out; one on a cluster, whose cores others use."""
        return max(1, self.count // max(tasks, 1)) if self.backend == "local" else 1

    def map(
        self,
        function: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Sequence[Task],
        report: Callable[[int], None],
    ) -> list[Result]:
        """`function(shared, task)` of each task, in order; `report` is called after each with how many are done.

        Raises SettingError if the cluster's package is not installed or its scheduler does not answer.
        """
        results: list[Result] = []
        with _BACKENDS[self.backend](self, shared) as jobs:
            run = Parallel(
                n_jobs=min(jobs, max(len(tasks), 1)), return_as=_RETURN[self.backend], batch_size=1
            )
            for result in run(delayed(function)(shared, task) for task in tasks):
                results.append(result)
                report(len(results))
        return results


@contextmanager
def _local(workers: Workers, _shared: object) -> Iterator[int]:
    # LightGBM and numba release the GIL: threads need no copy of the matches, and no time to start.
    with parallel_config(backend="threading"):
        yield workers.count


@contextmanager
def _dask(workers: Workers, shared: object) -> Iterator[int]:
    distributed = _optional("dask.distributed", "dask")
    if workers.scheduler:
        client = _connected(lambda: distributed.Client(workers.scheduler, timeout="20s"), workers.scheduler)
    else:
        client = distributed.Client(n_workers=workers.count, threads_per_worker=1, dashboard_address=None)
    with client, parallel_config(backend="dask", scatter=[shared]):
        yield max(len(client.scheduler_info(n_workers=-1)["workers"]), 1)


@contextmanager
def _ray(workers: Workers, _shared: object) -> Iterator[int]:
    ray = _optional("ray", "ray")
    _optional("ray.util.joblib", "ray").register_ray()
    if workers.scheduler:
        _connected(lambda: ray.init(address=workers.scheduler), workers.scheduler)
    else:
        ray.init(num_cpus=workers.count, include_dashboard=False)
    try:
        with parallel_config(backend="ray"):
            yield max(int(ray.cluster_resources().get("CPU", 1)), 1)
    finally:
        ray.shutdown()


_BACKENDS: dict[str, Callable[[Workers, object], AbstractContextManager[int]]] = {
    "local": _local,
    "dask": _dask,
    "ray": _ray,
}

_RETURN = {"local": "generator", "dask": "generator", "ray": "list"}
"""How joblib returns results: its Ray backend returns all at once, so that progress moves once."""


def _optional(module: str, backend: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        expected = "local, or the packages of requirements-cluster.txt to be installed"
        raise SettingError("BACKTEST_BACKEND", backend, expected) from None


def _connected(connect: Callable[[], Any], scheduler: str) -> Any:
    try:
        return connect()
    except (OSError, TimeoutError, ConnectionError):
        raise SettingError(
            "BACKTEST_SCHEDULER", scheduler, "the address of a scheduler that answers"
        ) from None
