"""The web client: is it built, and could it be?"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from server.doctor.findings import Finding, ok, warn
from server.settings import PROJECT, Settings

PAGE: Final = PROJECT / "web" / "dist" / "graphiql.html"
"""As server.graphiql has it; a test holds the two together, for that module loads GraphQL."""
OWN_NODE: Final = PROJECT / ".venv" / "node" / "node"
"""Where `make web` puts Node.js when the machine has none that will do."""
_VERSION: Final = re.compile(r"v(\d+)\.(\d+)\.\d+")


def graphiql(settings: Settings, page: Path = PAGE) -> Finding:
    """Is GraphiQL there to be served?"""
    if page.is_file():
        return ok("GraphiQL", "built" + (", and not served in production" if settings.production else ""))
    if settings.production:
        return ok("GraphiQL", "not built, and not served in production")
    return warn("GraphiQL", "not built; the API works without it", "run `make web`")


def node(page: Path = PAGE, own: Path = OWN_NODE) -> Finding:
    """Node.js builds web/ and does nothing else."""
    if page.is_file():
        return ok("Node.js", "not needed: web is built")
    for program in (shutil.which("node"), str(own) if own.exists() else None):
        version = None if program is None else _version(program)
        if version is not None and _will_do(version):
            return ok("Node.js", f"{version[0]}.{version[1]}, to build web with")
    return warn("Node.js", "none that can build web (20.19, or 22.12 and newer)", "run `make web`: it brings its own")


def _version(program: str) -> tuple[int, int] | None:
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=5, check=True).stdout  # noqa: S603 - a program's own path
    except (OSError, subprocess.SubprocessError):
        return None
    match = _VERSION.match(told)
    return (int(match[1]), int(match[2])) if match else None


def _will_do(version: tuple[int, int]) -> bool:
    """Vite's condition, as web/package.json has it."""
    return version >= (22, 12) or (20, 19) <= version < (21, 0)
