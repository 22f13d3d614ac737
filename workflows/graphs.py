"""The door to the graphs. LangGraph takes about a second to load: `warm` does it ahead of the first use."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final

from domain.challenge import Brief, ChallengeDraft, Order
from domain.enums import ChallengeKind
from domain.errors import ProviderUnavailable
from domain.evaluation import Assignment
from workflows.evaluation.grading import Grading
from workflows.ports import (
    AnswerGrader,
    EvaluationJournal,
    LanguageModels,
    MultipleChoiceWriter,
    ScenarioWriter,
    Tracing,
)

if TYPE_CHECKING:
    from workflows.compiled import Compiled

NOBODY_RETRY_SECONDS: Final = 3600.0
"""An operator must set up a model before anybody can write."""


class Graphs:
    """Writes challenges and evaluates answers."""

    def __init__(
        self,
        *,
        multiple_choice_writer: MultipleChoiceWriter,
        scenario_writer: ScenarioWriter,
        grader: AnswerGrader,
        journal: EvaluationJournal,
        random: Random,
        pace: Callable[[], Awaitable[None]],
        models: LanguageModels | None = None,
        grading: Grading | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        """Keep what the graphs work with.

        `pace` is awaited before every step of an evaluation is stored. `models` compose challenges. Without `grading`
        the grader does everything.
        """
        self._multiple_choice_writer = multiple_choice_writer
        self._scenario_writer = scenario_writer
        self._grader = grader
        self._journal = journal
        self._random = random
        self._pace = pace
        self._models = models
        self._tracing = tracing
        self._grading = grading or Grading()
        self._compiling = Lock()
        self._compiled: Compiled | None = None

    async def write(self, brief: Brief) -> ChallengeDraft:
        """Have a challenge written.

        Raises:
            InvalidInput: nothing fits the brief, and no retry will change that.
            ProviderUnavailable: nobody could write; safe to retry.
        """
        compiled = await self._ready()
        if brief.kind is ChallengeKind.SCENARIO:
            return await compiled.write_scenario(brief, self._scenario_writer)
        return await compiled.write_multiple_choice(brief, self._multiple_choice_writer, self._random)

    async def compose(self, order: Order) -> tuple[ChallengeDraft, ...]:
        """Have models write challenges that anybody may get, verified, at least one.

        Raises:
            ProviderUnavailable: nobody could write what stands, within the order's deadline; safe to retry.
        """
        if self._models is None:
            raise ProviderUnavailable("No language model is set up.", retry_after_seconds=NOBODY_RETRY_SECONDS)
        compiled = await self._ready()
        if order.kind is ChallengeKind.SCENARIO:
            return await compiled.compose_scenario(
                order, models=self._models, grader=self._grader, random=self._random, monotonic_seconds=monotonic
            )
        return await compiled.compose_multiple_choice(
            order, models=self._models, random=self._random, monotonic_seconds=monotonic
        )

    async def evaluate(self, assignment: Assignment) -> None:
        """Do what is left of an evaluation, to its end, storing every step through the journal.

        Raises:
            GradingFailed: it cannot be completed.
            LeaseLost: it is no longer this runner's.
        """
        compiled = await self._ready()
        await compiled.evaluate(
            assignment,
            grader=self._grader,
            journal=self._journal,
            pace=self._pace,
            monotonic_seconds=monotonic,
            grading=self._grading,
        )

    def warm(self) -> "Compiled":
        """Load LangGraph and compile the graphs. May be called in any thread, and again."""
        from workflows.compiled import Compiled  # noqa: PLC0415 - loads LangGraph

        with self._compiling:
            compiled = self._compiled = self._compiled or Compiled(self._tracing)
        return compiled

    async def _ready(self) -> "Compiled":
        compiled = self._compiled
        return compiled if compiled is not None else await asyncio.to_thread(self.warm)
