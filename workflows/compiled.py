"""The three graphs, compiled. Importing this loads LangGraph."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from langgraph.graph.state import CompiledStateGraph

from domain.challenge import Brief, ChallengeDraft
from domain.evaluation import Assignment
from workflows.evaluation import graph as evaluation_graph
from workflows.evaluation import state as evaluation_state
from workflows.multiple_choice import graph as multiple_choice_graph
from workflows.multiple_choice import state as multiple_choice_state
from workflows.ports import AnswerGrader, EvaluationJournal, Fact, MultipleChoiceWriter, ScenarioWriter, Tracing
from workflows.scenario import graph as scenario_graph
from workflows.scenario import state as scenario_state
from workflows.tracing import NodeSpans, neutralise


class Compiled:
    """Runs each graph from its input to its output."""

    def __init__(self, tracing: Tracing | None = None) -> None:
        neutralise()
        self._tracing = tracing
        self._multiple_choice = multiple_choice_graph.build()
        self._scenario = scenario_graph.build()
        self._evaluation = evaluation_graph.build()

    async def write_multiple_choice(self, brief: Brief, writer: MultipleChoiceWriter, random: Random) -> ChallengeDraft:
        """Run write → inspect → arrange."""
        context = multiple_choice_state.Context(writer, random)
        state = await self._run(self._multiple_choice, {"brief": brief}, context, **_of(brief))
        draft: ChallengeDraft = state["draft"]
        return draft

    async def write_scenario(self, brief: Brief, writer: ScenarioWriter) -> ChallengeDraft:
        """Run write → inspect."""
        state = await self._run(self._scenario, {"brief": brief}, scenario_state.Context(writer), **_of(brief))
        draft: ChallengeDraft = state["draft"]
        return draft

    async def evaluate(
        self,
        assignment: Assignment,
        *,
        grader: AnswerGrader,
        journal: EvaluationJournal,
        pace: Callable[[], Awaitable[None]],
        monotonic_seconds: Callable[[], float],
    ) -> None:
        """Run what is left of an evaluation; its effects are in the journal."""
        context = evaluation_state.Context(grader, journal, pace, monotonic_seconds)
        await self._run(
            self._evaluation,
            {"assignment": assignment, "scores": list(assignment.scores)},
            context,
            evaluation_id=assignment.lease.evaluation_id,
            challenge_id=assignment.challenge.id,
            kind=assignment.challenge.kind.value,
            domain=assignment.challenge.domain.value,
            difficulty=assignment.challenge.difficulty.value,
            attempt=assignment.lease.attempt,
        )

    async def _run(
        self, graph: CompiledStateGraph[Any, Any, Any, Any], given: object, context: object, **facts: Fact
    ) -> dict[str, Any]:
        """Run one graph to its end; where somebody traces, as a step with a step for each node in it."""
        if self._tracing is None:
            return dict(await graph.ainvoke(given, context=context))
        with self._tracing.span(graph.name, **facts) as span:
            return dict(await graph.ainvoke(given, {"callbacks": [NodeSpans(span)]}, context=context))


def _of(brief: Brief) -> dict[str, Fact]:
    return {"kind": brief.kind.value, "domain": brief.domain.value, "difficulty": brief.difficulty.value}
