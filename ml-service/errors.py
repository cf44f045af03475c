"""What can go wrong, in the user's words. HTTP status codes are decided at the edge (`api/error_responses.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class ServiceError(Exception):
    """Root of every failure this service reports. `message` and `hint` are safe to show to strangers.

    `hint` says what to do about it; `fields` maps a request field to what is wrong with it.
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
        """An error crosses processes with all it holds, whatever its class wants of those who make one."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[ServiceError], args: tuple[Any, ...], state: Mapping[str, Any]) -> ServiceError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class SettingError(ServiceError):
    """A setting has a value the service cannot start with."""

    code = "invalid_setting"

    def __init__(self, name: str, value: str, wanted: str) -> None:
        super().__init__(f"setting {name}={value!r}: wanted {wanted}")


class RequestError(ServiceError):
    """The request cannot be served as it stands."""

    code = "invalid_request"


class InvalidRequest(RequestError):
    """A field is missing, of the wrong type, out of range or contradicts another."""


class MalformedJson(RequestError):
    """The body is not JSON."""

    code = "malformed_json"


class BodyTooLarge(RequestError):
    """The body is larger than the service reads."""

    code = "body_too_large"


class UnsupportedMediaType(RequestError):
    """The body is not declared as JSON."""

    code = "unsupported_media_type"


class ForbiddenHost(RequestError):
    """The Host header names a machine this service does not answer for."""

    code = "forbidden_host"


class ForbiddenOrigin(RequestError):
    """A web page of another origin sent the request."""

    code = "forbidden_origin"
    default_hint = "ask from a server, or add the page's host to the setting ALLOWED_HOSTS"


class MethodNotAllowed(RequestError):
    """The route exists, not with this method."""

    code = "method_not_allowed"


class NotFound(ServiceError):
    """There is no such route."""

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
    """There is no model that can serve."""

    code = "model_invalid"


class ModelNotTrained(ModelError):
    """No model has been trained yet."""

    code = "model_not_trained"
    default_hint = "train one with npm run ml:train, which is POST /train"


class NoCurrentModel(ModelNotTrained):
    """Nothing to show: no model has been trained yet."""


class ModelInvalid(ModelError):
    """A model file was refused and no other valid one can serve instead."""

    default_hint = "train a new one with npm run ml:train, which is POST /train"


class InsufficientData(ServiceError):
    """Fewer matches than it takes."""

    code = "insufficient_data"
    default_hint = "choose more leagues or other days, or import more matches with npm run db:import"

    def __init__(self, there_are: int, it_takes: int, what: str = "finished matches") -> None:
        super().__init__(f"there are {there_are} {what}, it takes {it_takes}")
        self.there_are = there_are
        self.it_takes = it_takes
        self.what = what


class DatabaseError(ServiceError):
    """The database cannot be used."""

    code = "database_unreadable"


class DatabaseMissing(DatabaseError):
    """There is no database file."""

    code = "database_missing"
    default_hint = "create one with npm run db:demo or npm run db:import, or set DB_PATH"


class DatabaseUnreadable(DatabaseError):
    """The file cannot be opened or read as SQLite."""

    default_hint = "put a good file at DB_PATH; the next request works without a restart"


class DatabaseInvalidSchema(DatabaseError):
    """A table or column that the service needs is not there."""

    code = "database_invalid_schema"
    default_hint = "put Node's own database at DB_PATH; the next request works without a restart"


class Busy(ServiceError):
    """More work than the service takes on at once; try again in `retry_after_seconds`."""

    code = "busy"
    retry_after_seconds = 1

    def __init__(self, message: str, retry_after_seconds: int = retry_after_seconds) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class JobInProgress(ServiceError):
    """Only one job of a kind runs at a time."""

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
    """A job's process ended without a result."""
