"""Signed tokens of Clerk and of the development issuer: the claims, checked by one clock, each with its own message.

Sources: RFC 7519 (claims), RFC 8725 (best current practice), Clerk's session tokens versions 1 and 2.
"""

import hashlib
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache

from auth import keys
from domain.errors import Unauthenticated
from domain.user import Principal

if TYPE_CHECKING:
    from jose.backends.cryptography_backend import CryptographyRSAKey

MAX_TOKEN_BYTES: Final = 8 * 1024
REMEMBERED_TOKENS: Final = 2_048  # about 1 kB each

# Three base64url segments: a JWE has five, `alg: none` an empty third. `\Z`, because `$` lets a line feed through.
_COMPACT_JWS: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A token whose signature and claims hold. `expires_at` (UTC) is its `exp`, without leeway."""

    principal: Principal
    expires_at: datetime


class TokenVerifier:
    """Verifies one issuer's tokens with one key; a rotated key is a new verifier, with an empty memory.

    Lives in one event loop: its memory of verified tokens is not locked.

    Args:
        public_key_pem: an RSA public key in PEM form (Clerk calls it the JWT public key).
        issuer: what `iss` must equal; None takes whatever the key's owner wrote there.
        authorized_parties: what `azp` must be one of, where a token has one; empty takes any.
        leeway_seconds: how far the clocks of issuer and server may be apart.
        clock: seconds since 1970-01-01 UTC.

    Raises:
        ConfigurationError: the key is no RSA public key, or a weak one.
    """

    def __init__(
        self,
        *,
        public_key_pem: str,
        issuer: str | None,
        authorized_parties: frozenset[str] = frozenset(),
        leeway_seconds: int = 5,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._public_key_pem = public_key_pem
        self._key: CryptographyRSAKey | None = None
        self._issuer = issuer
        self._authorized_parties = authorized_parties
        self._leeway_seconds = leeway_seconds
        self._clock = clock
        self._remembered: LRUCache[bytes, VerifiedToken] = LRUCache(maxsize=REMEMBERED_TOKENS)
        if not keys.plainly_public(public_key_pem):
            self.warm()

    def warm(self) -> "CryptographyRSAKey":
        """Load what checks signatures, which the first token does otherwise. May be called in any thread, and again."""
        from auth import signing  # noqa: PLC0415 - loads cryptography

        self._key = self._key or signing.public_key(self._public_key_pem)
        return self._key

    def verify(self, token: str) -> VerifiedToken:
        """Say who a token speaks for.

        Raises:
            Unauthenticated: the token does not verify; the message says what to do and never quotes the token.
        """
        if len(token) > MAX_TOKEN_BYTES:
            raise Unauthenticated(f"The token is longer than {MAX_TOKEN_BYTES} bytes; send the session token only.")
        if not _COMPACT_JWS.match(token):
            raise Unauthenticated('The token is not a signed JWT; send "Authorization: Bearer <token>".')
        digest = hashlib.sha256(token.encode("ascii")).digest()
        verified = self._remembered.get(digest)
        if verified is None:
            verified = self._judge(self._claims(token))
            self._remembered[digest] = verified
        elif self._expired(verified.expires_at.timestamp()):
            del self._remembered[digest]
            raise Unauthenticated("The token has expired; sign in again.")
        return verified

    def _claims(self, token: str) -> Mapping[str, object]:
        from auth import signing  # noqa: PLC0415 - as in `warm`

        return signing.verified_claims(token, self._key or self.warm())

    def _judge(self, claims: Mapping[str, object]) -> VerifiedToken:
        expires = _seconds(claims, "exp")
        issued = _seconds(claims, "iat")
        not_before = _seconds(claims, "nbf") if "nbf" in claims else issued
        if self._expired(expires):
            raise Unauthenticated("The token has expired; sign in again.")
        if max(issued, not_before) > self._clock() + self._leeway_seconds:
            raise Unauthenticated("The token is not valid yet; set the clock of the computer that made it.")
        issuer, subject = _text(claims, "iss"), _text(claims, "sub")
        if self._issuer is not None and issuer != self._issuer:
            raise Unauthenticated("The token comes from another issuer than this server trusts; sign in here.")
        self._judge_party(claims)
        if claims.get("sts") == "pending":  # Clerk, version 2: a session with a task (such as choosing a team) left
            raise Unauthenticated("The sign-in is not finished; complete its last step, then try again.")
        try:
            expires_at = datetime.fromtimestamp(expires, UTC)
        except (OverflowError, ValueError, OSError) as exc:
            raise Unauthenticated('The token\'s "exp" is out of range; sign in again.') from exc
        principal = Principal(
            issuer=issuer, subject=subject, email=_optional(claims, "email"), name=_optional(claims, "name")
        )
        return VerifiedToken(principal, expires_at)

    def _judge_party(self, claims: Mapping[str, object]) -> None:
        party = claims.get("azp")
        if not self._authorized_parties or party is None:
            return
        if not isinstance(party, str) or party not in self._authorized_parties:
            raise Unauthenticated("The token was made for another site than those this server serves; sign in here.")

    def _expired(self, expires: float) -> bool:
        return expires + self._leeway_seconds <= self._clock()


def _seconds(claims: Mapping[str, object], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unauthenticated(f'The token has no valid "{name}"; sign in again.')
    return value


def _text(claims: Mapping[str, object], name: str) -> str:
    value = _optional(claims, name)
    if value is None:
        raise Unauthenticated(f'The token has no valid "{name}"; sign in again.')
    return value


def _optional(claims: Mapping[str, object], name: str) -> str | None:
    """A text of 1 to 320 printable characters (the longest e-mail address), or None.

    Printable, so that no NUL or lone surrogate reaches a database that cannot store it.
    """
    value = claims.get(name)
    return value if isinstance(value, str) and 0 < len(value) <= 320 and value.isprintable() else None
