"""What each model can do and costs. Models are settings: this is what is known of those that may be set.

Read in November 2026; the names are those of the SDKs' own lists (openai 3.54, anthropic 2.12; a test compares). A
model that is not here works, without a price. Where each price is from:

- gpt-6-luna, gpt-6-sol: OpenAI's price list of 2026-09-22; gpt-6.1-sol, -terra: of 2026-09-29 and 2026-10-26.
- gpt-5.6-luna, -terra: developers.openai.com/api/docs/models/gpt-5.6-luna and its sibling, since the cut of 2026-07-30.
- What they cost over 272,000 tokens of input, and 1.25 times the input for writing to the cache: the same model pages.
- claude-haiku-5-5 (both bands), claude-sonnet-5-5 (a cached token since 2026-10-07), claude-opus-5-5:
  platform.claude.com/docs/en/about-claude/pricing, five-minute cache writes.

What effort takes and how much fits: the same pages. Levels beyond those of Effort are not used here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.calls import Task, Usage
from domain.enums import Engine
from domain.language_models import Effort

MILLION: Final = Decimal(1_000_000)
# Providers count a token of English as about four bytes; two is the safe side for code and other scripts.
BYTES_PER_TOKEN: Final = 2


@dataclass(frozen=True, slots=True)
class Price:
    """USD for a million tokens, for requests of up to `prompt_tokens` (None: of any length)."""

    input: Decimal
    cached_input: Decimal
    cache_write: Decimal
    output: Decimal
    prompt_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What one model takes.

    Attributes:
        sampling: takes a temperature; the reasoning models refuse one.
        efforts: levels of reasoning that it takes.
        structured_output: is held to a JSON Schema by the provider; else the schema is written into the prompt.
        context_tokens: what question and answer may have together; None when unknown.
        prices: by the length of the prompt, shortest first; empty when unknown.
    """

    sampling: bool = True
    efforts: frozenset[Effort] = frozenset()
    structured_output: bool = True
    context_tokens: int | None = None
    prices: tuple[Price, ...] = ()

    def cost_usd(self, usage: Usage) -> Decimal | None:
        """What the tokens of one request cost; None when the price is unknown."""
        price = self._price(usage.input_tokens)
        if price is None:
            return None
        plain_input = usage.input_tokens - usage.cached_input_tokens - usage.cache_write_tokens
        return (
            plain_input * price.input
            + usage.cached_input_tokens * price.cached_input
            + usage.cache_write_tokens * price.cache_write
            + usage.output_tokens * price.output
        ) / MILLION

    def _price(self, prompt_tokens: int) -> Price | None:
        fitting = (
            price for price in self.prices if price.prompt_tokens is None or prompt_tokens <= price.prompt_tokens
        )
        return next(fitting, None)


def _price(input_: str, cached: str, write: str, output: str, *, prompt_tokens: int | None = None) -> Price:
    return Price(Decimal(input_), Decimal(cached), Decimal(write), Decimal(output), prompt_tokens)


def _openai(input_: str, cached: str, write: str, output: str) -> Capabilities:
    """A reasoning model whose prompts over 272,000 tokens cost twice the input and 1.5 times the output."""
    near = _price(input_, cached, write, output, prompt_tokens=272_000)
    far = Price(near.input * 2, near.cached_input * 2, near.cache_write * 2, near.output * Decimal("1.5"))
    return Capabilities(sampling=False, efforts=frozenset(Effort), context_tokens=1_050_000, prices=(near, far))


def _claude(*prices: Price) -> Capabilities:
    return Capabilities(sampling=False, efforts=frozenset(Effort), context_tokens=1_000_000, prices=prices)


UNKNOWN: Final = Capabilities()
"""A model of one's own behind a compatible server, or one that is newer than this list."""
UNKNOWN_CLAUDE: Final = Capabilities(sampling=False)
"""Anthropic's SDK takes no sampling settings for any model."""

CATALOGUE: Final[Mapping[tuple[Engine, str], Capabilities]] = {
    (Engine.OPENAI, "gpt-6-luna"): _openai("0.10", "0.01", "0.125", "0.50"),
    (Engine.OPENAI, "gpt-6-sol"): _openai("2.00", "0.20", "2.50", "10.00"),
    (Engine.OPENAI, "gpt-6.1-sol"): _openai("2.00", "0.10", "2.50", "10.00"),
    (Engine.OPENAI, "gpt-6.1-terra"): _openai("1.00", "0.05", "1.25", "5.00"),
    (Engine.OPENAI, "gpt-5.6-luna"): _openai("0.20", "0.02", "0.25", "1.20"),
    (Engine.OPENAI, "gpt-5.6-terra"): _openai("2.00", "0.20", "2.50", "12.00"),
    (Engine.ANTHROPIC, "claude-haiku-5-5"): _claude(
        _price("0.10", "0.01", "0.125", "0.50", prompt_tokens=100_000), _price("0.50", "0.05", "0.625", "2.50")
    ),
    (Engine.ANTHROPIC, "claude-sonnet-5-5"): _claude(_price("2.00", "0.10", "2.50", "10.00")),
    (Engine.ANTHROPIC, "claude-opus-5-5"): _claude(_price("4.00", "0.20", "5.00", "20.00")),
}

DEFAULT_MODELS: Final[Mapping[tuple[Engine, Task], str]] = {
    (Engine.OPENAI, Task.MULTIPLE_CHOICE): "gpt-6-luna",
    (Engine.OPENAI, Task.SCENARIO): "gpt-6-sol",
    (Engine.OPENAI, Task.GRADING): "gpt-6-luna",
    (Engine.OPENAI, Task.FEEDBACK): "gpt-6-luna",
    (Engine.ANTHROPIC, Task.MULTIPLE_CHOICE): "claude-haiku-5-5",
    (Engine.ANTHROPIC, Task.SCENARIO): "claude-sonnet-5-5",
    (Engine.ANTHROPIC, Task.GRADING): "claude-haiku-5-5",
    (Engine.ANTHROPIC, Task.FEEDBACK): "claude-haiku-5-5",
}
"""Cost-effective models that live; scenarios are written seldom and read long, so a stronger one writes them."""


Lookup = Callable[[Engine, str], Capabilities]
"""What is known of a model: `capabilities`, or that with what an operator knows of models of their own."""


def capabilities(engine: Engine, model: str) -> Capabilities:
    """What is known of a model. Never fails: what is unknown is assumed to be able, and to have no price."""
    known = CATALOGUE.get((engine, model))
    if known is not None:
        return known
    return UNKNOWN_CLAUDE if engine is Engine.ANTHROPIC else UNKNOWN
