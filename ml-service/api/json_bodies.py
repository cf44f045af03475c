"""JSON bodies, parsed and written more strictly than by the standard library's defaults."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NoReturn

from pydantic_core import PydanticSerializationError, to_json
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive

from api.request_context import READ_SECONDS, RequestContext
from errors import BodyTooLarge, InvalidRequest, MalformedJson, UnsupportedMediaType

MAX_BODY_BYTES = 2**20


async def read(context: RequestContext, receive: Receive) -> bytes:
    """The body of a request, declared as JSON and at most 1 MiB; empty without a body.

    Raises BodyTooLarge, UnsupportedMediaType, and ClientDisconnect where the client leaves or is too slow.
    """
    if context.body_length == 0:
        return b""
    if not _JSON_TYPE.match(context.content_type):
        raise UnsupportedMediaType("the body is not declared as JSON", hint=_HEADER)
    if _OTHER_CHARSET.search(context.content_type):
        raise UnsupportedMediaType("the body is declared in another charset than UTF-8", hint=_HEADER)
    if context.body_length is not None and context.body_length > MAX_BODY_BYTES:
        raise _too_large()
    context.limit_wait(READ_SECONDS)
    body = await _whole(receive)
    context.limit_wait(None)
    return body


async def _whole(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if not message.get("more_body", False):
            return body


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"the body is too large: at most {MAX_BODY_BYTES} bytes are allowed")


def parse(body: bytes) -> Any:
    """The JSON value of `body`.

    Raises MalformedJson where RFC 8259 is violated or a key is repeated, which parsers understand differently, and
    InvalidRequest for a number that Python does not parse.
    """
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except RecursionError:
        raise MalformedJson("the body is nested too deeply") from None
    except UnicodeDecodeError:
        raise MalformedJson("the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        if body.startswith(codecs.BOM_UTF8):
            raise MalformedJson(
                "the body begins with a byte order mark", hint="send it without one"
            ) from None
        raise MalformedJson(
            f"the body is not JSON: {error.msg}, line {error.lineno} column {error.colno}"
        ) from None
    except ValueError:  # Python does not parse integers of thousands of digits
        raise InvalidRequest(
            "a number has too many digits", fields={"body": "a number has too many digits"}
        ) from None


def render(value: Any) -> bytes:
    """`value` as JSON in UTF-8, lone surrogates escaped. Raises ValueError for NaN and infinities.

    pydantic's encoder takes a sixth of the standard library's time. It refuses lone surrogates and writes NaN and
    infinities by name: what it refuses, and what may hold such a name, is left to the standard library.
    """
    try:
        body = to_json(value)
    except PydanticSerializationError:
        return _by_standard_library(value)
    if b"NaN" in body or b"Infinity" in body:
        return _by_standard_library(value)
    return body


def _by_standard_library(value: Any) -> bytes:
    text: str = _ENCODER.encode(value)
    return text.encode("utf-8", "backslashreplace")


def json_response(value: Any, status: int = 200) -> Response:
    """A JSON response with `value` as its body."""
    return Response(render(value), status, media_type="application/json")


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"the body is not JSON: {name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("the body is not JSON: an object has the same key twice")
    return members


_HEADER = "send the header content-type: application/json"
_JSON_TYPE = re.compile(rb"application/([\w.-]+\+)?json\s*(;|$)", re.IGNORECASE)
_OTHER_CHARSET = re.compile(rb";\s*charset=(?!\"?utf-?8\"?\s*(;|$))", re.IGNORECASE)
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
