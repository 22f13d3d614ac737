"""A small schema on the real transports: an ASGI client in this loop, and uvicorn on a free port of 127.0.0.1."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
import strawberry
import uvicorn
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp
from websockets.asyncio.client import connect

from domain.errors import StorageUnavailable, Unauthenticated
from server.graphql.context import ContextFactory
from server.graphql.endpoint import GraphQLEndpoint
from tests.integration.server.doubles import (
    Caller,
    ClientOf,
    Context,
    Dial,
    Mutation,
    Peer,
    Query,
    ReportHook,
    Serve,
    Subscription,
    TinySchema,
    Witness,
)


@pytest.fixture
def schema() -> strawberry.Schema:
    return TinySchema(Query, Mutation, Subscription, extensions=[ReportHook])


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def context_factory(witness: Witness) -> ContextFactory:
    async def make(connection: HTTPConnection, token: str | None) -> Context:
        witness.contexts.append(token)
        if token == "raise":
            raise Unauthenticated("The token has expired; sign in again.")
        if token == "storage":
            raise StorageUnavailable("The disk is full: free some space.")
        if token == "bug":
            raise KeyError("hunter2")
        if token == "refuse":
            return Context(connection.state.request_id, Caller(None, "The token is bad; sign in again."), witness)
        return Context(connection.state.request_id, Caller(token, None if token else "Sign in."), witness)

    return make


@pytest.fixture
def endpoint(schema: strawberry.Schema, context_factory: ContextFactory) -> GraphQLEndpoint:
    return GraphQLEndpoint(schema, context_factory)


@pytest.fixture
async def asgi_client() -> AsyncIterator[ClientOf]:
    """An HTTP client of an application in this loop."""
    clients: list[httpx.AsyncClient] = []

    def make(app: ASGIApp) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app)
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://localhost:8000"))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        loop="none",
        log_config=None,
        lifespan="off",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server, server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start uvicorn in this loop; gives the server and its port."""
    async with AsyncExitStack() as stack:

        async def start(app: ASGIApp) -> tuple[uvicorn.Server, int]:
            return await stack.enter_async_context(running(app))

        yield start


@pytest.fixture
async def dial(serve: Serve) -> AsyncIterator[Dial]:
    """Connect to an application; sends connection_init and awaits its acknowledgement unless told not to."""
    async with AsyncExitStack() as stack:
        ports: dict[int, int] = {}

        async def start(app: ASGIApp, *, init: bool = True, token: str | None = None, **options: Any) -> Peer:
            if id(app) not in ports:
                ports[id(app)] = (await serve(app))[1]
            options.setdefault("subprotocols", ["graphql-transport-ws"])
            uri = f"ws://127.0.0.1:{ports[id(app)]}/graphql"
            peer = Peer(await stack.enter_async_context(connect(uri, compression=None, proxy=None, **options)))
            if init:
                payload = {} if token is None else {"payload": {"Authorization": f"Bearer {token}"}}
                await peer.send({"type": "connection_init", **payload})
                assert await peer.receive() == {"type": "connection_ack"}
            return peer

        yield start
