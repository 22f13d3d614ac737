"""Scenarios: does each rubric hold, and does the embedded grader tell an answer from none?"""

from collections.abc import Sequence
from typing import Final

from domain import scoring
from domain.enums import Domain
from domain.evaluation import DimensionScore
from providers.embedded.bank import ScenarioItem
from providers.embedded.grader import EmbeddedGrader
from server.bank.content import Content
from server.bank.findings import Finding
from workflows.scenario import claims, trial

MODEL_ANSWER_FLOOR: Final = 85.0
"""What its model answer scores at least: a rubric that it does not meet asks for something else."""
OFF_TOPIC_CEILING: Final = 15.0
"""What the model answer to a scenario of another domain scores at most: key points that it meets say too little."""
OFF_TOPIC_ANSWERS: Final = 5
"""Of other domains, spread over them: the highest of all 1,638 such pairs of the curated bank is 12.4."""


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
    scores = await _scores(item, trial.model_answer(item.solution), grader)
    if (overall := scoring.overall(scores)) < MODEL_ANSWER_FLOOR:
        lowest = min(scores, key=lambda score: score.score)
        detail = (
            f"its model answer scores {overall:g} ({lowest.dimension} {lowest.score:g}), not {MODEL_ANSWER_FLOOR:g}"
        )
        findings.append(Finding(item.id, detail, "let it state every key point in a sentence, or add phrasings"))
    for other in others:
        overall = scoring.overall(await _scores(item, trial.model_answer(other.solution), grader))
        if overall > OFF_TOPIC_CEILING:
            detail = f"the model answer of {other.id} scores {overall:g} here, over {OFF_TOPIC_CEILING:g}"
            findings.append(Finding(item.id, detail, "let the key points say what is particular to this case"))
    for name, text in trial.NON_ANSWERS.items():
        overall = scoring.overall(await _scores(item, [text] * len(item.scenario.questions), grader))
        if overall > trial.NON_ANSWER_CEILING:
            detail = f"an answer {name} scores {overall:g}, over {trial.NON_ANSWER_CEILING:g}"
            findings.append(Finding(item.id, detail, "let the key points say more than such an answer does"))
    return [*findings, *await _given_away(item, grader)]


async def _given_away(item: ScenarioItem, grader: EmbeddedGrader) -> list[Finding]:
    given_away = await trial.given_away(item.scenario, item.solution, domain=item.domain, grader=grader)
    return [
        Finding(
            item.id, f"the titles alone reach level {told.level} in {told.criterion_id}", "name no key point in them"
        )
        for told in given_away
    ]


async def _scores(item: ScenarioItem, texts: Sequence[str], grader: EmbeddedGrader) -> list[DimensionScore]:
    return await trial.scores(item.scenario, item.solution, texts, domain=item.domain, grader=grader)


def _of_other_domains(item: ScenarioItem, items: Sequence[ScenarioItem]) -> list[ScenarioItem]:
    """Evenly spread over the other domains, from the item's own on: the same for every check."""
    order = list(Domain)

    def distance(other: ScenarioItem) -> int:
        return (order.index(other.domain) - order.index(item.domain)) % len(order)

    others = sorted((other for other in items if other.domain is not item.domain), key=distance)
    amount = min(OFF_TOPIC_ANSWERS, len(others))
    return [others[(2 * number + 1) * len(others) // (2 * amount)] for number in range(amount)]
