"""Two pages for people who open the server in a browser: what is here, and the API's reference."""

from html import escape
from string import Template
from typing import cast

from starlette.requests import Request
from starlette.responses import HTMLResponse

from schema import export
from server.settings import Settings

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
pre { padding: 1rem; overflow-x: auto; border: 1px solid; border-radius: .4rem; font-size: .85rem; }
</style>
</head>
<body>
$body
</body>
</html>
""")
_WELCOME = Template("""<h1>IntrVu</h1>
<p>Interview practice as one GraphQL server: ask for a challenge, answer it, and watch the evaluation arrive.</p>
<ul>
<li><code>$origin/graphql</code>: GraphQL over HTTP (POST, and GET for queries) and over WebSocket
(graphql-transport-ws)</li>
$explore<li><a href="/docs">API reference</a></li>
<li><a href="/health">Health</a> and <a href="/ready">readiness</a></li>
</ul>
$begin""")
_EXPLORE = """<li><a href="/graphql">GraphiQL</a>: the whole job as ready-made operations, in this browser</li>
"""
_BEGIN = Template("""<h2>Begin</h2>
<p>Make a token for a person you invent, and ask for a challenge:</p>
<pre>TOKEN=$$(.venv/bin/intrvu token --user alice)
curl -s $origin/graphql -H "Authorization: Bearer $$TOKEN" -H "Content-Type: application/json" \\
  -d '{"query": "mutation { generateChallenge(input: {kind: SCENARIO, domain: DATABASES, difficulty: MEDIUM}) \
{ challenge { id title } userErrors { message } } }"}'</pre>
<p>Over a WebSocket, send the token in the <code>connection_init</code> payload:
<code>{"Authorization": "Bearer &lt;token&gt;"}</code>.</p>""")
_DOCS = Template("""<h1>API reference</h1>
<p>Send operations to <code>$origin/graphql</code>. Every element below is described where it is defined.
<a href="/">Back to the start.</a></p>
<pre>$schema</pre>""")


async def welcome(request: Request) -> HTMLResponse:
    """What is here, and how to begin."""
    origin = escape(str(request.base_url).rstrip("/"))
    settings = cast("Settings", request.app.state.settings)
    begin = _BEGIN.substitute(origin=origin) if settings.development_identity else ""
    explore = "" if settings.production else _EXPLORE
    return html_page("IntrVu", _WELCOME.substitute(origin=origin, begin=begin, explore=explore))


async def docs(request: Request) -> HTMLResponse:
    """The schema with all its descriptions."""
    origin = escape(str(request.base_url).rstrip("/"))
    return html_page("IntrVu: API reference", _DOCS.substitute(origin=origin, schema=escape(export())))


def html_page(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    """A small page of ours around `body`, which is HTML."""
    return HTMLResponse(
        _PAGE.substitute(title=title, body=body),
        status_code=status,
        headers={
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        },
    )
