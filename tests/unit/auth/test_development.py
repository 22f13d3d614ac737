"""The server as its own issuer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from auth.development import ISSUER, KEY_FILE, DevelopmentIssuer
from domain.errors import ConfigurationError, InvalidInput, Unauthenticated
from domain.user import Principal


def test_a_token_names_its_user_and_holds_a_day_at_least(tmp_path: Path):
    issuer = DevelopmentIssuer.open(tmp_path / "data")

    verified = issuer.verifier().verify(issuer.issue("alice"))

    assert verified.principal == Principal(ISSUER, "alice", "alice@example.com", "alice")
    assert verified.expires_at.timestamp() - (tmp_path / "data").stat().st_mtime > timedelta(days=1).total_seconds()


def test_a_token_outlives_a_restart(tmp_path: Path):
    token = DevelopmentIssuer.open(tmp_path).issue("alice")

    assert DevelopmentIssuer.open(tmp_path).verifier().verify(token).principal.subject == "alice"


def test_another_folders_tokens_are_refused(tmp_path: Path):
    stranger = DevelopmentIssuer.open(tmp_path / "theirs").issue("alice")

    with pytest.raises(Unauthenticated, match="signature"):
        DevelopmentIssuer.open(tmp_path / "ours").verifier().verify(stranger)


def test_an_email_address_is_a_user_too(tmp_path: Path):
    issuer = DevelopmentIssuer.open(tmp_path)

    principal = issuer.verifier().verify(issuer.issue("bob@corp.example")).principal

    assert principal == Principal(ISSUER, "bob@corp.example", "bob@corp.example", "bob")


@pytest.mark.parametrize("user", ["", " ", "a b", "a\n", "-x", "x" * 65, "é", "a@b@c"])
def test_what_is_no_user_is_refused(tmp_path: Path, user: str):
    with pytest.raises(InvalidInput, match="A user is a short name"):
        DevelopmentIssuer.open(tmp_path).issue(user)


def test_a_lifetime_is_kept(tmp_path: Path):
    issuer = DevelopmentIssuer.open(tmp_path)

    with pytest.raises(Unauthenticated, match="expired"):
        issuer.verifier().verify(issuer.issue("alice", lifetime=timedelta(seconds=-10)))


def test_only_the_owner_reads_the_key_and_nothing_else_is_left(tmp_path: Path):
    DevelopmentIssuer.open(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_could_read_is_closed(tmp_path: Path):
    DevelopmentIssuer.open(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)

    DevelopmentIssuer.open(tmp_path)

    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_many_that_start_at_once_share_one_key(tmp_path: Path):
    starters = 4
    together = Barrier(starters)

    def start(_: int) -> DevelopmentIssuer:
        together.wait()
        return DevelopmentIssuer.open(tmp_path)

    with ThreadPoolExecutor(starters) as pool:
        issuers = list(pool.map(start, range(starters)))

    token = issuers[0].issue("alice")
    assert {issuer.verifier().verify(token).principal.subject for issuer in issuers} == {"alice"}
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_damaged_key_is_explained(tmp_path: Path):
    (tmp_path / KEY_FILE).write_text("half a k")

    with pytest.raises(ConfigurationError, match="is damaged: delete the file and start again"):
        DevelopmentIssuer.open(tmp_path)


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="INTRVU_DATA_DIR"):
        DevelopmentIssuer.open(tmp_path / "file" / "data")


def test_a_key_with_one_bit_changed_is_damaged(tmp_path: Path):
    DevelopmentIssuer.open(tmp_path)
    pem = (tmp_path / KEY_FILE).read_text()
    (tmp_path / KEY_FILE).write_text(pem[:400] + ("A" if pem[400] != "A" else "B") + pem[401:])

    with pytest.raises(ConfigurationError, match="is damaged: delete the file and start again"):
        DevelopmentIssuer.open(tmp_path)


def test_a_key_that_something_else_wrote_is_used(tmp_path: Path, key: rsa.RSAPrivateKey):
    traditional = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (tmp_path / KEY_FILE).write_bytes(traditional)

    issuer = DevelopmentIssuer.open(tmp_path)

    assert issuer.verifier().verify(issuer.issue("alice")).principal.subject == "alice"


def test_a_key_of_another_kind_is_explained(tmp_path: Path):
    curve = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / KEY_FILE).write_bytes(curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    with pytest.raises(ConfigurationError, match="is not an RSA key: delete the file and start again"):
        DevelopmentIssuer.open(tmp_path)
