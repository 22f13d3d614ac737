"""What /ready says when the process lives but cannot do its work."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from persistence.migrations import HEAD
from server import health


class StoredAtHead:
    """A database that answers."""

    async def read(self, work: Callable[[Any], Any]) -> None:
        """Whatever is asked is fine."""

    async def revision(self) -> str:
        return HEAD


class Ringing:
    """Wake-ups that work."""

    def rings_through(self) -> bool:
        return True


@dataclass
class Process:
    """A server whose warm-up is as far as the test says."""

    warming: "asyncio.Future[None]"
    services: Any = field(default_factory=lambda: SimpleNamespace(database=StoredAtHead(), wake_ups=Ringing()))


async def ready(warming: "asyncio.Future[None]") -> httpx.Response:
    app = Starlette(routes=[Route("/ready", health.ready)])
    app.state.process = Process(warming)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get("/ready")


@pytest.mark.parametrize("ended", [False, True])
async def test_a_server_is_ready_before_it_is_warm_and_after(*, ended: bool):
    warming: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    if ended:
        warming.set_result(None)

    response = await ready(warming)

    assert (response.status_code, response.json()["status"]) == (200, "ready")
    assert "warmUp" not in response.json()


async def test_a_server_that_could_not_load_what_it_works_with_is_not_ready():
    warming: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    warming.set_exception(ImportError("libssl is not there"))

    response = await ready(warming)

    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert response.json()["warmUp"].startswith("a library cannot be loaded (the log says which, at warm_up_fault)")
    assert "libssl" not in response.text
