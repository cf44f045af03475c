"""Micro-batching: simultaneous requests are answered in one batch.

Most of a prediction's cost, the passes over prices and trees, is the same for one match as for sixteen. A request
takes two turns of the event loop from its socket to here, so a batch closes after two turns without a new request:
simultaneous requests stay together, and a single one waits for microseconds. What it buys: about four times the
requests a second at 16 and at 64 connections, each for a quarter of the processor time, and nothing lost at one
(`npm run ml:bench:speed -- --only batching`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

MAX_QUIET_TURNS = 2

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Batcher(Generic[Question, Answer]):
    """Collects questions while they keep coming and passes them to `answer_all`, at most `max_size` at a time.

    `answer_all` returns one answer or exception per question, in the same order; an exception that it raises goes to
    every question of the batch.
    """

    def __init__(
        self, answer_all: Callable[[Sequence[Question]], Sequence[Answer | Exception]], max_size: int
    ) -> None:
        self._answer_all = answer_all
        self._max_size = max_size
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._counted = 0
        self._quiet_turns = 0

    async def ask(self, question: Question) -> Answer:
        """The answer to a question; raises the exception returned in its place."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._answer)
        self._waiting.append((question, future))
        return await future

    def _answer(self) -> None:
        if self._still_coming():
            asyncio.get_running_loop().call_soon(self._answer)
            return
        waiting, self._waiting = self._waiting[: self._max_size], self._waiting[self._max_size :]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._answer)
        self._counted = self._quiet_turns = 0
        try:
            answers = self._answer_all([question for question, _ in waiting])
        except Exception as error:  # noqa: BLE001  each waiting request gets it
            answers = [error] * len(waiting)
        for (_, future), answer in zip(waiting, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _still_coming(self) -> bool:
        """Whether the batch has room and a question came within the last turns."""
        self._quiet_turns = 0 if len(self._waiting) > self._counted else self._quiet_turns + 1
        self._counted = len(self._waiting)
        return self._quiet_turns < MAX_QUIET_TURNS and self._counted < self._max_size
