"""Work shared out among threads: for functions that spend their time in libraries which release the GIL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from joblib import Parallel, delayed, parallel_config

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_threads(function: Callable[[Task], Result], tasks: Sequence[Task], count: int) -> list[Result]:
    """`function(task)` of each task, in order, by at most `count` threads; raises what the first to fail raised."""
    with parallel_config(backend="threading"):
        run = Parallel(n_jobs=max(1, min(count, len(tasks))), batch_size=1)
        return list(run(delayed(function)(task) for task in tasks))
