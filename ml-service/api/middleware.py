"""Everything between the socket and the routes: who may ask, request ids, one form of error, one log line."""

from __future__ import annotations

import asyncio
import random
import re
import time
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from api import error_responses
from api.access_log import AccessLog, logger
from api.request_context import Exchange
from api.slow_headers import Lingering
from errors import Busy, ForbiddenHost, ForbiddenOrigin, ServiceError

CLIENT_LEFT = 499
SWEEP_SECONDS = 1.0
READERS_PER_WORKER = 4
PLACE_SECONDS = 0.5, 1.5
"""How long a request waits for a place: clients refused at once come back at once, those refused together come back
together, and refusing is work too."""

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]/@]+)(:\d*)?")


class Traffic:
    """The exchanges under way and the work among them, which is bounded."""

    def __init__(self, busy_limit: int) -> None:
        self.busy_limit = busy_limit
        self.working = 0
        self.broken_off = False
        self._exchanges: set[Exchange] = set()
        self._queue: dict[asyncio.Future[None], None] = {}
        self._lingering = Lingering()

    def __len__(self) -> int:
        return len(self._exchanges)

    def enter(self, exchange: Exchange) -> None:
        """An exchange begins."""
        self._exchanges.add(exchange)
        self._lingering.learn(exchange)

    def leave(self, exchange: Exchange) -> None:
        """An exchange has ended."""
        self._exchanges.discard(exchange)

    def check_readers(self) -> None:
        """Raise Busy while too many clients are sending or reading."""
        if len(self._exchanges) > READERS_PER_WORKER * self.busy_limit:
            raise Busy("too many clients at once")

    async def begin_work(self) -> None:
        """A request is read and is worked on as soon as there is a place. Raises Busy where none comes free."""
        if self.working < self.busy_limit:
            self.working += 1
            return
        loop = asyncio.get_running_loop()
        place: asyncio.Future[None] = loop.create_future()
        self._queue[place] = None
        timer = loop.call_later(random.uniform(*PLACE_SECONDS), _refuse, place)  # noqa: S311  no secret
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled() and place.exception() is None:
                self.end_work()
            raise
        finally:
            timer.cancel()
            self._queue.pop(place, None)

    def end_work(self) -> None:
        """A request is worked on no longer; the one that has waited longest takes its place."""
        while self._queue:
            place = next(iter(self._queue))
            del self._queue[place]
            if not place.done():
                place.set_result(None)
                return
        self.working -= 1

    async def watch(self) -> None:
        """Hang up on clients that send or read too slowly, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = time.perf_counter()
            for exchange in [each for each in self._exchanges if each.is_late(now)]:
                exchange.hang_up()
            self._lingering.hang_up(now)

    def break_off(self) -> None:
        """End what is still under way; the service stops."""
        self.broken_off = True
        for exchange in list(self._exchanges):
            exchange.hang_up()
            if exchange.task is not None:
                exchange.task.cancel()


def _refuse(place: asyncio.Future[None]) -> None:
    if not place.done():
        place.set_exception(Busy("too many requests at once"))


class Edge:
    """ASGI middleware, the outermost of the application's own."""

    def __init__(
        self, app: ASGIApp, allowed_hosts: tuple[str, ...], traffic: Traffic, log: AccessLog
    ) -> None:
        self._app = app
        self._traffic = traffic
        self._log = log
        self._gate = Gate(allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(scope, receive, send)
        self._traffic.enter(exchange)
        try:
            exchange.answer_at_once()
            scope.setdefault("state", {})["exchange"] = exchange
            self._gate.check(exchange)
            await self._app(_as_get(scope), receive, exchange.send)
        except ClientDisconnect:
            exchange.status = exchange.status or CLIENT_LEFT
        except asyncio.CancelledError:
            if not self._traffic.broken_off:
                raise
        except Exception as error:  # noqa: BLE001  the one place where every failure becomes an answer
            await self._fail(error, exchange, scope, receive)
        finally:
            self._traffic.leave(exchange)
            self._log.note(exchange)

    async def _fail(self, error: Exception, exchange: Exchange, scope: Scope, receive: Receive) -> None:
        problem = error_responses.translate(error)
        if error_responses.status_of(problem) == error_responses.STATUS[ServiceError]:
            logger.error("request %s failed: %s", exchange.request_id, problem.message, exc_info=error)
        # An error that is raised again and again, as a missing model is, would keep every frame it has seen.
        error.__traceback__ = None
        if exchange.status:
            exchange.hang_up()
            return
        await error_responses.answer(problem, exchange.request_id)(scope, receive, exchange.send)


def _as_get(scope: Scope) -> Scope:
    """What HEAD asks for is what GET is answered; the server leaves the body out."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


class Gate:
    """Which Host and Origin headers pass: a web page elsewhere can point its own name at this machine."""

    def __init__(self, allowed_hosts: tuple[str, ...]) -> None:
        self._any = "*" in allowed_hosts
        self._allowed = frozenset(allowed_hosts)
        self.knows = lru_cache(maxsize=256)(self._knows)

    def check(self, exchange: Exchange) -> None:
        """Raise ForbiddenHost or ForbiddenOrigin for a stranger."""
        if not self.knows(exchange.host):
            raise ForbiddenHost(
                "this service does not answer for this host name", hint="add it to the setting ALLOWED_HOSTS"
            )
        if exchange.origin and exchange.method == "POST" and not self._same_site(exchange):
            raise ForbiddenOrigin("web pages of other origins may not ask for this")

    def _knows(self, host: bytes) -> bool:
        return self._any or host_name(host.decode("latin-1")) in self._allowed

    def _same_site(self, exchange: Exchange) -> bool:
        origin = origin_host(exchange.origin.decode("latin-1"))
        return origin in self._allowed or origin == host_name(exchange.host.decode("latin-1"))


def host_name(host: str) -> str:
    """The name in a Host header, without its port: "localhost", "127.0.0.1", "[::1]"."""
    parts = _HOST.fullmatch(host)
    return parts["name"].lower() if parts else ""


def origin_host(origin: str) -> str | None:
    """The name in an Origin header; None for "null" and what is no origin."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return host_name(parts.netloc) if parts.scheme in ("http", "https") else None
