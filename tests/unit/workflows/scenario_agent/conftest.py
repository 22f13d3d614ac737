"""The agent with the real embedded grader, run from an order to its draft."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from domain.challenge import ChallengeDraft, Order
from providers.embedded.bank import scenario_item
from providers.embedded.grader import EmbeddedGrader
from tests.unit.workflows.scenario_agent.scripted_models import ITEM, ScriptedModels, order
from workflows.compiled import Compiled

Compose = Callable[..., Awaitable[ChallengeDraft]]


@pytest.fixture(scope="session")
def compiled() -> Compiled:
    return Compiled()


@pytest.fixture(scope="session")
def grader() -> EmbeddedGrader:
    item = scenario_item(ITEM)
    texts = [point.text for key in item.solution.keys for point in key.key_points]
    return EmbeddedGrader([*texts, *(part.text for part in item.solution.model_answers)])


@pytest.fixture(scope="session")
def compose(compiled: Compiled, grader: EmbeddedGrader) -> Compose:
    async def run(models: ScriptedModels, asked: Order | None = None, **changes: Any) -> ChallengeDraft:
        given: dict[str, Any] = {"grader": grader, "random": Random(7), "monotonic_seconds": models.clock} | changes
        (draft,) = await compiled.compose_scenario(asked or order(), models=models, **given)
        return draft

    return run
