"""HTTP client of the running service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import requests

DEFAULT_URL = "http://localhost:5050"
CONNECT_SECONDS, READ_SECONDS = 5.0, 60.0

Follow = Callable[[dict[str, Any]], None]


class CommandError(Exception):
    """A command failed; the message is one line."""


class ServiceClient:
    """The service at `url`. Every method raises CommandError; so does the constructor for an invalid URL."""

    def __init__(self, url: str) -> None:
        self._url = _address(url)
        self._session = requests.Session()
        # A proxy set in the environment cannot reach localhost.
        self._session.trust_env = False

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a short request."""
        with self._post(path, body, {}) as response:
            return _body(response)

    def follow(self, path: str, body: dict[str, Any], follow: Follow) -> dict[str, Any]:
        """The result of a job; `follow` is called with the job at each progress report."""
        with self._post(path, body, {"accept": "application/x-ndjson"}) as response:
            if not response.ok:
                _body(response)
            for line in self._lines(response):
                if line["type"] == "progress":
                    follow(line["job"])
                elif line["type"] == "error":
                    raise CommandError(in_words(line["error"]))
                else:
                    return line
        raise CommandError("the service closed the connection before the end of the job")

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> requests.Response:
        try:
            return self._session.post(
                self._url + path,
                json=body,
                headers=headers,
                stream=True,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
            )
        except requests.exceptions.InvalidURL:
            raise _invalid_url(self._url) from None
        except requests.ConnectionError:
            raise CommandError(f"no ML service at {self._url}: start it with npm run ml:start") from None
        except requests.RequestException as error:
            raise CommandError(f"the service did not answer: {error}") from None

    def _lines(self, response: requests.Response) -> Iterator[dict[str, Any]]:
        try:
            for line in response.iter_lines():
                yield json.loads(line)
        except (requests.RequestException, ValueError):
            raise CommandError("the connection broke before the end of the job") from None


def _address(url: str) -> str:
    """Scheme, host, port and path of `url`, as in Node's client."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        raise _invalid_url(url) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _invalid_url(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _invalid_url(text: str) -> CommandError:
    return CommandError(f"ML_SERVICE_URL={text!r} is invalid: expected an http or https URL")


def in_words(error: dict[str, Any]) -> str:
    """An error of the service in one line."""
    details = [f"{name}: {detail}" for name, detail in (error.get("fields") or {}).items()]
    fields = "; ".join(each for each in details if each != error["message"])
    parts = [error["message"], fields, error.get("hint")]
    return " - ".join(part for part in parts if part)


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body: dict[str, Any] = response.json()
    except (requests.RequestException, ValueError):
        raise CommandError(
            f"not an ML service: it answered status {response.status_code} without JSON"
        ) from None
    if not response.ok:
        raise CommandError(in_words(body["error"]) if "error" in body else f"status {response.status_code}")
    return body
