"""What /predict answers: a kept answer where it still holds, else one computed now."""

from __future__ import annotations

from starlette.types import Receive

from api import json_bodies
from api.admission import AdmissionControl
from api.error_responses import describe
from api.kept_answers import KeptAnswers
from api.predictor_host import PredictorHost
from api.request_context import RequestContext
from api.schemas import PredictBody
from common.times import now


class Predictions:
    """Answers requests to /predict with bytes."""

    def __init__(self, host: PredictorHost, admission: AdmissionControl, kept: KeptAnswers) -> None:
        self._host = host
        self._admission = admission
        self._kept = kept

    async def answer(self, context: RequestContext, receive: Receive) -> bytes:
        """The answer to a request whose headers have come. Raises the errors of every step."""
        self._admission.check_clients()
        raw = await json_bodies.read(context, receive)
        kept = self._kept_answer(raw)
        if kept is not None:
            return kept
        return await self.computed(
            PredictBody.model_validate(json_bodies.parse(raw)), context.request_id, raw
        )

    def _kept_answer(self, raw: bytes) -> bytes | None:
        """The kept answer to these bytes, None where there is none that holds or requests wait for their turn."""
        if raw not in self._kept or self._admission.working >= self._admission.busy_limit:
            return None
        standing = self._host.standing()
        return None if standing is None else self._kept.get(raw, standing, now())

    async def computed(self, body: PredictBody, request_id: str, raw: bytes | None = None) -> bytes:
        """The answer to `body`, computed now and kept for the next request with the bytes `raw`."""
        await self._admission.begin_work()
        try:
            queries = body.queries()
            if queries is None:
                return await self._one(body, raw)
            answer = await self._host.predict_many(queries)
        finally:
            self._admission.end_work()
        answer["errors"] = [
            {**each, "error": describe(each["error"], request_id)} for each in answer["errors"]
        ]
        return json_bodies.render(answer)

    async def _one(self, body: PredictBody, raw: bytes | None) -> bytes:
        answer = await self._host.predict(body.query())
        content = json_bodies.render(answer.body)
        if raw is not None and answer.validity is not None:
            self._kept.put(raw, content, answer.validity)
        return content
