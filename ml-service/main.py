"""The service: `uvicorn main:app --port 5050`. This module only wires its parts together."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# OpenMP reads this when LightGBM loads: waiting threads sleep instead of taking a core from requests.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from fastapi import FastAPI
from starlette.exceptions import HTTPException

import config
from api import access_log, error_responses, manual
from api.admission import AdmissionControl
from api.coming_answers import ComingAnswers
from api.described import DescribedApp
from api.front import PredictionsFirst
from api.kept_answers import KeptAnswers
from api.lifespan import Service
from api.middleware import ErrorMiddleware
from api.predictions import Predictions
from api.predictor_host import PredictorFactory, PredictorHost, load_predictor
from api.routes import router
from config import Settings
from errors import SettingError
from jobs.runner import WORKER, Runner


def create_app(
    settings: Settings, predictor_factory: PredictorFactory = load_predictor, worker: Sequence[str] = WORKER
) -> FastAPI:
    """The application. `predictor_factory` makes its predictor, `worker` is the command that runs a job."""
    access_log.configure(settings.log_format)
    log = access_log.AccessLog(settings.log_format)
    admission = AdmissionControl(settings.busy_limit)
    host = PredictorHost(settings, predictor_factory)
    cache = KeptAnswers(settings.kept_answers_mb * 2**20)
    predictions = Predictions(host, admission, cache)
    coming = ComingAnswers(host, admission, predictions, cache)
    service = Service(host, Runner(settings, worker), admission, predictions, coming, log)
    app = DescribedApp(
        title="statFoot ML service",
        version=config.VERSION,
        description=manual.ABOUT,
        lifespan=service.lifespan,
        exception_handlers={HTTPException: error_responses.pass_on},
        redirect_slashes=False,
    )
    app.state.service = service
    app.include_router(router)
    # Routes are described and tried in this order, FastAPI's own first; /predict gets by far the most requests.
    app.router.routes.sort(key=lambda route: getattr(route, "path", "") != "/predict")
    app.add_middleware(PredictionsFirst, predictions=predictions)
    app.add_middleware(ErrorMiddleware, allowed_hosts=settings.allowed_hosts, admission=admission, log=log)
    return app


def _settings() -> Settings:
    """The settings; ends the process with one line on stderr if one is invalid."""
    try:
        return config.load()
    except SettingError as error:
        sys.exit(f"error: {error.message}")


app = create_app(_settings())
