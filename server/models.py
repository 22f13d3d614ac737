"""The language models of a process, by its settings: who can be asked, within which limits, and who is shown it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import Random

from uuid_utils.compat import uuid7

from domain.enums import Engine
from providers.anthropic.model import AnthropicModels
from providers.models import LanguageModel
from providers.openai.model import OpenAIModels
from providers.routing.router import Router
from providers.routing.spending import Spending
from providers.routing.turns import Limits
from providers.tracing.post import Post, client
from providers.tracing.questions import TracedModels
from providers.tracing.spans import LangSmith
from server.engines import routes
from server.logs import request_id
from server.provider_settings import ProviderSettings
from server.reading import SecretStr
from workflows.ports import LanguageModels


@dataclass(frozen=True, slots=True)
class Models:
    """Who is asked (the router, traced where there is somebody to show it to), and the adapters behind it."""

    asked: LanguageModels
    adapters: Mapping[Engine, LanguageModel]

    def warm(self) -> None:
        """Load the SDKs: one to two seconds of processor time each. May be called in any thread."""
        for adapter in self.adapters.values():
            adapter.warm()

    async def close(self) -> None:
        """Give up the connections."""
        await asyncio.gather(*(adapter.close() for adapter in self.adapters.values()))


def traces(settings: ProviderSettings, key: SecretStr) -> LangSmith:
    """Where what graphs and models do is shown. Connects to nothing yet."""
    return LangSmith(
        Post(partial(client, api_key=key.get_secret_value(), endpoint=settings.langsmith_endpoint)),
        project=settings.langsmith_project,
        new_id=uuid7,
        request_id=request_id.get,
    )


def language_models(settings: ProviderSettings, random: Random, shown: LangSmith | None = None) -> Models:
    """Whoever has a key and is named in a route."""
    asked = routes(settings)
    engines = {route.engine for places in asked.values() for route in places}
    adapters = {engine: _adapter(engine, settings) for engine in sorted(engines)}
    limits = Limits(requests_per_minute=settings.model_requests_per_minute, concurrent=settings.model_concurrency)
    router = Router(
        models=adapters,
        routes=asked,
        spending=Spending(settings.daily_budget_usd, now=lambda: datetime.now(UTC)),
        random=random,
        limits=dict.fromkeys(adapters, limits),
    )
    return Models(router if shown is None else TracedModels(router, shown), adapters)


def _adapter(engine: Engine, settings: ProviderSettings) -> LanguageModel:
    key = settings.key(engine)
    if key is None:
        raise ValueError(f"{engine} is in a route without a key")
    if engine is Engine.OPENAI:
        return OpenAIModels(api_key=key, base_url=settings.openai_base_url)
    return AnthropicModels(api_key=key, base_url=settings.anthropic_base_url)
