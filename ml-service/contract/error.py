"""The one form of every error."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from contract.values import about, by
from errors import ServiceError


class Error(TypedDict):
    """What went wrong."""

    code: Annotated[str, Field(description="stable, for programs", examples=["fixture_not_found"])]
    message: Annotated[str, about("for people")]
    hint: Annotated[str | None, about("what to do about it")]
    fields: Annotated[
        Annotated[dict[str, str], by("field")] | None,
        about("what is wrong, by request field; with `invalid_request`"),
    ]
    request_id: Annotated[str, about("also in the `x-request-id` header and the log")]


class ErrorAnswer(TypedDict):
    """Every error has this form."""

    error: Error


def describe(error: ServiceError, request_id: str) -> Error:
    """An error as every answer shows it."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "fields": error.fields,
        "request_id": request_id,
    }
