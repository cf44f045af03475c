"""The tree of domain errors. HTTP status codes are decided in one table (`api/error_responses.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class ServiceError(Exception):
    """Root of all errors of this service. `message` and `hint` are safe to show to any client.

    `message` says what is wrong, what was given and what is expected; `hint` says what to do; `fields` maps a request
    field to its error.
    """

    code: ClassVar[str] = "internal_error"
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

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"setting {name}={value!r} is invalid: expected {expected}")


class RequestError(ServiceError):
    """The request cannot be answered as sent."""

    code = "invalid_request"


class InvalidRequest(RequestError):
    """A field is missing, unknown, of the wrong type, out of range or in conflict with another."""


class MalformedJson(RequestError):
    """The body is not valid JSON."""

    code = "malformed_json"


class BodyTooLarge(RequestError):
    """The body exceeds the limit of 1 MiB."""

    code = "body_too_large"


class UnsupportedMediaType(RequestError):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"


class ForbiddenHost(RequestError):
    """The Host header names a host that is not allowed."""

    code = "forbidden_host"


class ForbiddenOrigin(RequestError):
    """A web page of another origin sent the request."""

    code = "forbidden_origin"
    default_hint = "send the request from a server, or add the page's host to the setting ALLOWED_HOSTS"


class MethodNotAllowed(RequestError):
    """The route exists but does not accept this method."""

    code = "method_not_allowed"


class NotFound(ServiceError):
    """The route does not exist."""

    code = "not_found"


class FixtureNotFound(NotFound):
    """No usable fixture has this id."""

    code = "fixture_not_found"
    default_hint = "npm run db:fixtures -- --upcoming lists fixtures with their ids"


class TeamNotFound(NotFound):
    """No team has this id."""

    code = "team_not_found"
    default_hint = "npm run db:fixtures -- --team NAME lists a team's fixtures and ids"


class LeagueNotFound(NotFound):
    """No league has this id."""

    code = "league_not_found"
    default_hint = "npm run db:fixtures -- --leagues lists leagues with their ids"


class ModelError(ServiceError):
    """No model can serve."""

    code = "model_invalid"


class ModelNotTrained(ModelError):
    """No model has been trained yet."""

    code = "model_not_trained"
    default_hint = "train one with npm run ml:train, which is POST /train"


class NoCurrentModel(ModelNotTrained):
    """There is no current model to describe: none has been trained yet."""


class ModelInvalid(ModelError):
    """The current model is invalid and no other can serve in its place."""

    default_hint = "train a new one with npm run ml:train, which is POST /train"


class InsufficientData(ServiceError):
    """There are fewer matches than required."""

    code = "insufficient_data"
    default_hint = "select more leagues or other days, or import more matches with npm run db:import"

    def __init__(self, available: int, required: int, unit: str = "finished matches") -> None:
        super().__init__(f"found {available} {unit}; at least {required} are required")
        self.available = available
        self.required = required
        self.unit = unit


class DatabaseError(ServiceError):
    """The database cannot be used."""

    code = "database_unreadable"


class DatabaseMissing(DatabaseError):
    """There is no database file."""

    code = "database_missing"
    default_hint = "create one with npm run db:demo or npm run db:import, or set DB_PATH"


class DatabaseUnreadable(DatabaseError):
    """The file cannot be opened or read as SQLite."""

    default_hint = "put a readable database at DB_PATH; no restart is needed"


class DatabaseInvalidSchema(DatabaseError):
    """A table or column that the service needs is missing."""

    code = "database_invalid_schema"
    default_hint = "put Node's own database at DB_PATH; no restart is needed"


class Busy(ServiceError):
    """The service has too much to do at once; retry after `retry_after_seconds`."""

    code = "busy"
    retry_after_seconds = 1

    def __init__(self, message: str, retry_after_seconds: int = retry_after_seconds) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class JobInProgress(ServiceError):
    """A job of this kind is running; only one runs at a time."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"a {self.kind} is already running", hint=f"running job: {job_id}")

    kind: ClassVar[str]


class TrainingInProgress(JobInProgress):
    """A training is running."""

    code = "training_in_progress"
    kind = "training"


class BacktestInProgress(JobInProgress):
    """A backtest is running."""

    code = "backtest_in_progress"
    kind = "backtest"


class JobFailed(ServiceError):
    """A job ended without a result."""
