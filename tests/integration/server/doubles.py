"""A small schema with its context, and a client that says what it likes over a socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import strawberry
import uvicorn
from graphql import GraphQLError
from starlette.types import ASGIApp
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

from domain.errors import NotFound, RateLimited, Unauthenticated


@dataclass
class Caller:
    user: str | None
    refusal: str | None


@dataclass
class Context:
    request_id: str
    caller: Caller
    witness: "Witness"


@dataclass
class Witness:
    """What happened on the server's side, for tests to wait for."""

    started: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    mutations: int = 0
    contexts: list[str | None] = field(default_factory=list)


class ReportHook(SchemaExtension):
    """Breaks when it is told to, as an extension with a bug would."""

    def on_operation(self) -> Iterator[None]:
        if self.execution_context.query and "breakHook" in self.execution_context.query:
            raise RuntimeError("hunter2 in a hook")
        yield


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def who(self, info: strawberry.Info) -> str | None:
        context: Context = info.context
        return context.caller.user

    @strawberry.field
    def failing(self) -> str | None:
        raise ValueError("hunter2")

    @strawberry.field
    def required(self) -> str:
        raise ValueError("hunter2")

    @strawberry.field
    def secret(self) -> str | None:
        raise Unauthenticated("Sign in to see this.")

    @strawberry.field
    def busy(self) -> str | None:
        raise RateLimited("Too many.", retry_after_seconds=1.5)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def act(self, info: strawberry.Info) -> str:
        info.context.witness.mutations += 1
        return "done"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncIterator[int]:
        for number in range(1, to + 1):
            yield number

    @strawberry.subscription
    async def hanging(self, info: strawberry.Info) -> AsyncIterator[int]:
        witness = info.context.witness
        try:
            yield 1
            witness.started.set()
            await witness.release.wait()
            yield 2
        finally:
            witness.ended.set()

    @strawberry.subscription
    async def breaking(self) -> AsyncIterator[int]:
        yield 1
        raise ValueError("hunter2")

    @strawberry.subscription
    async def missing(self) -> AsyncIterator[int]:
        raise NotFound("No such evaluation.")
        yield 0


class TinySchema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Strawberry would log the query's source."""


class Peer:
    """A client that speaks the protocol, or anything else."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def subscribe(self, id_: str, query: str, **payload: object) -> None:
        await self.send({"id": id_, "type": "subscribe", "payload": {"query": query, **payload}})

    async def receive(self) -> dict[str, Any]:
        message = json.loads(await self.connection.recv())
        assert isinstance(message, dict)
        return message

    async def closed(self) -> tuple[int | None, str | None]:
        """Wait until the server has closed; nothing but the close may come."""
        with pytest.raises(ConnectionClosed):
            pytest.fail(f"a message came: {await self.connection.recv()!r}")
        return self.connection.close_code, self.connection.close_reason


Dial = Callable[..., Awaitable[Peer]]
"""Connects to an application; keywords: `init`, `token`, and those of the websockets client."""
Serve = Callable[[ASGIApp], Awaitable[tuple[uvicorn.Server, int]]]
"""Starts uvicorn in this loop; gives the server and its port."""
ClientOf = Callable[[ASGIApp], httpx.AsyncClient]
"""An HTTP client of an application in this loop."""


def handshake(connection: ClientConnection) -> Response:
    """The server's answer to the handshake."""
    assert connection.response is not None
    return connection.response
