"""Challenges as models hand them over for the stock: each number tells another story."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from string import ascii_lowercase

from domain.calls import Call, Task, Usage
from domain.challenge import (
    ChallengeDraft,
    Misconception,
    MultipleChoice,
    MultipleChoiceSolution,
    Option,
    Provenance,
)
from domain.enums import ChallengeKind, Difficulty, Domain, Engine
from domain.stock import Cell
from persistence.database import Database

CELL = Cell(ChallengeKind.MULTIPLE_CHOICE, Domain.DATABASES, Difficulty.MEDIUM)
OTHER_CELL = Cell(ChallengeKind.MULTIPLE_CHOICE, Domain.DATABASES, Difficulty.HARD)
WRITER = Provenance(Engine.OPENAI, "a-model", "choice-1")
CALL = Call(
    task=Task.MULTIPLE_CHOICE,
    engine=Engine.OPENAI,
    model="a-model",
    prompt_version="choice-1",
    attempt=1,
    outcome="answered",
    usage=Usage(input_tokens=1_200, cached_input_tokens=1_000, output_tokens=400),
    cost_usd=Decimal("0.00042"),
    latency_seconds=3.25,
    serves=2,
)


def question(number: int) -> str:
    """Forty words that no other number has."""
    name = "".join(ascii_lowercase[int(digit)] for digit in f"{number:05}")
    return " ".join(f"{name}{first}{second}" for first in ascii_lowercase[:8] for second in ascii_lowercase[:5])


def written(number: int, cell: Cell = CELL, *, topic: str = "Indexes", story: int | None = None) -> ChallengeDraft:
    """The challenge of that number; its title is `Title <number>`. `story`: it tells that of another number."""
    return ChallengeDraft(
        kind=cell.kind,
        domain=cell.domain,
        topic=topic,
        difficulty=cell.difficulty,
        title=f"Title {number}",
        tags=("sql",),
        suggested_minutes=3,
        content=MultipleChoice(
            question(number if story is None else story), tuple(Option(id, f"{number} {id}") for id in "abcd")
        ),
        solution=MultipleChoiceSolution("b", "Why.", tuple(Misconception(id, f"Believes {id}") for id in "acd")),
        provenance=WRITER,
        calls=(CALL,),
    )


def as_served(draft: ChallengeDraft, servings: int) -> ChallengeDraft:
    """The draft as a person gets it from the stock."""
    return replace(draft, calls=tuple(replace(call, serves=call.serves * servings) for call in draft.calls))


async def fill(database: Database, drafts: Iterable[ChallengeDraft], *, servings: int = 20) -> int:
    """Stock drafts, each under its title, the first one as the oldest."""
    added = 0
    for draft in drafts:
        added += await database.write(
            lambda work, draft=draft: work.stock.add(  # type: ignore[misc]  # the default binds this turn's draft
                {f"{draft.title}, {draft.difficulty}": draft}, servings=servings, now=work.now
            )
        )
    return added
