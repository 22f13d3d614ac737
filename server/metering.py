"""Counts and times what comes in. Every label is one of few: none is taken from a client as it is."""

import re
import time
from collections.abc import Callable, Iterable
from typing import Final

from starlette.routing import BaseRoute, Route, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.metrics import REQUEST_SECONDS, REQUESTS, SOCKETS, SOCKETS_OPEN

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CLOSE_CODES: Final = frozenset({1000, 1001, 1005, 1006, 1009, 1011, 1012, 1013})
OWN_CLOSE_CODES: Final = range(4400, 4430)
"""Those of graphql-transport-ws."""


class Metered:
    """Counts and times every request and socket that the application serves.

    Args:
        app: what serves them.
        routes: the application's, so that a path becomes one of few names.
        clock: seconds, monotonic.
    """

    def __init__(
        self, app: ASGIApp, routes: Iterable[BaseRoute], *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._app = app
        self._route_of = _namer(route.path for route in routes if isinstance(route, Route))
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = self._clock()
        status = "none"

        async def watched_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        finally:
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = self._route_of(scope["path"])
            REQUESTS.labels(method, route, status).inc()
            REQUEST_SECONDS.labels(method, route).observe(self._clock() - began)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = False
        code: int | None = None

        async def watched_send(message: Message) -> None:
            nonlocal is_open, code
            if message["type"] == "websocket.accept":
                is_open = True
                SOCKETS_OPEN.inc()
            elif message["type"] == "websocket.close":
                code = message.get("code", 1000)
            await send(message)

        async def watched_receive() -> Message:
            nonlocal code
            message = await receive()
            if message["type"] == "websocket.disconnect" and code is None:
                code = message.get("code", 1005)
            return message

        try:
            await self._app(scope, watched_receive, watched_send)
        finally:
            if is_open:
                SOCKETS_OPEN.dec()
            SOCKETS.labels(_close_name(code) if is_open else "refused").inc()


def _close_name(code: int | None) -> str:
    return str(code) if code in CLOSE_CODES or code in OWN_CLOSE_CODES else "other"


def _namer(paths: Iterable[str]) -> Callable[[str], str]:
    """Which route a path is of; other for whatever is none."""
    templates = sorted(set(paths))
    plain = {path for path in templates if "{" not in path}
    patterns: dict[str, re.Pattern[str]] = {path: compile_path(path)[0] for path in templates if path not in plain}

    def name(path: str) -> str:
        if path in plain:
            return path
        return next((template for template, pattern in patterns.items() if pattern.match(path)), "other")

    return name
