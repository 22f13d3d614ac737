"""GraphiQL for a browser that opens /graphql, in development: built into web/dist, served with no help from outside."""

import secrets
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from strawberry.schema.base import BaseSchema

from auth.development import DevelopmentIssuer
from server.assets import DIST
from server.graphql.context import ContextFactory
from server.graphql.endpoint import GraphQLEndpoint
from server.pages import html_page
from server.settings import DEVELOPMENT_USER, Settings

PAGE: Final = DIST / "graphiql.html"
NONCE: Final = "__INTRVU_NONCE__"
TOKEN: Final = "__INTRVU_TOKEN__"  # noqa: S105 - a mark in the page, not a secret

_NOT_BUILT: Final = """<h1>GraphiQL is not built</h1>
<p>The API itself is served at this address. For GraphiQL, run this in the project's folder and reload:</p>
<pre>make web</pre>
<p>It needs Node.js or Python's package index, and npm's registry, once. <a href="/docs">API reference</a></p>"""
_OFF: Final = """<h1>GraphQL</h1>
<p>This address takes GraphQL requests; GraphiQL is for development only. <a href="/docs">API reference</a></p>"""


def policy(nonce: str) -> str:
    """The page's Content-Security-Policy: the strictest that Monaco, GraphiQL's editor, works under.

    - Scripts and workers are files of ours only: no inline script, no eval.
    - Style elements are files of ours, or carry this response's nonce: web/src/shared/nonce.ts gives it to what Monaco
      injects.
    - Style attributes cannot be forbidden: Monaco writes its lines as HTML with `style="top: …"` in it.
    - data: fonts and images are what GraphiQL's style sheet has inside itself.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            f"style-src 'self' 'nonce-{nonce}'",
            "style-src-attr 'unsafe-inline'",
            "font-src 'self' data:",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


class GraphiQLEndpoint(GraphQLEndpoint):
    """`/graphql` that shows GraphiQL to browsers in development, and says what it is in production.

    Args:
        schema: what is served.
        context_factory: makes the context of a request, and of a socket at its connection_init.
        settings: whether this is development, and whose token the page gets.
        origin_allowed: whether a page from another origin may open a WebSocket; None allows all.
        page: the built page.
    """

    def __init__(
        self,
        schema: BaseSchema,
        context_factory: ContextFactory,
        *,
        settings: Settings,
        origin_allowed: Callable[[str], bool] | None = None,
        page: Path = PAGE,
    ) -> None:
        super().__init__(schema, context_factory, origin_allowed=origin_allowed)
        self._settings = settings
        self._page = page

    async def page(self, request: Request) -> Response:
        """The page, with this response's nonce and, where there is a development identity, a token in a `<meta>`."""
        if self._settings.production:
            return html_page("IntrVu: GraphQL", _OFF, status=404)
        text = await run_in_threadpool(self._built)
        if text is None:
            return html_page("IntrVu: GraphiQL is not built", _NOT_BUILT, status=503)
        token = ""
        # A script of another origin that fetches the page names its origin; a person who opens it does not. CORS lets
        # other pages on this computer read answers in development: not this one's token.
        if self._settings.development_identity and "origin" not in request.headers:
            token = await run_in_threadpool(self._token)
        nonce = secrets.token_urlsafe(18)
        return HTMLResponse(
            text.replace(NONCE, nonce).replace(TOKEN, escape(token)),
            headers={
                "Cache-Control": "no-store",
                "Content-Security-Policy": policy(nonce),
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            },
        )

    def _built(self) -> str | None:
        try:
            return self._page.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def _token(self) -> str:
        return DevelopmentIssuer.open(self._settings.data_dir).issue(DEVELOPMENT_USER)
