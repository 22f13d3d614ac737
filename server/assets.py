"""The built web client's files: hashed names, so cached for good; compressed when they were built, never here."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from server.settings import PROJECT

DIST: Final = PROJECT / "web" / "dist"
"""Where `make web` builds to."""
MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""What is served at all; nothing is guessed."""
ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
"""Best first, with the end of the file's name."""

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}\Z")
_HEADERS: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'",  # a worker's own policy, and an image's that is opened by itself
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


class Assets:
    """Serves the files of one flat folder by name.

    The folder is looked at on each request, so that a new build is served without a restart.
    """

    def __init__(self, folder: Path = DIST / "assets") -> None:
        self._folder = folder

    async def serve(self, request: Request) -> Response:
        """Answer a request whose path parameter is `name`; 404 for whatever is no file of the build."""
        name = str(request.path_params["name"])
        media_type = MEDIA_TYPES.get(Path(name).suffix)
        if media_type is None or not _NAME.match(name):
            return _not_found()
        accepted = accepted_encodings(request.headers.get("accept-encoding"))
        found = await run_in_threadpool(self._find, name, accepted)
        if found is None:
            return _not_found()
        path, encoding = found
        headers = _HEADERS if encoding is None else {**_HEADERS, "Content-Encoding": encoding}
        return FileResponse(path, media_type=media_type, headers=headers)

    def _find(self, name: str, accepted: frozenset[str]) -> tuple[Path, str | None] | None:
        plain = self._folder / name
        if not plain.is_file():
            return None
        for encoding, ending in ENCODINGS:
            if encoding in accepted and (compressed := plain.with_name(name + ending)).is_file():
                return compressed, encoding
        return plain, None


def accepted_encodings(header: str | None) -> frozenset[str]:
    """Those of ENCODINGS that an Accept-Encoding header takes (RFC 9110, section 12.5.3)."""
    weights: dict[str, bool] = {}
    for part in (header or "").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights[name] = not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    everything = weights.get("*", False)
    return frozenset(name for name, _ in ENCODINGS if weights.get(name, everything))


def _not_found() -> Response:
    return PlainTextResponse("No such file.\n", 404, headers={"Cache-Control": "no-store"})
