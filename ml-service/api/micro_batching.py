"""Questions that arrive together are answered together.

Most of what a prediction costs is the same for one match as for sixteen: the passes over prices and trees. From a
socket that is ready to its question take two turns of the event loop, so that waiting for as many turns in which
nobody asks gathers all who ask at once, instead of answering them in thirds; a lone question waits for microseconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

QUIET_TURNS = 2

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Batcher(Generic[Question, Answer]):
    """Gathers questions while they keep coming and hands them to `answer_all`, at most `most` at a time.

    `answer_all` gives as many answers in the same order, or exceptions in their place; what it raises itself is
    everybody's.
    """

    def __init__(
        self, answer_all: Callable[[Sequence[Question]], Sequence[Answer | Exception]], most: int
    ) -> None:
        self._answer_all = answer_all
        self._most = most
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._seen = 0
        self._quiet = 0

    async def ask(self, question: Question) -> Answer:
        """The answer; raises what stands in its place."""
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
        waiting, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._answer)
        self._seen = self._quiet = 0
        try:
            answers = self._answer_all([question for question, _ in waiting])
        except Exception as problem:  # noqa: BLE001  it belongs to those who asked
            answers = [problem] * len(waiting)
        for (_, future), answer in zip(waiting, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _still_coming(self) -> bool:
        """Whether there is room for more questions and some came in the last turns."""
        self._quiet = 0 if len(self._waiting) > self._seen else self._quiet + 1
        self._seen = len(self._waiting)
        return self._quiet < QUIET_TURNS and self._seen < self._most
