"""What makes a token good, and what the caller of a bad one is told."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jose import jwe, jws, jwt
from jose.backends.cryptography_backend import CryptographyRSAKey

from auth.signing import sign
from auth.tokens import MAX_TOKEN_BYTES, REMEMBERED_TOKENS, TokenVerifier
from domain.errors import ConfigurationError, Unauthenticated
from domain.user import Principal
from tests.unit.auth.doubles import Clock


def segment(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def refusal(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verifier.verify(token)
    assert token not in str(caught.value)
    return str(caught.value)


def test_a_session_token_of_clerk_names_its_person(verifier: TokenVerifier, token: Callable[..., str], clock: Clock):
    verified = verifier.verify(token(email="alice@example.com", name="Alice"))

    assert verified.principal == Principal("https://clerk.example.com", "user_1", "alice@example.com", "Alice")
    assert verified.expires_at == datetime.fromtimestamp(clock.now + 60, UTC)


def test_version_1_of_clerks_tokens_is_taken_too(verifier: TokenVerifier, token: Callable[..., str]):
    verified = verifier.verify(token(v=None, fva=None, sts=None, org_id="org_1"))

    assert verified.principal == Principal("https://clerk.example.com", "user_1")


@pytest.mark.parametrize("name", ["exp", "iat", "sub", "iss"])
def test_a_token_without_a_required_claim_is_refused(verifier: TokenVerifier, token: Callable[..., str], name: str):
    assert refusal(verifier, token(**{name: None})) == f'The token has no valid "{name}"; sign in again.'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp", "1790000060"),
        ("exp", True),
        ("exp", [1_790_000_060]),
        ("exp", float("inf")),
        ("exp", 10**18),
        ("iat", {}),
        ("nbf", "soon"),
        ("sub", ""),
        ("sub", 7),
        ("sub", "a\x00b"),
        ("sub", "\ud800"),
        ("sub", "u" * 321),
        ("iss", ["https://clerk.example.com"]),
        ("azp", ["https://app.example.com"]),
    ],
)
def test_a_claim_of_the_wrong_kind_is_refused(
    verifier: TokenVerifier, token: Callable[..., str], name: str, value: object
):
    refusal(verifier, token(**{name: value}))


def test_a_token_expires_after_its_leeway(verifier: TokenVerifier, token: Callable[..., str], clock: Clock):
    mine = token()
    clock.now += 64.9
    verifier.verify(mine)

    clock.now += 0.1

    assert refusal(verifier, mine) == "The token has expired; sign in again."
    assert refusal(verifier, mine) == "The token has expired; sign in again."


def test_an_expired_token_is_refused_at_first_sight(verifier: TokenVerifier, token: Callable[..., str], clock: Clock):
    assert refusal(verifier, token(exp=clock.now - 5)) == "The token has expired; sign in again."


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_a_token_of_the_future_is_refused_beyond_the_leeway(
    verifier: TokenVerifier, token: Callable[..., str], clock: Clock, name: str
):
    verifier.verify(token(**{name: clock.now + 5}))

    assert "not valid yet" in refusal(verifier, token(**{name: clock.now + 6}))


def test_another_issuers_token_is_refused(verifier: TokenVerifier, token: Callable[..., str]):
    assert "another issuer" in refusal(verifier, token(iss="https://other.example.com"))


def test_without_an_issuer_to_compare_the_keys_owner_decides(
    public_key_pem: str, token: Callable[..., str], clock: Clock
):
    verifier = TokenVerifier(public_key_pem=public_key_pem, issuer=None, clock=clock)

    assert verifier.verify(token(iss="https://own.example.com")).principal.issuer == "https://own.example.com"


def test_a_token_made_for_another_site_is_refused(verifier: TokenVerifier, token: Callable[..., str]):
    assert "another site" in refusal(verifier, token(azp="https://evil.example.com"))
    verifier.verify(token(azp=None))


def test_any_site_will_do_when_none_are_named(public_key_pem: str, token: Callable[..., str], clock: Clock):
    TokenVerifier(public_key_pem=public_key_pem, issuer=None, clock=clock).verify(token(azp="https://any.example.com"))


def test_an_unfinished_sign_in_is_refused(verifier: TokenVerifier, token: Callable[..., str]):
    assert "not finished" in refusal(verifier, token(sts="pending"))


@pytest.mark.parametrize("name", ["email", "name"])
@pytest.mark.parametrize("value", ["", 7, "a\nb", "x" * 321, {}])
def test_an_unusable_email_or_name_is_left_out(
    verifier: TokenVerifier, token: Callable[..., str], name: str, value: object
):
    assert getattr(verifier.verify(token(**{name: value})).principal, name) is None


@pytest.mark.parametrize(
    "text",
    ["", "abc", "a.b", "a.b.c.d", "a.b.c\n", "Basic YWxpY2U6c2VjcmV0", "é.é.é", "..", "a..c", "a.b.", "a b.c.d"],
)
def test_what_is_no_signed_token_is_told_so(verifier: TokenVerifier, text: str):
    with pytest.raises(Unauthenticated, match="not a signed JWT"):
        verifier.verify(text)


def test_a_longer_token_than_8_kb_is_refused(verifier: TokenVerifier, token: Callable[..., str]):
    assert "longer" in refusal(verifier, token(padding="x" * MAX_TOKEN_BYTES))


def test_alg_none_is_refused(verifier: TokenVerifier, claims: dict[str, object]):
    assert "not a signed JWT" in refusal(verifier, f"{segment({'alg': 'none'})}.{segment(claims)}.")
    assert "RS256" in refusal(verifier, f"{segment({'alg': 'none'})}.{segment(claims)}.AAAA")


def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused(
    verifier: TokenVerifier, claims: dict[str, object], key: rsa.RSAPrivateKey
):
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    assert "RS256" in refusal(verifier, jwt.encode(claims, der, algorithm="HS256"))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512"])
def test_other_algorithms_of_the_same_key_are_refused(
    verifier: TokenVerifier, claims: dict[str, object], key: rsa.RSAPrivateKey, algorithm: str
):
    assert "RS256" in refusal(verifier, jwt.encode(claims, CryptographyRSAKey(key, algorithm), algorithm=algorithm))


def test_an_encrypted_token_is_refused(verifier: TokenVerifier, claims: dict[str, object]):
    token = jwe.encrypt(json.dumps(claims), b"k" * 32, algorithm="dir", encryption="A256GCM").decode()

    with pytest.raises(Unauthenticated, match="not a signed JWT"):
        verifier.verify(token)


def test_a_strangers_signature_is_refused(verifier: TokenVerifier, claims: dict[str, object]):
    stranger = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)

    assert "signature" in refusal(verifier, sign(claims, stranger))


def test_a_key_that_the_token_brings_along_is_not_used(verifier: TokenVerifier, claims: dict[str, object]):
    stranger = CryptographyRSAKey(rsa.generate_private_key(public_exponent=65_537, key_size=2_048), "RS256")
    headers = {
        "jku": "http://127.0.0.1:9/jwks.json",
        "x5u": "http://127.0.0.1:9/",
        "jwk": stranger.public_key().to_dict(),
    }

    assert "signature" in refusal(verifier, jwt.encode(claims, stranger, algorithm="RS256", headers=headers))


@pytest.mark.parametrize("headers", [{"typ": "at+jwt"}, {"crit": ["b64"], "b64": False}])
def test_a_token_of_another_kind_is_refused(
    verifier: TokenVerifier, claims: dict[str, object], key: rsa.RSAPrivateKey, headers: dict[str, object]
):
    token = jwt.encode(claims, CryptographyRSAKey(key, "RS256"), algorithm="RS256", headers=headers)

    assert "not a session token" in refusal(verifier, token)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_token_is_refused(verifier: TokenVerifier, token: Callable[..., str], part: int):
    parts = token().split(".")
    middle = len(parts[part]) // 2
    letter = "B" if parts[part][middle] == "A" else "A"
    parts[part] = parts[part][:middle] + letter + parts[part][middle + 1 :]

    refusal(verifier, ".".join(parts))


@pytest.mark.parametrize("header", ["[" * 5_000, "{", "7", "null", '{"alg": ["RS256"]}', '{"alg": "RS256", "typ": 7}'])
def test_a_header_that_is_no_object_is_refused(verifier: TokenVerifier, claims: dict[str, object], header: str):
    refusal(verifier, f"{segment(header)}.{segment(claims)}.AAAA")


@pytest.mark.parametrize("payload", ["[" * 3_000, "[]", "null", "{", "\ud800".encode("utf-8", "surrogatepass")])
def test_signed_claims_that_are_no_object_are_refused(
    verifier: TokenVerifier, key: rsa.RSAPrivateKey, payload: str | bytes
):
    raw = payload if isinstance(payload, bytes) else payload.encode()

    assert "cannot be read" in refusal(verifier, jws.sign(raw, CryptographyRSAKey(key, "RS256"), algorithm="RS256"))


def test_the_memory_of_verified_tokens_is_bounded(verifier: TokenVerifier):
    assert verifier._remembered.maxsize == REMEMBERED_TOKENS


def test_a_token_seen_before_is_not_verified_again(verifier: TokenVerifier, token: Callable[..., str]):
    mine = token()
    first = verifier.verify(mine)

    assert verifier.verify(mine) is first


@pytest.mark.parametrize("pem", ["", "secret", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_key_that_is_none_is_explained(pem: str):
    with pytest.raises(ConfigurationError, match="JWT_KEY is not a public key in PEM form: set JWT_KEY") as caught:
        TokenVerifier(public_key_pem=pem, issuer=None)
    assert "\n" not in str(caught.value)


def test_a_key_of_another_kind_is_explained():
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    with pytest.raises(ConfigurationError, match="JWT_KEY is not an RSA key"):
        TokenVerifier(public_key_pem=pem, issuer=None)


def test_a_weak_key_is_explained():
    key = rsa.generate_private_key(public_exponent=65_537, key_size=1_024).public_key()
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    with pytest.raises(ConfigurationError, match="JWT_KEY has 1024 bits"):
        TokenVerifier(public_key_pem=pem, issuer=None)


def test_a_key_of_another_form_verifies_too(key: rsa.RSAPrivateKey, token: Callable[..., str], clock: Clock):
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()

    assert TokenVerifier(public_key_pem=pem, issuer=None, clock=clock).verify(token()).principal.subject == "user_1"
