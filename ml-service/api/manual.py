"""What /docs says about answers beside their main form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from api.answers import ErrorAnswer

NDJSON = "application/x-ndjson"

_EXAMPLES = Path(__file__).resolve().parent / "examples"

Documented = dict[int | str, dict[str, Any]]

ABOUT = """
Calibrated probabilities of football matches, from a database that it only reads.

Times are ISO 8601 in UTC; `from` and `to` are inclusive UTC days of kick-off; markets settle on 90 minutes;
odds are decimal; probabilities of a market sum to 1. Every error has the form of `ErrorAnswer`, and every
answer carries its request id in the `x-request-id` header. `403 forbidden_host` and `forbidden_origin`,
`404 not_found`, `405 method_not_allowed` and `500 internal_error` can come from any route.
"""

_BODY = {
    400: "`malformed_json`: the body is not JSON",
    413: "`body_too_large`: the body is larger than 1 MiB",
    415: "`unsupported_media_type`: the body is not declared as JSON",
    422: "`invalid_request`: each field that is wrong is named in `fields`",
}
_STRANGERS = {403: "`forbidden_host` or `forbidden_origin`"}
_UNEXPECTED = {500: "`internal_error`: the log says what, beside the request id"}
_DATABASE = "`database_missing`, `database_unreadable`, `database_invalid_schema`"
_NO_LEAGUE = {404: "`league_not_found`"}
_TOO_FEW = "`invalid_request`, or `insufficient_data`: how many matches there are and how many it takes"

_DESCRIPTIONS: dict[str, dict[int, str]] = {
    "/model/current": {
        404: "`model_not_trained`: there is no model yet",
        503: "`model_invalid`, or `busy` while the service starts",
    },
    "/predict": {
        **_BODY,
        404: "`fixture_not_found`, `team_not_found` or `league_not_found`",
        503: f"`model_not_trained`, `model_invalid`, {_DATABASE}, or `busy` with `Retry-After`",
    },
    "/train": {
        **_BODY,
        **_NO_LEAGUE,
        409: "`training_in_progress`: the hint names the running job",
        422: _TOO_FEW,
        503: f"{_DATABASE}, or `busy` with `Retry-After`",
    },
    "/backtest": {
        **_BODY,
        **_NO_LEAGUE,
        409: "`backtest_in_progress`: the hint names the running job",
        422: _TOO_FEW,
        503: f"{_DATABASE}, or `busy` with `Retry-After`",
    },
}

ERRORS: dict[str, Documented] = {
    route: {
        status: {"model": ErrorAnswer, "description": description}
        for status, description in sorted({**_STRANGERS, **described, **_UNEXPECTED}.items())
    }
    for route, described in _DESCRIPTIONS.items()
}


def example(name: str) -> dict[str, Any]:
    """A real answer of the demo data, its lists cut short."""
    body: dict[str, Any] = json.loads((_EXAMPLES / f"{name}.json").read_bytes())
    return body


def answered(description: str, body: dict[str, Any], model: type[BaseModel] | None = None) -> dict[str, Any]:
    """A documented answer with an example."""
    documented = {"description": description, "content": {"application/json": {"example": body}}}
    return documented if model is None else {**documented, "model": model}


def many_or_one(one: type[BaseModel], many: type[BaseModel]) -> dict[str, Any]:
    """An answer in one of two forms."""
    description = f"{one.__name__}, or {many.__name__} for `fixture_ids`"
    return {**answered(description, example("predict")), "model": one | many}


def json_or_stream(
    description: str, body: dict[str, Any], model: type[BaseModel], *others: str
) -> dict[str, Any]:
    """A JSON answer that can also come as a stream of lines, or in `others`."""
    documented = answered(description, body, model)
    lines = "lines `{type: progress, job}`, last `{type: result, ..body}` or `{type: error, error}`"
    documented["content"][NDJSON] = {"schema": {"type": "string", "description": lines}}
    documented["content"] |= {other: {"schema": {"type": "string"}} for other in others}
    return documented
