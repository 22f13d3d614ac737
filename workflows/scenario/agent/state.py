"""What the graph carries, and what it is given from outside."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Annotated, TypedDict

from domain.calls import Call
from domain.challenge import ChallengeDraft, Order, Provenance, ScenarioContext, ScenarioQuestion
from workflows.ports import AnswerGrader, LanguageModels
from workflows.scenario.agent.output import WrittenRubric
from workflows.scenario.agent.plan import Plan


@dataclass(frozen=True, slots=True)
class Case:
    """A situation with its questions, tidied, with ids given by code."""

    title: str
    tags: tuple[str, ...]
    context: ScenarioContext
    questions: tuple[ScenarioQuestion, ...]


class State(TypedDict, total=False):
    """The order comes in, the draft goes out.

    `objections` are what is wrong with what was written last, in words for whoever writes it again; none when nothing
    is. `cases` counts how many were asked for, `rubrics` how many rubrics, the repair included.
    """

    order: Order
    plan: Plan
    case: Case
    rubric: WrittenRubric
    objections: tuple[str, ...]
    cases: int
    rubrics: int
    writers: Annotated[list[Provenance], operator.add]
    calls: Annotated[list[Call], operator.add]
    draft: ChallengeDraft


@dataclass(frozen=True, slots=True)
class Context:
    """Who writes and who checks; `random` decides what a case is about.

    `deadline` is a reading of `monotonic_seconds`, for everything together.
    """

    models: LanguageModels
    grader: AnswerGrader
    random: Random
    monotonic_seconds: Callable[[], float]
    deadline: float
