"""Load over HTTP/1.1, cheap enough to keep one server core busy from another."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from bench.processes import Served


@dataclass(frozen=True, slots=True)
class Load:
    """What a load saw. `cpu_micros` is the server's, a request."""

    requests_per_second: float
    cpu_micros: float
    median_millis: float
    p99_millis: float
    body_bytes: int


def post(path: str, body: bytes, token: str) -> bytes:
    """A GraphQL request on a connection that stays open."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, token: str) -> bytes:
    """A GET request on a connection that stays open."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """Send a request and return its answer's body.

    Raises:
        RuntimeError: the answer is not 200.
    """
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.index(b"content-length:") + 15
    body = await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{head!r} {body[:500]!r}")
    return body


async def run(served: Served, requests: Sequence[bytes], *, connections: int, warm_up: int, measured: int) -> Load:
    """Send the requests round and round, first `warm_up` uncounted ones, then `measured` ones."""
    source = cycle(requests)
    await _share(served, source, connections, warm_up)
    cpu, began = served.cpu_seconds(), time.perf_counter()
    seen = await _share(served, source, connections, measured)
    elapsed, cpu = time.perf_counter() - began, served.cpu_seconds() - cpu
    times = sorted(seconds for seconds, _ in seen)
    return Load(
        requests_per_second=measured / elapsed,
        cpu_micros=cpu / measured * 1e6,
        median_millis=times[len(times) // 2] * 1000,
        p99_millis=times[int(len(times) * 0.99)] * 1000,
        body_bytes=sum(size for _, size in seen) // len(seen),
    )


async def _share(served: Served, source: Iterator[bytes], connections: int, total: int) -> list[tuple[float, int]]:
    left = iter(range(total))
    seen: list[tuple[float, int]] = []

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1 << 22)
        for _ in left:
            began = time.perf_counter()
            body = await exchange(reader, writer, next(source))
            seen.append((time.perf_counter() - began, len(body)))
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one_connection() for _ in range(connections)))
    return seen
