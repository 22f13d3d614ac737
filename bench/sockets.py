"""The peer of the subscriptions: a bare Starlette WebSocket that waits to be rung, and then says one thing."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

rung = asyncio.Event()


async def listen(socket: WebSocket) -> None:
    await socket.accept()
    await socket.receive_text()
    await rung.wait()
    await socket.send_text(
        '{"id":"1","type":"next","payload":{"data":{"evaluationProgress":{"__typename":"EvaluationCancelled","sequence":2}}}}'
    )
    await socket.close()


async def ring(_request: Request) -> PlainTextResponse:
    rung.set()
    return PlainTextResponse("rung")


async def ready(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ready")


app = Starlette(routes=[WebSocketRoute("/listen", listen), Route("/ring", ring), Route("/ready", ready)])
