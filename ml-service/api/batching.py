"""Questions that arrive together are answered together.

Most of what a prediction costs is the same for one match as for sixteen: the passes over prices and trees. The
event loop reads all sockets that are ready before it runs what follows, so that waiting for nothing but its next
turn gathers them, and a lone question is answered as soon as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Batcher(Generic[Question, Answer]):
    """Gathers questions until the event loop's next turn and hands them to `answer_all`, at most `most` a turn.

    `answer_all` gives as many answers in the same order, or exceptions in their place; what it raises itself is
    everybody's.
    """

    def __init__(
        self, answer_all: Callable[[Sequence[Question]], Sequence[Answer | Exception]], most: int
    ) -> None:
        self._answer_all = answer_all
        self._most = most
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []

    async def ask(self, question: Question) -> Answer:
        """The answer; raises what stands in its place."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._answer)
        self._waiting.append((question, future))
        return await future

    def _answer(self) -> None:
        waiting, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._answer)
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
