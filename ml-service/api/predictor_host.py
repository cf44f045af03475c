"""The forecaster behind the routes: brought up in a thread, waited for, kept on the newest model."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from api.access_log import logger
from api.micro_batching import Batcher
from config import Settings
from errors import (
    Busy,
    DatabaseError,
    DatabaseInvalidSchema,
    DatabaseMissing,
    DatabaseUnreadable,
    ModelNotTrained,
    ServiceError,
)

if TYPE_CHECKING:
    from models.predictor import Forecaster
    from models.query import PredictQuery

PATIENCE_SECONDS = 10.0
REFRESH_SECONDS = 1.0
READINGS = 3
VERIFY_SECONDS = 15.0
VERIFY_SHARE = 0.05
"""The most of a core that looking through the whole database may take, over time."""
FIXTURES_AT_A_TIME = 200
EXPLANATIONS_AT_A_TIME = 4
SHORT_WORK_TURNS = 5
"""Turns of the event loop from a client that connects to its answer on /health."""

T = TypeVar("T")
Bring = Callable[[Settings], "Forecaster"]

_DATABASE_ERRORS: dict[str, type[ServiceError]] = {
    "missing": DatabaseMissing,
    "unreadable": DatabaseUnreadable,
    "invalid_schema": DatabaseInvalidSchema,
}


def has_process() -> bool:
    """Whether this process is the service's own: one within another program runs in a thread beside it."""
    return threading.current_thread() is threading.main_thread()


class _NotRead(Exception):
    """The database has to be read before anything can be predicted."""


def bring_forecaster(settings: Settings) -> Forecaster:
    """The real forecaster; importing it takes seconds."""
    from models.predictor import Forecaster

    return Forecaster(settings)


class Serving:
    """Answers predictions once the forecaster is up. Its methods run on the event loop and keep it free."""

    def __init__(self, settings: Settings, bring: Bring = bring_forecaster) -> None:
        self._settings = settings
        self._bring = bring
        self._up: Forecaster | None = None
        self._failure: str | None = None
        self._has_process = False
        self._changed = asyncio.Event()
        self._loading: asyncio.Task[None] | None = None
        self._plain = Batcher(self._predict_all, FIXTURES_AT_A_TIME)
        self._explained = Batcher(self._predict_all, EXPLANATIONS_AT_A_TIME)
        self._turn = asyncio.Lock()

    def start(self) -> None:
        """Begin to bring the forecaster up, in a thread."""
        self._has_process = has_process()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._bring_up, args=(loop,), daemon=True).start()

    def close(self) -> None:
        """Release the database, if it was opened."""
        if self._up is not None:
            self._up.close()

    def _bring_up(self, loop: asyncio.AbstractEventLoop) -> None:
        began = time.perf_counter()
        try:
            forecaster = self._bring(self._settings)
            forecaster.warm_up()
            self._spare_collector()
            self._up = forecaster
            logger.info("up after %.1f s", time.perf_counter() - began)
        except Exception:  # noqa: BLE001  /health has to say so, whatever it is
            self._failure = "the forecaster did not start; the log says why"
            logger.exception("the forecaster did not start")
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._changed.set)
        if self._up is not None:
            _prepare_explanations(self._up)
            self._spare_collector()

    def _spare_collector(self) -> None:
        """What is there now stays: looking through it all for garbage holds requests up for a tenth of a second."""
        if self._has_process:
            gc.freeze()

    async def ready(self) -> Forecaster:
        """The forecaster with its database read. Raises Busy while that takes long, or what stands in the way."""
        forecaster = await self._brought_up()
        if not forecaster.loaded:
            await self._load(forecaster)
        return forecaster

    async def _brought_up(self) -> Forecaster:
        if self._up is None:
            await _patiently(self._changed.wait(), "the service is still starting")
        if self._up is None:
            raise ServiceError(self._failure or "the service has not started")
        return self._up

    async def _load(self, forecaster: Forecaster) -> None:
        """Read the database in a thread, once for all who wait for it."""
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(asyncio.to_thread(forecaster.load))
        await _patiently(asyncio.shield(self._loading), "the database is still being read")

    async def predict(self, query: PredictQuery) -> dict[str, Any]:
        """One prediction, made together with those asked for at the same time."""
        forecaster = self._up or await self._brought_up()
        batcher = self._explained if query.explain else self._plain
        for _ in range(READINGS):
            try:
                return await batcher.ask(query)
            except _NotRead:
                await self._load(forecaster)
        raise Busy("the database is replaced again and again", retry_after_seconds=2)

    def _predict_all(self, queries: Sequence[PredictQuery]) -> Sequence[dict[str, Any] | Exception]:
        """What a batch is answered. Raises _NotRead where the database has to be read first, which takes long."""
        if self._up is None:
            raise ServiceError("the service has not started")
        if not self._up.loaded:
            raise _NotRead
        return self._up.predict_batch(queries)

    async def predict_many(self, queries: Sequence[PredictQuery]) -> dict[str, Any]:
        """Predictions of up to 1,000 fixtures, a part at a time, so that others are answered in between.

        Of all that are asked for at once, one part is computed in a turn of the event loop, which would otherwise
        see to a part of each before it looked at its sockets again.
        """
        forecaster = await self.ready()
        size = EXPLANATIONS_AT_A_TIME if queries[0].explain else FIXTURES_AT_A_TIME
        while True:
            parts = []
            for some in _parts(queries, size):
                async with self._turn:
                    parts.append(forecaster.predict_many(some))
                    await _turns(SHORT_WORK_TURNS)
            if len({part["model_id"] for part in parts}) == 1:
                return _joined(parts)

    async def current_meta(self) -> dict[str, Any]:
        """The current model's meta file."""
        return (await self._brought_up()).current_meta()

    def health(self) -> dict[str, Any]:
        """`ready`, `database` and `model` of /health."""
        if self._up is not None:
            return self._up.health()
        return self._health_while_starting()

    def check_job(self, league_ids: Sequence[int] | None) -> None:
        """Raise what is known to stand in the way of a job on these leagues, None for all."""
        self._check_database()
        if self._up is not None and league_ids is not None:
            with contextlib.suppress(Busy):
                self._up.check_leagues(league_ids)

    def _check_database(self) -> None:
        """Raise the database's error where it is known to be unusable."""
        database = self.health()["database"]
        error = _DATABASE_ERRORS.get(database["status"])
        if error is not None:
            detail = database["detail"] or "the database cannot be used"
            raise error(detail.removesuffix(f"; {error.default_hint}"))

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
                "rejected_by_reason": None,
                "unused_by_reason": None,
                "latest_result": None,
                "detail": detail if database else f"there is no database; {DatabaseMissing.default_hint}",
            },
            "model": {
                "status": "ok" if model else "missing",
                "model_id": None,
                "detail": detail if model or self._failure else ModelNotTrained.default_hint,
            },
        }

    async def follow(self) -> None:
        """Serve each newly promoted model within a second or so, and what changed in old rows of the database
        soon after; until cancelled."""
        due = time.monotonic() + VERIFY_SECONDS
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            began = time.monotonic()
            verify = began >= due
            try:
                await self.refresh()
                await self._keep_up(verify)
            except Exception:  # noqa: BLE001  what fails now may work in a second
                logger.exception("looking for news failed")
            if verify:
                now = time.monotonic()
                due = now + max(VERIFY_SECONDS, (now - began) / VERIFY_SHARE)

    async def refresh(self) -> None:
        """Look for a newly promoted model now."""
        if self._up is not None:
            await asyncio.to_thread(self._up.refresh_model)

    async def _keep_up(self, verify: bool) -> None:
        """A database that cannot be read is no news here: /health and every /predict tell of it."""
        if self._up is None:
            return
        with contextlib.suppress(DatabaseError, Busy):
            if not self._up.loaded:
                await self._load(self._up)
            elif verify:
                await asyncio.to_thread(self._up.keep_up)


def _prepare_explanations(forecaster: Forecaster) -> None:
    """Load what plain predictions do without, while they are answered already."""
    try:
        forecaster.prepare_explanations()
    except (ImportError, OSError) as wrong:
        logger.error(
            "LightGBM cannot be loaded, which explanations and trainings need: %s; on Debian "
            "`sudo apt-get install libgomp1`, on a Mac `brew install libomp`, then start again",
            wrong,
        )


async def _patiently(waited_for: Awaitable[T], meanwhile: str) -> T:
    """Wait so long as a client may be expected to, then raise Busy."""
    try:
        return await asyncio.wait_for(waited_for, PATIENCE_SECONDS)
    except asyncio.TimeoutError:
        raise Busy(meanwhile, retry_after_seconds=2) from None


async def _turns(count: int) -> None:
    """Let whatever is ready go on, and what that makes ready, so many times."""
    for _ in range(count):
        await asyncio.sleep(0)


def _parts(values: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "predictions": [each for part in parts for each in part["predictions"]],
        "errors": [each for part in parts for each in part["errors"]],
        "model_id": parts[-1]["model_id"],
    }
