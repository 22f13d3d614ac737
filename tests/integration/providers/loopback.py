"""A server of our own on loopback that answers as it is told, byte for byte: faults are scripts, too."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

STREAM = "text/event-stream"


@dataclass(frozen=True)
class Reply:
    """One HTTP response.

    `chunks` are sent one by one as a chunked body, with a pause before each;
    `broken` closes the connection without ending that body. A reply
    that is `silent` says nothing: `then` is called, and the connection stays open until the client goes away. `instead`
    is sent in place of all that, and the connection closed.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    chunks: Sequence[bytes] = ()
    pause_seconds: float = 0.0
    broken: bool = False
    silent: bool = False
    then: Callable[[], None] | None = None
    instead: bytes | None = None


@dataclass(frozen=True)
class Received:
    """What a client sent, and when it was all there (monotonic seconds)."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float


@dataclass
class Loopback:
    """Answers each request with the next reply of the script, and the last one again and again."""

    script: deque[Reply] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    port: int = 0
    listening: asyncio.Server | None = None
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self, port: int = 0) -> None:
        self.listening = await asyncio.start_server(self.serve, "127.0.0.1", port)
        self.port = self.listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self.listening is not None:
            self.listening.close()
            for connection in self.connections:
                connection.close()
            await self.listening.wait_closed()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def will(self, *replies: Reply) -> None:
        self.script = deque(replies)

    def reply_to(self, received: Received) -> Reply:
        return self.script.popleft() if len(self.script) > 1 else self.script[0]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: requests one after the other, as clients send them."""
        self.connections.add(writer)
        try:
            while await self.respond(await request(reader), reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # whoever asked has gone, or the server stops; asyncio would report the latter as an error
        finally:
            self.connections.discard(writer)
            writer.close()

    async def respond(self, received: Received, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request. False when the connection is to be closed after it."""
        self.received.append(received)
        return await answer(self.reply_to(received), reader, writer)


async def request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    at = monotonic()
    return Received(head[0].split(" ")[1], headers, json.loads(body or b"{}"), at)


async def answer(reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Send it. True when the connection can carry another one."""
    if reply.silent:
        if reply.then is not None:
            reply.then()
        await reader.read()
        return False
    if reply.instead is not None:
        writer.write(reply.instead)
        return False
    fields = [("content-type", reply.content_type), ("transfer-encoding", "chunked")]
    lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{name}: {value}" for name, value in [*fields, *reply.headers])]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
    for chunk in reply.chunks:
        if reply.pause_seconds:
            await asyncio.sleep(reply.pause_seconds)
        writer.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        await writer.drain()
    if not reply.broken:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return not reply.broken


def as_json(value: object, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return Reply(status, headers, chunks=[json.dumps(value).encode()])


def as_events(events: Sequence[tuple[str | None, object]], *, broken: bool = False) -> Reply:
    """Server-sent events; a name of None sends the data only."""
    chunks = []
    for name, value in events:
        text = value if isinstance(value, str) else json.dumps(value)
        chunks.append((f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode())
    return Reply(content_type=STREAM, chunks=chunks, broken=broken)


PAGE = Reply(content_type="text/html", chunks=[b"<html>Please sign in to the hotel's network</html>"])
NOT_JSON = Reply(chunks=[b"<html>Please sign in to the hotel's network</html>"])
"""The same, called JSON."""
EMPTY_OBJECT = as_json({})
LOST = Reply(chunks=(), content_type="application/json", broken=True)
"""A status, and then nothing."""
