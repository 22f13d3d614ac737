"""Keys and signatures (JWS, RS256). The only module that imports python-jose and cryptography.

Both take 10 MiB and 100 ms to load: it is imported where a signature is made or checked, or a key is in doubt.

python-jose is safe only when it is given one algorithm and a key that was built beforehand, so that is all it gets.
Nothing in a token's header is ever followed (`jku`, `x5u`, `jwk`) or may choose an algorithm.

Sources: RFC 7515 (JWS), RFC 8725 (best current practice).
"""

from collections.abc import Mapping
from typing import Final

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from jose import jws, jwt
from jose.backends.cryptography_backend import CryptographyRSAKey
from jose.exceptions import JOSEError

from auth.keys import EXPONENT, MIN_BITS
from domain.errors import ConfigurationError, Unauthenticated

ALGORITHM: Final = "RS256"


def public_key(pem: str) -> CryptographyRSAKey:
    """A key to verify with.

    Raises:
        ConfigurationError: it is no RSA public key, or a weak one.
    """
    remedy = "set JWT_KEY to Clerk's JWT public key, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----"
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise ConfigurationError(f"JWT_KEY is not a public key in PEM form: {remedy}.") from exc
    if not isinstance(key, rsa.RSAPublicKey):
        raise ConfigurationError(f"JWT_KEY is not an RSA key: {remedy}.")
    if key.key_size < MIN_BITS:
        raise ConfigurationError(f"JWT_KEY has {key.key_size} bits, fewer than {MIN_BITS}: use a longer key.")
    return CryptographyRSAKey(key, ALGORITHM)


def private_key(pem: bytes) -> rsa.RSAPrivateKey:
    """A key to sign with.

    Raises:
        ValueError: it cannot be used; the text goes on after the key's name.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise ValueError("is damaged") from exc
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("is not an RSA key")  # noqa: TRY004 - what a file holds is a value
    return key


def new_private_key() -> bytes:
    """A new key to sign with, in PEM form (PKCS #8)."""
    key = rsa.generate_private_key(public_exponent=EXPONENT, key_size=MIN_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_part(key: rsa.RSAPrivateKey) -> str:
    """The public key in PEM form."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def sign(claims: Mapping[str, object], key: rsa.RSAPrivateKey) -> str:
    """Sign claims as a compact RS256 token."""
    return jwt.encode(dict(claims), CryptographyRSAKey(key, ALGORITHM), algorithm=ALGORITHM)


def verified_claims(token: str, key: CryptographyRSAKey) -> Mapping[str, object]:
    """The claims of a token whose signature holds; what they say is not looked at.

    Raises:
        Unauthenticated: it does not hold, or the token is of another kind.
    """
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
