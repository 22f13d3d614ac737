"""What is said of a key without cryptography is what cryptography says."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from auth import keys, signing

PLAIN = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(scope="session")
def private_key_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(*PLAIN).decode()


def changed(pem: str) -> list[str]:
    """The key with one character of it changed, at many places."""
    head, *body, foot = pem.strip().split("\n")
    text = "".join(body)
    lines = []
    for at in range(0, len(text) - 4, 7):
        other = text[:at] + ("A" if text[at] != "A" else "Q") + text[at + 1 :]
        lines.append("\n".join([head, *(other[start : start + 64] for start in range(0, len(other), 64)), foot, ""]))
    return lines


@pytest.mark.parametrize("bits", [2_048, 2_056, 3_072, 4_096])
def test_openssls_keys_of_any_length_are_known(bits: int):
    key = rsa.generate_private_key(public_exponent=65_537, key_size=bits)
    public = signing.public_part(key)

    assert keys.plainly_public(public)
    assert keys.public_part(key.private_bytes(*PLAIN).decode()) == public


def test_our_own_new_key_is_known():
    pem = signing.new_private_key()

    assert keys.public_part(pem.decode()) == signing.public_part(signing.private_key(pem))


def test_space_around_a_key_does_not_matter(public_key_pem: str):
    assert keys.plainly_public(f"\n {public_key_pem.strip()}")


def test_a_private_key_with_anything_changed_is_in_doubt(private_key_pem: str):
    assert [pem for pem in changed(private_key_pem) if keys.public_part(pem)] == []


def test_a_public_key_that_is_not_in_doubt_can_be_used(public_key_pem: str):
    plain = [pem for pem in changed(public_key_pem) if keys.plainly_public(pem)]

    assert len(plain) < len(changed(public_key_pem))
    for pem in plain:  # another modulus is a key, too: no one can tell it from the right one
        signing.public_key(pem)


@pytest.mark.parametrize("cut", [0, 1, 30, 64, 100, 200, 400, 445])
def test_half_a_key_is_in_doubt(public_key_pem: str, private_key_pem: str, cut: int):
    assert not keys.plainly_public(public_key_pem[:cut])
    assert keys.public_part(private_key_pem[:cut]) is None


def test_a_key_of_another_form_is_in_doubt(key: rsa.RSAPrivateKey, public_key_pem: str, private_key_pem: str):
    other = key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    traditional = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    assert not keys.plainly_public(other)
    assert not keys.plainly_public(public_key_pem.replace("\n", "\r\n"))
    assert not keys.plainly_public(private_key_pem)
    assert keys.public_part(traditional) is None
    assert keys.public_part(public_key_pem) is None


def test_a_weak_key_an_odd_exponent_and_another_algorithm_are_in_doubt():
    weak = rsa.generate_private_key(public_exponent=65_537, key_size=1_024)
    three = rsa.generate_private_key(public_exponent=3, key_size=2_048)
    curve = ec.generate_private_key(ec.SECP256R1())

    for key in (weak, three, curve):
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        assert not keys.plainly_public(public)
        assert keys.public_part(key.private_bytes(*PLAIN).decode()) is None
