"""`routes.md`, from the OpenAPI description of the application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from api.manual import JSON
from api.manual_page.fields import Fields, Row, name_of
from api.manual_page.page import bodies
from api.manual_page.sections import Route
from api.manual_page.text import pretty
from docs import markdown

_SHARED = "## Objects in several answers"
_SHOWN_LINES = 80
"""Longer examples are cut off there: `/docs` and `/openapi.json` have them whole."""


def routes_page(description: dict[str, Any]) -> str:
    """The text of `routes.md`."""
    routes = [
        Route(method.upper(), path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    fields = Fields(description["components"]["schemas"], bodies(routes))
    return markdown.page(
        "Routes",
        description["info"]["description"].strip(),
        "In the tables below `[]` stands for each element of a list and `<key>` for each key of a map. "
        "[How it works](how_it_works.md) says what the figures mean.",
        *(block for route in routes for block in _route(route, fields)),
        _SHARED,
        *(block for name in fields.shared for block in _object(name, fields, "###")),
    )


def _route(route: Route, fields: Fields) -> Iterator[str]:
    yield f"## {route.method} {route.path}"
    yield route.spec["description"]
    yield from _request(route, fields)
    for status, answer in route.answers.items():
        yield from _answer(status, answer, fields)
    yield _errors(route)


def _request(route: Route, fields: Fields) -> Iterator[str]:
    yield f"### Request of {route.path}"
    yield markdown.block("\n\n".join(_captioned(*each) for each in route.commands()), "bash")
    name = name_of(route.body.get("schema", {}))
    if name is None:
        yield "It takes no body."
        return
    optional = "" if route.spec["requestBody"].get("required") else " The body may be left out."
    yield fields.about(name) + optional
    yield _rows(fields.rows(name, is_request=True), ("field", "type", "default", "meaning"))


def _captioned(caption: str, command: str) -> str:
    return f"# {caption}\n{command}" if caption else command


def _answer(status: str, answer: dict[str, Any], fields: Fields) -> Iterator[str]:
    content = answer["content"]
    schema = content[JSON]["schema"]
    for name in [name for branch in schema.get("anyOf", [schema]) if (name := name_of(branch))]:
        yield from _object(name, fields, "###", f"{status}, {answer['description']}. ")
        yield _example(name, content[JSON])
    for media, other in content.items():
        if media != JSON:
            yield f"With `accept: {media}`: {markdown.sentence(other['schema']['description'])}"


def _object(name: str, fields: Fields, level: str, before: str = "") -> Iterator[str]:
    yield f"{level} {name}"
    yield before + fields.about(name)
    yield _rows(fields.rows(name), ("field", "type", "meaning"))


def _example(name: str, content: dict[str, Any]) -> str:
    examples = content.get("examples") or {name: {"value": content["example"]}}
    lines = pretty(examples[name]["value"]).splitlines()
    excerpt = lines if len(lines) <= _SHOWN_LINES else [*lines[:_SHOWN_LINES], "  …"]
    return markdown.block("\n".join(excerpt), "json")


def _rows(rows: Iterable[Row], columns: tuple[str, ...]) -> str:
    return markdown.table(columns, (_cells(row, len(columns)) for row in rows))


def _cells(row: Row, count: int) -> tuple[str, ...]:
    kind = f"[{row.kind}](#{row.apart.lower()})" if row.apart else row.kind
    facts = ", ".join(filter(None, (kind, row.limits, row.unit)))
    needed = (row.needed.removeprefix("default "),) if count > 3 else ()
    return markdown.code(row.path), facts, *needed, " ".join([markdown.sentence(row.about), *_meanings(row)])


def _meanings(row: Row) -> Iterator[str]:
    for value, meaning in row.meanings.items():
        yield f"`{value}`: {markdown.sentence(meaning)}"


def _errors(route: Route) -> str:
    """The codes of a route's errors, by status."""
    listed = (f"{status} {', '.join(map(markdown.code, codes))}" for status, codes in route.errors.items())
    return f"[Errors](errors.md): {'; '.join(listed)}."
