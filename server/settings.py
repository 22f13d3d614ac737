"""Settings: read once, from the environment and the project's .env, frozen, and handed on as plain arguments.

`.env.example` lists every one of them with a line each; a test holds the two together.
"""

import difflib
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

from domain.errors import ConfigurationError
from server.provider_settings import ProviderSettings
from server.reading import (
    Refusal,
    Refused,
    SecretStr,
    derived,
    field_validator,
    is_secret,
    make,
    model_validator,
    setting,
    specs,
)

PREFIX: Final = "INTRVU_"
LOOPBACK_ORIGIN: Final = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?"

DEVELOPMENT_USER: Final = "developer"
"""Who the tokens speak for that the server gives out by itself: at its start, and in GraphiQL's page."""

_HERE: Final = Path(__file__).resolve().parent.parent
PROJECT: Final = _HERE if (_HERE / "pyproject.toml").is_file() else Path.cwd()
"""The checkout; where IntrVu is installed as a package, the folder that it was started in."""

ENV_FILE_NAME: Final = "INTRVU_ENV_FILE"
"""The variable that names another file than the project's .env. It is about that file, so it cannot stand in it."""
ENV_FILE: Final = Path(os.environ.get(ENV_FILE_NAME) or PROJECT / ".env")

CONTENT: Final = _HERE / "content"
"""The curated bank, which is installed beside this package."""

Origins = tuple[str, ...]


def _default_database(validated: Mapping[str, Any]) -> SecretStr:
    return SecretStr(f"sqlite:///{validated['data_dir'] / 'intrvu.db'}")


@dataclass(frozen=True, kw_only=True)
class Settings(ProviderSettings):
    """Everything that an operator decides. Make it with `Settings.read()`, which explains what it refuses."""

    host: str = setting("127.0.0.1", "HOST", "the address to listen on, such as 127.0.0.1", min_length=1)
    port: int = setting(8000, "PORT", "a port from 0 (any free one) to 65535", ge=0, le=65_535)
    environment: Literal["development", "production"] = setting(
        "development", "INTRVU_ENVIRONMENT", "development or production"
    )
    data_dir: Path = setting(PROJECT / ".data", "INTRVU_DATA_DIR", "a folder for the database and keys")
    database_url: SecretStr = derived(
        _default_database,
        "DATABASE_URL",
        "sqlite:///path/to/file.db or postgresql://user:password@host/database, without a driver",
    )
    daily_quota: int = setting(50, "INTRVU_DAILY_QUOTA", "a whole number from 0 to 1000000", ge=0, le=1_000_000)
    rate_limit_per_minute: int = setting(
        120, "INTRVU_RATE_LIMIT_PER_MINUTE", "a whole number from 1 to 100000", ge=1, le=100_000
    )
    embedded_step_delay_ms: int = setting(
        0, "INTRVU_EMBEDDED_STEP_DELAY_MS", "milliseconds from 0 to 60000", ge=0, le=60_000
    )
    # With the poll below it bounds how long a killed runner's work lies idle: 8 s + 1 s.
    lease_seconds: float = setting(8.0, "INTRVU_LEASE_SECONDS", "seconds from 0.5 to 3600", ge=0.5, le=3_600)
    runner_concurrency: int = setting(8, "INTRVU_RUNNER_CONCURRENCY", "a whole number from 1 to 256", ge=1, le=256)
    cors_origins: Origins = setting(
        (), "INTRVU_CORS_ORIGINS", "origins separated by commas, such as https://app.example.com"
    )
    jwt_key: SecretStr | None = setting(
        None, "JWT_KEY", "Clerk's JWT public key in PEM form (line breaks may be written as \\n)"
    )
    clerk_issuer: str | None = setting(
        None, "CLERK_ISSUER", "the address of the Clerk instance, such as https://clerk.example.com"
    )
    clerk_authorized_parties: Origins = setting(
        (), "CLERK_AUTHORIZED_PARTIES", "origins separated by commas, such as https://app.example.com"
    )
    metrics_token: SecretStr | None = setting(
        None, "INTRVU_METRICS_TOKEN", "a secret of 16 characters or more, which Prometheus sends", min_length=16
    )
    log_level: Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "INFO", "INTRVU_LOG_LEVEL", "TRACE, DEBUG, INFO, WARNING or ERROR"
    )
    # The longest answer, 40,000 characters, takes 480 kB with every one of them escaped.
    body_limit_bytes: int = setting(
        1_048_576, "INTRVU_BODY_LIMIT_BYTES", "bytes from 1024 to 16777216", ge=1_024, le=16_777_216
    )

    @classmethod
    def read(cls, *, env_file: Path | None = ENV_FILE, **overrides: object) -> Self:
        """Read every setting: `overrides` (fields by name) before the environment, before .env, before the defaults.

        Raises:
            ConfigurationError: a value is refused, or an INTRVU_ variable is unknown; one line that names the setting,
                what is wrong and what to do, without the value of a secret.
        """
        environment = _environment(env_file)
        _refuse_unknown(environment)
        # `PORT=` is how compose files and .env templates say "the default".
        given = {field: environment[name] for field, name in SETTING_NAMES.items() if environment.get(name)}
        try:
            return make(cls, {**given, **overrides})
        except Refused as exc:
            raise ConfigurationError(_explain(exc)) from None  # the cause would show what is hidden here

    @field_validator(
        "host", "environment", "clerk_issuer", "jwt_key", "database_url", "log_level", "data_dir", mode="before"
    )
    @classmethod
    def _trim(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("environment", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        try:
            return value.expanduser().resolve()
        except RuntimeError as exc:  # ~somebody, who is no user here
            raise ValueError from exc

    @field_validator("database_url")
    @classmethod
    def _plain_database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url.startswith("sqlite:///") and url not in {"sqlite:///", "sqlite:///:memory:"}:
            return value
        parts = urlsplit(url)
        if parts.scheme == "postgresql" and (parts.hostname or "host=" in parts.query):  # ?host=/run/postgresql
            return value
        raise ValueError

    @field_validator("cors_origins", "clerk_authorized_parties", mode="before")
    @classmethod
    def _origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(dict.fromkeys(_origin(part.strip()) for part in value.split(",") if part.strip()))

    @field_validator("clerk_issuer")
    @classmethod
    def _issuer(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError
        return value.rstrip("/")

    @field_validator("jwt_key")
    @classmethod
    def _pem(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        pem = value.get_secret_value().replace("\\n", "\n")
        if not re.match(r"-----BEGIN (RSA )?PUBLIC KEY-----\s", pem):
            raise ValueError
        return SecretStr(pem)

    @model_validator()
    def _consistent(self) -> None:
        if self.clerk_issuer and not self.jwt_key:
            raise ValueError("JWT_KEY is missing beside CLERK_ISSUER: set it to Clerk's JWT public key (PEM).")
        if self.production:
            self._ready_for_production()
        elif self.development_identity and not _is_loopback(self.host):
            raise ValueError(
                f"HOST is {self.host!r}, but the development identity lets anybody in who can reach it: set "
                "HOST=127.0.0.1, or set JWT_KEY and CLERK_ISSUER to have Clerk say who is who."
            )
        if "*" in self.clerk_authorized_parties:
            raise ValueError("CLERK_AUTHORIZED_PARTIES holds '*': name the origins, or leave it empty.")

    def _ready_for_production(self) -> None:
        missing = [
            name for name, value in (("JWT_KEY", self.jwt_key), ("CLERK_ISSUER", self.clerk_issuer)) if not value
        ]
        if missing:
            raise ValueError(
                f"{' and '.join(missing)} must be set when INTRVU_ENVIRONMENT is production, where the development "
                "identity is refused: copy the JWT public key and the issuer from Clerk's dashboard."
            )
        if not self.cors_origins or "*" in self.cors_origins:
            raise ValueError(
                "INTRVU_CORS_ORIGINS must name the origins of your web clients when INTRVU_ENVIRONMENT is production, "
                "such as https://app.example.com."
            )

    @property
    def production(self) -> bool:
        """Whether strangers use it."""
        return self.environment == "production"

    @property
    def development_identity(self) -> bool:
        """Whether the server is its own issuer: no Clerk setting, and environment development."""
        return self.jwt_key is None

    @property
    def authorized_parties(self) -> frozenset[str]:
        """What a token's `azp` must be one of; empty takes any. The CORS origins, unless Clerk's are named."""
        return frozenset(self.clerk_authorized_parties or self.cors_origins) - {"*"}

    @property
    def cors_origin_pattern(self) -> str | None:
        """A regular expression of further origins: any page on this computer in development, none in production."""
        return None if self.production else LOOPBACK_ORIGIN

    def origin_allowed(self, origin: str) -> bool:
        """Whether a page from `origin` may open a WebSocket; the server's own origin is not asked about."""
        if origin in self.cors_origins or "*" in self.cors_origins:
            return True
        return self.cors_origin_pattern is not None and re.fullmatch(self.cors_origin_pattern, origin) is not None

    @property
    def runner_poll_seconds(self) -> float:
        """How often a runner looks for work that nobody woke it for."""
        return min(1.0, self.lease_seconds / 4)


SETTING_NAMES: Final = {field: spec.name for field, spec in specs(Settings).items()}
"""Each field's name in the environment."""


def _origin(text: str) -> str:
    """An origin as browsers send it: lower case, without a path, a slash at the end or the scheme's own port."""
    if text == "*":
        return text
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own_port = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if parts.port in {None, own_port} else f":{parts.port}")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _environment(env_file: Path | None) -> dict[str, str]:
    """All variables, by names in capitals: the environment's before the file's, unless it is empty."""
    if os.environ.get(ENV_FILE_NAME) and env_file == ENV_FILE and not ENV_FILE.exists():
        raise ConfigurationError(f"{ENV_FILE_NAME} is {str(ENV_FILE)!r}, where no file is: name one, or leave it out.")
    file = dotenv_values(env_file, encoding="utf-8") if env_file is not None else {}
    written = {name.upper(): value for name, value in file.items() if value is not None}
    outside = {name.upper(): value for name, value in os.environ.items() if name.upper() != ENV_FILE_NAME}
    return {**outside, **written, **{name: value for name, value in outside.items() if value}}


def _refuse_unknown(given: Mapping[str, str]) -> None:
    """A mistyped name would silently leave a default in force."""
    known = {name for name in SETTING_NAMES.values() if name.startswith(PREFIX)}
    for name in sorted(given):
        if name.startswith(PREFIX) and name not in known:
            stems = [setting.removeprefix(PREFIX) for setting in known]
            near = difflib.get_close_matches(name.removeprefix(PREFIX), stems, n=1, cutoff=0.7)
            remedy = f"did you mean {PREFIX}{near[0]}?" if near else "remove it; .env.example lists all settings."
            raise ConfigurationError(f"{name} is no setting of IntrVu: {remedy}")


def _explain(refused: Refused) -> str:
    return " ".join(map(_sentence, refused.refusals)) or str(refused)


def _sentence(refusal: Refusal) -> str:
    spec = specs(Settings)[refusal.field]
    shown = " has a value that" if is_secret(Settings, refusal.field) else f" is {str(refusal.given)[:60]!r}, which"
    return f"{spec.name}{shown} cannot be used: give {spec.takes}."
