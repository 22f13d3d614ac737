import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.enums import Dimension
from domain.evaluation import DimensionGrade
from domain.grading import GradingTask
from providers.embedded.grader import EmbeddedGrader
from tests.factories import MODEL_ANSWERS, PROMPTS, RUBRIC, SITUATION, corpus_of, grading_task

GRADER = EmbeddedGrader(corpus_of())

STATING = st.sampled_from(
    [point.text for line in RUBRIC for point in line.key_points]
    + [phrasing.capitalize() + "." for line in RUBRIC for point in line.key_points for phrasing in point.phrasings]
)
SENTENCES = st.sampled_from(
    [
        *(sentence + "." for answer in MODEL_ANSWERS for sentence in answer.rstrip(".").split(". ")),
        *(sentence + "." for sentence in SITUATION.rstrip(".").split(". ")),
        *PROMPTS,
        "We should not create a composite index, and writers are locked out.",
        "Index, scan, planner, backup, turnover, carts, inserts, trade-off, hardware, recommendation.",
        "It is “quoted (and never closed.",
        "That costs 4.8 s, i.e. too much!",
        "Not only the index, e.g. the planner.",
        "Ship it… 😀",
        "- Abandoned carts\n- execution plan",
        "wrapped prose that goes\non in the next line.",
        "so on and on " * 30 + "it goes.",
    ]
)
JOINTS = st.sampled_from([" ", "\n", "\r\n", "\n\n"])


def grades(task: GradingTask) -> list[DimensionGrade]:
    async def all_of_them() -> list[DimensionGrade]:
        return [await GRADER.grade(task, dimension) for dimension in Dimension]

    return asyncio.run(all_of_them())


def levels(task: GradingTask) -> dict[str, int]:
    return {judged.criterion_id: judged.level for grade in grades(task) for judged in grade.criteria}


@settings(deadline=None, max_examples=150)
@given(st.lists(SENTENCES, max_size=6), STATING, st.integers(0, 6), JOINTS)
def test_a_sentence_that_states_a_key_point_lowers_no_level(
    sentences: list[str], stating: str, position: int, joint: str
):
    before = levels(grading_task(joint.join(sentences), MODEL_ANSWERS[0]))
    more = [*sentences[:position], stating, *sentences[position:]]
    after = levels(grading_task(joint.join(more), MODEL_ANSWERS[0]))
    assert all(after[criterion] >= level for criterion, level in before.items())


@settings(deadline=None, max_examples=60)
@given(st.text(), STATING, st.booleans())
def test_a_stating_line_before_or_after_any_text_lowers_no_level(text: str, stating: str, leading: bool):
    before = levels(grading_task(text))
    after = levels(grading_task(f"{stating}\n\n{text}" if leading else f"{text}\n\n{stating}"))
    assert all(after[criterion] >= level for criterion, level in before.items())
    assert max(after.values()) > 0 or max(before.values()) == 0


@settings(deadline=None, max_examples=100)
@given(st.lists(st.one_of(st.text(), SENTENCES, STATING), max_size=6), JOINTS)
def test_every_quote_is_at_its_place(pieces: list[str], joint: str):
    text = joint.join(pieces)
    for grade in grades(grading_task(text, text)):
        for judged in grade.criteria:
            spans = [(evidence.question_id, evidence.start, evidence.end) for evidence in judged.evidence]
            assert len(spans) == len(set(spans))
            assert all(evidence.quote == text[evidence.start : evidence.end] for evidence in judged.evidence)
            assert 0 <= judged.level <= 5
            assert 0 <= judged.confidence <= 1


@settings(deadline=None, max_examples=50)
@given(st.lists(SENTENCES, max_size=6), st.lists(SENTENCES, max_size=6))
def test_the_order_of_parts_changes_no_level(one: list[str], other: list[str]):
    first, second = " ".join(one), " ".join(other)
    assert levels(grading_task(first, second)) == levels(grading_task(second, first))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SENTENCES, max_size=6))
def test_a_fresh_grader_gives_the_same_grades(sentences: list[str]):
    task = grading_task(" ".join(sentences))
    fresh = EmbeddedGrader(corpus_of())
    again = [asyncio.run(fresh.grade(task, dimension)) for dimension in reversed(Dimension)]
    assert again[::-1] == grades(task)
