"""Answers of /predict that stay as they are until the database, the model or the moment changes them.

After a commit they are former answers, right again where what they were made from is the same: of that, each
has a tag. They are kept as the bytes that were sent, by what was asked for. The bytes of a request are kept too, so
that the same request need not be parsed again.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from models.query import PredictQuery, QueryKey

if TYPE_CHECKING:
    from models.answer import Standing, Validity

MAX_BYTES = 2**17
"""A larger request or answer, such as a list of a thousand fixtures, is not kept as a whole."""
ANSWER_OVERHEAD_BYTES = 800
"""Memory of an answer beside its bytes: its key and tag, the times between which it holds, its place in the table."""
REQUEST_OVERHEAD_BYTES = 300
MAX_REQUESTS_SHARE = 0.25
"""Of the memory, for the bytes of requests."""
MAX_DEMAND, DEMAND_COMMITS = 1_000, 10
"""How many answers are made again before they are asked for, and how many commits after they were last."""
_PLAIN = PredictQuery(0).key[1:]
"""What follows the fixture's id in the key of a question about a fixture and nothing more."""


class Former(NamedTuple):
    """An answer that is not known to be right now, and its tag; None where there is none."""

    content: bytes
    tag: bytes | None


_NO_FORMER = Former(b"", None)


class KeptAnswers:
    """The answers given last under one model, at most `max_bytes` of memory; the least recently used go first.

    Keys and values are tuples of numbers and bytes, which Python's garbage collector does not look through: tens of
    thousands of objects would make it pause every request for milliseconds.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._standing: Standing | None = None
        self._standings = 0
        """How many there were: an answer is right under the one that it was kept or renewed under."""
        self._answers: OrderedDict[QueryKey, tuple[bytes, bytes, int, int, int]] = OrderedDict()
        self._requests: OrderedDict[bytes, QueryKey] = OrderedDict()
        self._answers_bytes = self._requests_bytes = self._former_bytes = 0
        self._demand: dict[QueryKey, int] = {}
        """Kept answers that were asked for again, the longest ago first, and the number of the standing by then."""
        self._has_due = False

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, query: PredictQuery) -> bool:
        return query.key in self._answers

    @property
    def size(self) -> int:
        """Bytes of memory in use."""
        return self._answers_bytes + self._requests_bytes

    @property
    def room(self) -> int:
        """Bytes of memory that are left, or taken by former answers."""
        return self.max_bytes - self.size + self._former_bytes

    def knows(self, request: bytes) -> bool:
        """Whether the bytes of a request have been asked before under the present model."""
        return request in self._requests

    def to_request(self, request: bytes, standing: Standing, moment: int) -> bytes | None:
        """The answer to the bytes of a request if it still holds under `standing` at `moment` (epoch seconds)."""
        self._follow(standing)
        key = self._requests.get(request)
        if key is None:
            return None
        self._requests.move_to_end(request)
        return self._valid(key, moment)

    def to_query(self, query: PredictQuery, standing: Standing, moment: int) -> bytes | None:
        """The answer to a query if it still holds under `standing` at `moment` (epoch seconds)."""
        self._follow(standing)
        return self._valid(query.key, moment)

    def former(self, query: PredictQuery) -> Former:
        """The answer to a query that may be right again."""
        answer = self._answers.get(query.key)
        return _NO_FORMER if answer is None else Former(*answer[:2])

    def due(self, count: int) -> list[PredictQuery]:
        """Up to `count` of the fixtures asked about again before a commit, whose answers are former ones now.

        The one that was asked about longest ago comes first: of clients that ask in turns or at intervals, that is
        the one that the next question is about.
        """
        if not self._has_due:
            return []
        due = list(islice(filter(self._is_due, self._demand), count))
        self._has_due = len(due) == count
        return [PredictQuery(key[0]) for key in due if isinstance(key[0], int)]

    def _is_due(self, key: QueryKey) -> bool:
        # What was asked for since the commit is being answered.
        return (
            key[1:] == _PLAIN
            and self._demand[key] < self._standings
            and self._answers[key][-1] != self._standings
        )

    def _ask(self, key: QueryKey) -> None:
        self._demand.pop(key, None)
        self._demand[key] = self._standings

    def put(self, query: PredictQuery, content: bytes, validity: Validity, tag: bytes) -> None:
        """Keep an answer for as long as it holds."""
        size = len(content) + ANSWER_OVERHEAD_BYTES
        if not self._fits(size):
            return
        self._follow(validity.standing)
        key = query.key
        self._drop(key)
        self._answers[key] = (content, tag, validity.since, validity.until, self._standings)
        self._answers_bytes += size
        self._make_room()

    def put_request(self, request: bytes, query: PredictQuery) -> None:
        """Remember what the bytes of a request ask for, where the answer to that is kept."""
        key, size = query.key, len(request) + REQUEST_OVERHEAD_BYTES
        if key not in self._answers or request in self._requests or not self._fits(size):
            return
        self._requests[request] = key
        self._requests_bytes += size
        self._make_room()

    def _fits(self, size: int) -> bool:
        return size <= min(MAX_BYTES, self.max_bytes)

    def _follow(self, standing: Standing) -> None:
        """Under another standing all answers are former ones, under another model they are forgotten."""
        last, self._standing = self._standing, standing
        if standing is last:
            return
        self._standings += 1
        if last is None or standing.model is not last.model:
            self._answers.clear()
            self._requests.clear()
            self._demand.clear()
            self._answers_bytes = self._requests_bytes = 0
        self._former_bytes = self._answers_bytes
        self._forget_demand()

    def _forget_demand(self) -> None:
        """Of what was asked for some commits ago, or before much else, nothing is made ready."""
        old = [key for key, number in self._demand.items() if number < self._standings - DEMAND_COMMITS]
        for key in [*old, *islice(self._demand, len(old), max(len(old), len(self._demand) - MAX_DEMAND))]:
            del self._demand[key]
        self._has_due = bool(self._demand)

    def _valid(self, key: QueryKey, moment: int) -> bytes | None:
        answer = self._answers.get(key)
        if answer is None:
            return None
        self._ask(key)
        content, _, since, until, number = answer
        if number != self._standings or not since <= moment < until:
            return None
        self._answers.move_to_end(key)
        return content

    def _drop(self, key: QueryKey) -> None:
        answer = self._answers.pop(key, None)
        if answer is not None:
            size = len(answer[0]) + ANSWER_OVERHEAD_BYTES
            self._answers_bytes -= size
            if answer[-1] != self._standings:
                self._former_bytes -= size

    def _make_room(self) -> None:
        while self.size > self.max_bytes:
            if self._requests_bytes > MAX_REQUESTS_SHARE * self.max_bytes:
                request, _ = self._requests.popitem(last=False)
                self._requests_bytes -= len(request) + REQUEST_OVERHEAD_BYTES
            else:
                key = next(iter(self._answers))
                self._demand.pop(key, None)
                self._drop(key)
