"""Work shared out among threads."""

from __future__ import annotations

import threading

import pytest

from common.threads import in_threads


def test_results_come_in_the_order_of_the_tasks_whichever_ends_first() -> None:
    second_is_done = threading.Event()

    def work(task: int) -> int:
        if task == 1:
            assert second_is_done.wait(30.0)
        else:
            second_is_done.set()
        return -task

    assert in_threads(work, [1, 2], 2) == [-1, -2]


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_of_a_task_is_raised_as_it_is(count: int) -> None:
    def work(task: int) -> int:
        raise KeyError(task)

    with pytest.raises(KeyError, match="7"):
        in_threads(work, [7, 7], count)


def test_without_tasks_there_are_no_results() -> None:
    assert in_threads(abs, [], 2) == []
