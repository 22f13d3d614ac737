"""What models may write instead of a rubric: neutralised, or refused by rule or by grader and repaired once."""

import pytest

from domain.challenge import KeyPoint, Provenance
from domain.enums import Dimension, Engine
from domain.errors import ProviderUnavailable
from domain.evaluation import CriterionGrade, DimensionGrade
from domain.grading import GradingTask
from tests.unit.workflows.doubles import ScriptedGrader
from tests.unit.workflows.scenario_agent.scripted_models import BARE, ScriptedModels, line, outcomes, rubric, told
from workflows.scenario import claims
from workflows.scenario.agent.output import WrittenCase, WrittenRubric
from workflows.scenario.trial import GENERALITIES

VAGUE = {"text": "Start with a small pilot and roll out step by step.", "phrasings": ["Test carefully, then roll out."]}
ADVICE_ALONE = {key: [one | {"key_points": [VAGUE]} for one in BARE[key]] for key in BARE if key != "model_answers"}
TITLE = "A composite index serves both the filter and the sort order"
TITLE_TOLD = f"- The title “{TITLE}” gives its key points away: the titles alone reach level 5 of 5 there."
UNMET_TOLD = (
    "- The model answers reach level 0 of 5 in “Diagnosis of the slow page”. "
    "0 of 4 key points are stated. Missing: The scan on created_at reads"
)


class Generous(ScriptedGrader):
    """Gives every criterion of any rubric the highest level, whatever the answer."""

    async def grade(self, task: GradingTask, dimension: Dimension) -> DimensionGrade:
        grades = tuple(CriterionGrade(line.criterion.id, 5, 1.0, "Fine.") for line in task.lines(dimension))
        return DimensionGrade(dimension, "Fine.", grades, Provenance(Engine.EMBEDDED, None, "generous"))


@pytest.mark.parametrize(
    ("unfit", "told_why"),
    [
        (rubric(model_answers=rubric()["model_answers"][:2]), ["- a question has no model answer"]),
        (rubric(model_answers=[*rubric()["model_answers"], "More."]), ["- it has more model answers than questions"]),
        (rubric(model_answers=["\u200b", *rubric()["model_answers"][1:]]), ["- the model answer to q1 is empty"]),
        (line("communication", title="Words <i>for</i> both"), ["- the title of c9 has HTML or a link in it"]),
        (line("communication", title="Proof of success"), ["- two criteria have one title"]),
        (
            line("communication", key_points=[{"text": "\u200b\u200b", "phrasings": ["No text."]}]),
            ["- a criterion has no key points"],
        ),
        (
            line(
                "technical_accuracy",
                title=TITLE,
                key_points=[
                    {
                        "text": "A composite index that serves both the filter and the sort order is missing.",
                        "phrasings": ["no index covers firm_id, state and created_at together"],
                    }
                ],
            ),
            [
                TITLE_TOLD,
            ],
        ),
        (
            rubric(**ADVICE_ALONE),
            ["- An answer of nothing but generalities scores ", "It meets “Diagnosis of the slow page” (level "],
        ),
        (
            rubric(model_answers=["I would look at it.", "I would mend it.", GENERALITIES]),
            [
                "- The model answers score 0 of 100, and 80 at least are needed.",
                UNMET_TOLD,
            ],
        ),
    ],
)  # fmt: skip
async def test_a_rubric_with_a_fault_is_repaired_once_and_the_writer_is_told_which(compose, unfit, told_why) -> None:
    models = ScriptedModels(rubrics=[unfit, rubric()])
    before = outcomes()

    draft = await compose(models)

    assert list(claims.faults(draft.content, draft.solution)) == []
    _, first, repair = models.requests
    assert repair.output is WrittenRubric
    assert repair.blocks[:2] == first.blocks
    assert f"<rubric>\n{WrittenRubric.model_validate(unfit).model_dump_json()}\n</rubric>" in told(repair)
    for words in told_why:
        assert words in told(repair)
    assert outcomes()["repaired"] == before.get("repaired", 0) + 1
    assert len(draft.calls) == 3


@pytest.mark.parametrize("dimension", [name for name in BARE if name != "model_answers"])
async def test_a_title_gives_nothing_away_whatever_its_dimension(compose, dimension: str) -> None:
    point = rubric()[dimension][0]["key_points"][0]
    told_in_title = line(dimension, title=point["text"][:80], key_points=[point])
    models = ScriptedModels(rubrics=[told_in_title, rubric()])

    await compose(models)

    assert f"- The title “{point['text'][:80].strip()}” gives its key points away" in told(models.requests[-1])


async def test_a_rubric_that_stays_unmet_is_refused_after_one_repair(compose) -> None:
    models = ScriptedModels(rubrics=[rubric(model_answers=["I would look.", "I would mend it.", "I would tell them."])])
    before = outcomes()

    with pytest.raises(ProviderUnavailable, match="cannot be used") as refused:
        await compose(models)

    assert "look" not in str(refused.value)
    assert [request.output for request in models.requests] == [WrittenCase, WrittenRubric, WrittenRubric]
    assert outcomes()["failed_check"] == before.get("failed_check", 0) + 1


async def test_a_rubric_that_an_empty_answer_meets_is_refused_by_whichever_grader(compose) -> None:
    models = ScriptedModels(rubrics=[BARE])

    with pytest.raises(ProviderUnavailable, match="cannot be used"):
        await compose(models, grader=Generous())

    repair = told(models.requests[-1])
    assert "An answer that is empty scores 100 of 100, and 10 at most are allowed." in repair
    assert "“Telling it to both audiences” (level 5)" in repair


async def test_key_points_and_phrasings_that_say_nothing_or_the_same_are_left_out(compose) -> None:
    lines = rubric()["communication"]
    first, *rest = lines[0]["key_points"]
    points = [
        first | {"phrasings": [first["text"].upper(), "One\u200b way", "one  way", "\u200b\u200b", "Another way"]},
        first,
        *rest,
    ]

    draft = await compose(ScriptedModels(rubrics=[rubric(communication=[lines[0] | {"key_points": points}])]))

    key = draft.solution.keys[-1]
    assert key.key_points[0] == KeyPoint(first["text"], ("One way", "Another way"))
    assert [point.text for point in key.key_points] == [first["text"], *(point["text"] for point in rest)]
