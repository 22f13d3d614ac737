"""The one address that GraphQL is served at."""

from collections.abc import Callable

from starlette.types import Receive, Scope, Send
from strawberry.schema.base import BaseSchema

from server.graphql.context import ContextFactory
from server.graphql.http import GraphQLOverHTTP
from server.graphql.websocket import GraphQLOverWebSocket


class GraphQLEndpoint(GraphQLOverHTTP):
    """An ASGI application for `/graphql`: HTTP and WebSocket.

    Override `page` to serve GraphiQL; await `close_all` when the server goes down.

    Args:
        schema: what is served.
        context_factory: makes the context of a request, and of a socket at its connection_init.
        origin_allowed: whether a page from another origin may open a WebSocket; None allows all.
    """

    def __init__(
        self,
        schema: BaseSchema,
        context_factory: ContextFactory,
        *,
        origin_allowed: Callable[[str], bool] | None = None,
    ) -> None:
        super().__init__(schema, context_factory)
        self._sockets = GraphQLOverWebSocket(schema, context_factory, origin_allowed=origin_allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def close_all(self, code: int = 1012) -> None:
        """Close every socket: 1012 makes clients come back by themselves."""
        await self._sockets.close_all(code)
