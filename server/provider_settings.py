"""The settings that say which language models are asked, in which order, and for how much."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal
from urllib.parse import urlsplit

from domain.calls import Task
from domain.enums import Engine
from server.reading import SecretStr, field_validator, model_validator, setting

KEY_NAMES: Final = {Engine.OPENAI: "OPENAI_API_KEY", Engine.ANTHROPIC: "ANTHROPIC_API_KEY"}
ROUTES_TAKE: Final = (
    "openai, anthropic and embedded in the order to ask them, such as openai:gpt-6-luna,anthropic,embedded"
)


@dataclass(frozen=True, slots=True)
class Named:
    """One place of a route: an engine, and its model where it is not the usual one of the task."""

    engine: Engine
    model: str | None = None


Routes = tuple[Named, ...]


def _routes(*engines: Engine) -> tuple[Named, ...]:
    return tuple(Named(engine) for engine in engines)


_OPENAI_FIRST: Final = _routes(Engine.OPENAI, Engine.ANTHROPIC, Engine.EMBEDDED)
_ANTHROPIC_FIRST: Final = _routes(Engine.ANTHROPIC, Engine.OPENAI, Engine.EMBEDDED)


@dataclass(frozen=True, kw_only=True)
class ProviderSettings:
    """Without a key, the embedded engine writes and grades; with one, models do, in the order of their routes."""

    openai_api_key: SecretStr | None = setting(
        None, "OPENAI_API_KEY", "a key of OpenAI's, or anything for a server of your own that wants none"
    )
    anthropic_api_key: SecretStr | None = setting(None, "ANTHROPIC_API_KEY", "a key of Anthropic's")
    openai_base_url: str = setting(
        "https://api.openai.com/v1",
        "OPENAI_BASE_URL",
        "the address of an OpenAI-compatible API, such as http://127.0.0.1:11434/v1",
    )
    anthropic_base_url: str = setting(
        "https://api.anthropic.com", "ANTHROPIC_BASE_URL", "an address such as https://api.anthropic.com"
    )
    multiple_choice_routes: Routes = setting(_OPENAI_FIRST, "INTRVU_MULTIPLE_CHOICE_ROUTES", ROUTES_TAKE)
    scenario_routes: Routes = setting(_ANTHROPIC_FIRST, "INTRVU_SCENARIO_ROUTES", ROUTES_TAKE)
    grading_routes: Routes = setting(_OPENAI_FIRST, "INTRVU_GRADING_ROUTES", ROUTES_TAKE)
    embedded_fallback: bool = setting(default=True, name="INTRVU_EMBEDDED_FALLBACK", takes="on or off")
    grading_mode: Literal["separate", "combined"] = setting(
        "separate", "INTRVU_GRADING_MODE", "separate (a request a dimension) or combined (one for all, cheaper)"
    )
    generation_deadline_seconds: float = setting(
        30.0, "INTRVU_GENERATION_DEADLINE_SECONDS", "seconds from 1 to 300", ge=1, le=300
    )
    grading_deadline_seconds: float = setting(
        90.0, "INTRVU_GRADING_DEADLINE_SECONDS", "seconds from 1 to 600", ge=1, le=600
    )
    daily_budget_usd: Decimal = setting(
        Decimal(20), "INTRVU_DAILY_BUDGET_USD", "dollars from 0 to 100000", ge=0, le=100_000
    )
    model_requests_per_minute: int = setting(
        500, "INTRVU_MODEL_REQUESTS_PER_MINUTE", "a whole number from 1 to 100000", ge=1, le=100_000
    )
    stock_low: int = setting(3, "INTRVU_STOCK_LOW", "a whole number from 0 to 1000", ge=0, le=1_000)
    stock_high: int = setting(6, "INTRVU_STOCK_HIGH", "a whole number from 0 to 1000", ge=0, le=1_000)
    stock_servings: int = setting(20, "INTRVU_STOCK_SERVINGS", "a whole number from 1 to 100000", ge=1, le=100_000)
    stock_days: int = setting(30, "INTRVU_STOCK_DAYS", "days from 1 to 3650", ge=1, le=3_650)
    stock_prefill: bool = setting(default=False, name="INTRVU_STOCK_PREFILL", takes="on or off")
    writing_deadline_seconds: float = setting(
        60.0, "INTRVU_WRITING_DEADLINE_SECONDS", "seconds from 1 to 600", ge=1, le=600
    )
    langsmith_api_key: SecretStr | None = setting(None, "LANGSMITH_API_KEY", "a key of LangSmith's")
    langsmith_endpoint: str = setting(
        "https://api.smith.langchain.com", "LANGSMITH_ENDPOINT", "an address such as https://api.smith.langchain.com"
    )
    langsmith_project: str = setting("intrvu", "LANGSMITH_PROJECT", "the name of a project", min_length=1)
    model_concurrency: int = setting(32, "INTRVU_MODEL_CONCURRENCY", "a whole number from 1 to 1000", ge=1, le=1_000)

    @field_validator("openai_api_key", "anthropic_api_key", "langsmith_api_key", mode="before")
    @classmethod
    def _bare_key(cls, value: object) -> object:
        """Without what a copied key brings along. What no header can carry is refused before it is sent."""
        if not isinstance(value, str):
            return value
        key = value.strip()
        if not key.isascii() or not key.isprintable():
            raise ValueError
        return key or None

    @field_validator("openai_base_url", "anthropic_base_url", "langsmith_endpoint")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        _ = parts.port  # raises ValueError for one that cannot be
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError
        return value.strip().rstrip("/")

    @field_validator("multiple_choice_routes", "scenario_routes", "grading_routes", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(_parsed(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("multiple_choice_routes", "scenario_routes", "grading_routes")
    @classmethod
    def _ordered(cls, value: tuple[Named, ...]) -> tuple[Named, ...]:
        """At least one, none twice, and nobody behind the embedded engine, which always answers."""
        behind = [named.engine for named in value[:-1]]
        if not value or len(set(value)) != len(value) or Engine.EMBEDDED in behind:
            raise ValueError
        return value

    @model_validator()
    def _asks_somebody(self) -> None:
        for task, name in ROUTE_NAMES.items():
            named = self.named(task)
            if not self.asked(task) and named[-1].engine is not Engine.EMBEDDED:
                keys = " or ".join(dict.fromkeys(KEY_NAMES[place.engine] for place in named))
                raise ValueError(
                    f"{name} names nobody who can be asked: set {keys}, or add embedded, which needs no key."
                )

    @model_validator()
    def _keeps_some(self) -> None:
        if self.stock_low > self.stock_high:
            raise ValueError(
                f"INTRVU_STOCK_LOW is {self.stock_low}, above INTRVU_STOCK_HIGH, {self.stock_high}: lower the one, or "
                "raise the other."
            )

    def key(self, engine: Engine) -> str | None:
        """The engine's key; None where there is none."""
        secret = {Engine.OPENAI: self.openai_api_key, Engine.ANTHROPIC: self.anthropic_api_key}[engine]
        return None if secret is None else secret.get_secret_value()

    def named(self, task: Task) -> tuple[Named, ...]:
        """Who is to be asked for a task, as it was set."""
        match task:
            case Task.MULTIPLE_CHOICE:
                return self.multiple_choice_routes
            case Task.SCENARIO:
                return self.scenario_routes
            case Task.GRADING | Task.FEEDBACK:
                return self.grading_routes

    def asked(self, task: Task) -> tuple[Named, ...]:
        """Those of them that are language models with a key."""
        return tuple(
            named for named in self.named(task) if named.engine is not Engine.EMBEDDED and self.key(named.engine)
        )

    def stands_in(self, task: Task) -> bool:
        """Whether the embedded engine answers when no model does."""
        return self.embedded_fallback and self.named(task)[-1].engine is Engine.EMBEDDED


ROUTE_NAMES: Final = {
    Task.MULTIPLE_CHOICE: "INTRVU_MULTIPLE_CHOICE_ROUTES",
    Task.SCENARIO: "INTRVU_SCENARIO_ROUTES",
    Task.GRADING: "INTRVU_GRADING_ROUTES",
}


def _parsed(text: str) -> Named:
    """`engine` or `engine:model`; a model's own name may hold colons."""
    engine, _, model = text.partition(":")
    named = Named(Engine(engine.strip().upper()), model.strip() or None)
    if named.engine is Engine.EMBEDDED and named.model:
        raise ValueError
    return named
