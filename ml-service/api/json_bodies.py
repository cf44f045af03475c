"""JSON in and out, stricter than the standard library's defaults."""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.request_context import READ_SECONDS, Exchange
from errors import BodyTooLarge, InvalidRequest, MalformedJson, UnsupportedMediaType

LARGEST_BODY = 2**20


async def read(request: Request) -> bytes:
    """The body of a request, at most 1 MiB of what calls itself JSON; empty where there is none.

    Raises BodyTooLarge, UnsupportedMediaType, and ClientDisconnect where the client leaves or is too slow.
    """
    exchange: Exchange = request.scope["state"]["exchange"]
    if exchange.body_length == 0:
        return b""
    if not _JSON_TYPE.match(exchange.content_type):
        raise UnsupportedMediaType("bodies are JSON", hint=_HEADER)
    if _OTHER_CHARSET.search(exchange.content_type):
        raise UnsupportedMediaType("bodies are in UTF-8", hint=_HEADER)
    if exchange.body_length is not None and exchange.body_length > LARGEST_BODY:
        raise _too_large()
    exchange.waits(READ_SECONDS)
    body = await _received(request)
    exchange.waits(None)
    return body


async def _received(request: Request) -> bytes:
    body = b""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_BODY:
            raise _too_large()
        if not message.get("more_body", False):
            return body


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"a body has at most {LARGEST_BODY} bytes")


def parse(body: bytes) -> Any:
    """The value that `body` holds. Raises MalformedJson for anything that RFC 8259 does not allow, and
    InvalidRequest for a number beyond all use.

    Repeated keys, which it leaves open, are refused: two readers could understand them differently.
    """
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except RecursionError:
        raise MalformedJson("the body is nested too deeply") from None
    except UnicodeDecodeError:
        raise MalformedJson("the body is not UTF-8") from None
    except json.JSONDecodeError as wrong:
        if body.startswith(codecs.BOM_UTF8):
            raise MalformedJson("the body begins with a byte order mark", hint="send it without") from None
        raise MalformedJson(
            f"the body is not JSON: {wrong.msg}, line {wrong.lineno} column {wrong.colno}"
        ) from None
    except ValueError:  # Python reads no whole number of thousands of digits
        raise InvalidRequest(
            "a number has too many digits", fields={"body": "a number has too many digits"}
        ) from None


def render(value: Any) -> bytes:
    """`value` as JSON in UTF-8. Raises ValueError for NaN and infinities; lone surrogates stay escaped."""
    text: str = _ENCODER.encode(value)
    return text.encode("utf-8", "backslashreplace")


def json_response(value: Any, status: int = 200) -> Response:
    """An answer whose body is `value`."""
    return Response(render(value), status, media_type="application/json")


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"the body is not JSON: {name} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("the body is not JSON: an object names the same key twice")
    return members


_HEADER = "send the header content-type: application/json"
_JSON_TYPE = re.compile(rb"application/([\w.-]+\+)?json\s*(;|$)", re.IGNORECASE)
_OTHER_CHARSET = re.compile(rb";\s*charset=(?!\"?utf-?8\"?\s*(;|$))", re.IGNORECASE)
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
