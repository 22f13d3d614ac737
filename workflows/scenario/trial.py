"""Answers whose worth is known, and what a grader makes of them. Loads no LangGraph: a bank is checked with it too."""

from collections.abc import Iterable, Mapping, Sequence
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
NON_ANSWERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "that is empty": "",
        "“I do not know.”": "I do not know.",
        "“It depends on the situation.”": "It depends on the situation.",
        "of nothing but generalities": GENERALITIES,
    }
)
"""By what to call them."""
NON_ANSWER_CEILING: Final = 10.0
"""What they score at most. Of the curated bank's 42 rubrics, generalities reach 4.8 at the highest, the others 0."""
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


def titles_as_answer(scenario: Scenario) -> list[str]:
    """What somebody would hand in who repeats what the rubric shows: each title as a sentence."""
    return [" ".join(f"{criterion.title.rstrip('.')}." for criterion in scenario.rubric)]


def given_away(scores_of_titles: Iterable[DimensionScore]) -> list[CriterionResult]:
    """The criteria that reach too much by the titles alone."""
    return [result for score in scores_of_titles for result in score.criteria if result.level > TITLE_LEVEL]


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
