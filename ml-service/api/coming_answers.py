"""Answers about the fixtures to come, made ready while nobody asks, the nearest first."""

from __future__ import annotations

import asyncio
import time

from api.access_log import logger
from api.admission import AdmissionControl
from api.kept_answers import KeptAnswers
from api.predictions import Predictions
from api.predictor_host import PredictorHost
from common.times import NEVER, now
from errors import ServiceError
from models.query import PredictQuery

PART = 16
"""Fixtures a turn: a request that comes meanwhile waits for 2 ms."""
PAUSE_SECONDS = 0.005
IDLE_SECONDS = 0.25
QUIET_SECONDS = 2.0
"""Without a commit, before answers are made again: while Node writes, the next commit would make them for nothing."""
MAX_FIXTURES = 10_000
ROOM_SHARE = 0.25
"""Of the memory for kept answers, left to those that somebody asked for."""
MAX_SHARE, MAX_SPELL_SECONDS = 0.05, 6.0
"""Largest share of a core over time, as after commits that nobody asks about, and longest spell of work at once."""


class ComingAnswers:
    """Keeps the answers to {"fixture_id": ..} ready; makes them again when the model or the database has changed."""

    def __init__(
        self, host: PredictorHost, admission: AdmissionControl, predictions: Predictions, cache: KeptAnswers
    ) -> None:
        self._host = host
        self._admission = admission
        self._predictions = predictions
        self._cache = cache
        self._standing: object = None
        self._until = 0
        self._begin_at = 0.0
        self._waiting: list[int] = []
        self._allowance = _Allowance(MAX_SHARE, MAX_SPELL_SECONDS)

    async def keep_ready(self) -> None:
        """Work whenever no request is in progress; runs until cancelled."""
        try:
            while True:
                await asyncio.sleep(PAUSE_SECONDS if self._waiting else IDLE_SECONDS)
                if not len(self._admission) and self._has_room() and self._allowance.is_left():
                    with self._allowance:
                        self._work()
        except Exception:  # noqa: BLE001  requests are answered without it
            logger.exception("answers about the fixtures to come are no longer made ready")

    def _has_room(self) -> bool:
        return self._cache.room > self._cache.max_bytes * ROOM_SHARE

    def _work(self) -> None:
        """One part of the work, if there is any. What prevents it, requests and /health report."""
        try:
            standing = self._host.standing()
            if standing is None:
                return
            if standing is not self._standing:
                self._begin_at = 0.0 if self._standing is None else time.monotonic() + QUIET_SECONDS
                self._standing, self._until, self._waiting = standing, 0, []
            if now() >= self._until and time.monotonic() >= self._begin_at:
                self._waiting = self._host.coming_ids()[:MAX_FIXTURES]
                self._until = NEVER
            some, self._waiting = self._waiting[:PART], self._waiting[PART:]
            self._until = min(self._until, self._predictions.make_ready(list(map(PredictQuery, some))))
        except ServiceError:
            self._waiting = []


class _Allowance:
    """Seconds of work: they accrue at `share` of the time, up to `most`. A context spends the time it takes."""

    def __init__(self, share: float, most: float) -> None:
        self._share = share
        self._most = self._left = most
        self._since = self._began = time.monotonic()

    def is_left(self) -> bool:
        """Whether work may begin."""
        moment = time.monotonic()
        self._left = min(self._most, self._left + (moment - self._since) * self._share)
        self._since = moment
        return self._left > 0.0

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._left -= time.monotonic() - self._began
