"""What must hold of a scenario, so that it can be graded fairly. Loads no LangGraph: a bank is checked with it too."""

from collections.abc import Iterator

from domain.challenge import Scenario, ScenarioSolution
from domain.enums import Dimension

TOTAL_POINTS = 100
"""What the criteria of a rubric add up to."""
MOST_QUESTIONS = 5
"""A scenario asks 1 to 5 questions."""


def faults(scenario: Scenario, solution: ScenarioSolution) -> Iterator[str]:
    """Everything that does not hold; nothing for a scenario that can be graded."""
    return (fault for stands, fault in _claims(scenario, solution) if not stands)


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
    yield min(points, default=0) >= 1, "a criterion is worth nothing"
    yield sum(points) == TOTAL_POINTS, f"its points do not add up to {TOTAL_POINTS}"
    yield [key.criterion_id for key in solution.keys if key.key_points] == criteria, "a criterion has no key points"
    answered = [part.question_id for part in solution.model_answers if part.text.strip()]
    yield answered == questions, "a question has no model answer"
