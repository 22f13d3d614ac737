"""What every request passes through, outermost first. Pure ASGI: no task, no queue, no copy of a body.

RequestId → AccessLog → CORS → LastResort → HostGuard (development identity only) → BodyLimit → the application
"""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import uuid_utils
from loguru import logger
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schema.errors import MASKED
from server.logs import request_id
from server.refusals import refusal
from server.settings import Settings

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
_LOOPBACK_HOST: Final = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?\Z", re.IGNORECASE)
_LOOPBACK_ADDRESS: Final = re.compile(r"(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})\Z", re.IGNORECASE)
_LOGGED_PATH: Final = 200  # characters
_DRAINED_BYTES: Final = 16 * 1024 * 1024
_DRAIN_SECONDS: Final = 5.0
"""How much of a refused body is read and dropped, and for how long. A connection that is closed with bytes unread is
reset, and then its client sees no answer at all."""


def wrap(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Put an application behind all of them, in order.

    CORS stands outside everything that refuses, so that a web client on an origin of ours can read why.
    """
    wrapped: ASGIApp = BodyLimit(app, limit_bytes=settings.body_limit_bytes)
    if settings.development_identity:
        wrapped = HostGuard(wrapped)
    wrapped = CORSMiddleware(
        LastResort(wrapped),
        allow_origins=settings.cors_origins,
        allow_origin_regex=settings.cors_origin_pattern,
        allow_methods=("GET", "POST"),
        allow_headers=("Authorization", "Content-Type", "X-Request-ID"),
        expose_headers=("X-Request-ID", "Retry-After"),
    )
    return RequestId(AccessLog(wrapped))


def _new_request_id() -> str:
    return uuid_utils.uuid7().hex


class RequestId:
    """Gives each request and each socket an id: in `scope["state"]`, on log lines, in the answer's X-Request-ID.

    A caller's own id is taken if it is well formed, so that a trace can begin before this server.
    """

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str] = _new_request_id) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        id_ = given if _REQUEST_ID.match(given) else self._new_id()
        scope.setdefault("state", {})["request_id"] = id_

        async def send_with_id(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.accept", "websocket.http.response.start"}:
                message.setdefault("headers", [])
                MutableHeaders(scope=message)["X-Request-ID"] = id_
            await send(message)

        token = request_id.set(id_)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            request_id.reset(token)


class AccessLog:
    """One line a request and one a socket: method, path, status, milliseconds. Never a query string or a body."""

    def __init__(self, app: ASGIApp, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        started = self._clock()
        status: int | None = None
        close_code: int | None = None

        async def watched_send(message: Message) -> None:
            nonlocal status, close_code
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = 101
            elif message["type"] == "websocket.close":
                status = status or 403  # closed before it was accepted
                close_code = message.get("code", 1000)
            await send(message)

        async def watched_receive() -> Message:
            nonlocal close_code
            message = await receive()
            if message["type"] == "websocket.disconnect" and close_code is None:
                close_code = message.get("code")
            return message

        try:
            await self._app(scope, watched_receive, watched_send)
        finally:
            line = logger.bind(
                path=scope["path"][:_LOGGED_PATH],
                status=status,
                duration_ms=round((self._clock() - started) * 1_000, 1),
            )
            if scope["type"] == "http":
                line.bind(method=scope["method"]).info("http_request")
            else:
                line.bind(close_code=close_code).info("websocket_closed")


class LastResort:
    """Answers 500 when something unforeseen escapes: logged in full, told in one sentence, never a traceback.

    Starlette answers an escaped exception with plain text before it raises it again; so an answer of 500 is held back
    until the application has returned, and dropped if it raises.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        held: list[Message] = []

        async def watched_send(message: Message) -> None:
            nonlocal started
            if held or (message["type"] == "http.response.start" and message["status"] == 500):
                held.append(message)
                return
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as exc:
            if started:
                raise  # half an answer is out: the server must cut the connection
            logger.opt(exception=exc).error("unhandled_exception")
            await refusal(scope, 500, MASKED, code="INTERNAL")(scope, receive, send)
        else:
            for message in held:
                await send(message)


class HostGuard:
    """Refuses to be reached as anything but this computer, while anybody who reaches the server may come in.

    The Host header stops pages elsewhere that rebind their name to 127.0.0.1 (DNS rebinding); the local address of the
    connection stops callers from outside when the server was bound to every address (`uvicorn --host 0.0.0.0`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or refuse it with 421."""
        if scope["type"] not in {"http", "websocket"} or _from_this_computer(scope):
            await self._app(scope, receive, send)
            return
        response = refusal(
            scope,
            421,
            "With the development identity this server answers only on this computer: use http://localhost or "
            "http://127.0.0.1, or set JWT_KEY and CLERK_ISSUER.",
            code="BAD_USER_INPUT",
        )
        await _deny(response, scope, receive, send)


class BodyLimit:
    """Refuses a longer body with 413: by its Content-Length, else as soon as the stream passes the limit.

    No more than the limit is ever kept, and what comes after it is dropped as it comes.
    """

    def __init__(self, app: ASGIApp, *, limit_bytes: int) -> None:
        self._app = app
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        response = refusal(
            scope,
            413,
            f"The request body is longer than {self._limit_bytes} bytes: send a shorter one.",
            code="BAD_USER_INPUT",
            headers={"Connection": "close"},
        )
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and (length := int(declared[:20])) > self._limit_bytes:
            if length <= _DRAINED_BYTES and "expect" not in headers:  # who expects 100-continue has sent nothing yet
                await _drain(receive)
            await response(scope, receive, send)
            return
        await self._serve_counting(scope, receive, send, response=response)

    async def _serve_counting(self, scope: Scope, receive: Receive, send: Send, *, response: Response) -> None:
        received = 0
        started = refused = False

        async def counted_receive() -> Message:
            nonlocal received, refused
            if refused:
                return {"type": "http.disconnect"}
            message = await receive()
            received += len(message.get("body", b""))
            if received <= self._limit_bytes:
                return message
            if started:
                return {"type": "http.disconnect"}  # too late for a status: the application gets no more of it
            # Answered here, and for the application the client is gone: whatever handles exceptions inside cannot
            # turn the refusal into something else.
            refused = True
            if message.get("more_body", False):
                await _drain(receive)
            await response(scope, receive, send)
            return {"type": "http.disconnect"}

        async def guarded_send(message: Message) -> None:
            nonlocal started
            if not refused:
                started = True
                await send(message)

        try:
            await self._app(scope, counted_receive, guarded_send)
        except Exception:
            if not refused:
                raise


async def _drain(receive: Receive) -> None:
    """Drop the rest of a body, within bounds."""
    drained = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while drained < _DRAINED_BYTES:
                message = await receive()
                drained += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _from_this_computer(scope: Scope) -> bool:
    hosts = Headers(scope=scope).getlist("host")
    server = scope.get("server")
    reached_at = str(server[0]) if server and server[1] is not None else "localhost"  # None: a Unix socket
    return len(hosts) == 1 and bool(_LOOPBACK_HOST.match(hosts[0])) and bool(_LOOPBACK_ADDRESS.match(reached_at))


async def _deny(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or a WebSocket handshake: with the response where the server can, else with 403."""
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        if scope["type"] == "websocket":
            await receive()  # websocket.connect
        await response(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
