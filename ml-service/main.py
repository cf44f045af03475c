"""The service: `uvicorn main:app --port 5050`. This module only wires."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# Read by OpenMP when LightGBM loads it: waiting threads sleep instead of taking a core from the requests.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from fastapi import FastAPI
from starlette.exceptions import HTTPException

import config
from api import access_log, error_responses, manual
from api.described import DescribedApp
from api.lifespan import Service
from api.middleware import Edge, Traffic
from api.predictor_host import Bring, Serving, bring_forecaster
from api.routes import router
from config import Settings
from errors import SettingError
from jobs.runner import WORKER, Runner


def create_app(
    settings: Settings, bring: Bring = bring_forecaster, worker: Sequence[str] = WORKER
) -> FastAPI:
    """The application. `bring` makes the forecaster, `worker` is the command that does a job."""
    access_log.configure(settings.log_format)
    log = access_log.AccessLog(settings.log_format)
    traffic = Traffic(settings.busy_limit)
    service = Service(Serving(settings, bring), Runner(settings, worker), traffic, log)
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
    # Routes are tried in turn, FastAPI's own first; this one is asked for far more than all others.
    app.router.routes.sort(key=lambda route: getattr(route, "path", "") != "/predict")
    app.add_middleware(Edge, allowed_hosts=settings.allowed_hosts, traffic=traffic, log=log)
    return app


def _settings() -> Settings:
    """The settings, or the end of the process with one line that says which is wrong."""
    try:
        return config.load()
    except SettingError as wrong:
        sys.exit(f"error: {wrong.message}")


app = create_app(_settings())
