"""The language models of this process, from its settings: who can be asked, in which order, within which limits."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from domain.enums import Engine
from providers.anthropic.model import AnthropicModels
from providers.models import LanguageModel
from providers.openai.model import OpenAIModels
from providers.routing.router import Router
from providers.routing.spending import Spending
from providers.routing.turns import Limits
from server.engines import routes
from server.provider_settings import ProviderSettings


@dataclass(frozen=True, slots=True)
class Models:
    """The router, and the adapters behind it."""

    router: Router
    adapters: Mapping[Engine, LanguageModel]

    def warm(self) -> None:
        """Load the SDKs: one to two seconds of processor time each. May be called in any thread."""
        for adapter in self.adapters.values():
            adapter.warm()

    async def close(self) -> None:
        """Give up the connections."""
        await asyncio.gather(*(adapter.close() for adapter in self.adapters.values()))


def language_models(settings: ProviderSettings, random: Random) -> Models | None:
    """Whoever has a key and is named in a route; None where nobody is."""
    asked = routes(settings)
    engines = {route.engine for places in asked.values() for route in places}
    if not engines:
        return None
    adapters = {engine: _adapter(engine, settings) for engine in sorted(engines)}
    limits = Limits(requests_per_minute=settings.model_requests_per_minute, concurrent=settings.model_concurrency)
    router = Router(
        models=adapters,
        routes=asked,
        spending=Spending(settings.daily_budget_usd, now=lambda: datetime.now(UTC)),
        random=random,
        limits=dict.fromkeys(adapters, limits),
    )
    return Models(router, adapters)


def _adapter(engine: Engine, settings: ProviderSettings) -> LanguageModel:
    key = settings.key(engine)
    if key is None:
        raise ValueError(f"{engine} is in a route without a key")
    if engine is Engine.OPENAI:
        return OpenAIModels(api_key=key, base_url=settings.openai_base_url)
    return AnthropicModels(api_key=key, base_url=settings.anthropic_base_url)
