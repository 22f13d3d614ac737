"""The event stream: graphql-transport-ws against a real server."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
import strawberry
from starlette.types import ASGIApp
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from server.graphql.context import ContextFactory
from server.graphql.endpoint import GraphQLEndpoint
from server.graphql.websocket import GraphQLOverWebSocket
from server.middleware import RequestId
from tests.integration.server.doubles import Dial, Serve, Witness, handshake


@pytest.fixture
def app(endpoint: GraphQLEndpoint):
    return RequestId(endpoint, new_id=lambda: "r-1")


@pytest.fixture
def sockets(schema: strawberry.Schema, context_factory: ContextFactory):
    """An application with limits of the test's own."""

    def make(**limits: Any) -> RequestId:
        return RequestId(GraphQLOverWebSocket(schema, context_factory, **limits), new_id=lambda: "r-1")

    return make


async def test_a_subscription_arrives_in_order_and_completes(dial: Dial, app: ASGIApp):
    peer = await dial(app)

    await peer.subscribe("1", "subscription { count(to: 3) }")

    received = [await peer.receive() for _ in range(4)]
    assert received == [
        *({"id": "1", "type": "next", "payload": {"data": {"count": n}}} for n in (1, 2, 3)),
        {"id": "1", "type": "complete"},
    ]


async def test_queries_and_mutations_may_use_the_socket_too(dial: Dial, app: ASGIApp, witness: Witness):
    peer = await dial(app, token="alice")

    await peer.subscribe("q", "query Q($n: String!) { hello(name: $n) who }", variables={"n": "Ada"}, operationName="Q")
    assert await peer.receive() == {
        "id": "q",
        "type": "next",
        "payload": {"data": {"hello": "hello Ada", "who": "alice"}},
    }
    assert await peer.receive() == {"id": "q", "type": "complete"}
    await peer.subscribe("q", "mutation { act }")
    assert (await peer.receive())["payload"] == {"data": {"act": "done"}}
    assert witness.mutations == 1
    assert witness.contexts == ["alice"]


async def test_operations_run_side_by_side(dial: Dial, app: ASGIApp, witness: Witness):
    peer = await dial(app)

    await peer.subscribe("slow", "subscription { hanging }")
    assert (await peer.receive())["id"] == "slow"
    await peer.subscribe("fast", "subscription { count(to: 1) }")
    assert [(await peer.receive())["id"] for _ in range(2)] == ["fast", "fast"]
    witness.release.set()

    assert [await peer.receive() for _ in range(2)] == [
        {"id": "slow", "type": "next", "payload": {"data": {"hanging": 2}}},
        {"id": "slow", "type": "complete"},
    ]


async def test_complete_cancels_the_operation_and_frees_its_id(dial: Dial, app: ASGIApp, witness: Witness):
    peer = await dial(app)
    await peer.subscribe("1", "subscription { hanging }")
    await peer.receive()
    await witness.started.wait()

    await peer.send({"id": "1", "type": "complete"})
    await witness.ended.wait()

    await peer.subscribe("1", "{ hello }")
    assert (await peer.receive())["payload"] == {"data": {"hello": "hello world"}}


async def test_a_client_that_goes_away_ends_its_operations(dial: Dial, app: ASGIApp, witness: Witness):
    peer = await dial(app)
    await peer.subscribe("1", "subscription { hanging }")
    await peer.receive()
    await witness.started.wait()

    await peer.connection.close()

    await witness.ended.wait()


async def test_completing_what_is_not_there_is_no_offence(dial: Dial, app: ASGIApp):
    peer = await dial(app)

    await peer.send({"id": "unknown", "type": "complete"})
    await peer.send({"type": "ping"})

    assert await peer.receive() == {"type": "pong"}


async def test_a_ping_is_answered_with_its_payload_before_the_init_too(dial: Dial, app: ASGIApp):
    peer = await dial(app, init=False)

    await peer.send({"type": "ping", "payload": {"n": 1}})
    await peer.send({"type": "pong"})
    await peer.send({"type": "pong", "payload": {}})

    assert await peer.receive() == {"type": "pong", "payload": {"n": 1}}


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"query": "{"}, "Syntax Error: Expected Name, found <EOF>."),
        ({"query": ""}, "The document holds no operation."),
        ({"query": "{ unknown }"}, "Cannot query field 'unknown' on type 'Query'."),
        ({"query": "{ hello }", "operationName": "B"}, 'The document holds no operation named "B".'),
        ({"query": "fragment F on Query { hello }"}, "The document holds no operation."),
        ({"query": "query($n: String!) { hello(name: $n) }"}, "Variable '$n' has invalid value"),
    ],
)
async def test_a_mistake_in_an_operation_ends_that_operation_only(
    dial: Dial, app: ASGIApp, payload: dict[str, object], message: str
):
    peer = await dial(app)

    await peer.send({"id": "1", "type": "subscribe", "payload": payload})

    answer = await peer.receive()
    assert (answer["id"], answer["type"]) == ("1", "error")
    assert answer["payload"][0]["message"].startswith(message)
    assert answer["payload"][0]["extensions"]["requestId"] == "r-1"
    assert answer["payload"][0]["extensions"]["code"] != "INTERNAL"
    await peer.subscribe("1", "{ hello }")
    assert (await peer.receive())["payload"] == {"data": {"hello": "hello world"}}


async def test_what_is_not_there_is_an_error_and_the_socket_stays(dial: Dial, app: ASGIApp):
    peer = await dial(app)

    await peer.subscribe("1", "subscription { missing }")

    answer = await peer.receive()
    assert (answer["type"], answer["payload"][0]["message"]) == ("error", "No such evaluation.")
    assert answer["payload"][0]["extensions"] == {"code": "NOT_FOUND", "requestId": "r-1"}
    await peer.send({"type": "ping"})
    assert await peer.receive() == {"type": "pong"}


async def test_a_stream_that_breaks_is_masked(dial: Dial, app: ASGIApp):
    peer = await dial(app)

    await peer.subscribe("1", "subscription { breaking }")

    assert (await peer.receive())["payload"] == {"data": {"breaking": 1}}
    answer = await peer.receive()
    assert (answer["type"], answer["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
    assert "hunter2" not in json.dumps(answer)


async def test_a_failing_field_is_masked_in_its_result(dial: Dial, app: ASGIApp):
    peer = await dial(app)

    await peer.subscribe("1", "{ failing hello }")

    payload = (await peer.receive())["payload"]
    assert payload["data"] == {"failing": None, "hello": "hello world"}
    assert payload["errors"][0]["extensions"] == {"code": "INTERNAL", "requestId": "r-1"}
    assert "hunter2" not in json.dumps(payload)


NO_MESSAGES = [
    "[]",
    "1",
    "null",
    "true",
    '"ping"',
    "",
    "{",
    "not json",
    "[" * 10_000,
    b"{}",
    b'{"type": "ping"}',
    "{}",
    '{"type": null}',
    '{"type": ["ping"]}',
    '{"type": "start"}',
    '{"type": "next", "id": "1"}',
    '{"type": "connection_ack"}',
    '{"type": "ping", "payload": []}',
    '{"type": "pong", "payload": 1}',
    '{"type": "complete"}',
    '{"type": "complete", "id": {}}',
    '{"type": "subscribe"}',
    '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": "1", "payload": null}',
    '{"type": "subscribe", "id": "1", "payload": []}',
    '{"type": "subscribe", "id": "1", "payload": {}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": null}}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
    '{"type": "subscribe", "id": {}, "payload": {"query": "{ hello }"}}',
    '{"type": "subscribe", "id": null, "payload": {"query": "{ hello }"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": "x"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "extensions": []}}',
]


@pytest.mark.parametrize("frame", NO_MESSAGES)
async def test_a_frame_that_is_no_message_closes_the_socket_with_4400(dial: Dial, app: ASGIApp, frame: str | bytes):
    peer = await dial(app)

    await peer.connection.send(frame)

    code, reason = await peer.closed()
    assert code == 4400
    assert reason


@pytest.mark.parametrize("payload", ["[]", "1", '"x"', '{"Authorization": 5}', '{"authorization": ["Bearer x"]}'])
async def test_an_init_that_is_none_closes_with_4400(dial: Dial, app: ASGIApp, payload: str):
    peer = await dial(app, init=False)

    await peer.connection.send(f'{{"type": "connection_init", "payload": {payload}}}')

    assert (await peer.closed())[0] == 4400


@pytest.mark.parametrize("init", ['{"type": "connection_init"}', '{"type": "connection_init", "payload": null}'])
async def test_without_a_token_the_caller_is_nobody(dial: Dial, app: ASGIApp, witness: Witness, init: str):
    peer = await dial(app, init=False)

    await peer.connection.send(init)

    assert await peer.receive() == {"type": "connection_ack"}
    assert witness.contexts == [None]


@pytest.mark.parametrize("payload", [{"authorization": "bearer alice"}, {"other": 1, "AUTHORIZATION": "Bearer alice"}])
async def test_the_case_of_the_tokens_name_does_not_matter(dial: Dial, app: ASGIApp, witness: Witness, payload: object):
    peer = await dial(app, init=False)

    await peer.send({"type": "connection_init", "payload": payload})

    assert await peer.receive() == {"type": "connection_ack"}
    assert witness.contexts == ["alice"]


@pytest.mark.parametrize(
    ("token", "reason"),
    [("raise", "The token has expired; sign in again."), ("refuse", "The token is bad; sign in again.")],
)
async def test_a_refused_token_closes_so_that_clients_come_back_with_a_fresh_one(
    dial: Dial, app: ASGIApp, token: str, reason: str
):
    peer = await dial(app, init=False)

    await peer.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})

    assert await peer.closed() == (4403, reason)


@pytest.mark.parametrize("token", ["storage", "bug"])
async def test_a_fault_in_connecting_tells_nothing_and_lets_clients_come_back(dial: Dial, app: ASGIApp, token: str):
    peer = await dial(app, init=False)

    await peer.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})

    assert await peer.closed() == (1013, "Try again later")


async def test_an_operation_before_the_init_closes_with_4401(dial: Dial, app: ASGIApp):
    peer = await dial(app, init=False)

    await peer.subscribe("1", "{ hello }")

    assert await peer.closed() == (4401, "Unauthorized")


async def test_a_second_init_closes_with_4429(dial: Dial, app: ASGIApp):
    peer = await dial(app)

    await peer.send({"type": "connection_init"})

    assert (await peer.closed())[0] == 4429


async def test_an_id_in_use_closes_with_4409_and_ends_everything(dial: Dial, app: ASGIApp, witness: Witness):
    peer = await dial(app)
    await peer.subscribe("1", "subscription { hanging }")
    await peer.receive()
    await witness.started.wait()

    await peer.subscribe("1", "{ hello }")

    assert await peer.closed() == (4409, "Subscriber for 1 already exists")
    await witness.ended.wait()


async def test_a_long_id_does_not_break_the_close(dial: Dial, app: ASGIApp):
    peer = await dial(app)
    id_ = "é" * 500
    await peer.subscribe(id_, "subscription { hanging }")
    await peer.receive()

    await peer.subscribe(id_, "{ hello }")

    code, reason = await peer.closed()
    assert code == 4409
    assert reason is not None
    assert reason.startswith("Subscriber for éé")


async def test_a_socket_without_an_init_is_closed_with_4408(dial: Dial, sockets: Callable[..., ASGIApp]):
    peer = await dial(sockets(init_timeout_seconds=0.05), init=False)

    assert await peer.closed() == (4408, "Connection initialisation timeout")


async def test_an_old_socket_is_closed_softly(dial: Dial, sockets: Callable[..., ASGIApp], witness: Witness):
    peer = await dial(sockets(max_age_seconds=0.2))
    await peer.subscribe("1", "subscription { hanging }")
    await peer.receive()

    assert (await peer.closed())[0] == 1012
    await witness.ended.wait()


async def test_operations_on_a_socket_are_bounded(dial: Dial, sockets: Callable[..., ASGIApp]):
    peer = await dial(sockets(max_operations=2))
    for id_ in ("1", "2"):
        await peer.subscribe(id_, "subscription { hanging }")
        await peer.receive()

    await peer.subscribe("3", "{ hello }")

    answer = await peer.receive()
    assert (answer["id"], answer["type"]) == ("3", "error")
    assert answer["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    await peer.send({"type": "ping"})
    assert await peer.receive() == {"type": "pong"}


async def test_a_hundred_operations_fit(dial: Dial, app: ASGIApp):
    peer = await dial(app)

    for number in range(100):
        await peer.subscribe(str(number), "subscription { hanging }")

    assert {(await peer.receive())["type"] for _ in range(100)} == {"next"}


@pytest.mark.parametrize("subprotocols", [None, ["graphql-ws"]])
async def test_another_subprotocol_closes_with_4406(dial: Dial, app: ASGIApp, subprotocols: list[str] | None):
    peer = await dial(app, init=False, subprotocols=subprotocols)

    assert (await peer.closed())[0] == 4406


async def test_the_handshakes_answer_carries_the_request_id(dial: Dial, app: ASGIApp):
    peer = await dial(app)

    assert handshake(peer.connection).headers["X-Request-ID"] == "r-1"
    assert peer.connection.subprotocol == "graphql-transport-ws"


async def test_pages_of_other_origins_are_refused_unless_allowed(
    dial: Dial, sockets: Callable[..., ASGIApp], endpoint: GraphQLEndpoint
):
    app = sockets(origin_allowed={"https://app.example.com"}.__contains__)

    with pytest.raises(InvalidStatus) as caught:
        await dial(app, origin="https://evil.example.com")
    assert caught.value.response.status_code == 403
    await dial(app, origin="https://app.example.com")
    await dial(app)


async def test_a_page_of_the_servers_own_origin_is_welcome(dial: Dial, serve: Serve, sockets: Callable[..., ASGIApp]):
    app = sockets(origin_allowed=lambda _: False)
    first = await dial(app)
    port = first.connection.remote_address[1]

    await dial(app, origin=f"http://127.0.0.1:{port}")


async def test_close_all_closes_every_socket_softly(
    dial: Dial, app: ASGIApp, endpoint: GraphQLEndpoint, witness: Witness
):
    idle, busy, silent = await dial(app), await dial(app), await dial(app, init=False)
    await busy.subscribe("1", "subscription { hanging }")
    await busy.receive()
    await witness.started.wait()

    await endpoint.close_all()

    assert witness.ended.is_set()
    assert {(await peer.closed())[0] for peer in (idle, busy, silent)} == {1012}


async def test_close_all_with_nobody_there_returns_at_once(endpoint: GraphQLEndpoint):
    await endpoint.close_all()


async def test_a_server_that_stops_closes_its_sockets_softly(dial: Dial, serve: Serve, app: ASGIApp, witness: Witness):
    server, port = await serve(app)
    from websockets.asyncio.client import connect

    async with connect(
        f"ws://127.0.0.1:{port}/", subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None
    ) as connection:
        await connection.send('{"type": "connection_init"}')
        await connection.recv()
        await connection.send(
            '{"type": "subscribe", "id": "1", "payload": {"query": "subscription { hanging }"}}',
        )
        await connection.recv()
        await witness.started.wait()

        stopping = asyncio.create_task(server.shutdown())
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1012
    await witness.ended.wait()
    await stopping
