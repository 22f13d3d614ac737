"""Starting a process: how it collects garbage, and what an operator is told when it cannot start."""

import gc
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import IntrvuError

GC_THRESHOLD: Final = 20_000
"""New objects before the garbage collector looks at them. Python's own 700 is several times in every request, and
nearly all that a request makes is freed by counting references alone."""


def tune_garbage_collection() -> None:
    """For a process that is the server and nothing else."""
    gc.set_threshold(GC_THRESHOLD)


class StartupReport:
    """The outermost application. `failure` is what kept it from starting, set by its lifespan."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        self.failure: IntrvuError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a start that failed for a known reason is reported as that reason."""

        async def report(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed" and self.failure is not None:
                message = {**message, "message": str(self.failure)}
            await send(message)

        if self.app is None:
            raise RuntimeError("nothing was wired behind the startup report")
        await self.app(scope, receive, report if scope["type"] == "lifespan" else send)
