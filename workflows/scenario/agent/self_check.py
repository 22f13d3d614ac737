"""What is wrong with a scenario, in words for whoever writes it again: by its form, then by the project's grader."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from domain import scoring
from domain.challenge import Order, Scenario, ScenarioSolution
from domain.enums import Domain
from domain.evaluation import CriterionResult, DimensionScore
from domain.likeness import sketch
from workflows.known import Known
from workflows.ports import AnswerGrader
from workflows.scenario import claims, trial
from workflows.scenario.agent.state import Case

MODEL_ANSWER_FLOOR: Final = 80.0
"""What the model answer scores at least: a rubric that it does not meet asks for something else."""
MOST_OBJECTIONS: Final = 12
"""That are told: one slip often shows in many places."""


def told_before(case: Case, order: Order) -> bool:
    """Whether somebody who knows what the order avoids would know this case."""
    return Known(order.avoid, order.titles).has(sketch(case.context.situation), case.title)


def case_objections(case: Case) -> tuple[str, ...]:
    """What does not hold of a case before there is a rubric."""
    faults = (*claims.text_faults([("its title", case.title)]), *claims.case_faults(case.context, case.questions))
    return tuple(islice(faults, MOST_OBJECTIONS))


async def rubric_objections(
    domain: Domain, scenario: Scenario, solution: ScenarioSolution, grader: AnswerGrader
) -> tuple[str, ...]:
    """What does not hold of a rubric; of one that is sound, what the grader says of answers whose worth is known.

    Raises:
        GradingFailed: no judgement can be had.
    """
    faults = tuple(islice(claims.faults(scenario, solution), MOST_OBJECTIONS))
    if faults:
        return faults

    async def graded(texts: Sequence[str]) -> list[DimensionScore]:
        return await trial.scores(scenario, solution, texts, domain=domain, grader=grader)

    found = _model_answer_objections(await graded(trial.model_answer(solution)))
    for name, text in trial.NON_ANSWERS.items():
        found += _non_answer_objections(name, await graded([text] * len(scenario.questions)))
    found += [
        f"The title “{result.title}” gives its key points away: the titles alone reach level {result.level} of 5 there."
        for result in await trial.given_away(scenario, solution, domain=domain, grader=grader)
    ]
    return tuple(found[:MOST_OBJECTIONS])


def _model_answer_objections(scores: Sequence[DimensionScore]) -> list[str]:
    overall = scoring.overall(scores)
    if overall >= MODEL_ANSWER_FLOOR:
        return []
    lost = sorted(_results(scores), key=lambda result: result.awarded - result.points)
    return [
        f"The model answers score {overall:g} of 100, and {MODEL_ANSWER_FLOOR:g} at least are needed.",
        *(
            f"The model answers reach level {result.level} of 5 in “{result.title}”. {result.rationale}"
            for result in lost
            if result.awarded < result.points
        ),
    ]


def _non_answer_objections(name: str, scores: Sequence[DimensionScore]) -> list[str]:
    overall = scoring.overall(scores)
    if overall <= trial.NON_ANSWER_CEILING:
        return []
    met = ", ".join(f"“{result.title}” (level {result.level})" for result in _results(scores) if result.level)
    score = f"An answer {name} scores {overall:g} of 100, and {trial.NON_ANSWER_CEILING:g} at most are allowed."
    return [f"{score} It meets {met}: let those key points say what is particular to this case."]


def _results(scores: Iterable[DimensionScore]) -> list[CriterionResult]:
    return [result for score in scores for result in score.criteria]
