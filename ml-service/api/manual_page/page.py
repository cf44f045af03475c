"""The page as a whole."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import Any

from api.manual_page import sections
from api.manual_page.fields import Fields, name_of
from api.manual_page.sections import Route

ERROR_FORM = "ErrorAnswer"

_FOLDER = Path(__file__).resolve().parent


def render(description: dict[str, Any]) -> str:
    """The manual of an OpenAPI description with this service's own words (`x-unit`, `x-key`, `x-meanings`,
    `x-codes`, `x-errors`): self-contained HTML that loads and runs nothing, as UTF-8 text."""
    routes = [
        Route(method.upper(), path, spec)
        for path, methods in description["paths"].items()
        for method, spec in methods.items()
    ]
    fields = Fields(description["components"]["schemas"], bodies(routes))
    info = description["info"]
    return Template(_read("page.html")).substitute(
        title=escape(info["title"]),
        version=escape(info["version"]),
        style=_read("style.css"),
        contents=sections.contents(routes, fields.shared),
        content="".join(
            [
                sections.begin(info["description"]),
                *(sections.of_route(route, fields) for route in routes),
                sections.objects(fields),
                sections.errors(ERROR_FORM, description["x-errors"], routes, fields),
            ]
        ),
    )


def bodies(routes: list[Route]) -> frozenset[str]:
    """The schemas that have tables of their own: bodies of requests, answers and the form of errors."""
    bodies = [route.body.get("schema", {}) for route in routes]
    answers = [
        branch
        for route in routes
        for spec in route.answers.values()
        for branch in _branches(spec["content"]["application/json"]["schema"])
    ]
    return frozenset(filter(None, map(name_of, bodies + answers))) | {ERROR_FORM}


def _branches(schema: dict[str, Any]) -> list[dict[str, Any]]:
    branches: list[dict[str, Any]] = schema.get("anyOf", [schema])
    return branches


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
