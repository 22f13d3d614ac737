"""The embedded writer: it draws from the curated bank, a different item every time for as long as there is one."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import TypeVar

from domain.challenge import Brief, ChallengeDraft, Provenance
from domain.drafts import MultipleChoiceItem
from domain.enums import Difficulty, Engine
from domain.errors import InvalidInput
from domain.ids import UserId
from providers.embedded.bank import Bank, ChoiceItem, Item, ScenarioItem

T = TypeVar("T", bound=Item)

Claim = Callable[[UserId, Sequence[str]], Awaitable[tuple[str, int]]]
"""Chooses the first of the least-drawn items and counts the draw: (person, item ids) -> (item id, draws before)."""


class EmbeddedWriter:
    """Satisfies MultipleChoiceWriter and ScenarioWriter without a model, a key or a network.

    `random` decides the order in which a person meets the items of a cell; `claim` remembers what they have met.
    """

    def __init__(self, bank: Bank, claim: Claim, random: Random) -> None:
        self._bank = bank
        self._claim = claim
        self._random = random

    async def write_multiple_choice(self, brief: Brief) -> MultipleChoiceItem:
        """Draw a question.

        Raises:
            InvalidInput: the bank has none that fits; the message says what it has.
        """
        item, repeated = await self._draw(brief, ChoiceItem)
        return MultipleChoiceItem(
            domain=item.domain,
            topic=item.topic,
            difficulty=item.difficulty,
            title=item.title,
            tags=item.tags,
            suggested_minutes=item.suggested_minutes,
            question=item.question,
            correct=item.correct,
            distractors=item.distractors,
            explanation=item.explanation,
            provenance=_provenance(item),
            repeated=repeated,
        )

    async def write_scenario(self, brief: Brief) -> ChallengeDraft:
        """Draw a scenario. Raises as `write_multiple_choice` does."""
        item, repeated = await self._draw(brief, ScenarioItem)
        return ChallengeDraft(
            kind=item.kind,
            domain=item.domain,
            topic=item.topic,
            difficulty=item.difficulty,
            title=item.title,
            tags=item.tags,
            suggested_minutes=item.suggested_minutes,
            content=item.scenario,
            solution=item.solution,
            provenance=_provenance(item),
            repeated=repeated,
        )

    async def _draw(self, brief: Brief, shape: type[T]) -> tuple[T, bool]:
        fitting = self._bank.fitting(brief.kind, brief.domain, brief.difficulty, brief.topic)
        if not fitting:
            raise self._nothing_fits(brief)
        candidates = [item.id for item in fitting]
        self._random.shuffle(candidates)
        item_id, draws_before = await self._claim(brief.user_id, candidates)
        item = self._bank[item_id]
        if not isinstance(item, shape):
            raise TypeError(f"{item_id} is no {shape.__name__}")
        return item, draws_before > 0

    def _nothing_fits(self, brief: Brief) -> InvalidInput:
        kind = brief.kind.value.lower().replace("_", "-")
        asked = f"The curated bank has no {brief.difficulty.value.lower()} {kind} challenge"
        topics = sorted({item.topic for item in self._bank.fitting(brief.kind, brief.domain, brief.difficulty)})
        if topics:
            there = f"choose one of {', '.join(map(repr, topics))}, or leave the topic out"
            return InvalidInput(f"{asked} on {brief.topic!r} yet: {there}.", field=("input", "topic"))
        there = ", ".join(
            difficulty.value for difficulty in Difficulty if self._bank.fitting(brief.kind, brief.domain, difficulty)
        )
        return InvalidInput(
            f"{asked} in {brief.domain.value} yet: choose {there or 'another domain'}.", field=("input", "difficulty")
        )


def _provenance(item: Item) -> Provenance:
    """Names the item and its version without its id, whose words may hint at the answer."""
    digest = hashlib.sha256(item.id.encode()).hexdigest()[:12]
    return Provenance(Engine.EMBEDDED, None, f"bank/{digest}@{item.version}")
