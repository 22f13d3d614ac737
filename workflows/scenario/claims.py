"""What must hold of a scenario, so that it can be shown and graded. Loads no LangGraph: a bank is checked too."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from domain.challenge import Scenario, ScenarioContext, ScenarioQuestion, ScenarioSolution
from domain.enums import Dimension
from domain.likeness import near_duplicates, sketch
from domain.markup import has_markup
from domain.scoring import TOTAL_POINTS
from domain.text import folded, visible

MOST_QUESTIONS = 5
"""A scenario asks 1 to 5 questions."""
LONGEST_TEXT = 6_000
"""Characters (Unicode code points) that any of its texts may have."""


def faults(scenario: Scenario, solution: ScenarioSolution) -> Iterator[str]:
    """Everything that does not hold; nothing for a scenario that can be graded. No fault repeats a text."""
    yield from case_faults(scenario.context, scenario.questions)
    yield from _named(_rubric_claims(scenario, solution))
    yield from text_faults(_rubric_texts(scenario, solution))


def case_faults(context: ScenarioContext, questions: Sequence[ScenarioQuestion]) -> Iterator[str]:
    """What does not hold of the case and what is asked about it, whatever its rubric."""
    if not context.constraints:
        yield "it has no constraints"
    yield from _named(_question_claims(questions))
    yield from text_faults(_case_texts(context, questions))


def text_faults(texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with texts that are shown to people; each comes with the words for where it stands."""
    for place, text in texts:
        if not text.strip():
            yield f"{place} is empty"
        if len(text) > LONGEST_TEXT:
            yield f"{place} has more than {LONGEST_TEXT} characters"
        if visible(text) != text:
            yield f"{place} has characters in it that nobody sees"
        if has_markup(text):
            yield f"{place} has HTML or a link in it"


def _named(claims: Iterable[tuple[bool, str]]) -> Iterator[str]:
    return (fault for stands, fault in claims if not stands)


def _question_claims(questions: Sequence[ScenarioQuestion]) -> Iterator[tuple[bool, str]]:
    """What must hold, each with the fault to name when it does not."""
    ids = {question.id for question in questions}
    yield 1 <= len(questions) <= MOST_QUESTIONS, f"it has not 1 to {MOST_QUESTIONS} questions"
    yield len(ids) == len(questions), "two questions have one id"
    asked = [sketch(question.prompt) for question in questions[:MOST_QUESTIONS]]
    yield not any(near_duplicates(one, other) for one, other in combinations(asked, 2)), "it asks one question twice"


def _rubric_claims(scenario: Scenario, solution: ScenarioSolution) -> Iterator[tuple[bool, str]]:
    questions = [question.id for question in scenario.questions]
    criteria = [criterion.id for criterion in scenario.rubric]
    titles = {folded(criterion.title) for criterion in scenario.rubric}
    points = [criterion.points for criterion in scenario.rubric]
    yield len(set(criteria)) == len(criteria), "two criteria have one id"
    yield len(titles) == len(criteria), "two criteria have one title"
    covered = {criterion.dimension for criterion in scenario.rubric}
    yield covered == set(Dimension), "its rubric does not cover all four dimensions"
    yield min(points, default=0) >= 1, "a criterion is worth nothing"
    yield sum(points) == TOTAL_POINTS, f"its points do not add up to {TOTAL_POINTS}"
    yield [key.criterion_id for key in solution.keys if key.key_points] == criteria, "a criterion has no key points"
    answered = [part.question_id for part in solution.model_answers if part.text.strip()]
    yield len(answered) <= len(questions), "it has more model answers than questions"
    yield answered == questions or len(answered) > len(questions), "a question has no model answer"


def _case_texts(context: ScenarioContext, questions: Iterable[ScenarioQuestion]) -> Iterator[tuple[str, str]]:
    yield "its company", context.company
    yield "its role", context.role
    yield "its situation", context.situation
    yield from ((f"constraint {number}", text) for number, text in enumerate(context.constraints, start=1))
    yield from ((f"question {number}", question.prompt) for number, question in enumerate(questions, start=1))


def _rubric_texts(scenario: Scenario, solution: ScenarioSolution) -> Iterator[tuple[str, str]]:
    yield from ((f"the title of {criterion.id}", criterion.title) for criterion in scenario.rubric)
    for key in solution.keys:
        for point in key.key_points:
            yield f"a key point of {key.criterion_id}", point.text
            yield from ((f"a phrasing of {key.criterion_id}", phrasing) for phrasing in point.phrasings)
        yield from ((f"an anchor of {key.criterion_id}", anchor.text) for anchor in key.anchors)
    yield from ((f"the model answer to {part.question_id}", part.text) for part in solution.model_answers)
