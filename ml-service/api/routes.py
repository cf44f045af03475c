"""The five routes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response, StreamingResponse

from api import json_bodies
from api.answers import HealthAnswer, PredictionAnswer, PredictionsAnswer
from api.backtest_answers import BacktestAnswer
from api.content_negotiation import preferred
from api.error_responses import describe, translate
from api.lifespan import Service
from api.manual import ASKED, ERRORS, HTML, JSON, NDJSON, answered, example, json_or_stream, many_or_one
from api.model_answers import AcceptedAnswer, MetaAnswer, TrainedAnswer
from api.schemas import BacktestBody, PredictBody, TrainBody
from config import VERSION
from jobs.runner import Running

HEARTBEAT_SECONDS = 5.0
LEAVING_SECONDS = 0.5

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_started = time.monotonic()


class DirectRoute(APIRoute):
    """Documented by its signature as any other, but called with the strictly parsed body and nothing between.

    FastAPI's own path through dependencies and response models costs a fifth of a request.
    """

    def get_route_handler(self) -> Handler:
        """What answers a request."""
        endpoint: Callable[..., Coroutine[Any, Any, Response]] = self.endpoint
        if self.body_field is None:
            return endpoint
        model, required = self.body_field.type_, self.body_field.required

        async def handle(request: Request) -> Response:
            service_of(request).traffic.check_readers()
            raw = await json_bodies.read(request)
            asked = model.model_validate(json_bodies.parse(raw)) if raw or required else model()
            return await endpoint(request, asked)

        return handle


router = APIRouter(route_class=DirectRoute)


def service_of(request: Request) -> Service:
    """The running service."""
    service: Service = request.scope["app"].state.service
    return service


@router.get(
    "/health",
    response_model=HealthAnswer,
    summary="The state of the service",
    responses={
        200: answered("always", example("health")),
        **ERRORS["/health"],
    },
)
async def health(request: Request) -> Response:
    """Always 200 while the process can answer; `status` and the details say what is wrong."""
    service = service_of(request)
    state = service.serving.health()
    well = state["ready"] and state["database"]["status"] == "ok" and state["model"]["status"] == "ok"
    return json_bodies.json_response(
        {
            "status": "ok" if well else "degraded",
            "ready": state["ready"],
            "version": VERSION,
            "uptime_seconds": round(time.monotonic() - _started, 3),
            "database": state["database"],
            "model": state["model"],
            "training": service.runner.state("train"),
            "backtest": service.runner.state("backtest"),
        }
    )


@router.get(
    "/model/current",
    response_model=MetaAnswer,
    summary="The current model",
    responses={200: answered("the meta file", example("model")), **ERRORS["/model/current"]},
)
async def current_model(request: Request) -> Response:
    """The content of the current model's meta file: data, parameters, metrics, importance."""
    return json_bodies.json_response(await service_of(request).serving.current_meta())


@router.post(
    "/predict",
    summary="Probabilities of a match",
    openapi_extra=ASKED["/predict"],
    responses={200: many_or_one(PredictionAnswer, PredictionsAnswer), **ERRORS["/predict"]},
)
async def predict(request: Request, asked: PredictBody) -> Response:
    """Probabilities, odds, edges and value bets of one match, or of up to 1,000 fixtures.

    Only what was known before kick-off counts, also for a finished fixture.
    """
    traffic = service_of(request).traffic
    await traffic.begin_work()
    try:
        return await _predicted(request, asked)
    finally:
        traffic.end_work()


async def _predicted(request: Request, asked: PredictBody) -> Response:
    serving = service_of(request).serving
    queries = asked.queries()
    if queries is None:
        return json_bodies.json_response(await serving.predict(asked.query()))
    answer = await serving.predict_many(queries)
    request_id = _request_id(request)
    answer["errors"] = [{**each, "error": describe(each["error"], request_id)} for each in answer["errors"]]
    return json_bodies.json_response(answer)


_EVERYTHING = TrainBody.model_validate({})


@router.post(
    "/train",
    status_code=202,
    response_model=AcceptedAnswer,
    summary="Train a model",
    openapi_extra=ASKED["/train"],
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
        202: answered("at once", example("accepted")),
        **ERRORS["/train"],
    },
)
async def train(request: Request, asked: TrainBody = _EVERYTHING) -> Response:
    """Train a new model in a process of its own, while the service goes on answering.

    Answers 202 at once; `/health` follows the job. With `wait` the answer comes at the end. A client that leaves
    does not end the training.
    """
    service = service_of(request)
    service.serving.check_job(asked.league_ids)
    wanted = asked.model_dump(mode="json", by_alias=True, exclude={"wait"})
    running = service.runner.start("train", wanted, _request_id(request))
    if _wanted(request, NDJSON, JSON) == NDJSON:
        return _stream(_lines(running, service))
    if not asked.wait:
        return json_bodies.json_response({"job": asdict(running.job)}, 202)
    if await _left_before_end(request, running):
        raise ClientDisconnect
    return json_bodies.json_response(await _result(running, service))


_PAGE = "a self-contained page with plots: the verdict, bankroll, calibration, periods, leagues and bets"


@router.post(
    "/backtest",
    response_model=BacktestAnswer,
    summary="Walk-forward backtest",
    openapi_extra=ASKED["/backtest"],
    responses={
        200: json_or_stream("at the end", example("backtest"), BacktestAnswer, html=_PAGE),
        **ERRORS["/backtest"],
    },
)
async def backtest(request: Request, asked: BacktestBody) -> Response:
    """Evaluate and bet period by period, each with a model of earlier days.

    A bet is decided when the price it takes was captured, and its features know nothing later. Intervals resample
    UTC days. The answer comes at the end; a client that leaves ends the backtest.
    """
    service = service_of(request)
    service.serving.check_job(asked.league_ids)
    form = _wanted(request, HTML, NDJSON, JSON)
    wanted = {**asked.model_dump(mode="json", by_alias=True), "html": form == HTML}
    running = service.runner.start("backtest", wanted, _request_id(request))
    if form == NDJSON:
        return _stream(_ended_with_client(running, service))
    try:
        if await _left_before_end(request, running):
            raise ClientDisconnect
    finally:
        running.end("the client left")
    result = await running.outcome()
    return HTMLResponse(result["html"]) if form == HTML else json_bodies.json_response(result)


def _request_id(request: Request) -> str:
    request_id: str = request.scope["state"]["exchange"].request_id
    return request_id


def _wanted(request: Request, *offered: str) -> str:
    return preferred(request.headers.getlist("accept"), offered)


async def _left_before_end(request: Request, running: Running) -> bool:
    """Wait for the job's end; True as soon as the client has left."""
    while not running.finished.is_set():
        await running.news(LEAVING_SECONDS)
        if await request.is_disconnected():
            return True
    return False


async def _result(running: Running, service: Service) -> dict[str, Any]:
    """The body at a job's end; a training's model serves before its client reads of it."""
    result = await running.outcome()
    if running.job.kind == "train":
        await service.serving.refresh()
        return {"job": asdict(running.job), **result}
    return result


def _stream(lines: AsyncIterator[bytes]) -> Response:
    return StreamingResponse(lines, media_type=NDJSON, headers={"cache-control": "no-store"})


async def _lines(running: Running, service: Service) -> AsyncIterator[bytes]:
    """A line whenever there is news, and at least every few seconds; last the result or the error."""
    while not running.finished.is_set():
        yield _line({"type": "progress", "job": asdict(running.job)})
        await running.news(HEARTBEAT_SECONDS)
    try:
        yield _line({"type": "result", **await _result(running, service)})
    except Exception as error:  # noqa: BLE001  the answer has begun: its last line tells what went wrong
        yield _line({"type": "error", "error": describe(translate(error), running.request_id)})


async def _ended_with_client(running: Running, service: Service) -> AsyncIterator[bytes]:
    try:
        async for line in _lines(running, service):
            yield line
    finally:
        running.end("the client left")


def _line(value: dict[str, Any]) -> bytes:
    return json_bodies.render(value) + b"\n"
