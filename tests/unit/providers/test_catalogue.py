"""What is known of the models, held against what the SDKs say of them."""

import re
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import distribution

import pytest

from domain.calls import Task, Usage
from domain.enums import Engine
from providers.catalogue import CATALOGUE, DEFAULT_MODELS, capabilities
from providers.retirements import RETIREMENTS, retirement


def source(package: str, path: str) -> str:
    return distribution(package).locate_file(path).read_text()


def openai_retirements() -> dict[str, date]:
    """From the note below the SDK's list of models."""
    note = source("openai", "openai/types/shared/chat_model.py").partition("Deprecated values:")[2]
    dates = {}
    for entry in note.split("\n- "):
        when = re.search(r"shutdown\s+date:\s+(\d{4}-\d\d-\d\d)", entry)
        for model in re.findall(r'"([^"]+)"', entry.partition(":")[0]) if when else ():
            dates[model] = date.fromisoformat(when[1])
    return dates


def anthropic_retirements() -> dict[str, date]:
    table = source("anthropic", "anthropic/resources/messages/messages.py").partition("DEPRECATED_MODELS = {")[2]
    entries = re.findall(r'"([^"]+)": "(\w+ \d+)\w\w, (\d{4})"', table.partition("}")[0])
    return {model: datetime.strptime(f"{day} {year}", "%B %d %Y").date() for model, day, year in entries}  # noqa: DTZ007 - a date


def test_retirements_are_those_that_the_sdks_announce():
    assert {Engine.OPENAI: openai_retirements(), Engine.ANTHROPIC: anthropic_retirements()} == RETIREMENTS
    assert retirement(Engine.OPENAI, "gpt-4o-mini") == date(2027, 1, 14)
    assert retirement(Engine.ANTHROPIC, "claude-sonnet-4-5") == date(2026, 11, 30)
    assert retirement(Engine.OPENAI, "llama3.3") is None


FILES = {Engine.OPENAI: "openai/types/shared/chat_model.py", Engine.ANTHROPIC: "anthropic/types/model_param.py"}


@pytest.mark.parametrize(("engine", "model"), CATALOGUE, ids=str)
def test_every_model_with_a_price_is_in_its_sdks_own_list_and_lives(engine, model):
    listed = source(engine.value.lower(), FILES[engine]).partition("Deprecated values")[0]

    assert f'"{model}"' in listed
    assert retirement(engine, model) is None


@pytest.mark.parametrize(("engine", "model"), CATALOGUE, ids=str)
def test_writing_to_the_cache_costs_a_quarter_more_than_reading_plainly(engine, model):
    for price in CATALOGUE[engine, model].prices:
        assert price.cache_write == price.input * Decimal("1.25")
        assert price.cached_input < price.input < price.output


@pytest.mark.parametrize("engine", [Engine.OPENAI, Engine.ANTHROPIC])
@pytest.mark.parametrize("task", list(Task))
def test_every_default_lives_has_a_price_and_is_known_to_its_sdk(engine, task):
    model = DEFAULT_MODELS[engine, task]
    known = capabilities(engine, model)

    assert (retirement(engine, model), bool(known.prices), known.structured_output) == (None, True, True)
    assert f'"{model}"' in source(engine.value.lower(), FILES[engine])


@pytest.mark.parametrize(
    ("model", "usage", "cost"),
    [
        ("gpt-6.1-sol", Usage(input_tokens=272_000, output_tokens=1_000), "0.554"),
        ("gpt-6.1-sol", Usage(input_tokens=272_001, output_tokens=1_000), "1.103004"),
        ("claude-haiku-5-5", Usage(input_tokens=100_000), "0.01"),
        ("claude-haiku-5-5", Usage(input_tokens=100_001), "0.0500005"),
        ("claude-sonnet-5-5", Usage(input_tokens=3_000, cached_input_tokens=1_000, cache_write_tokens=1_000), "0.0046"),
        ("claude-sonnet-5-5", Usage(output_tokens=1_000), "0.01"),
    ],
)
def test_cost_is_exact(model, usage, cost):
    engine = Engine.ANTHROPIC if model.startswith("claude") else Engine.OPENAI

    assert capabilities(engine, model).cost_usd(usage) == Decimal(cost)


def test_a_model_that_nobody_knows_works_without_a_price():
    local = capabilities(Engine.OPENAI, "llama3.3")

    assert (local.cost_usd(Usage(input_tokens=9)), local.sampling, local.efforts) == (None, True, frozenset())
    assert capabilities(Engine.ANTHROPIC, "claude-next").sampling is False
