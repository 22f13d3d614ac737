"""The computer: Python, and the port."""

import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from domain.errors import ConfigurationError
from server.doctor.findings import Finding, fail, ok, split
from server.listening import PortTaken, bind
from server.settings import Settings

OLDEST_PYTHON: Final = (3, 11)
_LISTENING: Final = "0A"
"""A socket's state in /proc/net/tcp. Source: Linux, include/net/tcp_states.h."""


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """Is Python new enough?"""
    shown = ".".join(map(str, version))
    if version >= OLDEST_PYTHON:
        return ok("Python", f"{platform.python_implementation()} {shown}")
    needed = ".".join(map(str, OLDEST_PYTHON))
    return fail("Python", f"{shown} is too old", f"install Python {needed} or newer, then `make clean` and `make run`")


def port(settings: Settings) -> Finding:
    """Can the server listen where it is told to? Listens there for a moment."""
    place = f"{settings.port} on {settings.host}"
    if settings.port == 0:
        return ok("Port", f"any free one on {settings.host}")
    try:
        bind(settings.host, settings.port).close()
    except PortTaken as exc:
        holder = f" by {name}" if (name := _holder(settings.port)) else ""
        if _is_intrvu(settings.host, settings.port):
            return ok("Port", f"{place}: an IntrVu server answers there{holder and f', run{holder}'}")
        return fail("Port", f"{place} is taken{holder}", split(exc)[1])
    except ConfigurationError as exc:
        return fail("Port", *split(exc))
    return ok("Port", f"{place} is free")


def _is_intrvu(host: str, port: int) -> bool:
    """Whether what listens there answers as this product does."""
    import http.client  # noqa: PLC0415 - only where a port is taken

    reached_at = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on
    connection = http.client.HTTPConnection(reached_at, port, timeout=0.5)
    try:
        connection.request("GET", "/health", headers={"Host": f"localhost:{port}"})
        answer = connection.getresponse()
        return "x-request-id" in answer.headers and answer.read(64) == b'{"status":"ok"}'
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _holder(port: int) -> str:
    """Name and number of the process that listens there; empty when this system or this user cannot tell."""
    wanted = {f"socket:[{inode}]" for inode in _listening(port)}
    try:
        processes = [folder for folder in Path("/proc").iterdir() if folder.name.isdecimal()]
    except OSError:
        return ""
    for process in processes if wanted else ():
        try:
            if any(str(descriptor.readlink()) in wanted for descriptor in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue  # it has gone, or is somebody else's
    return ""


def _listening(port: int) -> Iterator[str]:
    """The inodes of sockets that listen on the port. Source: proc_net_tcp.txt in Linux's documentation."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]
