"""The description that the service gives of itself."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

import config
from api.manual import example
from contract.backtest import BacktestAnswer
from contract.health import HealthAnswer
from contract.job import JobAnswer
from contract.model import MetaAnswer
from contract.prediction import PredictionAnswer, PredictionsAnswer
from errors import MalformedJson, ServiceError
from models.query import PredictQuery
from testing.contract import check_shape
from testing.edge import constant_app, prediction


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    described: dict[str, Any] = constant_app(config.load({}, Path(os.devnull))).openapi()
    return described


def test_there_are_five_routes(openapi: dict[str, Any]) -> None:
    routes = {(path, method) for path, methods in openapi["paths"].items() for method in methods}
    assert routes == {
        ("/health", "get"),
        ("/predict", "post"),
        ("/train", "post"),
        ("/model/current", "get"),
        ("/backtest", "post"),
    }


def test_every_field_of_a_request_is_described(openapi: dict[str, Any]) -> None:
    schemas = openapi["components"]["schemas"]
    bodies = [name for name in schemas if name.endswith("Body")]
    described = {
        (name, field)
        for name in bodies
        for field, schema in schemas[name]["properties"].items()
        if "description" in schema
    }
    wanted = {(name, field) for name in bodies for field in schemas[name]["properties"]} - {
        ("OddsBody", market) for market in ("1x2", "ou25", "btts")
    }
    assert wanted <= described


def test_errors_are_documented_in_the_one_form(openapi: dict[str, Any]) -> None:
    responses = openapi["paths"]["/predict"]["post"]["responses"]
    assert set(responses) == {"200", "400", "403", "404", "413", "415", "422", "500", "503"}
    schema = responses["422"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}


def test_every_schema_that_is_referred_to_is_there_and_no_other(openapi: dict[str, Any]) -> None:
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(openapi)))
    assert referred == set(openapi["components"]["schemas"])


def test_a_train_needs_no_body(openapi: dict[str, Any]) -> None:
    assert not openapi["paths"]["/train"]["post"]["requestBody"].get("required", False)
    assert openapi["paths"]["/predict"]["post"]["requestBody"]["required"]


def test_answers_are_as_documented() -> None:
    one = prediction(PredictQuery(fixture_id=1))
    check_shape(PredictionAnswer, one)
    check_shape(PredictionsAnswer, {"predictions": [one], "errors": [], "model_id": "constant"})


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("predict", PredictionAnswer),
        ("predict_scores", PredictionAnswer),
        ("health", HealthAnswer),
        ("model", MetaAnswer),
        ("job", JobAnswer),
        ("backtest", BacktestAnswer),
    ],
)
def test_examples_are_as_documented(name: str, model: Any) -> None:
    check_shape(model, example(name))


def test_every_error_has_a_status_from_the_contract() -> None:
    def below(kind: type[ServiceError]) -> list[type[ServiceError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    for kind in below(ServiceError):
        assert kind.status in {400, 403, 404, 405, 409, 413, 415, 422, 500, 503}
    assert MalformedJson.status == 400
