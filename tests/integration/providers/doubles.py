"""Somebody who watches, and providers as the tests see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from domain.calls import Task
from domain.enums import Engine
from providers.models import Generated, LanguageModel
from providers.routing.policy import Route
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


@dataclass
class Pair:
    """Two providers, each with its dialect, of which the first one is asked first; and the router before them."""

    first: Loopback
    dialect: Dialect
    second: Loopback
    second_dialect: Dialect
    routes: tuple[Route, Route]
    models: Mapping[Engine, LanguageModel]

    def begin(self) -> None:
        """Forget what was, with a router and a time of its own."""
        self.first.received.clear()
        self.second.received.clear()
        self.time = HandTime()
        self.router = Router(
            models=self.models,
            routes={Task.GRADING: self.routes},
            spending=Spending(Decimal(1), now=self.time.now),
            random=Random(7),
            clock=self.time.clock,
            sleep=self.time.sleep,
            timeout=self.time.timeout,
        )

    @property
    def requests(self) -> tuple[int, int]:
        return len(self.first.received), len(self.second.received)
