"""Hosts the predictor behind the routes: loads it in a thread and keeps it on the newest model and data."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from api.access_log import logger
from api.micro_batching import Batcher
from common.memory import share_one_heap, trim
from config import Settings
from contract.health import PredictorHealth, unread_database
from contract.model import MetaAnswer
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
    from models.answer import Answer, Standing, Unchanged
    from models.predictor import Forecaster
    from models.query import PredictQuery

MAX_WAIT_SECONDS = 10.0
REFRESH_SECONDS = 1.0
MAX_LOADS = 3
VERIFY_SECONDS = 15.0
VERIFY_SHARE = 0.05
"""Largest share of a core, over time, for verifying the whole database."""
MAX_BATCH = 200
MAX_EXPLAINED_BATCH = 4
MAX_SCORED_BATCH = 150
HEALTH_TURNS = 5
"""Turns of the event loop from a client's connection to its answer from /health."""

T = TypeVar("T")
PredictorFactory = Callable[[Settings], "Forecaster"]
Question = tuple["PredictQuery", "bytes | None"]
"""A query, and the tag of an answer to it that is at hand."""

_DATABASE_ERRORS: dict[str, type[ServiceError]] = {
    "missing": DatabaseMissing,
    "unreadable": DatabaseUnreadable,
    "invalid_schema": DatabaseInvalidSchema,
}


def in_main_thread() -> bool:
    """True when the event loop runs in the main thread, so that signal handlers and gc settings are ours.

    False under a test client.
    """
    return threading.current_thread() is threading.main_thread()


class _NotLoaded(Exception):
    """The database must be read before anything can be predicted."""


def load_predictor(settings: Settings) -> Forecaster:
    """The real predictor; importing it takes seconds."""
    from models.predictor import Forecaster

    return Forecaster(settings)


class PredictorHost:
    """Answers predictions once the predictor has started. Its methods run on the event loop and do not block it."""

    def __init__(self, settings: Settings, factory: PredictorFactory = load_predictor) -> None:
        self._settings = settings
        self._factory = factory
        self._predictor: Forecaster | None = None
        self._failure: str | None = None
        self._owns_process = False
        self._started = asyncio.Event()
        self._loading: asyncio.Task[None] | None = None
        limits = (MAX_BATCH, MAX_EXPLAINED_BATCH, MAX_SCORED_BATCH)
        self._batchers: dict[int, Batcher[Question, Answer | Unchanged]] = {
            limit: Batcher(self._predict_all, limit) for limit in limits
        }
        self._turn = asyncio.Lock()
        self._standing: Standing | None = None

    def start(self) -> None:
        """Begin to load the predictor, in a thread."""
        self._owns_process = in_main_thread()
        if self._owns_process:
            share_one_heap()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._load_predictor, args=(loop,), daemon=True).start()

    def close(self) -> None:
        """Release the database, if it was opened."""
        if self._predictor is not None:
            self._predictor.close()

    def _load_predictor(self, loop: asyncio.AbstractEventLoop) -> None:
        began = time.perf_counter()
        try:
            predictor = self._factory(self._settings)
            predictor.warm_up()
            self._predictor = predictor
            logger.info("up after %.1f s", time.perf_counter() - began)
        except Exception:  # noqa: BLE001  /health reports any failure
            self._failure = "the predictor failed to start; see the service's log"
            logger.exception("the predictor failed to start")
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._started.set)
        if self._predictor is not None:
            _complete(self._predictor)
            self._settle_memory()

    def _settle_memory(self) -> None:
        """Return what the start no longer needs, and exempt all that is left from garbage collection.

        Collection would pause requests for a tenth of a second.
        """
        if self._owns_process:
            trim()
            gc.freeze()

    async def ready(self) -> Forecaster:
        """The predictor with its database loaded. Raises Busy if that takes long, or the error that prevents it."""
        predictor = await self._started_predictor()
        if not predictor.loaded:
            await self._load_database(predictor)
        return predictor

    async def _started_predictor(self) -> Forecaster:
        if self._predictor is None:
            await _wait_for(self._started.wait(), "the service is still starting")
        if self._predictor is None:
            raise ServiceError(self._failure or "the service has not started")
        return self._predictor

    async def _load_database(self, predictor: Forecaster) -> None:
        """Read the database in a thread, once for all requests that wait for it."""
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(asyncio.to_thread(predictor.load))
        await _wait_for(asyncio.shield(self._loading), "the database is still being read")

    def standing(self) -> Standing | None:
        """What a prediction asked for now is made from; None where the database must be read first.

        Looked up once a turn of the event loop: its requests had all come before the turn began. Raises what
        `predict` raises.
        """
        if self._standing is None and self._predictor is not None and self._predictor.loaded:
            self._standing = self._predictor.standing()
            asyncio.get_running_loop().call_soon(self._end_turn)
        return self._standing

    def _end_turn(self) -> None:
        self._standing = None

    async def predict(self, query: PredictQuery, tag: bytes | None = None) -> Answer | Unchanged:
        """One prediction, computed in one batch with simultaneous requests; Unchanged where `tag` is still its."""
        predictor = self._predictor or await self._started_predictor()
        batcher = self._batchers[_batch_limit(query)]
        for _ in range(MAX_LOADS):
            try:
                return await batcher.ask((query, tag))
            except _NotLoaded:
                await self._load_database(predictor)
        raise Busy("the database is replaced too often to be read; try again", retry_after_seconds=2)

    def _predict_all(self, questions: Sequence[Question]) -> Sequence[Answer | Unchanged | ServiceError]:
        """Answers of a batch. Raises _NotLoaded where the database must be read first."""
        if self._predictor is None:
            raise ServiceError("the service has not started")
        if not self._predictor.loaded:
            raise _NotLoaded
        queries, tags = zip(*questions, strict=True)
        return self._predictor.renew_batch(queries, tags)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Admit one part of a list at a time, then give other requests a few turns of the event loop.

        Several long lists would otherwise each be answered in part before the loop polls its sockets.
        """
        async with self._turn:
            yield
            await _turns(HEALTH_TURNS)

    async def answer_many(
        self, questions: Sequence[Question], render: Callable[[PredictQuery, Answer | Unchanged], bytes]
    ) -> tuple[dict[PredictQuery, bytes | ServiceError], str]:
        """Answers to up to 1,000 distinct queries, written by `render`, and the id of the one model that gave them.

        Computed in parts, so that other requests are answered in between.
        """
        predictor = await self.ready()
        while True:
            answers: dict[PredictQuery, bytes | ServiceError] = {}
            model_ids = {predictor.standing().model.model_id}
            # All queries of a list want the same.
            for some in _parts(questions, _batch_limit(questions[0][0]) if questions else MAX_BATCH):
                async with self.turn():
                    model_ids.add(predictor.standing().model.model_id)
                    for (query, _), answer in zip(some, self._predict_all(some), strict=True):
                        if isinstance(answer, ServiceError):
                            answers[query] = answer
                        else:
                            answers[query] = render(query, answer)
            if len(model_ids) == 1:
                return answers, model_ids.pop()

    def answer_now(
        self, questions: Sequence[Question]
    ) -> list[tuple[PredictQuery, Answer | Unchanged | ServiceError]]:
        """The answers to a few questions, computed at once; none where the database must be read first."""
        if self._predictor is None or not self._predictor.loaded:
            return []
        queries, tags = [query for query, _ in questions], [tag for _, tag in questions]
        return list(zip(queries, self._predictor.renew_batch(queries, tags), strict=True))

    def coming_ids(self) -> list[int]:
        """Ids of the fixtures to come, the nearest first; none before the predictor has started."""
        return [] if self._predictor is None else self._predictor.coming_ids()

    async def current_meta(self) -> MetaAnswer:
        """The current model's meta file."""
        return (await self._started_predictor()).current_meta()

    def health(self) -> PredictorHealth:
        """`ready`, `database` and `model` of /health."""
        if self._predictor is not None:
            return self._predictor.health()
        return self._health_while_starting()

    def check_job(self, league_ids: Sequence[int] | None) -> None:
        """Raise the known error, if any, that prevents a job on these leagues; None means all leagues."""
        self._check_database()
        if self._predictor is not None and league_ids is not None:
            with contextlib.suppress(Busy):
                self._predictor.check_leagues(league_ids)

    def _check_database(self) -> None:
        """Raise the database's error if it is known to be unusable."""
        database = self.health()["database"]
        error = _DATABASE_ERRORS.get(database["status"])
        if error is not None:
            detail = database["detail"] or "the database cannot be used"
            raise error(detail.removesuffix(f"; {error.default_hint}"))

    def _health_while_starting(self) -> PredictorHealth:
        database = self._settings.db_path.exists()
        model = (self._settings.model_dir / "current.json").exists()
        detail = self._failure or "being read"
        return {
            "ready": False,
            "database": unread_database("ok", detail)
            if database
            else unread_database("missing", f"there is no database; {DatabaseMissing.default_hint}"),
            "model": {
                "status": "ok" if model else "missing",
                "model_id": None,
                "detail": detail if model or self._failure else ModelNotTrained.default_hint,
            },
        }

    async def follow(self) -> None:
        """Pick up each newly promoted model within about a second, and changes of old database rows within about
        `VERIFY_SECONDS`; runs until cancelled."""
        due = time.monotonic() + VERIFY_SECONDS
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            began = time.monotonic()
            verify = began >= due
            try:
                await self.refresh()
                await self._keep_up(verify)
            except Exception:  # noqa: BLE001  the next attempt may succeed
                logger.exception("checking for a new model or database changes failed")
            if verify:
                now = time.monotonic()
                due = now + max(VERIFY_SECONDS, (now - began) / VERIFY_SHARE)

    async def refresh(self) -> None:
        """Check for a newly promoted model now."""
        if self._predictor is not None:
            await asyncio.to_thread(self._predictor.refresh_model)

    async def _keep_up(self, verify: bool) -> None:
        """Follow the database; its errors are left to /health and /predict to report."""
        if self._predictor is None:
            return
        with contextlib.suppress(DatabaseError, Busy):
            if not self._predictor.loaded:
                await self._load_database(self._predictor)
            elif not self._predictor.is_complete:
                await asyncio.to_thread(self._predictor.complete)
            elif verify:
                await asyncio.to_thread(self._predictor.keep_up)


def _complete(predictor: Forecaster) -> None:
    """Do what the start put off; its failures are left to `follow`, which checks the database again and again."""
    try:
        predictor.complete()
    except (DatabaseError, Busy) as error:
        logger.warning("the start is not complete (%s): the database is read again in a moment", error)
    except Exception:  # noqa: BLE001  predictions are answered without it
        logger.exception("the start is not complete: the database is read again in a moment")


async def _wait_for(awaitable: Awaitable[T], reason: str) -> T:
    """The result of `awaitable`. Raises Busy with `reason` after `MAX_WAIT_SECONDS`."""
    try:
        return await asyncio.wait_for(awaitable, MAX_WAIT_SECONDS)
    except asyncio.TimeoutError:
        raise Busy(reason, retry_after_seconds=2) from None


async def _turns(count: int) -> None:
    """Give the event loop `count` turns."""
    for _ in range(count):
        await asyncio.sleep(0)


def _batch_limit(query: PredictQuery) -> int:
    """How many such queries are computed before other requests have their turn."""
    if query.explain:
        return MAX_EXPLAINED_BATCH
    return MAX_SCORED_BATCH if query.scores else MAX_BATCH


def _parts(values: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))
