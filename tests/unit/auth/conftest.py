"""An issuer like Clerk: its key, the claims of its session tokens and a clock that stands still."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.signing import sign
from auth.tokens import TokenVerifier
from tests.unit.auth.doubles import NOW, Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@pytest.fixture(scope="session")
def public_key_pem(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def claims() -> dict[str, object]:
    """Clerk, version 2."""
    return {
        "azp": "https://app.example.com",
        "exp": NOW + 60,
        "fva": [3, -1],
        "iat": NOW,
        "iss": "https://clerk.example.com",
        "jti": "2f1b",
        "nbf": NOW - 10,
        "sid": "sess_1",
        "sts": "active",
        "sub": "user_1",
        "v": 2,
    }


@pytest.fixture
def token(key: rsa.RSAPrivateKey, claims: dict[str, object]) -> Callable[..., str]:
    """Sign the claims with changes; a claim that is set to None is left out."""

    def make(**changes: object) -> str:
        merged = {**claims, **changes}
        return sign({name: value for name, value in merged.items() if value is not None}, key)

    return make


@pytest.fixture
def verifier(public_key_pem: str, clock: Clock) -> TokenVerifier:
    return TokenVerifier(
        public_key_pem=public_key_pem,
        issuer="https://clerk.example.com",
        authorized_parties=frozenset({"https://app.example.com"}),
        clock=clock,
    )
