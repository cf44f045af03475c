"""Answers of /predict that stay as they are until the database, the model or the moment changes them.

They are kept as the bytes that were sent, by the bytes that asked for them, which need not be parsed again, and by
what these ask for.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.answer import Standing, Validity
    from models.query import PredictQuery

    Key = bytes | PredictQuery

MAX_BYTES = 2**17
"""A larger request or answer, such as a list of a thousand fixtures, is not kept as a whole."""
OVERHEAD_BYTES = 600
"""Memory of an entry beside its bytes: keys, objects, the place in the table."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The bytes of an answer and how long they hold."""

    content: bytes
    validity: Validity


class KeptAnswers:
    """The answers given last under one standing, at most `max_bytes` of memory; the least recently used go first."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._standing: Standing | None = None
        self._answers: OrderedDict[Key, KeptAnswer] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, request: Key) -> bool:
        return request in self._answers

    @property
    def room(self) -> int:
        """Bytes of memory that are left."""
        return self.max_bytes - self.bytes

    def get(self, request: Key, standing: Standing, moment: int) -> KeptAnswer | None:
        """The answer to a request if it still holds under `standing` at `moment` (epoch seconds)."""
        self._follow(standing)
        entry = self._answers.get(request)
        if entry is None:
            return None
        if not entry.validity.holds_at(moment):
            self._drop(request)
            return None
        self._answers.move_to_end(request)
        return entry

    def put(self, request: Key, content: bytes, validity: Validity) -> None:
        """Keep an answer for as long as it holds."""
        size = _size(request, content)
        if size > min(MAX_BYTES, self.max_bytes):
            return
        self._follow(validity.standing)
        self._drop(request)
        self._answers[request] = KeptAnswer(content, validity)
        self.bytes += size
        while self.bytes > self.max_bytes:
            self._drop(next(iter(self._answers)))

    def _follow(self, standing: Standing) -> None:
        """Forget what was answered under another standing."""
        if standing is not self._standing:
            self._standing = standing
            self._answers.clear()
            self.bytes = 0

    def _drop(self, request: Key) -> None:
        entry = self._answers.pop(request, None)
        if entry is not None:
            self.bytes -= _size(request, entry.content)


def _size(request: Key, content: bytes) -> int:
    return (len(request) if isinstance(request, bytes) else 0) + len(content) + OVERHEAD_BYTES
