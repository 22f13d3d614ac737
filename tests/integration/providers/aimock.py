"""aimock, a stand-in for both providers that others wrote: `make test` installs it from tests/aimock."""

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
FOLDER = PROJECT / "tests" / "aimock"
COMMAND = FOLDER / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"


def node() -> str | None:
    """The one that the Makefile brought along, or the machine's."""
    brought = PROJECT / ".venv" / "node" / "node"
    return str(brought) if brought.exists() else shutil.which("node")


def missing() -> str | None:
    """Why it cannot be started here."""
    if not COMMAND.exists():
        return "aimock is not installed: `make test` does it, where npm's registry is within reach"
    return None if node() else "there is no Node.js: `make test` brings it along"


@contextmanager
def serving() -> Iterator[str]:
    """Start it on a free port; its origin."""
    command = [node(), COMMAND, "-p", "0", "-h", "127.0.0.1", "-f", FOLDER / "fixtures.json", "--strict"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        # Its pipe is read to the end: when that is full, aimock stops.
        reading = threading.Thread(target=process.stdout.read)
        try:
            origin = _announced(process)
            reading.start()
            yield origin
        finally:
            process.kill()
            if reading.ident is not None:
                reading.join()


def _announced(process: subprocess.Popen[str]) -> str:
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if listening := re.search(r"listening on (http://127\.0\.0\.1:\d+)", line):
            return listening[1]
    raise AssertionError(f"aimock did not start: {''.join(said)}")
