"""Bodies that are no requests, and frames that are no messages."""

import json
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from tests.integration.house import INTERNAL_WORDS, House, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_OBJECT = 'The body must be a JSON object such as {"query": "{ __typename }"}.'
NO_JSON = "The body is not valid JSON in UTF-8 of at most 1,024 levels: send a JSON object."
NO_QUERY = 'The request has no "query", or it is not a text: send an object such as {"query": "{ __typename }"}.'
TOO_LARGE = (
    "The operation is too large: the document's size in bytes is {}, at most 32,768 is allowed. Ask for less at once."
)
TOO_LONG = "The request body is longer than 1048576 bytes: send a shorter one."
TOO_DEEP = "Syntax Error: Document is nested too deeply. Parsing aborted."

BODIES = {
    "null": (b"null", 400, "BAD_USER_INPUT", NO_OBJECT),
    "5": (b"5", 400, "BAD_USER_INPUT", NO_OBJECT),
    "a text": (b'"x"', 400, "BAD_USER_INPUT", NO_OBJECT),
    "[]": (b"[]", 400, "BAD_USER_INPUT", "Batching is off: send one operation a request."),
    "nothing": (b"", 400, "BAD_USER_INPUT", NO_JSON),
    "invalid UTF-8": (b'{"query": "\xff\xfe"}', 400, "BAD_USER_INPUT", NO_JSON),
    "half a surrogate pair": (b'{"query": "\\ud800"}', 400, "BAD_USER_INPUT", NO_JSON),
    "100,000 brackets": (b"[" * 100_000, 400, "BAD_USER_INPUT", NO_JSON),
    "100,000 closed brackets": (b"[" * 100_000 + b"]" * 100_000, 400, "BAD_USER_INPUT", NO_JSON),
    "100,000 braces": (b'{"a":' * 100_000, 400, "BAD_USER_INPUT", NO_JSON),
    "variables of 100,000 brackets": (
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        400,
        "BAD_USER_INPUT",
        NO_JSON,
    ),
    "100,000 brackets in a document": (
        b'{"query": "' + b"{a" * 100_000 + b'"}',
        200,
        "LIMIT_EXCEEDED",
        TOO_LARGE.format("200,000"),
    ),
    "16,000 levels of a document": (b'{"query": "' + b"{a" * 16_000 + b'"}', 200, "GRAPHQL_PARSE_FAILED", TOO_DEEP),
    "16,000 levels of a list": (
        b'{"query": "{ node(id: ' + b"[" * 16_000 + b') }"}',
        200,
        "GRAPHQL_PARSE_FAILED",
        TOO_DEEP,
    ),
    "5 MB": (b'{"query": "' + b"x" * 5_000_000 + b'"}', 413, "BAD_USER_INPUT", TOO_LONG),
    "5 MB of spaces": (b" " * 5_000_000, 413, "BAD_USER_INPUT", TOO_LONG),
    "no query": (b"{}", 400, "BAD_USER_INPUT", NO_QUERY),
    "a query that is no text": (b'{"query": 5}', 400, "BAD_USER_INPUT", NO_QUERY),
    "variables that are no object": (
        b'{"query": "{ __typename }", "variables": []}',
        400,
        "BAD_USER_INPUT",
        '"variables" must be an object or null.',
    ),
    "half a document": (
        b'{"query": "{ viewer"}',
        200,
        "GRAPHQL_PARSE_FAILED",
        "Syntax Error: Expected Name, found <EOF>.",
    ),
}


@pytest.mark.parametrize("what", BODIES)
async def test_a_body_that_is_no_request_is_refused_with_the_remedy(house: House, what: str) -> None:
    body, status, code, message = BODIES[what]

    response = await house.http.post(
        "/graphql",
        content=body,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {house.token('alice')}"},
    )

    assert response.status_code == status
    assert "data" not in response.json()
    assert told(response) == (code, message)


async def test_5_mb_in_pieces_of_unknown_length_are_refused_too(house: House) -> None:
    async def pieces():
        for _ in range(100):
            yield b"x" * 50_000

    response = await house.http.post("/graphql", content=pieces(), headers={"Content-Type": "application/json"})

    assert response.status_code == 413
    assert told(response) == ("BAD_USER_INPUT", TOO_LONG)


FRAMES = {
    "null": ("null", "Messages are JSON objects"),
    "5": ("5", "Messages are JSON objects"),
    "[]": ("[]", "Messages are JSON objects"),
    "no JSON": ("hello", "Messages are JSON"),
    "100,000 brackets": ("[" * 100_000, "Messages are JSON"),
    "bytes": (b"\x00\xff", "Messages are text"),
    "no type": ("{}", "Unknown message type"),
    "a type that is no text": ('{"type": 5}', "Unknown message type"),
    "a type of the server's": ('{"type": "next", "id": "1"}', "Unknown message type"),
    "a type of the legacy protocol": ('{"type": "start", "id": "1", "payload": {}}', "Unknown message type"),
    "no id": ('{"type": "subscribe", "payload": {"query": "{ __typename }"}}', '"id" must be a text'),
    "an id that is no text": (
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ __typename }"}}',
        '"id" must be a text',
    ),
    "no payload": ('{"type": "subscribe", "id": "1"}', '"payload" must be an object'),
    "no query": ('{"type": "subscribe", "id": "1", "payload": {}}', '"query" must be a text'),
    "variables that are no object": (
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": []}}',
        '"variables" must be an object',
    ),
    "a ping with a number": ('{"type": "ping", "payload": 5}', '"payload" must be an object'),
    "completing nothing": ('{"type": "complete"}', '"id" must be a text'),
}


@pytest.mark.parametrize("what", FRAMES)
async def test_a_frame_that_is_no_message_closes_its_socket_and_no_other(house: House, what: str) -> None:
    frame, reason = FRAMES[what]
    async with house.socket() as other, house.socket() as peer:
        await peer.connection.send(frame)
        assert await peer.closed() == (4400, reason)

        await other.subscribe("1", "{ viewer { __typename } }")
        assert (await other.receive())["payload"] == {"data": {"viewer": {"__typename": "User"}}}


async def test_a_text_frame_that_is_no_utf_8_closes_its_socket(house: House) -> None:
    async with house.socket() as peer:
        await peer.connection.send(b"\xc3\x28", text=True)
        code, reason = await peer.closed()

    assert code == 1007  # RFC 6455, section 7.4.1
    assert not [word for word in INTERNAL_WORDS if word in reason]


async def test_a_frame_of_5_mb_closes_its_socket(house: House) -> None:
    async with house.socket() as peer:
        with suppress(ConnectionClosed):
            await peer.connection.send("x" * 5_000_000)
        await peer.connection.wait_closed()

    assert peer.connection.close_code in {1009, 1006}  # 1006: the reset of the unread rest overtook the close frame


async def test_an_operation_before_the_init_closes_its_socket(house: House) -> None:
    async with house.socket(init=False) as peer:
        await peer.subscribe("1", "{ viewer { id } }")
        assert await peer.closed() == (4401, "Unauthorized")


async def test_a_document_that_is_none_is_an_error_of_its_operation(house: House) -> None:
    async with house.socket() as peer:
        for document, code in (
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("{a" * 16_000, "GRAPHQL_PARSE_FAILED"),
            ("x" * 40_000, "LIMIT_EXCEEDED"),
            ("", "BAD_USER_INPUT"),
        ):
            await peer.subscribe("1", document)
            message = await peer.receive()
            assert message["type"] == "error", document[:20]
            assert [error["extensions"]["code"] for error in message["payload"]] == [code]
            assert not [word for word in INTERNAL_WORDS if word in json.dumps(message)]
        await peer.subscribe("1", "{ viewer { __typename } }")
        assert (await peer.receive())["payload"] == {"data": {"viewer": {"__typename": "User"}}}
