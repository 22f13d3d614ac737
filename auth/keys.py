"""What can be said of an RSA key without cryptography, which takes 10 MiB and 100 ms to load.

Only what is beyond doubt is said here: that a key is in the one form which OpenSSL writes, and that its numbers fit
together. Any other key may be good, too, or be none; then cryptography has to be asked.

Sources: RFC 7468 (PEM), RFC 5280, section 4.1 (SubjectPublicKeyInfo), RFC 5208 (PKCS #8), RFC 8017, appendix A.1.
"""

import base64
import textwrap
from typing import Final

MIN_BITS: Final = 2_048  # RFC 7518, section 3.3
MAX_BITS: Final = 16_384  # OpenSSL takes no more
EXPONENT: Final = 65_537

_INTEGER, _BITS, _OCTETS, _SEQUENCE = 0x02, 0x03, 0x04, 0x30
_RSA: Final = bytes.fromhex("300d06092a864886f70d0101010500")  # rsaEncryption, without parameters
_VERSION: Final = bytes.fromhex("020100")


def plainly_public(pem: str) -> bool:
    """Whether it is beyond doubt an RSA public key of a sufficient length. False says nothing."""
    try:
        der = _unwrapped(pem)
        sequence, _ = _content(der, _SEQUENCE, 0)
        bits, _ = _content(der, _BITS, sequence + len(_RSA))
        numbers, _ = _content(der, _SEQUENCE, bits + 1)
        modulus, exponent = _integers(der, numbers)
    except (IndexError, ValueError):
        return False
    return _strong(modulus, exponent) and _public_pem(modulus, exponent) == _lines(pem)


def public_part(private_pem: str) -> str | None:
    """The public key (PEM) of what is beyond doubt a usable RSA private key; None says nothing."""
    try:
        der = _unwrapped(private_pem)
        sequence, _ = _content(der, _SEQUENCE, 0)
        octets, _ = _content(der, _OCTETS, sequence + len(_VERSION) + len(_RSA))
        numbers, _ = _content(der, _SEQUENCE, octets)
        found = _integers(der, numbers)
        _, modulus, exponent, private, p, q, private_p, private_q, inverse = found
    except (IndexError, ValueError):
        return None
    fits = (
        _strong(modulus, exponent)
        and modulus == p * q
        and min(p, q) > 1
        and exponent * private % (p - 1) == exponent * private % (q - 1) == 1
        and (private % (p - 1), private % (q - 1), inverse * q % p) == (private_p, private_q, 1)
        and _private_pem(found) == _lines(private_pem)
    )
    return _public_pem(modulus, exponent) if fits else None


def _strong(modulus: int, exponent: int) -> bool:
    return MIN_BITS <= modulus.bit_length() <= MAX_BITS and modulus % 2 == 1 and exponent == EXPONENT


def _unwrapped(pem: str) -> bytes:
    return base64.b64decode("".join(pem.strip().split("\n")[1:-1]), validate=True)


def _lines(pem: str) -> str:
    return pem.strip() + "\n"


def _public_pem(modulus: int, exponent: int) -> str:
    numbers = _element(_SEQUENCE, _integer(modulus) + _integer(exponent))
    return _pem("PUBLIC KEY", _element(_SEQUENCE, _RSA + _element(_BITS, b"\0" + numbers)))


def _private_pem(numbers: list[int]) -> str:
    key = _element(_SEQUENCE, b"".join(map(_integer, numbers)))
    return _pem("PRIVATE KEY", _element(_SEQUENCE, _VERSION + _RSA + _element(_OCTETS, key)))


def _pem(label: str, der: bytes) -> str:
    body = "\n".join(textwrap.wrap(base64.b64encode(der).decode("ascii"), 64))
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def _element(tag: int, content: bytes) -> bytes:
    """A DER element: tag, length, content."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _integer(number: int) -> bytes:
    return _element(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))  # with room for the sign


def _content(der: bytes, tag: int, at: int) -> tuple[int, int]:
    """Where the content of the element at `at` begins and ends.

    Lenient: whoever asks writes the key again and compares, which no other form than the plain one survives.
    """
    if der[at] != tag:
        raise ValueError("another element")
    size, begin = der[at + 1], at + 2
    if size >= 0x80:
        octets = size - 0x80
        size = int.from_bytes(der[begin : begin + octets], "big")
        begin += octets
    return begin, begin + size


def _integers(der: bytes, at: int) -> list[int]:
    """All from `at` to the end of the key."""
    found: list[int] = []
    while at < len(der):
        begin, at = _content(der, _INTEGER, at)
        found.append(int.from_bytes(der[begin:at], "big"))
    return found
