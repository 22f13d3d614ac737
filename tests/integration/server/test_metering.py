"""What the transports count, and who may read it."""

from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from domain.enums import ChallengeKind
from domain.errors import StorageUnavailable
from domain.evaluation import Backlog
from server import scraping
from server.metering import Metered
from server.settings import Settings
from tests.integration.server.doubles import ClientOf, Serve

TOKEN = "prometheus-reads-this"
NOTHING = Backlog(0, timedelta(0))


async def tell(_: Request) -> PlainTextResponse:
    return PlainTextResponse("told")


async def echo(websocket: WebSocket) -> None:
    if websocket.headers.get("x-refuse"):
        await websocket.close()
        return
    await websocket.accept()
    await websocket.send_text(str(counted("intrvu_websocket_connections_open")))
    await websocket.close(int(await websocket.receive_text()))


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


class Queue:
    """A database that knows its backlog and its stock, or does not answer."""

    backlog: Backlog | None = None

    async def read(self, _work: object) -> tuple[Backlog, dict[ChallengeKind, int]]:
        if self.backlog is None:
            raise StorageUnavailable("It is away: wait.")
        return self.backlog, {ChallengeKind.MULTIPLE_CHOICE: 7, ChallengeKind.SCENARIO: 0}


class Process:
    def __init__(self) -> None:
        self.database = Queue()

    @property
    def services(self) -> "Process":
        return self


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def app(process: Process):
    inner = Starlette(
        routes=[
            Route("/tell", tell, methods=["GET", "POST"]),
            Route("/files/{name}", tell),
            Route("/metrics", scraping.show),
            WebSocketRoute("/echo", echo),
        ]
    )
    inner.state.process = process
    inner.state.settings = Settings.read(env_file=None)
    return inner


@pytest.fixture
def client(app: Starlette, asgi_client: ClientOf):
    return asgi_client(Metered(app, app.routes))


def public_key() -> str:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/tell", {"method": "GET", "route": "/tell", "status": "200"}),
        ("POST", "/tell?secret=1", {"method": "POST", "route": "/tell", "status": "200"}),
        ("GET", "/files/alice.txt", {"method": "GET", "route": "/files/{name}", "status": "200"}),
        ("GET", "/alice/1234", {"method": "GET", "route": "other", "status": "404"}),
        ("BREW", "/tell", {"method": "other", "route": "/tell", "status": "405"}),
    ],
)
async def test_a_request_is_counted_and_timed_under_names_that_no_client_chooses(client, method, path, labels):
    timed = {"method": labels["method"], "route": labels["route"]}
    requests = counted("intrvu_http_requests_total", **labels)
    durations = counted("intrvu_http_request_duration_seconds_count", **timed)

    await client.request(method, path)

    assert counted("intrvu_http_requests_total", **labels) == requests + 1
    assert counted("intrvu_http_request_duration_seconds_count", **timed) == durations + 1


@pytest.mark.parametrize(("code", "label"), [(1000, "1000"), (4403, "4403"), (3999, "other"), (4999, "other")])
async def test_a_socket_is_open_while_it_is_and_counted_by_a_known_code(app, serve: Serve, code, label):
    _, port = await serve(Metered(app, app.routes))
    before = counted("intrvu_websocket_connections_total", code=label)
    opened = counted("intrvu_websocket_connections_open")

    async with connect(f"ws://127.0.0.1:{port}/echo", proxy=None) as socket:
        assert float(await socket.recv()) == opened + 1
        await socket.send(str(code))
        await socket.wait_closed()

    assert counted("intrvu_websocket_connections_open") == opened
    assert counted("intrvu_websocket_connections_total", code=label) == before + 1


async def test_a_refused_handshake_never_was_open(app, serve: Serve):
    _, port = await serve(Metered(app, app.routes))
    before = counted("intrvu_websocket_connections_total", code="refused")

    with pytest.raises(InvalidStatus):
        async with connect(f"ws://127.0.0.1:{port}/echo", proxy=None, additional_headers={"X-Refuse": "1"}):
            pytest.fail("it was accepted")

    assert counted("intrvu_websocket_connections_total", code="refused") == before + 1


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/openmetrics-text;version=1.0.0", "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    ],
)
async def test_it_comes_in_the_format_that_prometheus_asks_for(client, process, accept, content_type):
    process.database.backlog = NOTHING

    answer = await client.get("/metrics", headers={"Accept": accept})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.headers["cache-control"] == "no-store"


async def test_the_queue_and_the_stock_are_read_at_each_scrape_and_unknown_while_the_database_is_away(client, process):
    process.database.backlog = NOTHING
    empty = (await client.get("/metrics")).text
    process.database.backlog = None
    away = await client.get("/metrics")

    assert "\nintrvu_evaluations_waiting 0.0\n" in empty
    assert "\nintrvu_evaluations_oldest_wait_seconds 0.0\n" in empty
    assert '\nintrvu_stock_challenges{kind="MULTIPLE_CHOICE"} 7.0\n' in empty
    assert '\nintrvu_stock_challenges{kind="SCENARIO"} 0.0\n' in empty
    assert away.status_code == 200
    assert away.text.count('\nintrvu_stock_challenges{kind="MULTIPLE_CHOICE"} NaN\n') == 1
    assert "\nintrvu_evaluations_waiting NaN\n" in away.text
    assert "\nintrvu_http_requests_total{" in away.text


@pytest.mark.parametrize(
    ("configured", "sent", "status"),
    [
        (None, None, 404),
        (None, TOKEN, 404),
        (TOKEN, None, 401),
        (TOKEN, "guessed-by-somebody", 401),
        (TOKEN, "ünknown", 401),
        (TOKEN, TOKEN, 200),
    ],
)
async def test_strangers_cannot_read_it_where_strangers_can_reach_it(app, client, configured, sent, status):
    app.state.process.database.backlog = NOTHING
    app.state.settings = Settings.read(
        env_file=None,
        jwt_key=public_key(),
        clerk_issuer="https://clerk.example.com",
        environment="production",
        cors_origins="https://app.example.com",
        metrics_token=configured,
    )
    headers = {} if sent is None else {"Authorization": f"Bearer {sent}".encode()}

    answer: httpx.Response = await client.get("/metrics", headers=headers)

    assert answer.status_code == status
    assert ("intrvu_" in answer.text) == (status == 200)
