"""Messages of graphql-transport-ws as clients send them. Whatever is none closes the socket with 4400."""

from collections.abc import Mapping
from typing import Any

import orjson

from server.graphql.context import bearer_token
from server.graphql.http import Operation


class CloseSocket(Exception):
    """The socket is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def decoded(message: Mapping[str, Any]) -> Mapping[str, object]:
    """A frame as a message: a text that holds a JSON object."""
    text = message.get("text")
    if not isinstance(text, str):
        raise CloseSocket(4400, "Messages are text")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise CloseSocket(4400, "Messages are JSON") from exc
    if not isinstance(value, dict):
        raise CloseSocket(4400, "Messages are JSON objects")
    return value


def operation_id(message: Mapping[str, object]) -> str:
    """The id that a message is about."""
    id_ = message.get("id")
    if not isinstance(id_, str) or not id_:
        raise CloseSocket(4400, '"id" must be a text')
    return id_


def payload_of(message: Mapping[str, object]) -> dict[str, object] | None:
    """A message's payload, if it has one."""
    return _object(message, "payload")


def _object(values: Mapping[str, object], name: str) -> dict[str, Any] | None:
    value = values.get(name)
    if value is not None and not isinstance(value, dict):
        raise CloseSocket(4400, f'"{name}" must be an object')
    return value


def operation_of(message: Mapping[str, object]) -> Operation:
    """What a subscribe message asks to have executed."""
    payload = payload_of(message)
    if payload is None:
        raise CloseSocket(4400, '"payload" must be an object')
    query, name = payload.get("query"), payload.get("operationName")
    if not isinstance(query, str):
        raise CloseSocket(4400, '"query" must be a text')
    if name is not None and not isinstance(name, str):
        raise CloseSocket(4400, '"operationName" must be a text')
    return Operation(query, _object(payload, "variables"), name, _object(payload, "extensions"))


def token_of(payload: Mapping[str, object]) -> str | None:
    """The bearer token of a connection_init, under "Authorization" in any case."""
    authorization = next((value for key, value in payload.items() if key.lower() == "authorization"), None)
    if authorization is not None and not isinstance(authorization, str):
        raise CloseSocket(4400, '"Authorization" must be a text')
    return bearer_token(authorization)
