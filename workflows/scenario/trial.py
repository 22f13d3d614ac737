"""Answers whose worth is known, and what a grader makes of them. Loads no LangGraph: a bank is checked with it too."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from domain import scoring
from domain.challenge import AnswerPart, Scenario, ScenarioSolution
from domain.enums import Dimension, Domain
from domain.evaluation import CriterionResult, DimensionScore
from domain.grading import GradingTask, rubric_lines
from workflows.evaluation import screening
from workflows.ports import AnswerGrader

GENERALITIES: Final = (
    "I would first talk to everybody involved to understand what they need and what the problem really is. I would "
    "measure before I change anything, look at logs and metrics, and write down my assumptions. Then I would compare "
    "several options, weigh their costs and benefits, and choose the one with the best balance between effort, risk "
    "and value. I would start with a small pilot, test it carefully, automate what can be automated, and roll it out "
    "step by step, with monitoring, alerts and a way back. I would report progress regularly in plain words, name "
    "risks and trade-offs openly, keep the budget and the timeline in view, and make sure that customers are happy, "
    "that the team learns from it and that the business grows."
)
"""Sound advice on any case, so an answer to none."""
OFF_TOPIC: Final = (
    "My recommendation is to buy a second deck oven and to keep the old one until spring. At 220 loaves an hour the "
    "present oven is full from four to seven, and the queue at the shop costs about 90 sales on a Saturday. I would "
    "first weigh a week of flour and count what is thrown away, because a third of the shortage may come from loaves "
    "that burn at the back. The new oven costs 14,000 euro and pays for itself within two years if half of the lost "
    "sales return. The trade-off is floor space: the proving cabinet moves to the cellar, and one person more must "
    "carry trays. I assume that the price of gas stays below 12 cents. We would bake with both for a month, compare "
    "waste and waiting times with the month before, and sell the old oven once the figures hold. To the owner I would "
    "say: fewer people leave without bread."
)
"""A good answer, well told, to a question that nobody asked."""
NON_ANSWERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "that is empty": "",
        "“I do not know.”": "I do not know.",
        "“It depends on the situation.”": "It depends on the situation.",
        "of nothing but generalities": GENERALITIES,
        "about something else": OFF_TOPIC,
    }
)
"""By what to call them."""
NON_ANSWER_CEILING: Final = 10.0
"""What they score at most. Of the curated bank's 42 rubrics, generalities reach 4.8, OFF_TOPIC 3.2, the others 0."""
TITLE_LEVEL: Final = 1
"""The level that a criterion reaches at most by the titles of the rubric, which people see before they answer.

So it is with the curated bank's 386 criteria.
"""


async def scores(
    scenario: Scenario, solution: ScenarioSolution, texts: Sequence[str], *, domain: Domain, grader: AnswerGrader
) -> list[DimensionScore]:
    """Grade texts, one a question, as the evaluation would; a text too many joins the last part.

    Raises:
        GradingFailed: no judgement can be had.
    """
    task = _task(scenario, solution, texts, domain)
    return [scoring.score_dimension(await grader.grade(task, each), scenario.rubric) for each in Dimension]


async def given_away(
    scenario: Scenario, solution: ScenarioSolution, *, domain: Domain, grader: AnswerGrader
) -> list[CriterionResult]:
    """The criteria that reach too much by an answer that repeats what the rubric shows: each title as a sentence.

    All are judged as technical ones: elsewhere a grader may hold back levels until the matter itself is said, and a
    title that gives its key points away would not show.

    Raises:
        GradingFailed: no judgement can be had.
    """
    alike = tuple(replace(criterion, dimension=Dimension.TECHNICAL_ACCURACY) for criterion in scenario.rubric)
    titles = " ".join(f"{criterion.title.rstrip('.')}." for criterion in alike)
    task = _task(replace(scenario, rubric=alike), solution, [titles], domain)
    score = scoring.score_dimension(await grader.grade(task, Dimension.TECHNICAL_ACCURACY), alike)
    return [result for result in score.criteria if result.level > TITLE_LEVEL]


def model_answer(solution: ScenarioSolution) -> list[str]:
    """Its texts in the order of the questions."""
    return [part.text for part in solution.model_answers]


def _task(scenario: Scenario, solution: ScenarioSolution, texts: Sequence[str], domain: Domain) -> GradingTask:
    last = len(scenario.questions) - 1
    merged = (*texts[:last], "\n\n".join(texts[last:]))
    parts = tuple(AnswerPart(question.id, text) for question, text in zip(scenario.questions, merged, strict=False))
    return GradingTask(
        domain=domain,
        context=scenario.context,
        questions=scenario.questions,
        rubric=rubric_lines(scenario, solution),
        parts=parts,
        instructions=screening.instructions(parts),
    )
