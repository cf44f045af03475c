"""Between socket and routes: trusted hosts, request ids, one form of error and one log line per request."""

from __future__ import annotations

import asyncio
import re
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from api import error_responses
from api.access_log import AccessLog, logger
from api.admission import AdmissionControl
from api.request_context import RequestContext
from errors import ForbiddenHost, ForbiddenOrigin, ServiceError

STATUS_CLIENT_LEFT = 499
"""Logged, as nginx does, for a client that disconnects before its answer."""
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]/@]+)(:\d*)?")


class ErrorMiddleware:
    """The outermost of the application's ASGI middlewares: turns every exception into the contract's error."""

    def __init__(
        self, app: ASGIApp, allowed_hosts: tuple[str, ...], admission: AdmissionControl, log: AccessLog
    ) -> None:
        self._app = app
        self._admission = admission
        self._log = log
        self._trusted_hosts = TrustedHosts(allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = RequestContext(scope, receive, send)
        self._admission.enter(context)
        try:
            context.disable_nagle()
            scope.setdefault("state", {})["context"] = context
            self._trusted_hosts.check(context)
            await self._app(_as_get(scope), receive, context.send)
        except ClientDisconnect:
            context.status = context.status or STATUS_CLIENT_LEFT
        except asyncio.CancelledError:
            if not self._admission.is_aborted:
                raise
        except Exception as error:  # noqa: BLE001  every failure becomes an answer here
            await self._fail(error, context, scope, receive)
        finally:
            self._admission.leave(context)
            self._log.note(context)

    async def _fail(self, error: Exception, context: RequestContext, scope: Scope, receive: Receive) -> None:
        service_error = error_responses.translate(error)
        if service_error.status == ServiceError.status:
            logger.error("request %s failed: %s", context.request_id, service_error.message, exc_info=error)
        # An exception that is raised repeatedly, such as a missing model's, would keep every frame it passes.
        error.__traceback__ = None
        if context.status:
            context.drop_connection()
            return
        await error_responses.answer(service_error, context.request_id)(scope, receive, context.send)


def _as_get(scope: Scope) -> Scope:
    """HEAD is answered as GET; uvicorn leaves the body out."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


class TrustedHosts:
    """Checks Host and Origin headers against DNS rebinding: any web page can point its own name at this machine."""

    def __init__(self, allowed_hosts: tuple[str, ...]) -> None:
        self._any = "*" in allowed_hosts
        self._allowed = frozenset(allowed_hosts)
        self.knows = lru_cache(maxsize=256)(self._knows)

    def check(self, context: RequestContext) -> None:
        """Raise ForbiddenHost, or ForbiddenOrigin for a POST from a page of another site."""
        if not self.knows(context.host):
            raise ForbiddenHost(
                "the Host header names a host that is not allowed", hint="add it to the setting ALLOWED_HOSTS"
            )
        if context.origin and context.method == "POST" and not self._same_site(context):
            raise ForbiddenOrigin("requests from web pages of other origins are not allowed")

    def _knows(self, host: bytes) -> bool:
        return self._any or host_name(host.decode("latin-1")) in self._allowed

    def _same_site(self, context: RequestContext) -> bool:
        origin = origin_host(context.origin.decode("latin-1"))
        return origin in self._allowed or origin == host_name(context.host.decode("latin-1"))


def host_name(host: str) -> str:
    """The host in a Host header, without its port: "localhost", "127.0.0.1", "[::1]"; empty if malformed."""
    parts = _HOST.fullmatch(host)
    return parts["name"].lower() if parts else ""


def origin_host(origin: str) -> str | None:
    """The host in an Origin header; None for "null" and for malformed values."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return host_name(parts.netloc) if parts.scheme in ("http", "https") else None
