"""The tree of domain errors, and all that is said of one: code, HTTP status, usual hint and the routes it comes from.

The docstring of a class with its own `code` is the documentation of that code. What a class does not state it has
from the class above it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

Routes = tuple[str, ...]

JOBS: Routes = ("/train", "/backtest")
WITH_BODY: Routes = ("/predict", *JOBS)
ANYWHERE: Routes = ("anywhere",)
"""Any request, to a route or not."""
ELSEWHERE: Routes = ("elsewhere",)
"""Requests to no route, or by another method."""


class ServiceError(Exception):
    """The service failed unexpectedly; its log has the cause beside the request id.

    The root of all errors here. `message` and `hint` are safe to show to any client. `message` says what is wrong,
    what was given and what is expected; `hint` says what to do; `fields` maps a request field to its error.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    routes: ClassVar[Routes] = ANYWHERE
    default_hint: ClassVar[str | None] = None

    def __init__(
        self, message: str, *, hint: str | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint if hint is not None else self.default_hint
        self.fields = dict(fields) if fields else None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the attributes without calling the constructor, whose parameters differ between classes."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[ServiceError], args: tuple[Any, ...], state: Mapping[str, Any]) -> ServiceError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class SettingError(ServiceError):
    """A setting has an invalid value; the service does not start."""

    code = "invalid_setting"
    routes = ()

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"setting {name}={value!r} is invalid: expected {expected}")
        self.expected = expected


class RequestError(ServiceError):
    """The request cannot be answered as sent."""

    status = 422
    routes = WITH_BODY


class InvalidRequest(RequestError):
    """A field is missing, unknown, of the wrong type, out of range or conflicts with another; `fields` names it."""

    code = "invalid_request"


class MalformedJson(RequestError):
    """The body is not JSON; the message says where, usually by line and column."""

    code = "malformed_json"
    status = 400


class BodyTooLarge(RequestError):
    """The body is larger than 1 MiB."""

    code = "body_too_large"
    status = 413


class UnsupportedMediaType(RequestError):
    """The body is not declared as JSON in UTF-8: send `content-type: application/json`."""

    code = "unsupported_media_type"
    status = 415


class ForbiddenHost(RequestError):
    """The `Host` header is not in the setting `ALLOWED_HOSTS`: add the host name that clients use."""

    code = "forbidden_host"
    status = 403
    routes = ANYWHERE


class ForbiddenOrigin(RequestError):
    """A web page of another origin sent the request: ask from a server, or add the page's host to `ALLOWED_HOSTS`."""

    code = "forbidden_origin"
    status = 403
    routes = ANYWHERE
    default_hint = "send the request from a server, or add the page's host to the setting ALLOWED_HOSTS"


class MethodNotAllowed(RequestError):
    """The route does not accept this method; the hint and the header `Allow` name the one that it accepts."""

    code = "method_not_allowed"
    status = 405
    routes = ELSEWHERE


class NotFound(ServiceError):
    """The route does not exist."""

    code = "not_found"
    status = 404
    routes = ELSEWHERE


class FixtureNotFound(NotFound):
    """No usable fixture has this id; the hint says where it is an id of the other kind."""

    code = "fixture_not_found"
    routes = ("/predict",)
    default_hint = "npm run db:fixtures -- --upcoming lists fixtures with their ids"


class TeamNotFound(NotFound):
    """No team has this id."""

    code = "team_not_found"
    routes = ("/predict",)
    default_hint = "npm run db:fixtures -- --team NAME lists a team's fixtures and ids"


class LeagueNotFound(NotFound):
    """No league has this id."""

    code = "league_not_found"
    routes = WITH_BODY
    default_hint = "npm run db:fixtures -- --leagues lists leagues with their ids"


class ModelError(ServiceError):
    """No model can serve."""

    status = 503
    routes: ClassVar[Routes] = ("/predict",)


class ModelNotTrained(ModelError):
    """No model has been trained yet."""

    code = "model_not_trained"
    default_hint = "train one with npm run ml:train, which is POST /train"


class NoCurrentModel(ModelNotTrained):
    """There is no model to show: none has been trained yet."""

    code = "model_not_trained"
    status = 404
    routes = ("/model/current",)


class ModelInvalid(ModelError):
    """The current model was refused and no other can serve instead; `/health` says why."""

    code = "model_invalid"
    routes = ("/predict", "/model/current")
    default_hint = "train a new one with npm run ml:train, which is POST /train"


class InsufficientData(ServiceError):
    """There are fewer matches than required; the message has both counts."""

    code = "insufficient_data"
    status = 422
    routes = JOBS
    default_hint = "select more leagues or other days, or import more matches with npm run db:import"

    def __init__(self, available: int, required: int, unit: str = "finished matches") -> None:
        super().__init__(f"found {available} {unit}; at least {required} are required")
        self.available = available
        self.required = required
        self.unit = unit


class DatabaseError(ServiceError):
    """The database cannot be used."""

    status = 503
    routes = WITH_BODY


class DatabaseMissing(DatabaseError):
    """There is no database file."""

    code = "database_missing"
    default_hint = "create one with npm run db:demo or npm run db:import, or set DB_PATH"


class DatabaseUnreadable(DatabaseError):
    """The file cannot be opened or read as SQLite."""

    code = "database_unreadable"

    default_hint = "put a readable database at DB_PATH; no restart is needed"


class DatabaseInvalidSchema(DatabaseError):
    """A table or column that the service needs is missing; the message names it."""

    code = "database_invalid_schema"
    default_hint = "put Node's own database at DB_PATH; no restart is needed"


class Busy(ServiceError):
    """The service has too much work at once, or is starting; `Retry-After` says when to try again."""

    code = "busy"
    status = 503
    routes = (*WITH_BODY, "/model/current")
    retry_after_seconds = 1

    def __init__(self, message: str, retry_after_seconds: int = retry_after_seconds) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class JobInProgress(ServiceError):
    """A job of this kind is running; only one runs at a time."""

    status = 409

    def __init__(self, job_id: str) -> None:
        super().__init__(f"a {self.kind} is already running", hint=f"running job: {job_id}")

    kind: ClassVar[str]


class TrainingInProgress(JobInProgress):
    """A training is already running; the hint names it and `/health` follows it."""

    code = "training_in_progress"
    routes = ("/train",)
    kind = "training"


class BacktestInProgress(JobInProgress):
    """A backtest is already running; the hint names it and `/health` follows it."""

    code = "backtest_in_progress"
    routes = ("/backtest",)
    kind = "backtest"


class JobFailed(ServiceError):
    """A job ended without a result."""


def documented(root: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    """Classes of this module that state a code of their own, each before those derived from it."""
    if "code" in vars(root):
        yield root
    for child in root.__subclasses__():
        if child.__module__ == __name__:
            yield from documented(child)


def meaning(kind: type[ServiceError]) -> str:
    """What an error means, without a full stop: the first paragraph of its class's docstring."""
    return inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].rstrip(".")
