"""The graphs, compiled. Importing this loads LangGraph."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from domain.challenge import Brief, ChallengeDraft, Order
from domain.evaluation import Assignment
from workflows.evaluation import graph as evaluation_graph
from workflows.evaluation import state as evaluation_state
from workflows.evaluation.ahead import ahead
from workflows.evaluation.grading import Grading
from workflows.evaluation.nodes import begin
from workflows.multiple_choice import graph as multiple_choice_graph
from workflows.multiple_choice import state as multiple_choice_state
from workflows.multiple_choice.agent import graph as choice_agent_graph
from workflows.multiple_choice.agent import state as choice_agent_state
from workflows.ports import (
    AnswerGrader,
    EvaluationJournal,
    LanguageModels,
    MultipleChoiceWriter,
    ScenarioWriter,
    Tracing,
)
from workflows.scenario import graph as scenario_graph
from workflows.scenario import state as scenario_state
from workflows.scenario.agent import graph as scenario_agent_graph
from workflows.scenario.agent import state as scenario_agent_state
from workflows.tracing import Traced, neutralise

CANDIDATES: Final = 4
"""Questions asked for in one call: with one in two refused, an order still brings one in 15 of 16 calls."""


class Compiled:
    """Runs each graph from its input to its output."""

    def __init__(self, tracing: Tracing | None = None) -> None:
        neutralise()
        self._multiple_choice = Traced(multiple_choice_graph.build(), tracing)
        self._choice_agent = Traced(choice_agent_graph.build(), tracing)
        self._scenario = Traced(scenario_graph.build(), tracing)
        self._scenario_agent = Traced(scenario_agent_graph.build(), tracing)
        self._evaluation = Traced(evaluation_graph.build(), tracing)

    async def write_multiple_choice(self, brief: Brief, writer: MultipleChoiceWriter, random: Random) -> ChallengeDraft:
        """Run write → inspect → arrange."""
        state = await self._multiple_choice.ainvoke(
            {"brief": brief}, context=multiple_choice_state.Context(writer, random)
        )
        draft: ChallengeDraft = state["draft"]
        return draft

    async def compose_multiple_choice(
        self,
        order: Order,
        *,
        models: LanguageModels,
        random: Random,
        monotonic_seconds: Callable[[], float],
        candidates: int = CANDIDATES,
    ) -> tuple[ChallengeDraft, ...]:
        """Run plan → write → lint → drop → solve → arrange.

        Args:
            order: what to write; it names at least one topic.
            models: who is asked, for the questions and for a second opinion.
            random: plans and shuffles.
            monotonic_seconds: the clock of the order's deadline.
            candidates: how many questions one call is asked for, 1 or more. Some 700 tokens each.

        Returns:
            1 to `candidates` verified questions, no two alike. Each carries all calls of the order, which it shares
            with the others.

        Raises:
            ProviderUnavailable: nobody wrote, nobody checked, or nothing that was written stood; safe to retry.
        """
        context = choice_agent_state.Context(models, random, monotonic_seconds, candidates)
        state = await self._choice_agent.ainvoke({"order": order}, context=context)
        drafts: tuple[ChallengeDraft, ...] = state["drafts"]
        return drafts

    async def write_scenario(self, brief: Brief, writer: ScenarioWriter) -> ChallengeDraft:
        """Run write → inspect."""
        state = await self._scenario.ainvoke({"brief": brief}, context=scenario_state.Context(writer))
        draft: ChallengeDraft = state["draft"]
        return draft

    async def compose_scenario(
        self,
        order: Order,
        *,
        models: LanguageModels,
        grader: AnswerGrader,
        random: Random,
        monotonic_seconds: Callable[[], float],
    ) -> tuple[ChallengeDraft, ...]:
        """Run plan → write_case → write_rubric → check → finish, with one more case and one repair at most.

        Args:
            order: what to write; it names one topic at least.
            models: write.
            grader: holds each draft against its own model answer; the embedded one, which costs nothing.
            random: decides what the case is about.
            monotonic_seconds: the clock of the order's deadline.

        Returns:
            One draft that holds `scenario.claims` and whose model answer the grader agrees with.

        Raises:
            ProviderUnavailable: nobody wrote one within the deadline; safe to retry.
        """
        deadline = monotonic_seconds() + order.deadline_seconds
        context = scenario_agent_state.Context(models, grader, random, monotonic_seconds, deadline)
        state = await self._scenario_agent.ainvoke({"order": order}, context=context)
        draft: ChallengeDraft = state["draft"]
        return (draft,)

    async def evaluate(
        self,
        assignment: Assignment,
        *,
        grader: AnswerGrader,
        journal: EvaluationJournal,
        pace: Callable[[], Awaitable[None]],
        monotonic_seconds: Callable[[], float],
        grading: Grading | None = None,
    ) -> None:
        """Run what is left of an evaluation; its effects are in the journal."""
        async with ahead(journal, assignment.lease) as stored:
            context = evaluation_state.Context(
                grader, stored, pace, monotonic_seconds, grading or Grading(), monotonic_seconds()
            )
            await self._evaluation.run(await begin(assignment, context), context=context)
