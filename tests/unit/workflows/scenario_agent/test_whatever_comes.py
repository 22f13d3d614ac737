"""Any output that fits its type ends in a draft that can be shown and graded, or in the one error."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from domain.challenge import Scenario, ScenarioSolution
from domain.errors import ProviderUnavailable
from tests.unit.workflows.scenario_agent.scripted_models import ScriptedModels, case, rubric
from workflows.scenario import claims

TEXTS = st.text(max_size=40) | st.sampled_from(
    ["<b>x</b>", "\u202eabc", "", "Because of the index.", "[a](b)", "`", "\ud7ff", "A scan reads it all.", "100"]
)


def lists(values: st.SearchStrategy[Any], least: int, most: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=least, max_size=most)


def lines(least: int) -> st.SearchStrategy[str]:
    return TEXTS.map(lambda text: text.ljust(least, "x"))


POINT = st.fixed_dictionaries({"text": lines(2), "phrasings": lists(lines(2), 1, 2)})
CRITERION = st.fixed_dictionaries(
    {
        "title": lines(2),
        "importance": st.integers(1, 5),
        "key_points": lists(POINT, 1, 2),
        "level_0": lines(2),
        "level_3": lines(2),
        "level_5": lines(2),
    }
)
CASES = {
    "title": lines(2),
    "tags": lists(lines(2), 1, 6),
    "company": lines(2),
    "role": lines(2),
    "situation": lines(1),
    "constraints": lists(lines(2), 2, 8),
    "questions": lists(lines(1), 1, 5),
}
RUBRICS = {
    "technical_accuracy": lists(CRITERION, 1, 4),
    "problem_solving": lists(CRITERION, 1, 4),
    "business_impact": lists(CRITERION, 1, 4),
    "communication": lists(CRITERION, 1, 2),
    "model_answers": lists(lines(1), 1, 5),
}


def changed(whole: Callable[..., dict[str, Any]], fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Something sound with one field of it, or all, replaced."""
    one = st.sampled_from(sorted(fields)).flatmap(lambda name: st.fixed_dictionaries({name: fields[name]}))
    return (one | st.fixed_dictionaries(fields)).map(lambda fields: whole(**fields))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(cases=lists(changed(case, CASES), 1, 2), rubrics=lists(changed(rubric, RUBRICS), 1, 2))
async def test_whatever_fits_the_types_ends_in_a_draft_without_faults_or_in_the_one_error(
    compose, cases: list[dict[str, Any]], rubrics: list[dict[str, Any]]
) -> None:
    models = ScriptedModels(cases=[*cases, case()], rubrics=[*rubrics, rubric()])
    try:
        draft = await compose(models)
    except ProviderUnavailable:
        event("refused")
        draft = None

    assert 2 <= len(models.requests) <= 4
    if draft is not None:
        event("written")
        assert isinstance(draft.content, Scenario)
        assert isinstance(draft.solution, ScenarioSolution)
        assert list(claims.faults(draft.content, draft.solution)) == []
        assert len(draft.calls) == len(models.requests)
