"""Values of one nested layout, in the two forms that are wanted of them: dictionaries, and JSON.

JSON is written from the values at once: texts between them come from serialising the layout, once, since making
dictionaries of hundreds of numbers and serialising those takes three times as long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from pydantic_core import to_json

_SLOT = re.compile(rb'"\\u0000(\d+)"')
"""The slot of a value, as JSON has the text that stands for it: no other text begins like this."""


class JsonLayout:
    """A layout of dictionaries, lists and constants, with the slot of each value, an int, in its place.

    It has two slots or more.
    """

    def __init__(self, layout: Any) -> None:
        self._layout = layout
        self._pieces = _SLOT.split(to_json(_filled(layout, _Marks())))
        """Texts between values, and in turn with them the slot of each value."""
        self._in_slots = itemgetter(*map(int, self._pieces[1::2]))

    def plain(self, values: Sequence[Any]) -> Any:
        """The layout with the values in their slots."""
        return _filled(self._layout, values)

    def json(self, texts: Sequence[bytes]) -> bytes:
        """The same as JSON, by the JSON of each value."""
        pieces = self._pieces.copy()
        pieces[1::2] = self._in_slots(texts)
        return b"".join(pieces)


def texts_of(values: Sequence[Any]) -> list[bytes]:
    """The JSON of each value: a number, null or a text without a comma."""
    return to_json(values)[1:-1].split(b",")


class _Marks:
    """The text that stands for each slot."""

    def __getitem__(self, slot: int) -> str:
        return f"\0{slot}"


def _filled(layout: Any, values: Sequence[Any] | _Marks) -> Any:
    if isinstance(layout, dict):
        return {name: _filled(part, values) for name, part in layout.items()}
    if isinstance(layout, list):
        return [_filled(part, values) for part in layout]
    return values[layout] if isinstance(layout, int) else layout
