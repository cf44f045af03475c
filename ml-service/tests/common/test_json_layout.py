"""Values of a layout are the same as dictionaries and as JSON, whatever stands beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from common.json_layout import JsonLayout, texts_of

LAYOUTS: dict[str, Any] = {
    "nested, out of order": {"b": {"2": 1, "": [0, 2]}, "a": 3},
    "a slot twice": {"first": 0, "again": [0, 1]},
    "constants that look like slots": {
        "name": "7",
        "of": "[1]",
        "12": 0,
        "x:3": 1,
        "none": None,
        "zero": 0.0,
    },
    "a list of entries": [{"line": 0, "odds": 1}, {"line": None, "odds": 2}],
}
VALUES = [0.1, -2.5e-17, None, "2024-08-17T14:00:00Z"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_json_is_that_of_the_dictionaries(name: str) -> None:
    layout = JsonLayout(LAYOUTS[name])
    plain = layout.plain(VALUES)
    assert json.loads(layout.json(texts_of(VALUES))) == plain
    assert json.dumps(plain) == json.dumps(_by_hand(LAYOUTS[name]))


def _by_hand(layout: Any) -> Any:
    if isinstance(layout, dict):
        return {name: _by_hand(part) for name, part in layout.items()}
    if isinstance(layout, list):
        return [_by_hand(part) for part in layout]
    return VALUES[layout] if type(layout) is int else layout


def test_a_layout_serves_many_values() -> None:
    layout = JsonLayout({"a": 0, "b": 1})
    first, second = (layout.json(texts_of(values)) for values in ((1.0, 2.0), (3.0, 4.0)))
    assert (first, second) == (b'{"a":1.0,"b":2.0}', b'{"a":3.0,"b":4.0}')
