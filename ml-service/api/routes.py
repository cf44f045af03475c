"""The five routes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response, StreamingResponse

from api import json_bodies
from api.content_negotiation import best_media_type
from api.error_responses import translate
from api.lifespan import Service
from api.manual import (
    ERRORS,
    HTML,
    JSON,
    NDJSON,
    REQUEST_BODIES,
    example,
    json_or_stream,
    many_or_one,
    response,
)
from api.schemas import BacktestBody, PredictBody, TrainBody
from config import VERSION
from contract.backtest import BacktestAnswer
from contract.error import describe
from contract.health import HealthAnswer
from contract.model import AcceptedAnswer, MetaAnswer, TrainedAnswer
from contract.prediction import PredictionAnswer, PredictionsAnswer
from jobs.runner import Running
from models.batch import BatchAnswer

HEARTBEAT_SECONDS = 5.0
CLIENT_CHECK_SECONDS = 0.5

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_started = time.monotonic()


class DirectRoute(APIRoute):
    """Documented by its signature like any route, but called directly with the strictly parsed body.

    FastAPI's dependencies and response models would cost a fifth of a request's time.
    """

    def get_route_handler(self) -> Handler:
        """The function that answers a request."""
        endpoint: Callable[..., Coroutine[Any, Any, Response]] = self.endpoint
        if self.body_field is None:
            return endpoint
        model, required = self.body_field.type_, self.body_field.required

        async def handle(request: Request) -> Response:
            service_of(request).admission.check_clients()
            raw = await json_bodies.read(request)
            body = model.model_validate(json_bodies.parse(raw)) if raw or required else model()
            return await endpoint(request, body)

        return handle


router = APIRouter(route_class=DirectRoute)


def service_of(request: Request) -> Service:
    """The running service."""
    service: Service = request.scope["app"].state.service
    return service


@router.get(
    "/health",
    summary="The state of the service",
    responses={
        200: response("always", example("health"), HealthAnswer),
        **ERRORS["/health"],
    },
)
async def health(request: Request) -> Response:
    """Always 200 while the process can answer; `status` and the details report any fault."""
    service = service_of(request)
    state = service.host.health()
    is_ok = state["ready"] and state["database"]["status"] == "ok" and state["model"]["status"] == "ok"
    answer: HealthAnswer = {
        "status": "ok" if is_ok else "degraded",
        "ready": state["ready"],
        "version": VERSION,
        "uptime_seconds": round(time.monotonic() - _started, 3),
        "database": state["database"],
        "model": state["model"],
        "training": service.runner.state("train"),
        "backtest": service.runner.state("backtest"),
    }
    return json_bodies.json_response(answer)


@router.get(
    "/model/current",
    summary="The current model",
    responses={200: response("the meta file", example("model"), MetaAnswer), **ERRORS["/model/current"]},
)
async def current_model(request: Request) -> Response:
    """The content of the current model's meta file: data, parameters, metrics, importance."""
    return json_bodies.json_response(await service_of(request).host.current_meta())


@router.post(
    "/predict",
    summary="Probabilities of a match",
    openapi_extra=REQUEST_BODIES["/predict"],
    responses={200: many_or_one(PredictionAnswer, PredictionsAnswer), **ERRORS["/predict"]},
)
async def predict(request: Request, body: PredictBody) -> Response:
    """Probabilities, odds, edges and value bets of one match, or of up to 1,000 fixtures.

    Uses only what was known before kick-off, also for a finished fixture.
    """
    admission = service_of(request).admission
    await admission.begin_work()
    try:
        return await _prediction(request, body)
    finally:
        admission.end_work()


async def _prediction(request: Request, body: PredictBody) -> Response:
    host = service_of(request).host
    queries = body.queries()
    if queries is None:
        return json_bodies.json_response(await host.predict(body.query()))
    batch = await host.predict_many(queries)
    return json_bodies.json_response(_described(batch, _request_id(request)))


def _described(batch: BatchAnswer, request_id: str) -> PredictionsAnswer:
    """The answer to a list, its errors in their one form."""
    return {
        "predictions": batch["predictions"],
        "errors": [
            {
                "fixture_id": each["fixture_id"],
                "api_id": each["api_id"],
                "error": describe(each["error"], request_id),
            }
            for each in batch["errors"]
        ],
        "model_id": batch["model_id"],
    }


_EVERYTHING = TrainBody.model_validate({})


@router.post(
    "/train",
    status_code=202,
    summary="Train a model",
    openapi_extra=REQUEST_BODIES["/train"],
    responses={
        200: json_or_stream(
            "with `wait`, at the end of the training",
            {
                "job": example("job"),
                "model": example("model"),
                "promoted": True,
                "reason": "there was no model",
            },
            TrainedAnswer,
        ),
        202: response("at once", example("accepted"), AcceptedAnswer),
        **ERRORS["/train"],
    },
)
async def train(request: Request, body: TrainBody = _EVERYTHING) -> Response:
    """Train a new model in a separate process while the service keeps answering.

    Answers 202 at once; `/health` shows the job. With `wait`, answers at the end. A client that disconnects does not
    stop the training.
    """
    service = service_of(request)
    service.host.check_job(body.league_ids)
    parameters = body.model_dump(mode="json", by_alias=True, exclude={"wait"})
    running = service.runner.start("train", parameters, _request_id(request))
    if _accepted_type(request, NDJSON, JSON) == NDJSON:
        return _stream(_lines(running, service))
    if not body.wait:
        return _accepted(running)
    if await _left_before_end(request, running):
        raise ClientDisconnect
    return json_bodies.json_response(await _result(running, service))


_PAGE = "a self-contained page with plots: the verdict, bankroll, calibration, periods, leagues and bets"


@router.post(
    "/backtest",
    summary="Walk-forward backtest",
    openapi_extra=REQUEST_BODIES["/backtest"],
    responses={
        200: json_or_stream("at the end", example("backtest"), BacktestAnswer, html=_PAGE),
        **ERRORS["/backtest"],
    },
)
async def backtest(request: Request, body: BacktestBody) -> Response:
    """Evaluate and bet period by period, each with a model fitted on earlier days.

    A bet is decided when its price was captured, and its features use nothing later. Intervals resample UTC days.
    The answer comes at the end; a client that disconnects stops the backtest.
    """
    service = service_of(request)
    service.host.check_job(body.league_ids)
    media_type = _accepted_type(request, HTML, NDJSON, JSON)
    parameters = {**body.model_dump(mode="json", by_alias=True), "html": media_type == HTML}
    running = service.runner.start("backtest", parameters, _request_id(request))
    if media_type == NDJSON:
        return _stream(_stop_with_client(running, service))
    try:
        if await _left_before_end(request, running):
            raise ClientDisconnect
    finally:
        running.end("the client disconnected")
    result = await running.outcome()
    return HTMLResponse(result["html"]) if media_type == HTML else json_bodies.json_response(result)


def _request_id(request: Request) -> str:
    request_id: str = request.scope["state"]["context"].request_id
    return request_id


def _accepted_type(request: Request, *offered: str) -> str:
    return best_media_type(request.headers.getlist("accept"), offered)


def _accepted(running: Running) -> Response:
    answer: AcceptedAnswer = {"job": running.job.to_plain()}
    return json_bodies.json_response(answer, 202)


async def _left_before_end(request: Request, running: Running) -> bool:
    """Wait for the job's end; True as soon as the client has disconnected."""
    while not running.finished.is_set():
        await running.news(CLIENT_CHECK_SECONDS)
        if await request.is_disconnected():
            return True
    return False


async def _result(running: Running, service: Service) -> dict[str, Any]:
    """The body at a job's end; a promoted model already serves when its client reads it."""
    result = await running.outcome()
    if running.job.kind == "train":
        await service.host.refresh()
        return {"job": running.job.to_plain(), **result}
    return result


def _stream(lines: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(lines, media_type=NDJSON, headers={"cache-control": "no-store"})


async def _lines(running: Running, service: Service) -> AsyncIterator[bytes]:
    """A line per progress report, at least every few seconds; last the result or the error."""
    while not running.finished.is_set():
        yield _line({"type": "progress", "job": running.job.to_plain()})
        await running.news(HEARTBEAT_SECONDS)
    try:
        yield _line({"type": "result", **await _result(running, service)})
    except Exception as error:  # noqa: BLE001  the answer has begun: its last line reports the error
        yield _line({"type": "error", "error": describe(translate(error), running.request_id)})


async def _stop_with_client(running: Running, service: Service) -> AsyncIterator[bytes]:
    try:
        async for line in _lines(running, service):
            yield line
    finally:
        running.end("the client disconnected")


def _line(value: dict[str, Any]) -> bytes:
    return json_bodies.render(value) + b"\n"
