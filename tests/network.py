"""No test leaves this computer: whoever tries is refused, and the test fails even if its code got over that.

Python's audit hook sees every connection and every look-up of a name that Python makes, whatever library, thread or
event loop asks for it. What other processes do it cannot see: those inherit an environment without anybody's keys, in
which every proxy is a port that nobody listens on.
"""

import os
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

NOBODYS_PORT: Final = 9
STRIPPED_PREFIXES: Final = ("OPENAI_", "ANTHROPIC_", "LANGSMITH_", "LANGCHAIN_", "CLERK_", "INTRVU_")
STRIPPED: Final = frozenset({"DATABASE_URL", "REDIS_URL", "JWT_KEY", "HOST", "PORT"})
PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
HERE: Final = "localhost,127.0.0.1,::1"


class LeavesLoopback(PermissionError):
    """A test tried to reach another computer."""


class Guard:
    """Refuses, and remembers what it refused."""

    def __init__(self) -> None:
        self._attempts: list[str] = []

    def watch(self, event: str, arguments: tuple[object, ...]) -> None:
        """Be told of everything that happens in the interpreter, as sys.addaudithook does."""
        if event == "socket.getaddrinfo":
            self._check(arguments[0], arguments[1])
        elif event in {"socket.gethostbyname", "socket.gethostbyaddr"}:
            self._check(arguments[0], None)
        elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):  # else a Unix socket
            self._check(*arguments[1][:2])

    def attempts(self) -> list[str]:
        """What was refused since this was last asked."""
        attempts, self._attempts = self._attempts, []
        return attempts

    def _check(self, host: object, port: object) -> None:
        host = bytes(host).decode() if isinstance(host, bytes | bytearray) else host
        if not stays(host, port):
            self._attempts.append(f"{host}:{port}")
            raise LeavesLoopback(f"a test tried to reach {host}:{port}")


def stays(host: object, port: object) -> bool:
    """Whether an address is on this computer, and not the way out that is walled up."""
    if not host or host == "localhost":
        return port != NOBODYS_PORT
    try:
        address = ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    # Nobody connects to "any address": it is looked up to listen there.
    return (address.is_loopback or address.is_unspecified) and port != NOBODYS_PORT


def isolated(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without anybody's settings and keys, and without a way out."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.startswith(STRIPPED_PREFIXES)
        and name not in STRIPPED
        and name.upper() not in {*PROXIES, "NO_PROXY"}
    }
    walled = dict.fromkeys(PROXIES, f"http://127.0.0.1:{NOBODYS_PORT}")
    both = {**walled, "NO_PROXY": HERE}
    walled_off = {**both, **{name.lower(): value for name, value in both.items()}}
    # A developer's .env may hold keys, and the address of a database that matters.
    return {**kept, **walled_off, "INTRVU_ENV_FILE": os.devnull}


GUARD: Final = Guard()


def close_the_gates() -> None:
    """Begin, once for this process."""
    environment = isolated(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    sys.addaudithook(GUARD.watch)
