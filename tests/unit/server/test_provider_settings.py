"""What an operator may set about language models, and what the server says about a mistake."""

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from domain.calls import Task
from domain.enums import Engine
from domain.errors import ConfigurationError
from providers.routing.policy import Route
from server.engines import retirements, routes
from server.provider_settings import Named
from server.settings import SETTING_NAMES, Settings

Read = Callable[..., Settings]
"""Reads settings from these variables alone."""


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch):
    for name in os.environ:
        if name in SETTING_NAMES.values() or name.startswith("INTRVU_"):
            monkeypatch.delenv(name)

    def reader(**variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return Settings.read(env_file=None)

    return reader


def refused(read: Read, **variables: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(**variables)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_key_nobody_is_asked_and_nothing_is_a_stand_in(read: Read):
    assert routes(read()) == dict.fromkeys(Task, ())


def test_each_task_has_its_own_order_over_whoever_has_a_key(read: Read):
    settings = read(OPENAI_API_KEY="sk-1", ANTHROPIC_API_KEY="sk-2")

    assert {task: [route.engine for route in places] for task, places in routes(settings).items()} == {
        Task.MULTIPLE_CHOICE: [Engine.OPENAI, Engine.ANTHROPIC],
        Task.SCENARIO: [Engine.ANTHROPIC, Engine.OPENAI],
        Task.GRADING: [Engine.OPENAI, Engine.ANTHROPIC],
        Task.FEEDBACK: [Engine.OPENAI, Engine.ANTHROPIC],
    }


def test_a_provider_without_a_key_is_passed_over(read: Read):
    settings = read(ANTHROPIC_API_KEY="sk-2")

    assert {route.engine for places in routes(settings).values() for route in places} == {Engine.ANTHROPIC}


def test_an_empty_key_is_no_key(read: Read):
    assert routes(read(OPENAI_API_KEY="", ANTHROPIC_API_KEY="  ")) == dict.fromkeys(Task, ())


def test_a_route_names_engines_and_models_of_ones_own(read: Read):
    settings = read(OPENAI_API_KEY="sk", INTRVU_GRADING_ROUTES=" openai:llama3.1:8b , OpenAI:gpt-6-sol, embedded")

    assert settings.grading_routes == (
        Named(Engine.OPENAI, "llama3.1:8b"),
        Named(Engine.OPENAI, "gpt-6-sol"),
        Named(Engine.EMBEDDED),
    )
    assert routes(settings)[Task.FEEDBACK] == (
        Route(Engine.OPENAI, "llama3.1:8b"),
        Route(Engine.OPENAI, "gpt-6-sol"),
    )


@pytest.mark.parametrize("value", ["mistral", "openai,openai", "embedded,openai", "embedded:rubric", ",", "openai,,x"])
def test_a_route_that_means_nothing_is_refused_with_what_it_takes(read: Read, value):
    line = refused(read, INTRVU_GRADING_ROUTES=value)

    assert line.startswith(f"INTRVU_GRADING_ROUTES is {value!r}, which cannot be used: give openai, anthropic and")


def test_a_route_on_which_nobody_has_a_key_is_refused_with_the_name_of_the_key(read: Read):
    line = refused(read, INTRVU_SCENARIO_ROUTES="anthropic", OPENAI_API_KEY="sk")

    assert line == (
        "INTRVU_SCENARIO_ROUTES names nobody who can be asked: set ANTHROPIC_API_KEY, or add embedded, "
        "which needs no key."
    )


@pytest.mark.parametrize(
    ("variables", "stands_in"),
    [
        ({}, True),
        ({"INTRVU_EMBEDDED_FALLBACK": "off"}, False),
        ({"INTRVU_GRADING_ROUTES": "openai"}, False),
    ],
)
def test_the_embedded_engine_stands_in_unless_it_is_told_not_to(read: Read, variables, stands_in):
    assert read(OPENAI_API_KEY="sk", **variables).stands_in(Task.GRADING) is stands_in


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"])
@pytest.mark.parametrize(
    "value",
    [
        "localhost:11434",
        "ftp://host/v1",
        "http://",
        "http://host/v1?key=1",
        "http://127.0.0.1:99999/v1",
        "http://127.0.0.1:-1",
        "http://h:abc",
    ],
)
def test_a_base_url_that_is_none_is_refused(read: Read, name, value):
    assert refused(read, **{name: value}).startswith(f"{name} is {value!r}, which cannot be used: give")


def test_a_slash_at_the_end_of_a_base_url_makes_no_difference(read: Read):
    assert read(OPENAI_BASE_URL="http://127.0.0.1:11434/v1/").openai_base_url == "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(read: Read, name):
    line = refused(read, **{name: "sk-hunter2\nX-Evil: 1"})

    assert line.startswith(f"{name} has a value that cannot be used")
    assert "hunter2" not in line


def test_keys_do_not_show_in_what_settings_look_like(read: Read):
    settings = read(OPENAI_API_KEY="sk-hunter2", ANTHROPIC_API_KEY="sk-hunter2")

    assert "hunter2" not in repr(settings)


def test_a_budget_is_money(read: Read):
    assert read(INTRVU_DAILY_BUDGET_USD="2.50").daily_budget_usd == Decimal("2.50")
    assert refused(read, INTRVU_DAILY_BUDGET_USD="nan").startswith("INTRVU_DAILY_BUDGET_USD is 'nan'")


def test_a_model_whose_end_is_announced_is_known_by_its_day(read: Read):
    settings = read(OPENAI_API_KEY="sk", INTRVU_GRADING_ROUTES="openai:gpt-4o-mini,embedded")

    assert retirements(settings) == {Route(Engine.OPENAI, "gpt-4o-mini"): date(2027, 1, 14)}


def test_the_usual_models_live(read: Read):
    assert retirements(read(OPENAI_API_KEY="sk-1", ANTHROPIC_API_KEY="sk-2")) == {}


def test_a_model_that_is_named_twice_in_two_ways_is_asked_once(read: Read):
    settings = read(OPENAI_API_KEY="sk-x", INTRVU_GRADING_ROUTES="openai,openai:gpt-6-luna,embedded")

    assert routes(settings)[Task.GRADING] == (Route(Engine.OPENAI, "gpt-6-luna"),)
