"""In front of the router: POST /predict, most of all requests, answered without FastAPI's machinery.

The router answers the same where a proxy's --root-path changes the path, and documents the route.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from api.predictions import Predictions
from api.request_context import RequestContext


class PredictionsFirst:
    """ASGI middleware inside the one that handles errors; passes every other request on."""

    def __init__(self, app: ASGIApp, predictions: Predictions) -> None:
        self._app = app
        self._predictions = predictions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/predict" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        context: RequestContext = scope["state"]["context"]
        content = await self._predictions.answer(context, receive)
        headers = [
            (b"content-length", str(len(content)).encode("ascii")),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})
