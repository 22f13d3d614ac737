"""The one shape of a JSON error body, for whatever answers before or around GraphQL."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response
from starlette.types import Scope


def scope_request_id(scope: Scope) -> str:
    """The request id that `RequestId` left in the scope; "-" where it does not run."""
    return str(scope.get("state", {}).get("request_id", "-"))


def refusal(
    scope: Scope,
    status: int,
    message: str,
    *,
    code: str,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """A response `{"errors": [{"message", "extensions": {"code", "requestId"}}]}`; never cached."""
    extensions = {"code": code, "requestId": scope_request_id(scope)}
    body = orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
    return Response(
        body,
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=f"{media_type}; charset=utf-8",
    )
