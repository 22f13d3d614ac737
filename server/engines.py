"""Who writes and who grades, by the settings: for the router, and in words for the operator. Loads nothing heavy."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from loguru import logger

from domain.calls import Task
from domain.enums import Engine
from providers.catalogue import DEFAULT_MODELS
from providers.retirements import retirement
from providers.routing.policy import Route
from server.provider_settings import ProviderSettings

NAMES: Final = {Engine.OPENAI: "OpenAI", Engine.ANTHROPIC: "Anthropic"}
NO_KEY: Final = "(embedded, no key needed)"


def routes(settings: ProviderSettings) -> Mapping[Task, tuple[Route, ...]]:
    """For each task, the models that are asked, in their order; none where nobody has a key."""
    return {
        task: tuple(
            # Once each: a default may be named beside its provider.
            dict.fromkeys(
                Route(named.engine, named.model or DEFAULT_MODELS[named.engine, task]) for named in settings.asked(task)
            )
        )
        for task in Task
    }


def retirements(settings: ProviderSettings) -> Mapping[Route, date]:
    """The models in use whose end is announced, or has come, each with its day."""
    in_use = {route for places in routes(settings).values() for route in places}
    days = {route: retirement(route.engine, route.model) for route in in_use}
    return {route: day for route, day in days.items() if day is not None}


def warn_of_retirements(settings: ProviderSettings) -> None:
    """Tell the operator of every model that is to be replaced."""
    for route, day in sorted(retirements(settings).items(), key=lambda found: found[1]):
        logger.bind(engine=route.engine.value, model=route.model, retires=day.isoformat()).warning("model_retires")


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
