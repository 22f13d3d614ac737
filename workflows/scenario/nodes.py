"""The steps. Each takes the state and returns what it adds."""

from langgraph.runtime import Runtime

from domain.challenge import ChallengeDraft, Scenario, ScenarioSolution
from domain.enums import Dimension
from domain.errors import ProviderUnavailable
from workflows.scenario.state import Context, State

TOTAL_POINTS = 100
"""What the criteria of a rubric add up to."""


async def write(state: State, runtime: Runtime[Context]) -> State:
    """Have a scenario written or drawn."""
    return {"draft": await runtime.context.writer.write_scenario(state["brief"])}


async def inspect(state: State) -> State:
    """Refuse a scenario that could not be graded fairly."""
    fault = _fault(state["draft"])
    if fault:
        raise ProviderUnavailable(f"The scenario that was written cannot be graded: {fault}.", retry_after_seconds=1)
    return {}


def _fault(draft: ChallengeDraft) -> str | None:
    scenario, solution = draft.content, draft.solution
    if not isinstance(scenario, Scenario) or not isinstance(solution, ScenarioSolution):
        return "it is no scenario"
    if {criterion.dimension for criterion in scenario.rubric} != set(Dimension):
        return "its rubric does not cover all four dimensions"
    if sum(criterion.points for criterion in scenario.rubric) != TOTAL_POINTS:
        return f"its points do not add up to {TOTAL_POINTS}"
    if [key.criterion_id for key in solution.keys] != [criterion.id for criterion in scenario.rubric]:
        return "a criterion has no key points"
    if [part.question_id for part in solution.model_answers] != [question.id for question in scenario.questions]:
        return "a question has no model answer"
    return None
