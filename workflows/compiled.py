"""The three graphs, compiled. Importing this loads LangGraph."""

from collections.abc import Awaitable, Callable
from random import Random

from domain.challenge import Brief, ChallengeDraft
from domain.evaluation import Assignment
from workflows.evaluation import graph as evaluation_graph
from workflows.evaluation import state as evaluation_state
from workflows.multiple_choice import graph as multiple_choice_graph
from workflows.multiple_choice import state as multiple_choice_state
from workflows.ports import AnswerGrader, EvaluationJournal, MultipleChoiceWriter, ScenarioWriter
from workflows.scenario import graph as scenario_graph
from workflows.scenario import state as scenario_state


class Compiled:
    """Runs each graph from its input to its output."""

    def __init__(self) -> None:
        self._multiple_choice = multiple_choice_graph.build()
        self._scenario = scenario_graph.build()
        self._evaluation = evaluation_graph.build()

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
