"""What every request passes through."""

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from loguru import logger
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus

from server.graphql.endpoint import GraphQLEndpoint
from server.logs import configure_logging, request_id
from server.middleware import AccessLog, BodyLimit, HostGuard, RequestId, wrap
from server.settings import Settings
from tests.integration.server.doubles import ClientOf, Dial, Serve, handshake

Lines = Callable[[], list[dict[str, Any]]]
"""What was logged as JSON."""


async def tell(request: Request) -> JSONResponse:
    body = await request.body()
    return JSONResponse({"id": request.state.request_id, "bound": request_id.get(), "received": len(body)})


async def fail(_: Request) -> PlainTextResponse:
    raise ValueError("hunter2")


async def fail_halfway(_: Request) -> StreamingResponse:
    async def chunks():
        yield b"half"
        raise ValueError("hunter2")

    return StreamingResponse(chunks())


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())
    await websocket.close(4000)


@pytest.fixture
def inner():
    routes = [
        Route("/tell", tell, methods=["GET", "POST"]),
        Route("/fail", fail),
        Route("/half", fail_halfway),
        WebSocketRoute("/echo", echo),
    ]
    return Starlette(routes=routes)


@pytest.fixture
def settings():
    return Settings.read(env_file=None, body_limit_bytes=2_048, cors_origins="https://app.example.com")


@pytest.fixture
def client(inner: Starlette, settings: Settings, asgi_client: ClientOf):
    return asgi_client(wrap(inner, settings))


@pytest.fixture
def lines():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    stream = io.StringIO()
    configure_logging("INFO", stream=stream)

    def written() -> list[dict[str, Any]]:
        logged = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line for line in logged if line.get("logger") != "httpx"]  # the test's own client

    yield written
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False
    logger.remove()
    logger.configure(patcher=lambda _: None)


async def test_a_request_gets_an_id_that_everything_names(client: httpx.AsyncClient):
    response = await client.get("/tell")

    id_ = response.headers["x-request-id"]
    assert len(id_) == 32
    assert response.json() == {"id": id_, "bound": id_, "received": 0}
    assert request_id.get() is None


@pytest.mark.parametrize("given", ["a", "Trace-1.2_x", "z" * 64])
async def test_a_well_formed_id_of_the_callers_is_kept(client: httpx.AsyncClient, given: str):
    assert (await client.get("/tell", headers={"x-request-id": given})).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", " ", "a b", "z" * 65, "a\tb", "\xe9", "<x>"])
async def test_any_other_is_replaced(client: httpx.AsyncClient, given: str):
    response = await client.get("/tell", headers={b"x-request-id": given.encode("latin-1")})

    assert len(response.headers["x-request-id"]) == 32


async def test_a_request_is_one_line_without_its_query(client: httpx.AsyncClient, lines: Lines):
    await client.get("/tell?token=hunter2", headers={"x-request-id": "r-1"})

    (line,) = [line for line in lines() if line["event"] == "http_request"]
    assert line.pop("duration_ms") >= 0
    del line["time"]
    assert line == {
        "level": "INFO",
        "event": "http_request",
        "method": "GET",
        "path": "/tell",
        "status": 200,
        "request_id": "r-1",
    }


async def test_what_escapes_is_masked_for_the_client_and_logged_without_its_text(
    client: httpx.AsyncClient, lines: Lines
):
    response = await client.get("/fail")

    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"] == {
        "code": "INTERNAL",
        "requestId": response.headers["x-request-id"],
    }
    events = [line["event"] for line in lines()]
    assert events == ["unhandled_exception", "http_request"]
    assert "hunter2" not in response.text + json.dumps(lines())


async def test_half_an_answer_is_cut(client: httpx.AsyncClient, lines: Lines):
    with pytest.raises(ValueError, match="hunter2"):
        await client.get("/half")

    assert [line["status"] for line in lines() if line["event"] == "http_request"] == [200]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8000"])
async def test_on_this_computer_it_answers(client: httpx.AsyncClient, host: str):
    assert (await client.get("/tell", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "localhost@evil",
        "127.0.0.1.evil.example",
        "",
        "192.168.0.2:8000",
        "::1",
    ],
)
async def test_under_another_name_it_is_misdirected(client: httpx.AsyncClient, host: str):
    response = await client.get("/tell", headers={"host": host})

    assert response.status_code == 421
    assert "http://localhost" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize("address", ["192.168.0.2", "0.0.0.0", "172.17.0.2"])
async def test_reached_from_elsewhere_it_is_misdirected_whatever_host_is_named(
    inner: Starlette, asgi_client: ClientOf, address: str
):
    async def from_outside(scope: Scope, receive: Receive, send: Send):
        await HostGuard(inner)({**scope, "server": (address, 8000)}, receive, send)

    client = asgi_client(RequestId(from_outside))

    assert (await client.get("/tell")).status_code == 421


async def test_with_clerk_any_name_will_do(inner: Starlette, asgi_client: ClientOf):
    pem = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"
    client = asgi_client(wrap(inner, Settings.read(env_file=None, jwt_key=pem)))

    assert (await client.get("/tell", headers={"host": "intrvu.example.com"})).status_code == 200


async def test_a_body_up_to_the_limit_passes(client: httpx.AsyncClient):
    assert (await client.post("/tell", content=b"x" * 2_048)).json()["received"] == 2_048


async def test_a_longer_one_is_refused_with_the_remedy(client: httpx.AsyncClient):
    response = await client.post("/tell", content=b"x" * 2_049)

    assert response.status_code == 413
    assert response.headers["connection"] == "close"
    assert response.json()["errors"][0]["message"] == (
        "The request body is longer than 2048 bytes: send a shorter one."
    )
    assert response.headers["x-request-id"] == response.json()["errors"][0]["extensions"]["requestId"]


async def test_a_longer_one_without_a_declared_length_is_refused_too(client: httpx.AsyncClient, lines: Lines):
    sent = 0

    async def chunks():
        nonlocal sent
        for _ in range(100):
            sent += 1_024
            yield b"x" * 1_024

    response = await client.post("/tell", content=chunks())

    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert [line["event"] for line in lines()] == ["http_request"]


@pytest.mark.parametrize("chunked", [False, True])
async def test_the_rest_of_a_longer_one_is_taken_off_the_wire_so_that_the_refusal_arrives(
    inner: Starlette, settings: Settings, serve: Serve, chunked: bool
):
    _, port = await serve(wrap(inner, settings))

    async def chunks():
        for _ in range(80):
            yield b"x" * 65_536

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        response = await client.post("/tell", content=chunks() if chunked else b"x" * 5_242_880)

    assert response.status_code == 413


async def test_who_asks_before_sending_is_refused_before_anything_is_read(inner: Starlette):
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("read")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", b"3000"), (b"expect", b"100-continue")]
    scope = {"type": "http", "method": "POST", "path": "/tell", "headers": headers}
    await BodyLimit(inner, limit_bytes=2_048)(scope, receive, send)

    assert sent[0]["status"] == 413


@pytest.mark.parametrize("length", ["abc", "-1", "9" * 40, "²"])
async def test_an_odd_length_does_no_harm(inner: Starlette, asgi_client: ClientOf, length: str):
    client = asgi_client(RequestId(BodyLimit(inner, limit_bytes=2_048)))

    response = await client.post("/tell", content=b"x", headers={b"content-length": length.encode()})

    assert response.status_code in {200, 413}


async def test_too_long_a_body_after_the_answer_began_is_cut(asgi_client: ClientOf):
    async def early(scope: Scope, receive: Receive, send: Send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        message = await receive()
        await send({"type": "http.response.body", "body": message["type"].encode()})

    client = asgi_client(BodyLimit(early, limit_bytes=10))

    async def chunks():
        yield b"x" * 11

    assert (await client.post("/", content=chunks())).text == "http.disconnect"


async def test_web_clients_of_the_named_origins_may_read_even_refusals(client: httpx.AsyncClient):
    origin = {"origin": "https://app.example.com"}

    refused = await client.post("/tell", content=b"x" * 3_000, headers=origin)

    assert refused.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "X-Request-ID" in refused.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in refused.headers


async def test_a_preflight_of_a_named_origin_is_answered(client: httpx.AsyncClient):
    ask = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}

    named = await client.options("/tell", headers={"origin": "https://app.example.com", **ask})
    local = await client.options("/tell", headers={"origin": "http://localhost:5173", **ask})
    other = await client.options("/tell", headers={"origin": "https://evil.example", **ask})

    assert [named.status_code, local.status_code, other.status_code] == [200, 200, 400]


async def test_a_socket_has_an_id_and_a_line(inner: Starlette, settings: Settings, serve: Serve, lines: Lines):
    from websockets.asyncio.client import connect

    _, port = await serve(wrap(inner, settings))
    async with connect(f"ws://127.0.0.1:{port}/echo?token=hunter2", proxy=None) as connection:
        assert handshake(connection).headers["x-request-id"]
        await connection.send("hello")
        assert await connection.recv() == "hello"
        await connection.wait_closed()

    (line,) = [line for line in lines() if line["event"] == "websocket_closed"]
    assert (line["path"], line["status"], line["close_code"]) == ("/echo", 101, 4000)
    assert line["request_id"] == handshake(connection).headers["x-request-id"]
    assert "hunter2" not in json.dumps(lines())


async def test_a_handshake_under_another_name_is_misdirected(inner: Starlette, settings: Settings, serve: Serve):
    from websockets.asyncio.client import connect

    _, port = await serve(wrap(inner, settings))

    with pytest.raises(InvalidStatus) as caught:
        async with connect(f"ws://127.0.0.1:{port}/echo", proxy=None, additional_headers={"Host": "evil.example"}):
            pass

    assert caught.value.response.status_code in {400, 421}


async def test_a_server_that_cannot_answer_a_handshake_closes_it():
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message: Message):
        sent.append(message["type"])

    scope = {"type": "websocket", "headers": [(b"host", b"evil.example")], "server": ("127.0.0.1", 8000), "path": "/"}
    await RequestId(AccessLog(HostGuard(PlainTextResponse("never"))))(scope, receive, send)

    assert sent == ["websocket.close"]


async def test_the_lifespan_passes_through(settings: Settings):
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send):
        seen.append(scope["type"])

    async def receive() -> Message:
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    await wrap(app, settings)({"type": "lifespan"}, receive, send)

    assert seen == ["lifespan"]


async def test_a_500_of_the_applications_own_is_left_as_it_is(asgi_client: ClientOf, settings: Settings):
    client = asgi_client(wrap(JSONResponse({"own": True}, status_code=500), settings))

    response = await client.get("/")

    assert (response.status_code, response.json()) == (500, {"own": True})


async def test_mounted_as_routes_it_is_reached_without_a_redirect(
    endpoint: GraphQLEndpoint, settings: Settings, asgi_client: ClientOf, dial: Dial
):
    app = wrap(Starlette(routes=[Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)]), settings)

    assert (await asgi_client(app).post("/graphql", json={"query": "{ hello }"})).status_code == 200
    await dial(app)
