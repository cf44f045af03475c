"""The sections of the manual, each from its part of the OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from api.manual import HTML, JSON, NDJSON
from api.manual_page.fields import Fields, Row, name_of
from api.manual_page.text import block, curl, inline, pretty, prose

DOT = " \u00b7 "
SHORT = 1_000
"""Examples of fewer characters than this are open from the start."""

_ERROR = 400


@dataclass(frozen=True)
class Route:
    """A route and its part of the description."""

    method: str
    path: str
    spec: dict[str, Any]

    @property
    def key(self) -> str:
        """Its anchor: "model-current"."""
        return self.path.strip("/").replace("/", "-")

    @property
    def body(self) -> dict[str, Any]:
        """Specification of its JSON body; empty without one."""
        body: dict[str, Any] = self.spec.get("requestBody", {}).get("content", {}).get(JSON, {})
        return body

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """Answers that are no errors, by status."""
        return {
            status: spec for status, spec in sorted(self.spec["responses"].items()) if int(status) < _ERROR
        }

    @property
    def errors(self) -> dict[str, dict[str, str]]:
        """Meanings of error codes, by status."""
        responses = sorted(self.spec["responses"].items())
        return {status: spec.get("x-codes", {}) for status, spec in responses if int(status) >= _ERROR}

    def commands(self) -> Iterator[tuple[str, str]]:
        """Captions and commands to copy: one an example, and one for each other form of the answer."""
        examples = list(self.body.get("examples", {"": {}}).values())
        for example in examples:
            yield example.get("summary", ""), curl(self.method, self.path, example.get("value"))
        first = examples[0].get("value")
        forms = {media for answer in self.answers.values() for media in answer.get("content", {})}
        if NDJSON in forms:
            yield "follow the progress line by line", curl(self.method, self.path, first, NDJSON)
        if HTML in forms:
            page = curl(self.method, self.path, first, HTML, f"{self.key}.html")
            yield "save the answer as a page for the browser", page


def contents(routes: Iterable[Route], shared: Iterable[str]) -> str:
    """The table of contents."""
    items = [
        f'<li><a href="#{route.key}"><code>{escape(route.path)}</code> {escape(route.spec["summary"])}</a></li>'
        for route in routes
    ]
    objects = "".join(f'<li><a href="#{name}">{name}</a></li>' for name in shared)
    return (
        '<nav aria-label="Contents"><ul><li><a href="#begin">How to begin</a></li>'
        f'{"".join(items)}<li><a href="#objects">Objects in several answers</a><ul>{objects}</ul></li>'
        '<li><a href="#errors">Errors</a></li></ul></nav>'
    )


def begin(about: str) -> str:
    """What holds for every route, and the first thing to try."""
    first = block(curl("GET", "/health"))
    return _section("begin", "How to begin", prose(about) + "<p>Is the service ready?</p>" + first)


def of_route(route: Route, fields: Fields) -> str:
    """All there is to know of a route."""
    heading = (
        f'<span class="method">{route.method}</span> <code>{escape(route.path)}</code> '
        f"<small>{escape(route.spec['summary'])}</small>"
    )
    answers = "".join(_answer(status, spec, fields) for status, spec in route.answers.items())
    parts = (prose(route.spec["description"]), _request(route, fields), answers, _errors(route))
    return _section(route.key, heading, "".join(parts))


def objects(fields: Fields) -> str:
    """What several answers hold."""
    each = (f'<h3 id="{name}">{name}</h3>{_described(name, fields)}' for name in fields.shared)
    return _section("objects", "Objects in several answers", "".join(each))


def errors(form: str, anywhere: Mapping[str, Mapping[str, str]], routes: list[Route], fields: Fields) -> str:
    """The form of errors, and every code with the routes it comes from."""
    codes: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for status, meanings in anywhere.items():
        codes |= {(status, code): (meaning, []) for code, meaning in meanings.items()}
    for route in routes:
        for status, meanings in route.errors.items():
            for code, meaning in meanings.items():
                codes.setdefault((status, code), (meaning, []))[1].append(route.path)
    entries = "".join(
        _code(
            status,
            code,
            meaning,
            "any route" if status in anywhere and code in anywhere[status] else _some(where),
        )
        for (status, code), (meaning, where) in sorted(codes.items())
    )
    return _section(
        "errors",
        "Errors",
        "<p>Every error, whatever raises it, has one form. Where a stream has begun, the error is its last line.</p>"
        f'<h3 id="{form}">Form</h3>{_rows(fields.rows(form))}<h3>Codes</h3><dl class="fields codes">{entries}</dl>',
    )


def _some(paths: list[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths)


def _section(key: str, heading: str, content: str) -> str:
    return f'<section aria-labelledby="{key}"><h2 id="{key}">{heading}</h2>{content}</section>'


def _request(route: Route, fields: Fields) -> str:
    commands = "".join(_captioned(*each) for each in route.commands())
    return f"<h3>Request</h3>{commands}{_request_fields(route, fields)}"


def _captioned(caption: str, command: str) -> str:
    figure_caption = (
        f"<figcaption>{escape(caption[:1].upper() + caption[1:])}</figcaption>" if caption else ""
    )
    return f"<figure>{figure_caption}{block(command)}</figure>"


def _request_fields(route: Route, fields: Fields) -> str:
    name = name_of(route.body.get("schema", {}))
    if name is None:
        return "<p>It takes no body.</p>"
    needed = "" if route.spec["requestBody"].get("required") else " The body may be left out."
    return f"<p>{inline(fields.about(name) + needed)}</p>{_rows(fields.rows(name, is_request=True))}"


def _answer(status: str, spec: dict[str, Any], fields: Fields) -> str:
    content = spec["content"]
    json_answer = content[JSON]
    names = _names(json_answer["schema"])
    examples = json_answer.get("examples") or {names[0]: {"value": json_answer["example"]}}
    parts = [
        f'<h4 id="{name}">{name}</h4>{_described(name, fields)}{_example(examples[name]["value"])}'
        for name in names
    ]
    parts += [_example(each["value"], name) for name, each in examples.items() if name not in names]
    others = "".join(_other(media, spec) for media, spec in content.items() if media != JSON)
    return f"<h3>Answer {status}</h3><p>{inline(_sentence(spec['description']))}</p>{''.join(parts)}{others}"


def _names(schema: dict[str, Any]) -> list[str]:
    return [name for branch in schema.get("anyOf", [schema]) if (name := name_of(branch))]


def _other(media: str, spec: dict[str, Any]) -> str:
    """A form of the answer that is not JSON."""
    example = block(spec["example"]) if "example" in spec else ""
    about = inline(_sentence(spec["schema"]["description"]))
    return f"<h4>With <code>accept: {escape(media)}</code></h4><p>{about}</p>{example}"


def _example(value: Any, title: str = "") -> str:
    text = pretty(value)
    opened = " open" if len(text) < SHORT else ""
    summary = f"Example {escape(title)}".strip()
    return f"<details{opened}><summary>{summary}</summary>{block(text)}</details>"


def _errors(route: Route) -> str:
    entries = "".join(
        _code(status, code, meaning)
        for status, meanings in route.errors.items()
        for code, meaning in meanings.items()
    )
    return (
        f'<h3>Errors</h3><p>In the form of <a href="#ErrorAnswer">ErrorAnswer</a>.</p>'
        f'<dl class="fields codes">{entries}</dl>'
    )


def _code(status: str, code: str, meaning: str, where: str = "") -> str:
    spec = f'<span class="facts">{inline(where)}</span>' if where else ""
    return f"<div><dt>{status} <code>{code}</code></dt><dd>{spec}{inline(_sentence(meaning))}</dd></div>"


def _described(name: str, fields: Fields) -> str:
    return f"<p>{inline(fields.about(name))}</p>{_rows(fields.rows(name))}"


def _rows(rows: Iterable[Row]) -> str:
    return f'<dl class="fields">{"".join(map(_row, rows))}</dl>'


def _row(row: Row) -> str:
    parents, _, own = row.path.rpartition(".")
    path = f'<span class="parents">{escape(parents)}.</span>' if parents else ""
    kind = escape(row.kind, quote=False)
    linked = f'<a href="#{row.apart}">{kind}</a>' if row.apart else kind
    facts = [linked, *(inline(fact) for fact in (row.needed, row.limits, row.unit) if fact)]
    return (
        f"<div><dt><code>{path}{escape(own)}</code></dt>"
        f'<dd><span class="facts">{DOT.join(facts)}</span>{inline(_sentence(row.about))}'
        f"{_meanings(row.meanings)}</dd></div>"
    )


def _meanings(meanings: Mapping[str, str]) -> str:
    if not meanings:
        return ""
    items = "".join(
        f"<li><code>{value}</code>: {inline(meaning)}</li>" for value, meaning in meanings.items()
    )
    return f"<ul>{items}</ul>"


def _sentence(text: str) -> str:
    """With a capital, unless it begins with code, and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
