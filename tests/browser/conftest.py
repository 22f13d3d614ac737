"""Real Chromium on a real server. No request may leave the server's origin, and nothing may be complained about."""

import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Response, WebSocket, async_playwright, expect

from server.graphiql import PAGE
from tests.e2e.conftest import Server, serve

__all__ = ["serve"]

HERE = Path(__file__).parent
expect.set_options(timeout=30_000)  # milliseconds: a stream with a delay before every step takes longer than 5 s
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",  # as root, in containers; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
INSIDE = ("data:", "blob:")


def chromium() -> str | None:
    """The browser: CHROMIUM, or the first one on PATH."""
    return os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there is no browser or nothing to show, one skipped test says so for all of them."""
    obstacle = None
    if chromium() is None:
        obstacle = "no Chromium: `apt-get install chromium`, or name one with CHROMIUM=/path/to/it"
    elif not PAGE.is_file():
        obstacle = "GraphiQL is not built: `make web`"
    mine = [item for item in items if HERE in item.path.parents and "graphiql" in getattr(item, "fixturenames", ())]
    if obstacle is None or not mine:
        return
    first, *others = mine
    first.add_marker(pytest.mark.skip(reason=f"NONE of the {len(mine)} browser tests ran: {obstacle}"))
    gone = set(others)
    items[:] = [item for item in items if item not in gone]
    config.hook.pytest_deselected(items=others)


@dataclass
class GraphiQL:
    """The page, as a person uses it, and what it did."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    """What came over WebSockets."""
    inits: list[dict[str, Any]] = field(default_factory=list)
    """What connection_init carried."""

    def watch(self) -> None:
        """Note every request, console error, page error and WebSocket message from now on."""
        self.page.context.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", self._socket)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )

    def _note(self, url: str) -> None:
        if not url.startswith((f"{self.origin}/", *INSIDE)):
            self.outside.append(url)

    def _socket(self, socket: WebSocket) -> None:
        self._note(socket.url.replace("ws", "http", 1))

        def sent(text: str | bytes) -> None:
            message = json.loads(text)
            if message["type"] == "connection_init":
                self.inits.append(message["payload"])

        socket.on("framesent", sent)
        socket.on("framereceived", lambda text: self.frames.append(json.loads(text)))

    async def open(self) -> None:
        """Load the page, and wait until it knows the schema."""
        await self._introspected(self.page.goto(f"{self.origin}/graphql"))

    async def reload(self) -> None:
        await self._introspected(self.page.reload())

    async def _introspected(self, loading: Awaitable[object]) -> None:
        async with self.page.expect_response(_answers("IntrospectionQuery")):
            await loading
        await self.page.locator(".graphiql-query-editor .view-line").first.wait_for()
        await expect(self.page.get_by_role("button", name="Execute query")).to_be_visible()

    async def tabs(self) -> list[str]:
        return await self.page.locator(".graphiql-tab-button").all_inner_texts()

    async def choose(self, tab: str) -> None:
        await self.page.locator(".graphiql-tab-button").get_by_text(tab, exact=True).click()

    async def play(self) -> None:
        await self.page.get_by_role("button", name="Execute query").click()

    async def answer(self, tab: str) -> Any:
        """Press play on a tab that asks once; what the server answered."""
        await self.choose(tab)
        async with self.page.expect_response(_answers(tab)) as answered:
            await self.play()
        result = await (await answered.value).json()
        await expect(self.response).to_contain_text('"data"')
        return result

    @property
    def response(self) -> Locator:
        return self.page.locator(".graphiql-response")

    @property
    def about(self) -> Locator:
        """What was put in place of placeholders, and the messages of a stream."""
        return self.page.get_by_label("About this request")

    async def editor(self, kind: str) -> str:
        """What stands in an editor, as far as it is in view."""
        lines = self.page.locator(f"[aria-label='{kind}'] .view-line:visible")
        return "\n".join(line.replace("\xa0", " ") for line in await lines.all_inner_texts())


def _answers(operation: str) -> Callable[[Response], bool]:
    def matches(response: Response) -> bool:
        sent = response.request.post_data if response.request.method == "POST" else None
        return sent is not None and json.loads(sent).get("operationName") == operation

    return matches


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that do not care what is in it."""
    started = Server(tmp_path_factory.mktemp("browser") / "data", {})
    started.start()
    yield started
    started.stop()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(20_000)
        yield await context.new_page()
        await browser.close()


@pytest.fixture
async def graphiql(page: Page, server: Server) -> AsyncIterator[GraphiQL]:
    """GraphiQL, opened; afterwards, nothing was asked for outside and nothing was complained about."""
    explorer = GraphiQL(page, server.origin)
    explorer.watch()
    await explorer.open()
    yield explorer
    assert explorer.outside == []
    assert explorer.complaints == []
