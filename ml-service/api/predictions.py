"""What /predict answers: a kept answer where it still holds, else one computed now."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.types import Receive

from api import json_bodies
from api.admission import AdmissionControl
from api.kept_answers import Former, KeptAnswers
from api.predictor_host import PredictorHost
from api.request_context import RequestContext
from api.schemas import PredictBody
from common.times import NEVER, now
from contract.error import describe
from errors import ServiceError
from models.answer import Unchanged

if TYPE_CHECKING:
    from models.answer import Answer, Standing
    from models.query import PredictQuery


RENEWED_AT_ONCE = 64
"""Former answers made again together: a request that comes meanwhile waits for 5 ms."""
_NO_SCORES = b'"scores":null'
"""A quotation mark within a text has a backslash before it, so that only the member itself looks like this."""


def content_of(answer: Answer) -> bytes:
    """An answer as JSON, its scores in the place of the body's null. Raises ValueError for NaN and infinities."""
    content = json_bodies.render(answer.body)
    if answer.scores is None or answer.further is None:
        return content
    content = content.replace(_NO_SCORES, b'"scores":' + answer.scores.json(), 1)
    return content[:-1] + b',"further_markets":' + answer.further.json() + b"}"


class Predictions:
    """Answers requests to /predict with bytes."""

    def __init__(self, host: PredictorHost, admission: AdmissionControl, cache: KeptAnswers) -> None:
        self._host = host
        self._admission = admission
        self.cache = cache
        self._is_renewing = False

    async def answer(self, context: RequestContext, receive: Receive) -> bytes:
        """The answer to a request whose headers have come. Raises the errors of every step."""
        self._admission.check_clients()
        raw = await json_bodies.read(context, receive)
        content = self._answered_before(raw)
        if content is not None:
            return content
        return await self.of(PredictBody.model_validate(json_bodies.parse(raw)), context.request_id, raw)

    def _answered_before(self, raw: bytes) -> bytes | None:
        """The kept answer to these bytes, None where there is none that holds or requests wait for their turn."""
        if not self.cache.knows(raw) or self._admission.working >= self._admission.busy_limit:
            return None
        standing = self._host.standing()
        return None if standing is None else self.cache.to_request(raw, standing, now())

    async def of(self, body: PredictBody, request_id: str, raw: bytes | None = None) -> bytes:
        """The answer to `body`, also kept for the next request of the bytes `raw`."""
        await self._admission.begin_work()
        try:
            queries = body.queries()
            if queries is None:
                return await self._one(body.query(), raw)
            return await self._many(queries, request_id)
        finally:
            self._admission.end_work()

    async def _one(self, query: PredictQuery, raw: bytes | None) -> bytes:
        # Without an entry nothing is looked up: after a commit that would read the database before requests gather.
        standing = self._host.standing() if query in self.cache else None
        content = None if standing is None else self.cache.to_query(query, standing, now())
        if content is None:
            former = self.cache.former(query)
            content = self.keep(query, await self._host.predict(query, former.tag), former)
            self._renew_soon()
        if raw is not None:
            self.cache.put_request(raw, query)
        return content

    def _renew_soon(self) -> None:
        """After a commit, make again what the next questions are about, as far as one can tell."""
        if not self._is_renewing:
            self._is_renewing = True
            asyncio.get_running_loop().call_soon(self._renew)

    def _renew(self) -> None:
        self._is_renewing = False
        due = self.cache.due(RENEWED_AT_ONCE)
        if due:
            with suppress(ServiceError):  # which requests and /health report
                self.make_ready(due)

    def make_ready(self, queries: Sequence[PredictQuery]) -> int:
        """Keep the answers to a few queries, computed at once; until when all of them hold.

        Raises what `answer_now` raises.
        """
        until = NEVER
        former = {query: self.cache.former(query) for query in queries}
        for query, answer in self._host.answer_now([(query, each.tag) for query, each in former.items()]):
            if not isinstance(answer, ServiceError):
                self.keep(query, answer, former[query])
                until = min(until, answer.validity.until)
        return until

    def keep(self, query: PredictQuery, answer: Answer | Unchanged, former: Former) -> bytes:
        """The bytes of an answer, kept for the next request that asks the same."""
        content = former.content if isinstance(answer, Unchanged) else content_of(answer)
        self.cache.put(query, content, answer.validity, answer.tag)
        return content

    async def _many(self, queries: Sequence[PredictQuery], request_id: str) -> bytes:
        """The answers to a list, all of one model: kept ones, and what is missing computed."""
        await self._host.ready()
        async with self._host.turn():
            standing = self._host.standing()
            contents = self._entries(queries, standing) if standing else {}
        answers, model_id = await self._answers([each for each in queries if each not in contents])
        if standing is None or model_id != standing.model.model_id:
            contents = {}
            answers, model_id = await self._answers(queries)
        errors = []
        for query, answer in answers.items():
            if isinstance(answer, ServiceError):
                error = describe(answer, request_id)
                errors.append({"fixture_id": query.fixture_id, "api_id": query.api_id, "error": error})
            else:
                contents[query] = answer
        predictions = b",".join(contents[query] for query in queries if query in contents)
        head = b'{"predictions":[' + predictions
        return (
            head
            + b'],"errors":'
            + json_bodies.render(errors)
            + b',"model_id":'
            + json_bodies.render(model_id)
            + b"}"
        )

    async def _answers(
        self, queries: Sequence[PredictQuery]
    ) -> tuple[dict[PredictQuery, bytes | ServiceError], str]:
        """Answers that are not at hand, or only former ones, and the id of the model that gave them."""
        former = {query: self.cache.former(query) for query in queries}
        questions = [(query, each.tag) for query, each in former.items()]
        return await self._host.answer_many(
            questions, lambda query, answer: self.keep(query, answer, former[query])
        )

    def _entries(self, queries: Sequence[PredictQuery], standing: Standing) -> dict[PredictQuery, bytes]:
        moment = now()
        contents: dict[PredictQuery, bytes] = {}
        for query in queries:
            content = self.cache.to_query(query, standing, moment)
            if content is not None:
                contents[query] = content
        return contents
