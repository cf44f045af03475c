"""JSON Schema becomes the equivalent TypeScript."""

from __future__ import annotations

from typing import Any

import pytest

from docs.node_types import types_module

NUMBER = {"type": "number"}
NULL = {"type": "null"}
BY_OUTCOME = {"type": "object", "x-key": "outcome", "additionalProperties": NUMBER}


def written(field: dict[str, Any], required: bool = True) -> str:
    """The TypeScript line of an interface's field, without its documentation."""
    schema = {
        "description": "A thing.",
        "properties": {"from": field},
        "required": ["from"] if required else [],
    }
    text = types_module({"components": {"schemas": {"Thing": schema}}})
    (line,) = (line for line in text.splitlines() if line.startswith("  from"))
    return line.strip()


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (NUMBER, "from: number;"),
        ({"type": "integer"}, "from: number;"),
        ({"anyOf": [{"type": "string"}, NULL]}, "from: string | null;"),
        ({"type": "string", "enum": ["flat", "kelly"]}, 'from: "flat" | "kelly";'),
        ({"const": "best"}, 'from: "best";'),
        ({"type": "string", "enum": ["1x2", "ou25", "btts"]}, "from: Market;"),
        ({"type": "array", "items": {"anyOf": [NUMBER, NULL]}}, "from: (number | null)[];"),
        ({"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}, "from: [number, number];"),
        ({"type": "object", "additionalProperties": NUMBER}, "from: { [key: string]: number };"),
        ({"type": "object"}, "from: Record<string, unknown>;"),
        ({}, "from: unknown;"),
        (BY_OUTCOME, "from: { [outcome: string]: number };"),
        (
            {"type": "object", "x-key": "market", "additionalProperties": {"anyOf": [BY_OUTCOME, NULL]}},
            "from: { [M in Market]: { [O in Outcomes[M]]: number } | null };",
        ),
        (
            {"type": "object", "propertyNames": {"enum": ["wins"]}, "additionalProperties": NUMBER},
            'from: { [K in "wins"]: number };',
        ),
    ],
)
def test_a_schema_has_its_type(field: dict[str, Any], expected: str) -> None:
    assert written(field) == expected


def test_a_field_that_may_be_left_out_is_optional() -> None:
    assert written(NUMBER, required=False) == "from?: number;"


def test_a_long_meaning_is_folded() -> None:
    schema = {"properties": {"from": {**NUMBER, "description": "word " * 60, "x-unit": "seconds"}}}
    text = types_module({"components": {"schemas": {"Thing": schema}}})
    assert max(map(len, text.splitlines())) <= 118
    assert "(seconds)" in text
