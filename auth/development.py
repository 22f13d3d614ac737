"""The server as its own issuer, for development: tokens that go through the same verifier as Clerk's."""

import os
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from auth import keys
from auth.tokens import TokenVerifier
from domain.errors import ConfigurationError, InvalidInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ISSUER: Final = "urn:intrvu:development"
KEY_FILE: Final = "development-issuer.pem"
LIFETIME: Final = timedelta(days=7)
ABSENT: Final = (FileNotFoundError, NotADirectoryError)

_USER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}(@[A-Za-z0-9.-]{1,190})?\Z")


class DevelopmentIssuer:
    """Signs tokens with a key of its own, kept in the data folder so that they outlive a restart."""

    def __init__(self, private_pem: bytes, public_pem: str, *, clock: Callable[[], float] = time.time) -> None:
        """Keep a pair of keys that fit together, in PEM form."""
        self._private_pem = private_pem
        self.public_key_pem = public_pem
        self._clock = clock
        self._key: RSAPrivateKey | None = None

    @classmethod
    def open(cls, data_dir: Path) -> Self:
        """Read the key, or make it: two processes at once end up with the same one.

        Raises:
            ConfigurationError: the key can be neither read nor written; the message says what to do.
        """
        path = data_dir / KEY_FILE
        try:
            return cls(*_read(path))
        except ABSENT:
            pass
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            _create(path)
            return cls(*_read(path))
        except OSError as exc:
            raise ConfigurationError(
                f"{path} cannot be written ({exc.strerror}): set INTRVU_DATA_DIR to a folder this user may write to."
            ) from exc

    def issue(self, user: str, *, lifetime: timedelta = LIFETIME) -> str:
        """Make a token for `user`, a name such as "alice" or an e-mail address.

        Raises:
            InvalidInput: no such user can be.
        """
        if not _USER.match(user):
            raise InvalidInput(
                'A user is a short name such as "alice" or an e-mail address: letters, digits and . _ + - only.',
                field=("user",),
            )
        from auth import signing  # noqa: PLC0415 - loads cryptography

        if self._key is None:  # reading it checks its primes, for 50 ms
            self._key = signing.private_key(self._private_pem)
        now = int(self._clock())
        return signing.sign(
            {
                "iss": ISSUER,
                "sub": user,
                "iat": now,
                "exp": now + int(lifetime.total_seconds()),
                "name": user.partition("@")[0],
                "email": user if "@" in user else f"{user}@example.com",  # RFC 2606: nobody's
            },
            self._key,
        )

    def verifier(self) -> TokenVerifier:
        """The verifier of this issuer's tokens."""
        return TokenVerifier(public_key_pem=self.public_key_pem, issuer=ISSUER, clock=self._clock)


def _read(path: Path) -> tuple[bytes, str]:
    """The private and the public key."""
    remedy = "delete the file and start again; tokens made with it stop working"
    try:
        pem = path.read_bytes()
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)  # a copy or a restored backup may have opened it to others
    except ABSENT:
        raise
    except OSError as exc:
        raise ConfigurationError(
            f"The development key {path} cannot be read ({exc.strerror}): give this user the file, or {remedy}."
        ) from exc
    public_pem = keys.public_part(pem.decode("ascii", errors="replace"))
    if public_pem is None:  # damaged, or written by something else
        from auth import signing  # noqa: PLC0415 - loads cryptography, which can tell

        try:
            public_pem = signing.public_part(signing.private_key(pem))
        except ValueError as exc:
            raise ConfigurationError(f"The development key {path} {exc}: {remedy}.") from exc
    return pem, public_pem


def _create(path: Path) -> None:
    """Write a whole key under another name, then link it into place: nobody ever reads half a key or replaces one."""
    from auth import signing  # noqa: PLC0415 - loads cryptography

    pem = signing.new_private_key()
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{KEY_FILE}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key counts
            path.hardlink_to(name)
    finally:
        Path(name).unlink()
