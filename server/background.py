"""Work beside the requests."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager


@asynccontextmanager
async def working(work: Coroutine[object, object, None], *, name: str) -> AsyncIterator["asyncio.Task[None]"]:
    """Do something meanwhile; at the end it is cancelled, and waited for."""
    task = asyncio.create_task(work, name=name)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
