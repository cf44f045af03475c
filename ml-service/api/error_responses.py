"""Error responses: any exception becomes an error of the tree, and all errors have one form."""

from __future__ import annotations

import re

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.json_bodies import json_response
from contract.error import ErrorAnswer, describe
from errors import Busy, InvalidRequest, MethodNotAllowed, NotFound, ServiceError, SettingError

_MAX_FIELDS = 20
_NAME = re.compile(r"\w+")
_MESSAGES = dict.fromkeys(("model_type", "model_attributes_type"), "expected an object")
"""In place of pydantic's messages that contain the names of our classes."""
_PREFIX = re.compile(r"^(Value|Assertion) error, ")


def answer(error: ServiceError, request_id: str) -> Response:
    """The response to a failed request."""
    body: ErrorAnswer = {"error": describe(error, request_id)}
    response = json_response(body, error.status)
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
    if error.status_code == MethodNotAllowed.status:
        return WrongMethod((error.headers or {}).get("Allow", ""))
    return NotFound("there is no such route", hint="see /docs for the routes")


async def pass_on(_: Request, error: Exception) -> Response:
    """Exception handler that leaves every failure to the outermost middleware."""
    raise error
