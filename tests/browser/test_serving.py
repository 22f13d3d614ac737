"""What GraphiQL's page and files are served as, without a browser."""

import gzip
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from auth.development import DevelopmentIssuer
from schema import schema
from server.assets import Assets, accepted_encodings
from server.graphiql import GraphiQLEndpoint
from server.settings import Settings

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
HTML = """<meta name="intrvu-token" content="__INTRVU_TOKEN__">
<link nonce="__INTRVU_NONCE__"><p nonce="__INTRVU_NONCE__">"""
PEM = "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"
PRODUCTION = {
    "environment": "production",
    "jwt_key": PEM,
    "clerk_issuer": "https://clerk.example.com",
    "cors_origins": "https://app.example.com",
}

Ask = Callable[..., Any]


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "graphiql.html").write_text(HTML)
    (folder / "assets" / "main-1a2b.js").write_text("let it = 1")
    (folder / "assets" / "main-1a2b.js.br").write_bytes(b"brotli")
    (folder / "assets" / "main-1a2b.js.gz").write_bytes(gzip.compress(b"let it = 1", mtime=0))
    (folder / "assets" / "icon.ttf").write_bytes(b"font")
    (folder / "assets" / "secret.pem").write_text("key")
    (folder / "assets" / ".hidden.js").write_text("hidden")
    return folder


def app(settings: Settings, dist: Path) -> ASGIApp:
    async def nobody(connection: object, token: str | None) -> Any:
        raise AssertionError("a page needs no context")

    endpoint = GraphiQLEndpoint(schema, nobody, settings=settings, page=dist / "graphiql.html")
    return Starlette(routes=[Route("/graphql", endpoint), Route("/assets/{name}", Assets(dist / "assets").serve)])


@pytest.fixture
async def ask(dist: Path, tmp_path: Path) -> AsyncIterator[Ask]:
    clients: list[httpx.AsyncClient] = []

    async def get(path: str, headers: dict[str, str] | None = None, **overrides: object) -> httpx.Response:
        settings = Settings.read(env_file=None, data_dir=tmp_path, **overrides)
        transport = httpx.ASGITransport(app=app(settings, dist))
        clients.append(httpx.AsyncClient(transport=transport, base_url="http://localhost:8000"))
        return await clients[-1].get(path, headers={"Accept-Encoding": "identity", **(headers or {})})

    yield get
    for client in clients:
        await client.aclose()


def token_in(response: httpx.Response) -> str:
    found = re.search(r'name="intrvu-token" content="([^"]*)"', response.text)
    assert found is not None
    return found[1]


async def test_a_browser_gets_the_page_with_a_token_that_verifies(ask: Ask, tmp_path: Path):
    response = await ask("/graphql", BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    verified = DevelopmentIssuer.open(tmp_path).verifier().verify(token_in(response))
    assert verified.principal.subject == "developer"


async def test_each_response_has_a_nonce_of_its_own_and_nothing_else_may_be_inline(ask: Ask):
    first, second = await ask("/graphql", BROWSER), await ask("/graphql", BROWSER)
    nonces = []
    for response in (first, second):
        policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
        assert "unsafe" not in "".join(value for name, value in policy.items() if name != "style-src-attr")
        nonces.append(re.findall(r"'nonce-([^']+)'", policy["style-src"])[0])
        assert response.text.count(f'nonce="{nonces[-1]}"') == 2
    assert nonces[0] != nonces[1]
    assert "__INTRVU" not in first.text


async def test_a_script_of_another_origin_gets_no_token(ask: Ask):
    response = await ask("/graphql", {**BROWSER, "Origin": "http://localhost:3000"})
    assert response.status_code == 200
    assert token_in(response) == ""


async def test_with_clerk_there_is_a_page_and_no_token(ask: Ask):
    response = await ask("/graphql", BROWSER, jwt_key=PEM, clerk_issuer="https://clerk.example.com")
    assert response.status_code == 200
    assert token_in(response) == ""


async def test_production_says_what_the_address_is_and_shows_no_graphiql(ask: Ask):
    response = await ask("/graphql", BROWSER, **PRODUCTION)
    assert response.status_code == 404
    assert "GraphiQL is for development only" in response.text
    assert "intrvu-token" not in response.text


async def test_what_is_not_built_is_said_with_the_command(ask: Ask, dist: Path):
    (dist / "graphiql.html").unlink()
    response = await ask("/graphql", BROWSER)
    assert response.status_code == 503
    assert "make web" in response.text


@pytest.mark.parametrize(
    ("accept", "encoding", "body"),
    [
        ("gzip, deflate, br, zstd", "br", b"brotli"),
        ("gzip", "gzip", gzip.compress(b"let it = 1", mtime=0)),
        ("br;q=0, gzip;q=0.5", "gzip", gzip.compress(b"let it = 1", mtime=0)),
        ("identity", None, b"let it = 1"),
    ],
)
async def test_a_file_goes_out_as_it_was_compressed_at_build(ask: Ask, accept: str, encoding: str | None, body: bytes):
    response = await ask("/assets/main-1a2b.js", {"Accept-Encoding": accept})
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["content-length"] == str(len(body))
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_what_was_not_compressed_goes_out_plain(ask: Ask):
    response = await ask("/assets/icon.ttf", {"Accept-Encoding": "br"})
    assert (response.status_code, response.content) == (200, b"font")
    assert response.headers["content-type"] == "font/ttf"
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    "name",
    [
        "main-1a2b.js.br",
        "secret.pem",
        ".hidden.js",
        "absent.js",
        "..%2fgraphiql.html",
        "%2e%2e/graphiql.html",
        "..%5cgraphiql.html",
        "a%00.js",
        "main-1a2b.js%0a",
    ],
)
async def test_only_files_of_the_build_are_served(ask: Ask, name: str):
    assert (await ask(f"/assets/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, set()),
        ("", set()),
        ("*", {"br", "gzip"}),
        ("*;q=0", set()),
        ("GZIP;q=1.0", {"gzip"}),
        ("br;q=0.000", set()),
    ],
)
def test_accept_encoding(header: str | None, accepted: set[str]):
    assert accepted_encodings(header) == accepted
