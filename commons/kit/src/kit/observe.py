"""Around every request: its id, a log line, a measurement."""

import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.ids import new_id
from kit.metrics import REQUESTS

log = structlog.get_logger()
QUIET = ("/health", "/metrics")


class Observe:
    """ASGI middleware. ``X-Request-ID`` is taken over or made, answered and logged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if 0 < len(given) <= 100 and given.isascii() and given.isprintable() else str(new_id())
        started = time.perf_counter()
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer)
            finally:
                seconds = time.perf_counter() - started
                # The route's pattern, not the address: ids would make a series each.
                route = getattr(scope.get("route"), "path", "unmatched")
                REQUESTS.labels(scope["method"], route, str(status)).observe(seconds)
                if not scope["path"].startswith(QUIET):
                    log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1e3, 1))
