"""Scenarios: does each rubric hold, and does the embedded grader tell an answer from none?"""

from collections.abc import Sequence
from typing import Final

from domain import scoring
from domain.challenge import AnswerPart
from domain.enums import Dimension, Domain
from domain.evaluation import DimensionScore
from domain.grading import GradingTask, rubric_lines
from providers.embedded.bank import ScenarioItem
from providers.embedded.grader import EmbeddedGrader
from server.bank.content import Content
from server.bank.findings import Finding
from workflows.evaluation import screening
from workflows.scenario import claims

MODEL_ANSWER_FLOOR: Final = 85.0
"""What its model answer scores at least: a rubric that it does not meet asks for something else."""
OFF_TOPIC_CEILING: Final = 15.0
"""What the model answer to a scenario of another domain scores at most: key points that it meets say too little."""
OFF_TOPIC_ANSWERS: Final = 5
"""Of other domains, spread over them: the highest of all 1,638 such pairs of the curated bank is 12.4."""
EMPTY_CEILING: Final = 10.0
"""What an answer that says nothing scores at most."""
EMPTY_ANSWERS: Final = ("", "I do not know.", "It depends on the situation.")


async def graded(content: Content) -> list[Finding]:
    """Faults of every rubric, and of those without one the scores that are out of bounds."""
    grader = EmbeddedGrader(content.bank().texts())
    findings: list[Finding] = []
    sound: list[ScenarioItem] = []
    for item in content.scenarios:
        faults = list(claims.faults(item.scenario, item.solution))
        findings += [Finding(item.id, fault, "mend it: a scenario with this fault is refused") for fault in faults]
        if not faults:
            sound.append(item)
    for item in sound:
        findings += await _out_of_bounds(item, _of_other_domains(item, sound), grader)
    return findings


async def _out_of_bounds(item: ScenarioItem, others: Sequence[ScenarioItem], grader: EmbeddedGrader) -> list[Finding]:
    findings = []
    scores = await _scores(item, _model_answer(item), grader)
    if (overall := scoring.overall(scores)) < MODEL_ANSWER_FLOOR:
        lowest = min(scores, key=lambda score: score.score)
        detail = (
            f"its model answer scores {overall:g} ({lowest.dimension} {lowest.score:g}), not {MODEL_ANSWER_FLOOR:g}"
        )
        findings.append(Finding(item.id, detail, "let it state every key point in a sentence, or add phrasings"))
    for other in others:
        overall = scoring.overall(await _scores(item, _model_answer(other), grader))
        if overall > OFF_TOPIC_CEILING:
            detail = f"the model answer of {other.id} scores {overall:g} here, over {OFF_TOPIC_CEILING:g}"
            findings.append(Finding(item.id, detail, "let the key points say what is particular to this case"))
    for text in EMPTY_ANSWERS:
        answer = [text] * len(item.scenario.questions)
        if (overall := scoring.overall(await _scores(item, answer, grader))) > EMPTY_CEILING:
            detail = f"the answer “{text}” scores {overall:g}, over {EMPTY_CEILING:g}"
            findings.append(Finding(item.id, detail, "let the key points say more than such an answer does"))
    return findings


async def _scores(item: ScenarioItem, texts: Sequence[str], grader: EmbeddedGrader) -> list[DimensionScore]:
    task = _task(item, texts)
    return [scoring.score_dimension(await grader.grade(task, each), item.scenario.rubric) for each in Dimension]


def _task(item: ScenarioItem, texts: Sequence[str]) -> GradingTask:
    """An answer as the evaluation would hand it to the grader; a text too many joins the last part."""
    questions = item.scenario.questions
    last = len(questions) - 1
    merged = (*texts[:last], "\n\n".join(texts[last:]))
    parts = tuple(AnswerPart(question.id, text) for question, text in zip(questions, merged, strict=False))
    return GradingTask(
        domain=item.domain,
        context=item.scenario.context,
        questions=questions,
        rubric=rubric_lines(item.scenario, item.solution),
        parts=parts,
        instructions=screening.instructions(parts),
    )


def _model_answer(item: ScenarioItem) -> list[str]:
    return [part.text for part in item.solution.model_answers]


def _of_other_domains(item: ScenarioItem, items: Sequence[ScenarioItem]) -> list[ScenarioItem]:
    """Evenly spread over the other domains, from the item's own on: the same for every check."""
    order = list(Domain)

    def distance(other: ScenarioItem) -> int:
        return (order.index(other.domain) - order.index(item.domain)) % len(order)

    others = sorted((other for other in items if other.domain is not item.domain), key=distance)
    amount = min(OFF_TOPIC_ANSWERS, len(others))
    return [others[(2 * number + 1) * len(others) // (2 * amount)] for number in range(amount)]
