"""Who writes and who grades, in words for the operator."""

from typing import Final

from domain.calls import Task
from domain.enums import Engine
from server.models import routes
from server.provider_settings import ProviderSettings

NAMES: Final = {Engine.OPENAI: "OpenAI", Engine.ANTHROPIC: "Anthropic"}
NO_KEY: Final = "(embedded, no key needed)"


def writes(settings: ProviderSettings) -> str:
    """Who writes challenges."""
    kinds = {Task.MULTIPLE_CHOICE: "multiple choice", Task.SCENARIO: "scenarios"}
    told = {name: _route(settings, task, "the curated bank") for task, name in kinds.items()}
    if len(set(told.values())) == 1:
        return next(iter(told.values()))
    return "; ".join(f"{name}: {route}" for name, route in told.items())


def grades(settings: ProviderSettings) -> str:
    """Who grades answers."""
    return _route(settings, Task.GRADING, "the rubric grader")


def _route(settings: ProviderSettings, task: Task, embedded: str) -> str:
    models = [f"{NAMES[route.engine]} {route.model}" for route in routes(settings)[task]]
    if not models:
        return f"{embedded} {NO_KEY}"
    return ", then ".join([*models, embedded] if settings.stands_in(task) else models)
