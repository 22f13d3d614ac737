"""Somebody who watches, and providers as the tests see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.models import Generated, LanguageModel
from providers.routing.router import Router
from providers.routing.spending import Spending
from tests.integration.providers.dialects import Dialect
from tests.integration.providers.loopback import Loopback
from tests.integration.providers.questions import Verdict, question
from tests.unit.providers.time_by_hand import HandTime


class Watcher:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.seen: list[Mapping[str, Any]] = []

    async def __call__(self, written: Mapping[str, Any]) -> None:
        self.seen.append(written)


@dataclass
class Provider:
    """The adapter, the server behind it, and how the two speak."""

    dialect: Dialect
    models: LanguageModel
    server: Loopback

    async def ask(self, *, streamed: bool, **changes: Any) -> Generated[Verdict]:
        watcher = Watcher() if streamed else None
        asked = question(**changes)
        return await self.models.generate(asked, model=self.dialect.model, timeout_seconds=30, on_snapshot=watcher)


@dataclass
class Party:
    """Two providers, the router before them, and the time they live in."""

    openai: Loopback
    anthropic: Loopback
    router: Router
    time: HandTime
    spending: Spending

    @property
    def requests(self) -> tuple[int, int]:
        return len(self.openai.received), len(self.anthropic.received)
