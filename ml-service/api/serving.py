"""The forecaster behind the routes: brought up in a thread, waited for, kept on the newest model."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from api.logs import logger
from config import Settings
from errors import Busy, DatabaseInvalidSchema, DatabaseMissing, DatabaseUnreadable, ServiceError

if TYPE_CHECKING:
    from models.predictor import Forecaster

    from models.query import PredictQuery

START_UP_PATIENCE_SECONDS = 10.0
REFRESH_SECONDS = 1.0
FIXTURES_AT_A_TIME = 200
EXPLANATIONS_AT_A_TIME = 4

Bring = Callable[[Settings], "Forecaster"]

_DATABASE_ERRORS: dict[str, type[ServiceError]] = {
    "missing": DatabaseMissing,
    "unreadable": DatabaseUnreadable,
    "invalid_schema": DatabaseInvalidSchema,
}


def bring_forecaster(settings: Settings) -> Forecaster:
    """The real forecaster; importing it takes seconds."""
    from models.predictor import Forecaster

    return Forecaster(settings)


class Serving:
    """Answers predictions once the forecaster is up. Its methods run on the event loop and keep it free."""

    def __init__(self, settings: Settings, bring: Bring = bring_forecaster) -> None:
        self._settings = settings
        self._bring = bring
        self._forecaster: Forecaster | None = None
        self._failure: str | None = None
        self._up = False
        self._changed: asyncio.Event | None = None

    def start(self) -> None:
        """Begin to bring the forecaster up, in a thread."""
        self._changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._bring_up, args=(loop, self._changed), daemon=True).start()

    def close(self) -> None:
        """Release the database, if it was opened."""
        if self._up and self._forecaster is not None:
            self._forecaster.close()

    def _bring_up(self, loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
        began = time.perf_counter()
        try:
            self._forecaster = self._bring(self._settings)
            self._forecaster.warm_up()
            self._up = True
            logger.info("ready after %.1f s", time.perf_counter() - began)
        except Exception:  # noqa: BLE001  /health has to say so, whatever it is
            self._failure = "the forecaster did not start; the log says why"
            logger.exception("the forecaster did not start")
        if not loop.is_closed():
            loop.call_soon_threadsafe(changed.set)

    async def ready(self) -> Forecaster:
        """The forecaster, waited for while the service starts. Raises Busy where that takes too long."""
        if not self._up and self._changed is not None:
            try:
                await asyncio.wait_for(self._changed.wait(), START_UP_PATIENCE_SECONDS)
            except asyncio.TimeoutError:
                raise Busy("the service is still starting", retry_after_seconds=2) from None
        if not self._up or self._forecaster is None:
            raise ServiceError(self._failure or "the service has not started")
        return self._forecaster

    async def predict(self, query: PredictQuery) -> dict[str, Any]:
        """One prediction."""
        return (await self.ready()).predict(query)

    async def predict_many(self, fixture_ids: Sequence[int], use_odds: bool, explain: bool) -> dict[str, Any]:
        """Predictions of up to 1,000 fixtures, a part at a time, so that others are answered in between."""
        forecaster = await self.ready()
        size = EXPLANATIONS_AT_A_TIME if explain else FIXTURES_AT_A_TIME
        while True:
            parts = []
            for some in _parts(fixture_ids, size):
                parts.append(forecaster.predict_many(some, use_odds, explain))
                await asyncio.sleep(0)
            if len({part["model_id"] for part in parts}) == 1:
                return _joined(parts)

    async def current_meta(self) -> dict[str, Any]:
        """The current model's meta file."""
        return (await self.ready()).current_meta()

    def health(self) -> dict[str, Any]:
        """`ready`, `database` and `model` of /health."""
        if self._up and self._forecaster is not None:
            return self._forecaster.health()
        return self._health_while_starting()

    def check_database(self) -> None:
        """Raise the database's error where it is known to be unusable."""
        database = self.health()["database"]
        error = _DATABASE_ERRORS.get(database["status"])
        if error is not None:
            raise error(database["detail"] or "the database cannot be used")

    def _health_while_starting(self) -> dict[str, Any]:
        database = self._settings.db_path.exists()
        model = (self._settings.model_dir / "current.json").exists()
        detail = self._failure or "being read"
        return {
            "ready": False,
            "database": {
                "status": "ok" if database else "missing",
                "fixtures": None,
                "rejected_rows": None,
                "latest_result": None,
                "detail": detail if database else DatabaseMissing.default_hint,
            },
            "model": {"status": "ok" if model else "missing", "model_id": None, "detail": detail},
        }

    async def follow_models(self) -> None:
        """Serve each newly promoted model within a second or so, until cancelled."""
        last = ""
        while True:
            last = await self.refresh(last)
            await asyncio.sleep(REFRESH_SECONDS)

    async def refresh(self, last_problem: str = "") -> str:
        """Look for a newly promoted model now; what stands in the way is logged once."""
        if not self._up or self._forecaster is None:
            return last_problem
        try:
            await asyncio.to_thread(self._forecaster.refresh_model)
        except ServiceError as problem:
            if problem.message != last_problem:
                logger.warning("the current model is not served: %s", problem.message)
            return problem.message
        return ""


def _parts(values: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "predictions": [each for part in parts for each in part["predictions"]],
        "errors": [each for part in parts for each in part["errors"]],
        "model_id": parts[-1]["model_id"],
    }
