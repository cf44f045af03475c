"""Error responses: one table from error class to HTTP status, and one form for all errors."""

from __future__ import annotations

import re

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.json_bodies import json_response
from contract.error import ErrorAnswer, describe
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
"""The most derived class in the table counts."""

_MAX_FIELDS = 20
_NAME = re.compile(r"\w+")
_MESSAGES = dict.fromkeys(("model_type", "model_attributes_type"), "expected an object")
"""In place of pydantic's messages that contain the names of our classes."""
_PREFIX = re.compile(r"^(Value|Assertion) error, ")


def status_of(error: ServiceError) -> int:
    """HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def answer(error: ServiceError, request_id: str) -> Response:
    """The response to a failed request."""
    body: ErrorAnswer = {"error": describe(error, request_id)}
    response = json_response(body, status_of(error))
    if isinstance(error, Busy):
        response.headers["retry-after"] = str(error.retry_after_seconds)
    if isinstance(error, WrongMethod):
        response.headers["allow"] = error.allowed
    return response


def translate(error: Exception) -> ServiceError:
    """Any exception as a ServiceError; the message of an unexpected one reveals nothing."""
    if isinstance(error, SettingError):
        return ServiceError(error.message, hint="fix the setting and restart the service")
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, ValidationError):
        return invalid(error)
    if isinstance(error, HTTPException):
        return _routing(error)
    return ServiceError("internal error", hint="search the service's log for this request id")


def invalid(error: ValidationError) -> InvalidRequest:
    """Pydantic's errors by field."""
    fields: dict[str, str] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False)[:_MAX_FIELDS]:
        name = _field(detail["loc"], detail["type"])
        message = _MESSAGES.get(detail["type"]) or _PREFIX.sub("", detail["msg"])
        fields[name] = f"{fields[name]} or {message}" if name in fields else message
    name, message = next(iter(fields.items()))
    return InvalidRequest(f"{name}: {message}", fields=fields)


def _field(location: tuple[int | str, ...], kind: str) -> str:
    """Dotted path of a field, without pydantic's names for the branches of a union."""
    if kind == "extra_forbidden":
        return ".".join(map(str, location))
    return ".".join(str(part) for part in location if _NAME.fullmatch(str(part))) or "body"


class WrongMethod(MethodNotAllowed):
    """The route exists but accepts only `allowed` methods."""

    def __init__(self, allowed: str) -> None:
        super().__init__("this route does not accept this method", hint=f"use {allowed}")
        self.allowed = allowed


def _routing(error: HTTPException) -> ServiceError:
    if error.status_code == STATUS[MethodNotAllowed]:
        return WrongMethod((error.headers or {}).get("Allow", ""))
    return NotFound("there is no such route", hint="see /docs for the routes")


async def pass_on(_: Request, error: Exception) -> Response:
    """Exception handler that leaves every failure to the outermost middleware."""
    raise error
