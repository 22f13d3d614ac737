"""Writing a scenario: what could not be graded fairly is refused."""

from dataclasses import replace

import pytest

from domain.challenge import AnswerPart, ChallengeDraft, ScenarioQuestion
from domain.enums import ChallengeKind, Dimension
from domain.errors import ProviderUnavailable
from tests.unit.workflows.doubles import ScriptedWriter, brief, draft, scenario, scenario_solution
from workflows.compiled import Compiled

BRIEF = brief(ChallengeKind.SCENARIO)
SCENARIO, SOLUTION = scenario(), scenario_solution()
C1, C2, C3, C4 = SCENARIO.rubric
Q1, Q2 = SCENARIO.questions
SIX = tuple(ScenarioQuestion(f"q{number}", "Why?") for number in range(6))


async def test_a_fair_scenario_passes_unchanged(compiled: Compiled) -> None:
    writer = ScriptedWriter(draft=draft())

    assert await compiled.write_scenario(BRIEF, writer) == draft()
    assert writer.briefs == [BRIEF]


@pytest.mark.parametrize(
    ("faulty", "fault"),
    [
        (draft(replace(SCENARIO, questions=()), replace(SOLUTION, model_answers=())), "not 1 to 5 questions"),
        (
            draft(
                replace(SCENARIO, questions=SIX),
                replace(SOLUTION, model_answers=tuple(AnswerPart(question.id, "So.") for question in SIX)),
            ),
            "not 1 to 5 questions",
        ),
        (draft(replace(SCENARIO, questions=(Q1, Q1))), "two questions have one id"),
        (draft(replace(SCENARIO, rubric=(C1, replace(C2, id="c1"), C3, C4))), "two criteria have one id"),
        (
            draft(replace(SCENARIO, rubric=(C1, replace(C2, dimension=Dimension.COMMUNICATION), C3, C4))),
            "does not cover all four dimensions",
        ),
        (draft(replace(SCENARIO, rubric=())), "does not cover all four dimensions"),
        (
            draft(replace(SCENARIO, rubric=(replace(C1, points=50), C2, C3, replace(C4, points=0)))),
            "a criterion is worth nothing",
        ),
        (draft(replace(SCENARIO, rubric=(replace(C1, points=41), C2, C3, C4))), "do not add up to 100"),
        (draft(solution=replace(SOLUTION, keys=SOLUTION.keys[:3])), "a criterion has no key points"),
        (
            draft(solution=replace(SOLUTION, keys=(*SOLUTION.keys[:3], replace(SOLUTION.keys[3], key_points=())))),
            "a criterion has no key points",
        ),
        (draft(solution=replace(SOLUTION, keys=SOLUTION.keys[::-1])), "a criterion has no key points"),
        (draft(solution=replace(SOLUTION, model_answers=SOLUTION.model_answers[:1])), "a question has no model answer"),
        (
            draft(solution=replace(SOLUTION, model_answers=(*SOLUTION.model_answers, AnswerPart("q3", "So.")))),
            "more model answers than questions",
        ),
        (draft(replace(SCENARIO, context=replace(SCENARIO.context, constraints=()))), "it has no constraints"),
        (draft(replace(SCENARIO, context=replace(SCENARIO.context, company=" "))), "its company is empty"),
        (
            draft(replace(SCENARIO, context=replace(SCENARIO.context, situation="x" * 6_001))),
            "its situation has more than 6000 characters",
        ),
        (
            draft(replace(SCENARIO, questions=(Q1, replace(Q2, prompt=f"{Q1.prompt.upper()} ")))),
            "it asks one question twice",
        ),
        (
            draft(replace(SCENARIO, questions=(Q1, replace(Q2, prompt="Why?<script>alert(1)</script>")))),
            "question 2 has HTML or a link in it",
        ),
        (
            draft(replace(SCENARIO, rubric=(replace(C1, title=C2.title.upper()), C2, C3, C4))),
            "two criteria have one title",
        ),
        (
            draft(solution=replace(SOLUTION, model_answers=(AnswerPart("q1", "S\u200bo."), AnswerPart("q2", "So.")))),
            "the model answer to q1 has characters in it that nobody sees",
        ),
        (
            draft(solution=replace(SOLUTION, model_answers=(SOLUTION.model_answers[0], AnswerPart("q2", " ")))),
            "a question has no model answer",
        ),
    ],
)
async def test_each_fault_is_refused_by_name(compiled: Compiled, faulty: ChallengeDraft, fault: str) -> None:
    with pytest.raises(ProviderUnavailable, match=fault) as refused:
        await compiled.write_scenario(BRIEF, ScriptedWriter(draft=faulty))

    assert refused.value.retry_after_seconds == 1


async def test_code_and_comparisons_are_no_html(compiled: Compiled) -> None:
    situation = "A `List<String>` of ids < 5 and a <= b, as in\n```\n<b>bold</b>\n```\n"
    fine = draft(replace(SCENARIO, context=replace(SCENARIO.context, situation=situation)))

    assert await compiled.write_scenario(BRIEF, ScriptedWriter(draft=fine)) == fine
