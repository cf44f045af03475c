"""Errors as answers: one table from error class to HTTP status, one form for all of them."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.json_bodies import json_response
from errors import (
    BodyTooLarge,
    Busy,
    DatabaseError,
    ForbiddenHost,
    ForbiddenOrigin,
    InsufficientData,
    InvalidRequest,
    JobInProgress,
    MalformedJson,
    MethodNotAllowed,
    ModelError,
    NoCurrentModel,
    NotFound,
    RequestError,
    ServiceError,
    SettingError,
    UnsupportedMediaType,
)

STATUS: dict[type[ServiceError], int] = {
    MalformedJson: 400,
    ForbiddenHost: 403,
    ForbiddenOrigin: 403,
    NotFound: 404,
    NoCurrentModel: 404,
    MethodNotAllowed: 405,
    JobInProgress: 409,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
    RequestError: 422,
    InsufficientData: 422,
    SettingError: 500,
    ServiceError: 500,
    ModelError: 503,
    DatabaseError: 503,
    Busy: 503,
}
"""The nearest base class decides."""

_MOST_FIELDS = 20
_NAME = re.compile(r"\w+")
_PLAINLY = dict.fromkeys(("model_type", "model_attributes_type"), "wanted an object")
"""What pydantic says with the names of our classes."""
_STATED = re.compile(r"^(Value|Assertion) error, ")


def status_of(error: ServiceError) -> int:
    """HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def describe(error: ServiceError, request_id: str | None) -> dict[str, Any]:
    """The contract's Error object."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "fields": error.fields,
        "request_id": request_id,
    }


def answer(error: ServiceError, request_id: str) -> Response:
    """The whole answer to a request that failed."""
    response = json_response({"error": describe(error, request_id)}, status_of(error))
    if isinstance(error, Busy):
        response.headers["retry-after"] = str(error.retry_after_seconds)
    if isinstance(error, WrongMethod):
        response.headers["allow"] = error.allowed
    return response


def translate(error: Exception) -> ServiceError:
    """Any failure as one of ours; what is unexpected says nothing about itself."""
    if isinstance(error, SettingError):
        return ServiceError(error.message, hint="mend the setting and start the service again")
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, ValidationError):
        return invalid(error)
    if isinstance(error, HTTPException):
        return _routing(error)
    return ServiceError(
        "something went wrong in the service", hint="its log says what, beside this request id"
    )


def invalid(error: ValidationError) -> InvalidRequest:
    """What pydantic found, by field."""
    fields: dict[str, str] = {}
    for found in error.errors(include_url=False, include_context=False, include_input=False)[:_MOST_FIELDS]:
        name = _field(found["loc"], found["type"])
        wrong = _PLAINLY.get(found["type"]) or _STATED.sub("", found["msg"])
        fields[name] = f"{fields[name]} or {wrong}" if name in fields else wrong
    name, wrong = next(iter(fields.items()))
    return InvalidRequest(f"{name}: {wrong}", fields=fields)


def _field(location: tuple[int | str, ...], kind: str) -> str:
    """Dotted path of a field; pydantic's names for the branches of a union are left out."""
    if kind == "extra_forbidden":
        return ".".join(map(str, location))
    return ".".join(str(part) for part in location if _NAME.fullmatch(str(part))) or "body"


class WrongMethod(MethodNotAllowed):
    """The route exists, and takes `allowed`."""

    def __init__(self, allowed: str) -> None:
        super().__init__("this route does not take this method", hint=f"it takes {allowed}")
        self.allowed = allowed


def _routing(error: HTTPException) -> ServiceError:
    if error.status_code == STATUS[MethodNotAllowed]:
        return WrongMethod((error.headers or {}).get("Allow", ""))
    return NotFound("there is no such route", hint="/docs lists them")


async def pass_on(_: Request, error: Exception) -> Response:
    """Exception handler that leaves every failure to the edge, which gives them all one form."""
    raise error
