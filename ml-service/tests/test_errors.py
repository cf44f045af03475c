"""One tree of errors whose codes are the contract's."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest

import errors
from errors import Busy, InsufficientData, InvalidRequest, ServiceError, SettingError, TrainingInProgress

CONTRACT = {
    "malformed_json", "forbidden_host", "forbidden_origin", "fixture_not_found", "team_not_found",
    "league_not_found", "model_not_trained", "not_found", "method_not_allowed", "body_too_large",
    "unsupported_media_type", "training_in_progress", "backtest_in_progress", "invalid_request",
    "insufficient_data", "model_invalid", "database_missing", "database_unreadable",
    "database_invalid_schema", "busy", "internal_error",
}  # fmt: skip


def tree(root: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for child in root.__subclasses__():
        yield child
        yield from tree(child)


def test_every_exception_of_the_module_is_in_the_one_tree() -> None:
    named = {
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
    }
    assert named - {ServiceError} <= set(tree(ServiceError))


def test_the_codes_are_the_contracts_and_that_of_a_start_that_fails() -> None:
    codes = {error.code for error in tree(ServiceError)} | {ServiceError.code}
    assert codes == CONTRACT | {SettingError.code}


def test_insufficient_data_says_how_many_there_are_and_how_many_it_takes() -> None:
    assert str(InsufficientData(12, 500)) == "found 12 finished matches; at least 500 are required"


def test_a_conflict_names_the_running_job_in_its_hint() -> None:
    assert TrainingInProgress("job-7").hint == "running job: job-7"


def test_a_hint_given_replaces_the_usual_one() -> None:
    assert errors.FixtureNotFound("x").hint == errors.FixtureNotFound.default_hint
    assert errors.FixtureNotFound("x", hint="y").hint == "y"


@pytest.mark.parametrize(
    "error",
    [
        InsufficientData(12, 500),
        TrainingInProgress("job-7"),
        Busy("locked", retry_after_seconds=3),
        SettingError("PORT", "x", "a number"),
        InvalidRequest("m", hint="h", fields={"a": "b"}),
    ],
)
def test_an_error_arrives_whole_in_another_process(error: ServiceError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert (type(arrived), arrived.args, vars(arrived)) == (type(error), error.args, vars(error))
