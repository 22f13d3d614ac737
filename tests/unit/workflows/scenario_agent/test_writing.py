"""Two requests make one draft: who is told what, what code decides, how long it may take, and who is named."""

from random import Random

import pytest

from domain.challenge import Anchor, Provenance
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain, Engine, EvaluationFailureCode
from domain.errors import DeadlineExceeded, GradingFailed, ProviderUnavailable
from domain.language_models import Effort
from providers.embedded.bank import scenario_item
from tests.unit.workflows.doubles import ScriptedGrader
from tests.unit.workflows.scenario_agent.scripted_models import (
    ITEM,
    SECOND,
    TOPICS,
    Clock,
    ScriptedModels,
    call,
    case,
    order,
    outcomes,
    rubric,
    told,
)
from workflows.personas import PERSONAS
from workflows.scenario import claims
from workflows.scenario.agent.output import WrittenCase, WrittenRubric
from workflows.scenario.agent.prompts import CASE_SYSTEM, PROMPT_VERSION, RUBRIC_SYSTEM


async def test_a_case_and_its_rubric_become_one_draft_for_two_requests(compose) -> None:
    models = ScriptedModels()
    before = outcomes()

    draft = await compose(models)

    item = scenario_item(ITEM)
    assert (draft.kind, draft.domain, draft.difficulty) == (ChallengeKind.SCENARIO, Domain.DATABASES, Difficulty.MEDIUM)
    assert (draft.title, draft.tags, draft.suggested_minutes) == (item.title, item.tags, 35)
    assert draft.topic in TOPICS
    assert not draft.repeated
    assert draft.content.context == item.scenario.context
    assert draft.content.questions == item.scenario.questions
    assert draft.solution.model_answers == item.solution.model_answers
    assert list(claims.faults(draft.content, draft.solution)) == []
    assert [request.output for request in models.requests] == [WrittenCase, WrittenRubric]
    assert outcomes().get("verified", 0) == before.get("verified", 0) + 1


async def test_ids_points_and_order_are_given_by_code(compose) -> None:
    draft = await compose(ScriptedModels())

    shown = [(c.id, c.dimension, c.points) for c in draft.content.rubric]
    assert shown == [
        ("c1", Dimension.TECHNICAL_ACCURACY, 14),
        ("c2", Dimension.TECHNICAL_ACCURACY, 13),
        ("c3", Dimension.TECHNICAL_ACCURACY, 13),
        ("c4", Dimension.PROBLEM_SOLVING, 10),
        ("c5", Dimension.PROBLEM_SOLVING, 10),
        ("c6", Dimension.PROBLEM_SOLVING, 10),
        ("c7", Dimension.BUSINESS_IMPACT, 10),
        ("c8", Dimension.BUSINESS_IMPACT, 10),
        ("c9", Dimension.COMMUNICATION, 10),
    ]
    assert [key.criterion_id for key in draft.solution.keys] == [id for id, _, _ in shown]


async def test_anchors_are_hidden_with_the_key_points(compose) -> None:
    draft = await compose(ScriptedModels())

    anchors = (Anchor(0, "Says nothing of it."), Anchor(3, "Says half of it."), Anchor(5, "Says all of it."))
    assert {key.anchors for key in draft.solution.keys} == {anchors}
    assert "Says half of it." not in repr(draft.content)


async def test_importance_decides_within_a_dimension_and_the_sum_stays(compose) -> None:
    lines = [
        {**each, "importance": weight} for each, weight in zip(rubric()["problem_solving"], (5, 1, 1), strict=True)
    ]

    draft = await compose(ScriptedModels(rubrics=[rubric(problem_solving=lines)]))

    assert [c.points for c in draft.content.rubric if c.dimension is Dimension.PROBLEM_SOLVING] == [20, 5, 5]
    assert sum(c.points for c in draft.content.rubric) == 100


async def test_provenance_names_who_wrote_the_case_and_a_stand_in_makes_it_degraded(compose) -> None:
    writers = {1: Engine.ANTHROPIC, 2: Engine.OPENAI}
    models = ScriptedModels(engine_of=writers.__getitem__)

    draft = await compose(models)

    assert draft.provenance == Provenance(Engine.ANTHROPIC, "anthropic-writer", PROMPT_VERSION, degraded=True)
    assert draft.calls == (call(Engine.ANTHROPIC, 1), call(Engine.OPENAI, 2))


async def test_first_choices_are_not_degraded_although_a_stand_in_wrote_what_was_dropped(compose) -> None:
    models = ScriptedModels(
        cases=[case(), SECOND],
        rubrics=[rubric()],
        engine_of=lambda number: Engine.OPENAI if number == 1 else Engine.ANTHROPIC,
    )

    draft = await compose(models, order(titles=(ITEM["title"].upper(),)))

    assert draft.title == "Another case"
    assert draft.provenance == Provenance(Engine.ANTHROPIC, "anthropic-writer", PROMPT_VERSION, degraded=False)
    assert [each.engine for each in draft.calls] == [Engine.OPENAI, Engine.ANTHROPIC, Engine.ANTHROPIC]


async def test_fixed_parts_come_first_and_are_marked_as_reused(compose) -> None:
    models = ScriptedModels()
    await compose(models)
    await compose(models, order(titles=("One told before",)), random=Random(8))

    first, rubric_of_first, second, _ = models.requests
    assert (first.system, rubric_of_first.system) == (CASE_SYSTEM, RUBRIC_SYSTEM)
    assert first.blocks[0] == second.blocks[0]
    assert PERSONAS[Domain.DATABASES] in first.blocks[0].text
    assert [block.reused for block in first.blocks] == [True, False]
    assert [block.reused for block in rubric_of_first.blocks] == [True, True]
    assert first.blocks[1] != second.blocks[1]
    assert {request.prompt_version for request in models.requests} == {"scenario-1"}
    assert {request.effort for request in models.requests} == {Effort.MEDIUM}


async def test_the_case_is_told_what_code_chose(compose) -> None:
    models = ScriptedModels()

    draft = await compose(models, order(topics=("backups",), difficulty=Difficulty.HARD, titles=("An old case",)))

    text = told(models.requests[0])
    assert (draft.topic, draft.suggested_minutes) == ("backups", 45)
    assert "Topic: backups" in text
    assert "senior or staff engineer" in text
    assert "<titles>\nAn old case\n</titles>" in text
    assert sum(text.count(f"- {kind}: ") for kind in ("budget", "timeline", "compliance", "team")) == 3


async def test_cases_differ_by_chance_alone(compose) -> None:
    models = ScriptedModels()
    for seed in range(12):
        await compose(models, random=Random(seed))

    asked = [told(request) for request in models.asked(WrittenCase)]
    assert len(set(asked)) == 12
    assert {topic for topic in TOPICS for text in asked if f"Topic: {topic}" in text} == set(TOPICS)


async def test_the_rubric_is_written_for_the_tidied_case_in_a_block_of_its_own(compose) -> None:
    models = ScriptedModels(cases=[case(company="Tarn\u202ebrook\u200b  Freight\n")])

    draft = await compose(models)

    assert draft.content.context.company == "Tarnbrook Freight"
    assert told(models.requests[1]).startswith("<case>\nTitle: ")
    assert "Company: Tarnbrook Freight\n" in told(models.requests[1])
    assert told(models.requests[1]).endswith("</case>\nWrite the rubric, and 3 model answers.")


def test_every_domain_has_its_interviewer() -> None:
    assert set(PERSONAS) == set(Domain)
    assert len(set(PERSONAS.values())) == len(Domain)


async def test_one_deadline_covers_all_and_the_case_leaves_most_of_it(compose) -> None:
    models = ScriptedModels(rubrics=[rubric(model_answers=["No."] * 3), rubric()], clock=Clock(50.0), seconds=20.0)

    await compose(models, order(deadline_seconds=90.0))

    assert models.deadlines == [pytest.approx(36.0), pytest.approx(70.0), pytest.approx(50.0)]


@pytest.mark.parametrize(("deadline_seconds", "asked"), [(0.9, 0), (20.0, 1), (40.5, 2)])
async def test_nobody_is_asked_when_the_deadline_is_spent(compose, deadline_seconds: float, asked: int) -> None:
    models = ScriptedModels(rubrics=[rubric(model_answers=["No."] * 3)], seconds=20.0)
    before = outcomes()

    with pytest.raises(DeadlineExceeded):
        await compose(models, order(deadline_seconds=deadline_seconds))

    assert len(models.requests) == asked
    assert outcomes()["unanswered"] == before.get("unanswered", 0) + 1


@pytest.mark.parametrize("silent", ["cases", "rubrics"])
async def test_when_nobody_answers_the_reason_is_passed_on(compose, silent: str) -> None:
    fault = ProviderUnavailable("No language model could answer.", retry_after_seconds=15.0)

    with pytest.raises(ProviderUnavailable) as raised:
        await compose(ScriptedModels(**{silent: [fault]}))

    assert raised.value is fault


async def test_a_check_that_cannot_be_made_lets_nothing_pass(compose) -> None:
    fault = GradingFailed("No.", code=EvaluationFailureCode.PROVIDER_UNAVAILABLE)
    silent = ScriptedGrader({dimension: [fault] for dimension in Dimension})
    before = outcomes()

    with pytest.raises(ProviderUnavailable, match="could not be checked"):
        await compose(ScriptedModels(), grader=silent)

    assert outcomes()["unchecked"] == before.get("unchecked", 0) + 1
