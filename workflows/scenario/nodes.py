"""The steps. Each takes the state and returns what it adds."""

from collections.abc import Iterator

from langgraph.runtime import Runtime

from domain.challenge import ChallengeDraft, Scenario, ScenarioSolution
from domain.enums import Dimension
from domain.errors import ProviderUnavailable
from workflows.scenario.state import Context, State

TOTAL_POINTS = 100
"""What the criteria of a rubric add up to."""
MOST_QUESTIONS = 5
"""A scenario asks 1 to 5 questions."""


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
    return next((fault for stands, fault in _claims(scenario, solution) if not stands), None)


def _claims(scenario: Scenario, solution: ScenarioSolution) -> Iterator[tuple[bool, str]]:
    """What must hold, each with the fault to name when it does not."""
    questions = [question.id for question in scenario.questions]
    criteria = [criterion.id for criterion in scenario.rubric]
    points = [criterion.points for criterion in scenario.rubric]
    yield 1 <= len(questions) <= MOST_QUESTIONS, f"it has not 1 to {MOST_QUESTIONS} questions"
    yield len(set(questions)) == len(questions), "two questions have one id"
    yield len(set(criteria)) == len(criteria), "two criteria have one id"
    covered = {criterion.dimension for criterion in scenario.rubric}
    yield covered == set(Dimension), "its rubric does not cover all four dimensions"
    yield min(points) >= 1, "a criterion is worth nothing"
    yield sum(points) == TOTAL_POINTS, f"its points do not add up to {TOTAL_POINTS}"
    yield [key.criterion_id for key in solution.keys if key.key_points] == criteria, "a criterion has no key points"
    answered = [part.question_id for part in solution.model_answers if part.text.strip()]
    yield answered == questions, "a question has no model answer"
