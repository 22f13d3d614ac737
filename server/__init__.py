"""The process: settings, wiring, GraphQL over HTTP and WebSocket, health, pages and the `intrvu` command.

`uvicorn server:app` serves the application with the settings of the environment; importing this package does no work.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    app: ASGIApp


def __getattr__(name: str) -> object:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from server.app import app_from_environment  # noqa: PLC0415 - made only when it is asked for

    return app_from_environment()
