"""The three graphs, compiled. Importing this loads LangGraph."""

from collections.abc import Awaitable, Callable
from random import Random

from domain.challenge import Brief, ChallengeDraft
from domain.evaluation import Assignment
from workflows.evaluation import graph as evaluation_graph
from workflows.evaluation import state as evaluation_state
from workflows.multiple_choice import graph as multiple_choice_graph
from workflows.multiple_choice import state as multiple_choice_state
from workflows.ports import AnswerGrader, EvaluationJournal, MultipleChoiceWriter, ScenarioWriter, Tracing
from workflows.scenario import graph as scenario_graph
from workflows.scenario import state as scenario_state
from workflows.tracing import Traced, neutralise


class Compiled:
    """Runs each graph from its input to its output."""

    def __init__(self, tracing: Tracing | None = None) -> None:
        neutralise()
        self._multiple_choice = Traced(multiple_choice_graph.build(), tracing)
        self._scenario = Traced(scenario_graph.build(), tracing)
        self._evaluation = Traced(evaluation_graph.build(), tracing)

    async def write_multiple_choice(self, brief: Brief, writer: MultipleChoiceWriter, random: Random) -> ChallengeDraft:
        """Run write → inspect → arrange."""
        state = await self._multiple_choice.ainvoke(
            {"brief": brief}, context=multiple_choice_state.Context(writer, random)
        )
        draft: ChallengeDraft = state["draft"]
        return draft

    async def write_scenario(self, brief: Brief, writer: ScenarioWriter) -> ChallengeDraft:
        """Run write → inspect."""
        state = await self._scenario.ainvoke({"brief": brief}, context=scenario_state.Context(writer))
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
        await self._evaluation.ainvoke({"assignment": assignment, "scores": list(assignment.scores)}, context=context)
