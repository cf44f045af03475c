"""The application with its own description: examples whole in /openapi.json, the manual at /docs."""

from __future__ import annotations

from copy import deepcopy
from functools import cached_property
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.manual import OF_ANY_REQUEST, SHAPES
from api.manual_page.page import render


class DescribedApp(FastAPI):
    """FastAPI whose manual is written here, where its own loads scripts from elsewhere and is blank without."""

    def __init__(self, **options: Any) -> None:
        super().__init__(docs_url=None, redoc_url=None, **options)
        self.add_route("/docs", self._show_manual, methods=["GET"], include_in_schema=False)

    def openapi(self) -> dict[str, Any]:
        """The description; as FastAPI's, with the nulls that it takes out of examples and errors of any route."""
        return self._described

    @cached_property
    def _described(self) -> dict[str, Any]:
        routes = [route for route in self.routes if isinstance(route, APIRoute)]
        for route in routes:
            # FastAPI writes into what it describes, which another application of this process would find doubled.
            route.responses = deepcopy(route.responses)
        described = super().openapi()
        schemas = {**described["components"]["schemas"], **_schemas()}
        described["components"]["schemas"] = dict(sorted(schemas.items()))
        for route in routes:
            _restore_examples(described["paths"][route.path], route)
        described["x-errors"] = {str(status): codes for status, codes in OF_ANY_REQUEST.items()}
        return described

    @cached_property
    def manual(self) -> str:
        """The page, rendered once."""
        return render(self.openapi())

    def _show_manual(self, _: Request) -> HTMLResponse:
        return HTMLResponse(self.manual)


def _schemas() -> dict[str, Any]:
    """Schemas of all answers. As response models FastAPI would build validators of them, at each start."""
    mode: JsonSchemaMode = "serialization"
    shapes = [(shape.__name__, mode, TypeAdapter(shape)) for shape in SHAPES]
    _, definitions = TypeAdapter.json_schemas(shapes, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


def _restore_examples(methods: dict[str, Any], route: APIRoute) -> None:
    for method in route.methods:
        responses = methods[method.lower()]["responses"]
        for status, documented in route.responses.items():
            for media, content in documented.get("content", {}).items():
                whole = {word: content[word] for word in ("example", "examples") if word in content}
                responses[str(status)]["content"][media] |= whole
