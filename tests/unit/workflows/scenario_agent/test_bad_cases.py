"""What models may write instead of a case: neutralised, or refused and written once more."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from domain.errors import ProviderUnavailable
from domain.likeness import sketch
from tests.unit.workflows.scenario_agent.scripted_models import (
    ITEM,
    SECOND,
    ScriptedModels,
    case,
    line,
    order,
    outcomes,
    rubric,
    told,
)
from workflows.scenario.agent.output import WrittenCase, WrittenRubric


@pytest.mark.parametrize(
    ("output", "written"),
    [
        (WrittenCase, case(questions=[])),
        (WrittenCase, case(questions=[f"Why {number}?" for number in range(6)])),
        (WrittenCase, case(constraints=[])),
        (WrittenCase, case(title="x" * 81)),
        (WrittenCase, case(situation="x" * 6_001)),
        (WrittenCase, {}),
        (WrittenRubric, rubric(business_impact=[])),
        (WrittenRubric, rubric(model_answers=[])),
        (WrittenRubric, line("communication", importance=6)),
        (WrittenRubric, line("communication", importance=0)),
        (WrittenRubric, line("communication", key_points=[])),
        (WrittenRubric, line("communication", key_points=[{"text": "One.", "phrasings": []}])),
        (WrittenRubric, rubric(technical_accuracy=rubric()["technical_accuracy"] * 2)),
    ],
)
def test_empty_lists_and_absurd_lengths_do_not_fit_the_type(output: type[Any], written: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        output.model_validate(written)


def test_a_total_of_the_models_own_is_not_read() -> None:
    assert WrittenRubric.model_validate(rubric(total_points=120)) == WrittenRubric.model_validate(rubric())


@pytest.mark.parametrize(
    ("unusable", "why"),
    [
        (case(questions=["Why is the page slow?", "why is  the page SLOW?"]), "it asks one question twice"),
        (case(questions=["Why?", "\u200b\u202e"]), "question 2 is empty"),
        (case(situation="See <img src=x onerror=alert(1)>."), "its situation has HTML or a link in it"),
        (case(situation="See [the plan](javascript:alert(1))."), "its situation has HTML or a link in it"),
        (case(title="A <b>slow</b> page"), "its title has HTML or a link in it"),
        (case(title="\u200b\u200b"), "its title is empty"),
        (case(constraints=[" \n", "\u2066\u2069"]), "it has no constraints"),
    ],
)
async def test_a_case_that_cannot_be_shown_is_written_again_once(compose, unusable, why) -> None:
    models = ScriptedModels(cases=[unusable, SECOND])
    before = outcomes()

    draft = await compose(models)

    assert draft.title == "Another case"
    assert [request.output for request in models.requests] == [WrittenCase, WrittenCase, WrittenRubric]
    assert f"was refused:\n- {why}\nWrite a different one." in told(models.requests[1])
    assert told(models.requests[0]) not in told(models.requests[1])  # it is about something else
    assert outcomes()["malformed"] == before.get("malformed", 0) + 1


async def test_a_second_case_that_cannot_be_shown_is_the_last(compose) -> None:
    models = ScriptedModels(cases=[case(title="<p>")])

    with pytest.raises(ProviderUnavailable, match="cannot be used"):
        await compose(models)

    assert [request.output for request in models.requests] == [WrittenCase, WrittenCase]


@pytest.mark.parametrize(
    "known",
    [
        {"avoid": (sketch("Something else."), sketch(ITEM["context"]["situation"].replace("84 million", "7 billion")))},
        {"titles": ("Something else", ITEM["title"].upper())},
    ],
)
async def test_a_case_that_was_told_before_gives_way_to_another(compose, known) -> None:
    models = ScriptedModels(cases=[case(), SECOND])
    before = outcomes()

    draft = await compose(models, order(**known))

    assert draft.title == "Another case"
    assert "it tells a case that people have met before" in told(models.requests[1])
    assert outcomes()["near_duplicate"] == before.get("near_duplicate", 0) + 1


async def test_a_case_that_is_told_again_and_again_is_refused(compose) -> None:
    models = ScriptedModels()

    with pytest.raises(ProviderUnavailable, match="cannot be used"):
        await compose(models, order(titles=(ITEM["title"],)))

    assert len(models.requests) == 2


async def test_tags_are_written_as_the_banks(compose) -> None:
    models = ScriptedModels(cases=[case(tags=["Query Plans", "C++", "query-plans", "\u200b-", "Größe"])])
    assert (await compose(models)).tags == ("query-plans", "c++", "gr-sse")

    draft = await compose(ScriptedModels(cases=[case(tags=["——", "?!"])]), order(topics=("query optimisation",)))
    assert draft.tags == ("query-optimisation",)
