"""`errors.md`, from the classes of `errors.py`."""

from __future__ import annotations

from collections.abc import Iterator

from docs import markdown
from errors import ANYWHERE, ELSEWHERE, ServiceError, SettingError, documented, meaning

_FORM = """
Every error has one form, whatever raises it. Its `request_id` is also in the header `x-request-id` and in the log; a
request may bring an id of its own in that header. `hint` says what to do, and `fields` maps each wrong field to what
is wrong with it; both may be null. Where a stream has begun, the error is its last line:
`{"type": "error", "error": {…}}`. Only what is not HTTP at all (a broken request line, no `Host` or two) is refused
before that, with a 400 in plain text.
"""
_REQUEST = """curl -s localhost:5050/predict -H "content-type: application/json" -d '{"fixture_id": "1"}'"""
_ANSWER = """
{"error": {"code": "invalid_request", "message": "fixture_id: Input should be a valid integer", "hint": null,
           "fields": {"fixture_id": "Input should be a valid integer"}, "request_id": "c091e5c6-b"}}
"""
_HINTS = """
The column *hint* shows the usual hint, in whose place an error that knows more says more. A bad value of a
[setting](settings.md) stops the start with one line, and answers no request.
"""
_TREE = """
## The tree

The classes of `errors.py`, with the status that answers them and the code that they state.
"""


def errors_page() -> str:
    """The text of `errors.md`."""
    rows = [
        (str(kind.status), markdown.code(kind.code), *_texts(kind), _routes(kind))
        for kind in sorted(_answered(), key=lambda kind: kind.status)
    ]
    return markdown.page(
        "Errors",
        _FORM.strip(),
        markdown.block(_REQUEST, "bash"),
        markdown.block(_ANSWER.strip(), "json"),
        markdown.table(("status", "code", "meaning", "hint", "from"), rows),
        _HINTS.strip(),
        _TREE.strip(),
        markdown.block("\n".join(_tree(ServiceError)), "text"),
    )


def _answered() -> list[type[ServiceError]]:
    return [kind for kind in documented() if kind is not SettingError]


def _texts(kind: type[ServiceError]) -> tuple[str, str]:
    return markdown.sentence(meaning(kind)), kind.default_hint or ""


def _routes(kind: type[ServiceError]) -> str:
    """The routes that an error comes from."""
    if kind.routes in (ANYWHERE, ELSEWHERE):
        return "anywhere"
    return ", ".join(map(markdown.code, kind.routes))


def _tree(kind: type[ServiceError], depth: int = 0) -> Iterator[str]:
    stated = f"  {kind.code}" if "code" in vars(kind) else ""
    yield f"{'  ' * depth}{kind.__name__} {kind.status}{stated}"
    for child in kind.__subclasses__():
        if child.__module__ == kind.__module__:
            yield from _tree(child, depth + 1)
