"""Is the process alive, and can it serve?"""

from typing import cast

import orjson
from starlette.requests import Request
from starlette.responses import Response

from domain.errors import StorageUnavailable
from persistence.migrations import HEAD
from server.wiring import Running


async def health(_request: Request) -> Response:
    """200 for as long as the process answers. Touches nothing else."""
    return _json(200, {"status": "ok"})


async def ready(request: Request) -> Response:
    """200 when the database answers, is at this code's version and wake-ups work; 503 with the reason otherwise.

    The warm-up is named only where it failed: until it ends, whoever needs what it loads has it loaded.
    """
    process = cast("Running", request.app.state.process)
    services = process.services
    checks = {"database": "ok", "migrations": "ok", "wakeUps": "ok"}
    try:
        await services.database.read(lambda work: work.leases.any_free(now=work.now))
        revision = await services.database.revision()
        if revision != HEAD:
            checks["migrations"] = f"at {revision}, this server needs {HEAD}: run `intrvu migrate`"
    except StorageUnavailable as exc:
        checks["database"] = str(exc)
    if not services.wake_ups.rings_through():
        checks["wakeUps"] = "a wake-up did not arrive: restart the server"
    if process.warming.done() and (process.warming.cancelled() or process.warming.exception()):
        checks["warmUp"] = "a library cannot be loaded (the log says which, at warm_up_fault): install the server again"
    is_ready = all(outcome == "ok" for outcome in checks.values())
    return _json(200 if is_ready else 503, {"status": "ready" if is_ready else "not ready", **checks})


def _json(status: int, body: dict[str, str]) -> Response:
    return Response(
        orjson.dumps(body), status_code=status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )
