"""What the graph carries, and what it is given from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TypedDict

from domain.calls import Call
from domain.challenge import ChallengeDraft, Order, Provenance
from domain.drafts import MultipleChoiceItem
from workflows.multiple_choice.agent.candidates import Candidate
from workflows.multiple_choice.agent.plan import Line
from workflows.ports import LanguageModels


@dataclass(frozen=True, slots=True)
class Context:
    """Who is asked, and what decides by chance and by time.

    `random` plans and shuffles. `monotonic_seconds` is the clock of the order's deadline. `candidates`, 1 or more, is
    how many questions one call is asked for.
    """

    models: LanguageModels
    random: Random
    monotonic_seconds: Callable[[], float]
    candidates: int


class State(TypedDict, total=False):
    """Filled from left to right, once or, when nothing was usable, twice: the order comes in, the drafts go out.

    Attributes:
        began: by the context's clock; the deadline counts from it.
        round: which attempt this is, from 1.
        plan: what each question is to be about.
        written: what a model wrote, None where it was no question; `provenance` says which model.
        remedies: what was wrong in the first round, for the writer of the second.
        items: questions that stand so far: each step leaves out some.
        calls: every request to a model, of both rounds.
    """

    order: Order
    began: float
    round: int
    plan: tuple[Line, ...]
    written: tuple[Candidate | None, ...]
    provenance: Provenance
    remedies: tuple[str, ...]
    items: tuple[MultipleChoiceItem, ...]
    calls: tuple[Call, ...]
    drafts: tuple[ChallengeDraft, ...]
