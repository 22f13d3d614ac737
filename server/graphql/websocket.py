"""GraphQL over WebSocket: the server's half of the protocol graphql-transport-ws.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Strawberry's own handler is not used: what is
no protocol message ends its socket with 1006, a syntax error closes the socket for every operation on it, and no hook
reaches either.

Close codes, and what the client library graphql-ws makes of them:

| code | when | graphql-ws |
|---|---|---|
| 4400 | a frame is no message of the protocol | gives up |
| 4401 | an operation before the connection was acknowledged | gives up |
| 4403 | the token was refused | comes back, with a fresh token if its connectionParams fetch one |
| 4406 | the subprotocol is missing | gives up |
| 4408 | no connection_init in time | comes back |
| 4409 | an operation's id is in use | gives up |
| 4429 | a second connection_init | gives up |
| 1012 | the server restarts, or the socket has reached its age | comes back at once |
| 1013 | the context could not be made: a fault of ours that may pass | comes back later |
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any, Final

from graphql import GraphQLError
from loguru import logger
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from strawberry.exceptions import MissingQueryError
from strawberry.http.websocket_origin import is_same_origin
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.execution import ExecutionResult

from domain.errors import Unauthenticated
from schema.errors import MASKED
from server.graphql.context import ContextFactory, OperationContext
from server.graphql.errors import formatted, is_request_error, request_error, result_payload
from server.graphql.frames import CloseSocket, decoded, operation_id, operation_of, payload_of, token_of
from server.graphql.http import Operation, encoded, unknown_operation

SUBPROTOCOL: Final = "graphql-transport-ws"
CLOSING_SECONDS: Final = 5.0  # operations that hold on longer while their socket closes are left to end by themselves
GONE: Final = (WebSocketDisconnect, WebSocketDisconnected)


class GraphQLOverWebSocket:
    """An ASGI application that keeps a socket for each client.

    Args:
        schema: what is served.
        context_factory: makes a socket's context, once, at its connection_init.
        origin_allowed: whether a page from another origin may connect; None allows all.
        init_timeout_seconds: how long a socket may take to send connection_init.
        max_age_seconds: after how long a socket is closed with 1012, so that its token is checked again.
        max_operations: how many operations one socket may have running.
    """

    def __init__(
        self,
        schema: BaseSchema,
        context_factory: ContextFactory,
        *,
        origin_allowed: Callable[[str], bool] | None = None,
        init_timeout_seconds: float = 10.0,
        max_age_seconds: float = 3_600.0,
        max_operations: int = 100,
    ) -> None:
        self._schema = schema
        self._context_factory = context_factory
        self._origin_allowed = origin_allowed
        self._init_timeout_seconds = init_timeout_seconds
        self._max_age_seconds = max_age_seconds
        self._max_operations = max_operations
        self._open: set[Socket] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until it is closed."""
        websocket = WebSocket(scope, receive, send)
        if not self._welcome(websocket):
            await websocket.close(1008)  # before it is accepted: the handshake is answered with 403
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(4406, f"Use the subprotocol {SUBPROTOCOL}")
            return
        await websocket.accept(SUBPROTOCOL)
        socket = Socket(
            websocket,
            self._schema,
            self._context_factory,
            init_timeout_seconds=self._init_timeout_seconds,
            max_age_seconds=self._max_age_seconds,
            max_operations=self._max_operations,
        )
        self._open.add(socket)
        try:
            await socket.serve()
        finally:
            self._open.discard(socket)

    async def close_all(self, code: int = 1012) -> None:
        """Close every open socket and wait until its operations have ended, `CLOSING_SECONDS` at most."""
        sockets = tuple(self._open)
        for socket in sockets:
            socket.ask_to_close(code, "The server is going down")
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                for socket in sockets:
                    await socket.closed.wait()

    def _welcome(self, websocket: WebSocket) -> bool:
        # Browsers name the page's origin in every handshake; who sends none is no browser.
        origin = websocket.headers.get("origin")
        if origin is None or self._origin_allowed is None or is_same_origin(origin, websocket.headers.get("host")):
            return True
        return self._origin_allowed(origin)


class Socket:
    """One client's connection and the operations that it has running."""

    def __init__(
        self,
        websocket: WebSocket,
        schema: BaseSchema,
        context_factory: ContextFactory,
        *,
        init_timeout_seconds: float,
        max_age_seconds: float,
        max_operations: int,
    ) -> None:
        self.closed = asyncio.Event()
        self._websocket = websocket
        self._schema = schema
        self._context_factory = context_factory
        self._deadline = asyncio.timeout(init_timeout_seconds)
        self._max_age_seconds = max_age_seconds
        self._max_operations = max_operations
        self._at_deadline = CloseSocket(4408, "Connection initialisation timeout")
        self._context: OperationContext | None = None
        self._initialised = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # with those that were cancelled and are ending

    async def serve(self) -> None:
        """Follow the protocol until either side closes; nothing of the socket's runs on afterwards."""
        try:
            await self._close(await self._outcome())
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self.closed.set()

    def ask_to_close(self, code: int, reason: str) -> None:
        """Have the socket closed by the task that serves it."""
        self._at_deadline = CloseSocket(code, reason)
        if not self._deadline.expired():
            with suppress(RuntimeError):  # not being served yet, or no longer
                self._deadline.reschedule(asyncio.get_running_loop().time())

    async def _outcome(self) -> CloseSocket | None:
        """Why the socket ends; None if the client has gone."""
        try:
            async with self._deadline:
                while True:
                    message = await self._websocket.receive()
                    if message["type"] == "websocket.disconnect":
                        return None
                    await self._handle(decoded(message))
        except CloseSocket as outcome:
            return outcome
        except GONE:
            return None
        except TimeoutError:
            if not self._deadline.expired():
                raise
            return self._at_deadline

    async def _close(self, outcome: CloseSocket | None) -> None:
        if outcome is not None:
            with suppress(*GONE):
                await self._websocket.close(outcome.code, _reason(str(outcome)))

    async def _handle(self, message: Mapping[str, object]) -> None:
        match message.get("type"):
            case "connection_init":
                await self._initialise(payload_of(message) or {})
            case "ping":
                payload = payload_of(message)
                await self._send({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})
            case "pong":
                payload_of(message)
            case "subscribe":
                await self._subscribe(operation_id(message), message)
            case "complete":
                task = self._operations.pop(operation_id(message), None)
                if task is not None:
                    task.cancel()
            case _:
                raise CloseSocket(4400, "Unknown message type")

    async def _initialise(self, payload: Mapping[str, object]) -> None:
        if self._initialised:
            raise CloseSocket(4429, "Too many initialisation requests")
        self._initialised = True
        self._at_deadline = CloseSocket(1012, "Reconnect to have the token checked again")
        self._deadline.reschedule(asyncio.get_running_loop().time() + self._max_age_seconds)
        token = token_of(payload)
        context = await self._make_context(token)
        if token is not None and context.caller.user is None:
            raise CloseSocket(4403, context.caller.refusal or "Forbidden")
        self._context = context
        await self._send({"type": "connection_ack"})

    async def _make_context(self, token: str | None) -> OperationContext:
        try:
            return await self._context_factory(self._websocket, token)
        except Unauthenticated as exc:
            raise CloseSocket(4403, str(exc)) from exc
        except Exception as exc:
            logger.opt(exception=exc).error("context_failed")
            # 4500 and 1011, the usual codes, make clients give up: wrong for a database that is away for a moment.
            raise CloseSocket(1013, "Try again later") from exc

    async def _subscribe(self, id_: str, message: Mapping[str, object]) -> None:
        operation = operation_of(message)
        if self._context is None:
            raise CloseSocket(4401, "Unauthorized")
        if id_ in self._operations:
            raise CloseSocket(4409, f"Subscriber for {id_} already exists")
        if len(self._tasks) >= self._max_operations:
            text = f"At most {self._max_operations} operations at once on one socket: complete one first."
            errors = request_error(text, self._context.request_id, code="LIMIT_EXCEEDED")
            await self._send({"id": id_, "type": "error", "payload": errors})
            return
        task = asyncio.create_task(self._run(id_, operation, self._context))
        self._operations[id_] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, id_: str, operation: Operation, context: OperationContext) -> None:
        """Execute one operation: `next` messages in order, then `complete`, or `error`."""
        try:
            errors = await self._stream(id_, operation, context)
            self._forget(id_)  # before the last message: its id is free again when the client reads that
            if errors is None:
                await self._send({"id": id_, "type": "complete"})
            else:
                await self._send({"id": id_, "type": "error", "payload": errors})
        except GONE:
            pass  # the socket's own task sees it too
        except Exception as exc:  # noqa: BLE001 - one operation's fault must not take its neighbours' socket
            logger.opt(exception=exc).error("operation_failed")
            errors = request_error(MASKED, context.request_id, code="INTERNAL")
            with suppress(*GONE):
                await self._send({"id": id_, "type": "error", "payload": errors})
        finally:
            self._forget(id_)

    async def _stream(self, id_: str, operation: Operation, context: OperationContext) -> list[dict[str, Any]] | None:
        """Send every result; the errors if the operation could not be executed, or ended in the middle."""
        stream = await self._schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
            operation_extensions=operation.extensions,
        )
        async with aclosing(stream) as results:
            async for result in results:
                if not isinstance(result, ExecutionResult):
                    return request_error("Incremental delivery is off.", context.request_id)
                if is_request_error(result):
                    errors = [_told(error, operation) for error in result.errors or ()]
                    return formatted(errors, context.request_id)
                payload = result_payload(result, context.request_id)
                await self._send({"id": id_, "type": "next", "payload": payload})
        return None

    def _forget(self, id_: str) -> None:
        if self._operations.get(id_) is asyncio.current_task():
            del self._operations[id_]

    async def _send(self, message: Mapping[str, object]) -> None:
        await self._websocket.send({"type": "websocket.send", "text": encoded(message).decode()})


def _told(error: GraphQLError, operation: Operation) -> GraphQLError:
    """Nothing to execute is the client's mistake, though Strawberry raises it as an exception."""
    if isinstance(error.original_error, CannotGetOperationTypeError):
        return GraphQLError(unknown_operation(operation.operation_name))
    if isinstance(error.original_error, MissingQueryError):
        return GraphQLError("The document holds no operation.")
    return error


def _reason(text: str) -> str:
    """A close frame holds 123 bytes of it (RFC 6455, section 5.5)."""
    return text.encode()[:123].decode(errors="ignore")
