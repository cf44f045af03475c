"""Texts of /docs and /openapi.json besides the schemas: introduction, examples, errors, other media types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract.backtest import BacktestAnswer
from contract.error import ErrorAnswer
from contract.health import HealthAnswer
from contract.model import AcceptedAnswer, MetaAnswer, TrainedAnswer
from contract.prediction import PredictionAnswer, PredictionsAnswer
from errors import ANYWHERE, ELSEWHERE, documented, meaning
from markets.market import Market
from markets.registry import MARKETS

JSON = "application/json"
NDJSON = "application/x-ndjson"
HTML = "text/html"

_EXAMPLES = Path(__file__).resolve().parent / "examples"

Documented = dict[int | str, dict[str, Any]]
Shape = Any
"""A typed dictionary of `contract/`."""

SHAPES: tuple[Shape, ...] = (
    AcceptedAnswer,
    BacktestAnswer,
    ErrorAnswer,
    HealthAnswer,
    MetaAnswer,
    PredictionAnswer,
    PredictionsAnswer,
    TrainedAnswer,
)
"""Every body of an answer; the description refers to them by name."""

_ABOUT = """
Calibrated probabilities of football matches, computed from a database that the service only reads.

Bodies are JSON in UTF-8 with names in `snake_case`, sent as `content-type: application/json`. Requests with unknown
fields are rejected; answers may gain further fields.

- Times are ISO 8601 in UTC with `Z`; `from` and `to` are inclusive UTC days of kick-off.
- Markets settle on 90 minutes, and the probabilities of one market sum to 1. Odds are decimal.
{markets}
- A map over markets always has the key of each, `null` without a value.
- Every answer carries its request id in the header `x-request-id`: the request's own, if it has a valid one.
"""


def _about_market(market: Market) -> str:
    *others, last = (f"`{outcome}`" for outcome in market.outcomes)
    return f"- Market `{market.key}` ({market.title}) has the outcomes {', '.join(others)} and {last}."


ABOUT = _ABOUT.format(markets="\n".join(map(_about_market, MARKETS)))

ROUTES = ("/health", "/predict", "/train", "/model/current", "/backtest")


def _meanings(*routes: str) -> dict[int, dict[str, str]]:
    """What the errors of some routes mean, by status and code."""
    by_status: dict[int, dict[str, str]] = {}
    for kind in sorted(documented(), key=lambda kind: kind.status):
        if not set(routes).isdisjoint(kind.routes):
            by_status.setdefault(kind.status, {})[kind.code] = meaning(kind)
    return by_status


OF_ANY_REQUEST = _meanings(*ANYWHERE, *ELSEWHERE)
"""Errors that any request may get."""


def _ref(shape: Shape) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{shape.__name__}"}


def _error_response(codes: Mapping[str, str]) -> dict[str, Any]:
    """Documentation of an error response, with its codes also in machine-readable form."""
    description = " ".join(f"`{code}`: {text}." for code, text in codes.items())
    return {"description": description, "content": {JSON: {"schema": _ref(ErrorAnswer)}}, "x-codes": codes}


ERRORS: dict[str, Documented] = {
    route: {status: _error_response(codes) for status, codes in _meanings(route, *ANYWHERE).items()}
    for route in ROUTES
}

_PREDICTIONS: dict[str, Any] = {
    "predict a fixture": {"fixture_id": 1},
    "explain a prediction": {"fixture_id": 1, "explain": True},
    "scores and all that follows from them": {"fixture_id": 1, "scores": True},
    "predict many fixtures": {"fixture_ids": [1, 2, 3]},
    "predict a fixture by API-Football's id": {"api_id": 1208021},
    "predict a match that is not in the database, at prices of your own": {
        "match": {"league_id": 1, "home_team_id": 1, "away_team_id": 2, "date": "2030-08-17T14:00:00Z"},
        "odds": {"1x2": {"home": 2.1, "draw": 3.4, "away": 3.6}},
    },
}
_TRAININGS: dict[str, Any] = {
    "train on everything": {},
    "train on one league since 2018 and wait for the end": {
        "league_ids": [1],
        "from": "2018-07-01",
        "wait": True,
    },
}
_BACKTESTS: dict[str, Any] = {
    "test two seasons": {"from": "2024-08-01", "to": "2026-05-31"},
    "test one league, betting by Kelly at the best prices": {
        "from": "2024-08-01",
        "to": "2026-05-31",
        "league_ids": [1],
        "bookmaker_id": "best",
        "staking": {"method": "kelly", "fraction": 0.25, "cap": 0.05, "bankroll": 1000},
    },
}


def _request_body(examples: Mapping[str, Any]) -> dict[str, Any]:
    """Examples of a request, as a route's `openapi_extra`."""
    named = {name: {"summary": name, "value": body} for name, body in examples.items()}
    return {"requestBody": {"content": {JSON: {"examples": named}}}}


REQUEST_BODIES = {
    "/predict": _request_body(_PREDICTIONS),
    "/train": _request_body(_TRAININGS),
    "/backtest": _request_body(_BACKTESTS),
}


def example(name: str) -> dict[str, Any]:
    """A real answer from the demo data with shortened lists."""
    body: dict[str, Any] = json.loads((_EXAMPLES / f"{name}.json").read_bytes())
    return body


def response(description: str, body: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """Documentation of a response with an example."""
    return {"description": description, "content": {JSON: {"schema": _ref(shape), "example": body}}}


def many_or_one(one: Shape, many: Shape) -> dict[str, Any]:
    """Documentation of a response in one of two forms."""
    content = {
        "schema": {"anyOf": [_ref(one), _ref(many)]},
        "examples": {
            one.__name__: {"value": example("predict")},
            many.__name__: {"value": example("predict_many")},
            "with scores": {"value": example("predict_scores")},
        },
    }
    return {
        "description": "one prediction, or many for `fixture_ids` and `api_ids`",
        "content": {JSON: content},
    }


def json_or_stream(
    description: str, body: dict[str, Any], shape: Shape, html: str | None = None
) -> dict[str, Any]:
    """Documentation of a JSON response that can also be a stream of lines or a page, which `html` describes."""
    documented = response(description, body, shape)
    documented["content"][NDJSON] = {
        "schema": {"type": "string", "description": _LINES},
        "example": _lines(example("accepted")["job"], body),
    }
    if html is not None:
        documented["content"][HTML] = {"schema": {"type": "string", "description": html}}
    return documented


_LINES = (
    'one JSON object a line, at least one every 10 s: `{"type": "progress", "job": ..}` while it runs, and last '
    '`{"type": "result", ..the body..}` or `{"type": "error", "error": ..}`'
)


def _lines(job: dict[str, Any], body: dict[str, Any]) -> str:
    """Example of a stream: its first line, a later one, and the beginning of the last."""
    later = {**job, "stage": "computing features", "progress": 0.19, "eta_seconds": 11.7}
    progress = [json.dumps({"type": "progress", "job": each}) for each in (job, later)]
    return "\n".join([*progress, f'{{"type": "result", "{next(iter(body))}": …}}'])
