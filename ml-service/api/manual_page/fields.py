"""Fields of a JSON Schema as rows for people: nested objects by dotted path, each described once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

FEW = 4
"""Objects of more fields than this that several others hold are described apart, and linked to."""

_REF = "#/components/schemas/"
_LARGEST = 2.0**63
_PLURALS = {"integer": "integers", "number": "numbers", "string": "strings", "object": "objects"}


@dataclass(frozen=True)
class Row:
    """A field: its dotted path (`[]` an element, `<key>` a map's key), JSON type, limits, unit and meaning.

    `needed` says of a request's field whether it must be there or what stands in; `apart` names the object that
    is described elsewhere.
    """

    path: str
    kind: str
    needed: str
    limits: str
    unit: str
    about: str
    meanings: Mapping[str, str] = field(default_factory=dict)
    apart: str | None = None


class Fields:
    """The schemas of a description, and which of them are described apart."""

    def __init__(self, schemas: Mapping[str, Schema], bodies: frozenset[str]) -> None:
        """`bodies` are the schemas of whole requests and answers, which have tables of their own."""
        self._schemas = schemas
        used = Counter(_references(schemas))
        shared = {name for name, times in used.items() if times > 1 and self._size(name) > FEW}
        self.shared = sorted(shared - bodies)
        self._apart = bodies | shared

    def about(self, name: str) -> str:
        """What a schema is."""
        return str(self._schemas[name].get("description", ""))

    def rows(self, name: str, is_request: bool = False, before: str = "") -> Iterator[Row]:
        """Rows of schema `name`, those of objects in it after their own; `is_request`: of a request."""
        schema = self._schemas[name]
        required = schema.get("required", ())
        for key, property_schema in schema["properties"].items():
            needed = _required(property_schema, key in required) if is_request else ""
            layers, path = _layers(property_schema, before + key)
            inner = name_of(layers[-1])
            apart = inner if inner in self._apart else None
            yield self._row(before + key, needed, layers, apart)
            if inner is not None and apart is None:
                yield from self.rows(inner, is_request, path + ".")

    def _row(self, path: str, needed: str, layers: list[Schema], apart: str | None) -> Row:
        inner = name_of(layers[-1])
        about = _first(layers, "description") or (self.about(inner) if inner else "")
        return Row(
            path=path,
            kind=_kind(layers[0], apart or "object"),
            needed=needed,
            limits=", ".join(_all_limits(layers)),
            unit=_first(layers, "x-unit") or "",
            about=str(about),
            meanings=_first(layers, "x-meanings") or {},
            apart=apart,
        )

    def _size(self, name: str) -> int:
        return len(self._schemas[name].get("properties", ()))


def name_of(schema: Schema) -> str | None:
    """The schema that this refers to, if it does."""
    return schema["$ref"].removeprefix(_REF) if "$ref" in schema else None


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].removeprefix(_REF)
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _branches(schema: Schema) -> list[Schema]:
    """The forms that a value may take, null last."""
    branches: list[Schema] = schema.get("anyOf") or schema.get("allOf") or [schema]
    return sorted(branches, key=lambda branch: branch.get("type") == "null")


def _layers(schema: Schema, path: str) -> tuple[list[Schema], str]:
    """A field's schema and those of what its lists and maps hold, outermost first; the innermost's path."""
    layers = [schema]
    while True:
        chosen = _branches(layers[-1])[0]
        if chosen is not layers[-1]:
            layers.append(chosen)
        if "items" in chosen:
            layers.append(chosen["items"])
            path += "[]"
        elif isinstance(chosen.get("additionalProperties"), dict):
            layers.append(chosen["additionalProperties"])
            path += f".<{_key(chosen)}>"
        else:
            return layers, path


def _first(layers: list[Schema], word: str) -> Any:
    return next((layer[word] for layer in layers if word in layer), None)


def _key(schema: Schema) -> str:
    return str(schema.get("x-key", "key"))


def _kind(schema: Schema, of_object: str) -> str:
    """The JSON type in words; `of_object` names an object that is referred to."""
    return " or ".join(_one_kind(branch, of_object) for branch in _branches(schema))


def _one_kind(schema: Schema, of_object: str) -> str:
    if "$ref" in schema:
        return of_object
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if values is not None:
        return " or ".join(json.dumps(value) for value in values)
    if "items" in schema:
        inner = _kind(schema["items"], of_object)
        return f"list of {_PLURALS.get(inner, _grouped(inner))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map from {_key(schema)} to {_grouped(_kind(schema['additionalProperties'], of_object))}"
    if "additionalProperties" in schema and "type" in schema:
        return f"map from {_key(schema)} to any value" if "x-key" in schema else "object"
    return str(schema.get("format") or schema.get("type", "any value"))


def _grouped(kind: str) -> str:
    return f"({kind})" if " or " in kind and not kind.endswith(")") else kind


def _required(schema: Schema, required: bool) -> str:
    if required:
        return "required"
    if "default" in schema:
        return f"default {json.dumps(schema['default'])}"
    return "default null" if _branches(schema)[-1].get("type") == "null" else "optional"


def _all_limits(layers: list[Schema]) -> Iterator[str]:
    """Limits of each layer; those below a list are of each element."""
    each = ""
    for layer in layers:
        limits = _limits(layer)
        if limits:
            yield each + limits
        each = "each " if "items" in layer else each


def _limits(schema: Schema) -> str:
    """Range of a number, or how many elements a list has."""
    least, most = schema.get("minimum"), schema.get("maximum")
    above = schema.get("exclusiveMinimum")
    if "items" in schema:
        distinct = "distinct" if schema.get("uniqueItems") else ""
        return ", ".join(filter(None, [_count(schema.get("minItems"), schema.get("maxItems")), distinct]))
    if least is not None and most is not None:
        return f"{_number(least)} to {_number(most)}"
    limits = [
        f"above {_number(above)}" if above is not None else "",
        f"at least {_number(least)}" if least is not None else "",
        f"at most {_number(most)}" if most is not None else "",
    ]
    return ", ".join(filter(None, limits))


def _count(least: int | None, most: int | None) -> str:
    if least is None or most is None:
        return ""
    return f"{least} elements" if least == most else f"{least:,} to {most:,} elements"


def _number(value: float) -> str:
    """As people write it; the ends of a 64-bit integer by their name, since JSON tools round them."""
    if abs(value) == _LARGEST:
        return "\u2212(2\u2076\u00b3 \u2212 1)" if value < 0 else "2\u2076\u00b3 \u2212 1"
    return (f"{value:,.0f}" if float(value).is_integer() else f"{value:g}").replace("-", "\u2212")
