"""Questions as a model writes them, and a solver that knows the keys."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import Any

from domain.challenge import ChallengeDraft, MultipleChoice, MultipleChoiceSolution, Order
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.language_models import Request
from tests.unit.workflows.models import Reply, ScriptedModels
from workflows.compiled import Compiled

Json = dict[str, Any]

CASES = (
    (
        "A table of orders is read by customer a thousand times a second. Which structure keeps those reads short?",
        ("A tree sorted by customer", "A list of recent orders", "A heap of order amounts", "A bitmap over the months"),
        "Reads of an order table",
    ),
    (
        "Two transactions read the stock of an article, subtract a sale and write it back. Which level stops one?",
        ("Serializable", "Read committed", "Read uncommitted", "Cursor stability"),
        "Two sales of one article",
    ),
    (
        "A replica lags 40 seconds behind while a user saves a profile and reloads at once. What does the page show?",
        ("The profile before the change", "The profile after it", "An error from the pool", "A page without a profile"),
        "A page after saving",
    ),
    (
        "A nightly dump takes 7 hours, and 15 minutes of bookings may be lost at most. What closes the gap?",
        ("Shipping the write-ahead log", "Compressing the dump", "Dumping at noon too", "Mirroring the disks"),
        "How much may be lost",
    ),
)
TOPICS = ("indexing", "transactions and isolation", "replication", "backup and recovery")


def candidate(number: int = 0, **changes: Any) -> Json:
    """A question without a flaw; each number is another one."""
    stem, (correct, *wrong), title = CASES[number % len(CASES)]
    return {
        "topic": TOPICS[number % len(CASES)],
        "stem": stem,
        "correct": correct,
        "distractors": [{"misconception": f"Believes in {text}.", "text": text} for text in wrong],
        "explanation": "The mechanism asks for it.",
        "title": title,
        "tags": ["storage", "operations"],
        "suggested_minutes": 3,
        **changes,
    }


def order(**changes: Any) -> Order:
    return Order(
        **{
            "kind": ChallengeKind.MULTIPLE_CHOICE,
            "domain": Domain.DATABASES,
            "difficulty": Difficulty.MEDIUM,
            "topics": TOPICS,
            "deadline_seconds": 30.0,
            **changes,
        }
    )


def posed(request: Request[Any]) -> list[tuple[str, dict[str, str]]]:
    """What a solver is asked: stems with their options by label, read from the prompt itself."""
    found = []
    for block in request.blocks:
        stem, options = re.fullmatch(
            r'<question number="\d+">\n(.*)\n\nOptions:\n(.*)\n</question>', block.text, re.DOTALL
        ).groups()
        labels = re.split(r"^([a-d])\) ", options, flags=re.MULTILINE)[1:]
        found.append((stem, {label: text.strip() for label, text in zip(labels[::2], labels[1::2], strict=True)}))
    return found


def verdict(number: int, answer: str, **changes: Any) -> Json:
    return {
        "question": number,
        "reasoning": "It follows.",
        "answer": answer,
        "also_defensible": [],
        "confidence_percent": 95,
        **changes,
    }


def right(written: Sequence[Any]) -> Reply:
    """A solver that finds every key."""
    keys = {each["correct"].strip() for each in written if isinstance(each, Mapping)}

    def answer(request: Request[Any]) -> Json:
        answers = []
        for number, (_, options) in enumerate(posed(request), start=1):
            label = next(label for label, text in options.items() if text in keys)
            answers.append(verdict(number, label))
        return {"verdicts": answers}

    return answer


def scripted(*rounds: Sequence[Any], solver: Reply | None = None, **more: Any) -> ScriptedModels:
    """A writer that gives those candidates, round for round, and a solver that is right unless another one is given."""
    script = iter(rounds)
    return ScriptedModels(
        replies={
            "Written": lambda _: {"candidates": list(next(script))},
            "Verdicts": solver or right([each for written in rounds for each in written]),
        },
        **more,
    )


@cache  # compiling takes longer than a test
def _compiled() -> Compiled:
    return Compiled()


async def composed(models: ScriptedModels, wanted: Order | None = None, *, seed: int = 7) -> tuple[ChallengeDraft, ...]:
    return await _compiled().compose_multiple_choice(
        wanted or order(), models=models, random=Random(seed), monotonic_seconds=models.clock
    )


def content_of(draft: ChallengeDraft) -> tuple[MultipleChoice, MultipleChoiceSolution]:
    assert isinstance(draft.content, MultipleChoice)
    assert isinstance(draft.solution, MultipleChoiceSolution)
    return draft.content, draft.solution


def key_of(draft: ChallengeDraft) -> str:
    """The text of the correct option."""
    content, solution = content_of(draft)
    return {option.id: option.text for option in content.options}[solution.correct_option_id]
