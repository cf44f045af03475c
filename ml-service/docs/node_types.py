"""What the Node client takes from the code: types of requests and answers, and the markets with their outcomes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from api.manual_page.fields import Fields, Row
from markets.registry import BY_KEY, MARKETS

Schema = dict[str, Any]

NOTE = "// Written by `python -m docs.generate` in ml-service/ from the code there: edit that, not this."
_WIDTH = 118
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
_PRIMITIVES = {
    "integer": "number",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "null": "null",
    "object": "Record<string, unknown>",
}


def outcomes_module() -> str:
    """The text of `markets.js`: the outcomes of every market."""
    rows = (f"  {_key(market.key)}: {json.dumps(market.outcomes)}," for market in MARKETS)
    return "\n".join(
        [
            NOTE,
            "",
            "/** The markets and their outcomes, in the order in which they always come. */",
            "export const OUTCOMES = Object.freeze({",
            *rows,
            "});",
            "",
        ]
    )


def types_module(description: Schema) -> str:
    """The text of `contract.d.ts`, from the application's OpenAPI description."""
    schemas: dict[str, Schema] = description["components"]["schemas"]
    fields = Fields(schemas, frozenset())
    blocks = (_interface(name, schemas[name], fields) for name in schemas)
    return "\n\n".join([NOTE, _markets(), *blocks]) + "\n"


def _markets() -> str:
    """A type of the markets, and one of each market's outcomes."""
    rows = (f"  {_key(market.key)}: {_union(map(json.dumps, market.outcomes))};" for market in MARKETS)
    lines = ["/** The outcomes of every market. */", "export interface Outcomes {", *rows, "}", ""]
    return "\n".join([*lines, "export type Market = keyof Outcomes;"])


def _interface(name: str, schema: Schema, fields: Fields) -> str:
    rows = {row.path: row for row in fields.rows(name)}
    required = schema.get("required", ())
    lines: list[str] = []
    for key, value in schema["properties"].items():
        lines += _comment(_meaning(rows[key]), "  ")
        lines.append(f"  {_key(key)}{'' if key in required else '?'}: {_type(value)};")
    return "\n".join([*_comment(fields.about(name)), f"export interface {name} {{", *lines, "}"])


def _meaning(row: Row) -> str:
    """A field's meaning with its limits and unit."""
    limits = ", ".join(filter(None, (row.limits, row.unit)))
    return f"{row.about} ({limits})" if limits else row.about


def _comment(text: str, indent: str = "") -> Iterator[str]:
    """Documentation on a line, or on several where it is long; none for no text."""
    if not text:
        return
    if len(text) + len(indent) + 7 <= _WIDTH:
        yield f"{indent}/** {text} */"
        return
    yield f"{indent}/**"
    yield from (f"{indent} * {line}" for line in _folded(text, _WIDTH - len(indent) - 3))
    yield f"{indent} */"


def _folded(text: str, width: int) -> Iterator[str]:
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            if line and len(line) + 1 + len(word) > width:
                yield line
                line = word
            else:
                line = f"{line} {word}".strip()
        yield line


def _type(schema: Schema, market: str | None = None) -> str:
    """A schema as a TypeScript type; `market` is the type variable of the map over markets around it."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for word in ("anyOf", "allOf"):
        if word in schema:
            return _union(_type(branch, market) for branch in schema[word])
    if "const" in schema or "enum" in schema:
        return _literals(schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return _list(schema, market)
    if isinstance(schema.get("additionalProperties"), Mapping):
        return _map(schema, market)
    return _PRIMITIVES[schema["type"]] if "type" in schema else "unknown"


def _list(schema: Schema, market: str | None) -> str:
    element = _type(schema["items"], market)
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and least == most:
        return f"[{', '.join([element] * least)}]"
    return f"({element})[]" if " | " in element else f"{element}[]"


def _map(schema: Schema, market: str | None) -> str:
    key = schema.get("x-key", "key")
    values = schema["additionalProperties"]
    if key == "market":
        return f"{{ [M in Market]: {_type(values, 'M')} }}"
    if key == "outcome" and market is not None:
        return f"{{ [O in Outcomes[{market}]]: {_type(values, market)} }}"
    names = schema.get("propertyNames", {}).get("enum")
    if names:
        return f"{{ [K in {_literals(names)}]: {_type(values, market)} }}"
    return f"{{ [{key}: string]: {_type(values, market)} }}"


def _literals(values: list[Any]) -> str:
    """The type of these values and no others."""
    return "Market" if values == list(BY_KEY) else _union(map(json.dumps, values))


def _union(types: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(types))


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name)
