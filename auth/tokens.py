"""Signed tokens (JWS, RS256) of Clerk and of the development issuer. The only module that imports python-jose.

python-jose is safe only when it is given one algorithm and a key that was built beforehand, so that is all it gets: the
claims are checked here, by one clock, each with a message of its own. Nothing in a token's header is ever followed
(`jku`, `x5u`, `jwk`) or may choose an algorithm.

Sources: RFC 7519 (claims), RFC 8725 (best current practice), Clerk's session tokens versions 1 and 2.
"""

import hashlib
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson
from cachetools import LRUCache
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jose import jws, jwt
from jose.backends.cryptography_backend import CryptographyRSAKey
from jose.exceptions import JOSEError

from domain.errors import ConfigurationError, Unauthenticated
from domain.user import Principal

ALGORITHM: Final = "RS256"
MAX_TOKEN_BYTES: Final = 8 * 1024
REMEMBERED_TOKENS: Final = 2_048  # about 1 kB each
MIN_KEY_BITS: Final = 2_048  # RFC 7518, section 3.3

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
        self._key = CryptographyRSAKey(_public_key(public_key_pem), ALGORITHM)
        self._issuer = issuer
        self._authorized_parties = authorized_parties
        self._leeway_seconds = leeway_seconds
        self._clock = clock
        self._remembered: LRUCache[bytes, VerifiedToken] = LRUCache(maxsize=REMEMBERED_TOKENS)

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
            verified = self._judge(_claims(token, self._key))
            self._remembered[digest] = verified
        elif self._expired(verified.expires_at.timestamp()):
            del self._remembered[digest]
            raise Unauthenticated("The token has expired; sign in again.")
        return verified

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


def sign(claims: Mapping[str, object], key: RSAPrivateKey) -> str:
    """Sign claims as a compact RS256 token."""
    return jwt.encode(dict(claims), CryptographyRSAKey(key, ALGORITHM), algorithm=ALGORITHM)


def _public_key(pem: str) -> RSAPublicKey:
    remedy = "set JWT_KEY to Clerk's JWT public key, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----"
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise ConfigurationError(f"JWT_KEY is not a public key in PEM form: {remedy}.") from exc
    if not isinstance(key, RSAPublicKey):
        raise ConfigurationError(f"JWT_KEY is not an RSA key: {remedy}.")
    if key.key_size < MIN_KEY_BITS:
        raise ConfigurationError(f"JWT_KEY has {key.key_size} bits, fewer than {MIN_KEY_BITS}: use a longer key.")
    return key


def _claims(token: str, key: CryptographyRSAKey) -> Mapping[str, object]:
    """The claims of a token whose signature holds."""
    try:
        header = jws.get_unverified_header(token)
        if header.get("alg") != ALGORITHM:
            raise Unauthenticated(f"The token is not signed with {ALGORITHM}, the only algorithm this server takes.")
        # Other types (such as at+jwt) are not session tokens; `crit` names rules that must not be skipped.
        if str(header.get("typ", "JWT")).upper() != "JWT" or "crit" in header:
            raise Unauthenticated("The token is not a session token; sign in again.")
        payload = jws.verify(token, key, algorithms=[ALGORITHM])
    # RecursionError: python-jose reads the header with json.loads before any signature is checked.
    except (JOSEError, ValueError, RecursionError) as exc:
        raise Unauthenticated("The token's signature does not verify; sign in again.") from exc
    try:
        claims = orjson.loads(payload)
    except orjson.JSONDecodeError as exc:
        raise Unauthenticated("The token's claims cannot be read; sign in again.") from exc
    if not isinstance(claims, dict):
        raise Unauthenticated("The token's claims cannot be read; sign in again.")
    return claims


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
