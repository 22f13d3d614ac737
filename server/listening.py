"""The socket that the server listens on, or one line about why it cannot."""

import errno
import socket

from domain.errors import ConfigurationError


def bind(host: str, port: int) -> socket.socket:
    """Listen there; port 0 takes any free one.

    Raises:
        ConfigurationError: the port is taken, or this user or computer may not have it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as exc:
        listening.close()
        if exc.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"Port {port} on {host} is taken: stop what listens there, or choose another with PORT={port + 1}."
            ) from exc
        if exc.errno == errno.EACCES:
            raise ConfigurationError(
                f"Port {port} needs more rights than this user has: set PORT to 1024 or more."
            ) from exc
        raise ConfigurationError(f"{host}:{port} cannot be listened on ({exc.strerror}): set HOST and PORT.") from exc
    listening.set_inheritable(True)
    return listening


class PortTaken(ConfigurationError):
    """Somebody else listens there."""
