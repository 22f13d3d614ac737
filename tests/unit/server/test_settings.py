"""What an operator may set, and what the server says about a mistake."""

import os
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from domain.errors import ConfigurationError
from server.settings import PROJECT, SETTING_NAMES, Settings

Read = Callable[..., Settings]
"""Reads settings from these variables and this .env alone."""
Refused = Callable[..., str]
"""The one line that these settings are refused with."""

PEM = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
CLERK = {"JWT_KEY": PEM, "CLERK_ISSUER": "https://clerk.example.com"}
PRODUCTION = {**CLERK, "INTRVU_ENVIRONMENT": "production", "INTRVU_CORS_ORIGINS": "https://app.example.com"}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Read settings from these variables and this .env alone."""
    for name in os.environ:
        if name in SETTING_NAMES.values() or name.startswith("INTRVU_"):
            monkeypatch.delenv(name)

    def reader(variables: dict[str, str] | None = None, *, env_file: str = "", **overrides: object) -> Settings:
        for name, value in (variables or {}).items():
            monkeypatch.setenv(name, value)
        (tmp_path / ".env").write_text(env_file)
        return Settings.read(env_file=tmp_path / ".env", **overrides)

    return reader


@pytest.fixture
def refused(read: Read):
    """The one line that these settings are refused with."""

    def reader(variables: dict[str, str], **more: object) -> str:
        with pytest.raises(ConfigurationError) as caught:
            read(variables, **more)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return reader


def test_with_nothing_set_it_is_an_embedded_development_server(read: Read):
    settings = read()

    assert (settings.host, settings.port, settings.environment) == ("127.0.0.1", 8000, "development")
    assert settings.data_dir == PROJECT / ".data"
    assert settings.database_url.get_secret_value() == f"sqlite:///{PROJECT}/.data/intrvu.db"
    assert (settings.daily_quota, settings.rate_limit_per_minute, settings.embedded_step_delay_ms) == (50, 120, 0)
    assert settings.development_identity
    assert not settings.production


def test_a_killed_runners_work_is_taken_over_within_ten_seconds(read: Read):
    settings = read()

    assert (settings.lease_seconds, settings.runner_poll_seconds) == (8.0, 1.0)
    assert read({"INTRVU_LEASE_SECONDS": "1"}).runner_poll_seconds == 0.25


def test_an_override_goes_before_the_environment_and_that_before_the_file(read: Read):
    file = "PORT=1\nINTRVU_DAILY_QUOTA=1\nINTRVU_LEASE_SECONDS=1\n"

    settings = read({"PORT": "2", "INTRVU_DAILY_QUOTA": "2"}, env_file=file, port=3)

    assert (settings.port, settings.daily_quota, settings.lease_seconds) == (3, 2, 1.0)


def test_settings_are_frozen(read: Read):
    with pytest.raises(FrozenInstanceError):
        read().port = 1  # type: ignore[misc]  # mypy knows it already


def test_an_empty_value_is_the_default(read: Read):
    settings = read({"PORT": "", "JWT_KEY": "", "INTRVU_DATA_DIR": ""})

    assert (settings.port, settings.jwt_key, settings.data_dir) == (8000, None, PROJECT / ".data")


def test_an_empty_variable_leaves_the_files_value(read: Read):
    assert read({"PORT": ""}, env_file="PORT=1").port == 1


def test_names_are_taken_in_any_case(read: Read, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("intrvu_daily_quota", "7")

    assert read(env_file="port=1") == read({"INTRVU_DAILY_QUOTA": "7", "PORT": "1"})


def test_a_variable_that_is_called_like_a_field_is_another_programs(read: Read):
    assert read({"ENVIRONMENT": "staging", "DAILY_QUOTA": "7"}) == read()


def test_the_data_folder_becomes_absolute_and_holds_the_database(
    read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.chdir(tmp_path)

    settings = read({"INTRVU_DATA_DIR": "here"})

    assert settings.data_dir == tmp_path / "here"
    assert settings.database_url.get_secret_value() == f"sqlite:///{tmp_path}/here/intrvu.db"


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("PORT", "abc", "PORT is 'abc', which cannot be used: give a port from 0 (any free one) to 65535."),
        ("PORT", "65536", "PORT is '65536', which cannot be used: give a port from 0 (any free one) to 65535."),
        (
            "INTRVU_DAILY_QUOTA",
            "-1",
            "INTRVU_DAILY_QUOTA is '-1', which cannot be used: give a whole number from 0 to 1000000.",
        ),
        (
            "INTRVU_ENVIRONMENT",
            "prod",
            "INTRVU_ENVIRONMENT is 'prod', which cannot be used: give development or production.",
        ),
    ],
)
def test_a_refused_value_is_named_with_its_remedy(refused: Refused, name: str, value: str, line: str):
    assert refused({name: value}) == line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INTRVU_RATE_LIMIT_PER_MINUTE", "0"),
        ("INTRVU_EMBEDDED_STEP_DELAY_MS", "1.5"),
        ("INTRVU_LEASE_SECONDS", "0.4"),
        ("INTRVU_LEASE_SECONDS", "nan"),
        ("INTRVU_RUNNER_CONCURRENCY", "0"),
        ("INTRVU_LOG_LEVEL", "LOUD"),
        ("INTRVU_BODY_LIMIT_BYTES", "12"),
        ("INTRVU_CORS_ORIGINS", "https://app.example.com/path"),
        ("INTRVU_CORS_ORIGINS", "app.example.com"),
        ("INTRVU_CORS_ORIGINS", "http://[::1"),
        ("INTRVU_CORS_ORIGINS", "http://a.example:99999"),
        ("INTRVU_CORS_ORIGINS", "a\nb"),
        ("CLERK_ISSUER", "clerk.example.com"),
    ],
)
def test_other_refused_values_are_named_too(refused: Refused, name: str, value: str):
    assert refused({**CLERK, name: value}).startswith(f"{name} is {value!r}, which cannot be used: give ")


def test_all_refused_values_are_told_at_once_and_no_consequence_of_them(refused: Refused):
    line = refused({"PORT": "x", "INTRVU_DAILY_QUOTA": "y", "INTRVU_DATA_DIR": "~nobody-here/x"})

    assert line.count("cannot be used") == 3
    assert "DATABASE_URL" not in line


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://intrvu:hunter2@db/intrvu",
        "mysql://intrvu:hunter2@db/intrvu",
        "hunter2",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://",
        "postgresql://[hunter2/d",
    ],
)
def test_a_refused_database_is_not_shown(refused: Refused, url: str):
    line = refused({"DATABASE_URL": url})

    assert line.startswith("DATABASE_URL has a value that cannot be used: give sqlite:///path/to/file.db or postgresql")
    assert "hunter2" not in line


def test_a_secret_is_in_no_text_of_the_settings(read: Read):
    settings = read({"DATABASE_URL": "postgresql://intrvu:hunter2@db/intrvu"})

    assert "hunter2" not in f"{settings!r} {settings!s} {asdict(settings)}"


@pytest.mark.parametrize(
    "key", ["hunter2", "-----BEGIN PRIVATE KEY-----\nhunter2", "-----BEGIN PUBLIC KEY-----hunter2"]
)
def test_a_refused_key_is_not_shown(refused: Refused, key: rsa.RSAPrivateKey):
    line = refused({**CLERK, "JWT_KEY": key})

    assert line.startswith("JWT_KEY has a value that cannot be used: give Clerk's JWT public key in PEM form")
    assert "hunter2" not in line


@pytest.mark.parametrize("written", [PEM, PEM.replace("\n", "\\n"), f"\n {PEM}"])
def test_a_key_may_be_written_on_one_line(read: Read, written: str):
    key = read({**CLERK, "JWT_KEY": written}).jwt_key

    assert key is not None
    assert key.get_secret_value().strip() == PEM.strip()


def test_a_mistyped_name_is_told_with_the_right_one(refused: Refused):
    line = refused({"INTRVU_DAYLY_QUOTA": "5"})

    assert line == "INTRVU_DAYLY_QUOTA is no setting of IntrVu: did you mean INTRVU_DAILY_QUOTA?"


def test_a_mistyped_name_in_the_file_is_told_too(refused: Refused):
    assert refused({}, env_file="INTRVU_WHATEVER=1").startswith("INTRVU_WHATEVER is no setting of IntrVu: remove it")


def test_other_peoples_variables_are_left_alone(read: Read):
    read({"CLERK_SECRET_KEY": "sk", "OPENAI_ORG_ID": "org"})


def test_production_refuses_the_development_identity(refused: Refused):
    line = refused({"INTRVU_ENVIRONMENT": "production"})

    assert line.startswith("JWT_KEY and CLERK_ISSUER must be set when INTRVU_ENVIRONMENT is production")


def test_production_needs_the_issuer_beside_the_key(refused: Refused):
    line = refused({"INTRVU_ENVIRONMENT": "production", "JWT_KEY": PEM})

    assert line.startswith("CLERK_ISSUER must be set when INTRVU_ENVIRONMENT is production")


@pytest.mark.parametrize("origins", ["", "*", "https://app.example.com,*"])
def test_production_needs_origins(refused: Refused, origins: str):
    line = refused({**PRODUCTION, "INTRVU_CORS_ORIGINS": origins})

    assert line.startswith("INTRVU_CORS_ORIGINS must name the origins of your web clients")


def test_production_with_all_that_it_needs_is_reachable_from_anywhere(read: Read):
    settings = read({**PRODUCTION, "HOST": "0.0.0.0", "INTRVU_ENVIRONMENT": "Production"})

    assert settings.production
    assert not settings.development_identity
    assert settings.clerk_issuer == "https://clerk.example.com"
    assert settings.cors_origin_pattern is None
    assert settings.origin_allowed("https://app.example.com")
    assert not settings.origin_allowed("http://localhost:3000")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "intrvu.example.com"])
def test_the_development_identity_stays_on_this_computer(refused: Refused, host: str):
    line = refused({"HOST": host})

    assert line.startswith(f"HOST is '{host}', but the development identity lets anybody in")
    assert "HOST=127.0.0.1" in line


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_any_loopback_address_will_do(read: Read, host: str):
    assert read({"HOST": host}).host == host


def test_with_clerk_a_development_server_may_be_reached_from_elsewhere(read: Read):
    settings = read({"JWT_KEY": PEM, "HOST": "0.0.0.0"})

    assert not settings.development_identity


def test_an_issuer_without_a_key_is_half_an_identity(refused: Refused):
    assert refused({"CLERK_ISSUER": "https://clerk.example.com"}).startswith("JWT_KEY is missing beside CLERK_ISSUER")


def test_origins_are_compared_as_browsers_send_them(read: Read):
    settings = read(
        {"INTRVU_CORS_ORIGINS": " https://App.Example.com/ , http://b.example:3000,https://a.example:443,,"}
    )

    assert settings.cors_origins == ("https://app.example.com", "http://b.example:3000", "https://a.example")


def test_tokens_may_be_made_for_the_same_origins_unless_others_are_named(read: Read):
    origins = {"INTRVU_CORS_ORIGINS": "https://a.example"}

    assert read(origins).authorized_parties == {"https://a.example"}
    assert read({**origins, "CLERK_AUTHORIZED_PARTIES": "https://b.example"}).authorized_parties == {
        "https://b.example"
    }


def test_any_origin_is_no_authorized_party(read: Read, refused: Refused):
    assert read({"INTRVU_CORS_ORIGINS": "*"}).authorized_parties == frozenset()
    assert refused({"CLERK_AUTHORIZED_PARTIES": "*"}).startswith("CLERK_AUTHORIZED_PARTIES holds '*'")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:3000", True),
        ("http://127.0.0.1", True),
        ("https://[::1]:8443", True),
        ("http://localhost.evil.example", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
def test_in_development_pages_of_this_computer_may_connect(read: Read, origin: str, allowed: bool):
    assert read().origin_allowed(origin) is allowed


def test_the_example_lists_exactly_the_settings_with_a_line_each():
    lines = (Path(__file__).parents[3] / ".env.example").read_text().splitlines()
    listed = {match[1]: lines[at - 1] for at, line in enumerate(lines) if (match := re.match(r"([A-Z_]+)=", line))}

    assert sorted(listed) == sorted(SETTING_NAMES.values())
    assert all(line.startswith("# ") for line in listed.values())


def test_the_example_can_be_used_as_it_is(read: Read):
    example = (Path(__file__).parents[3] / ".env.example").read_text()

    assert read(env_file=example) == read()
