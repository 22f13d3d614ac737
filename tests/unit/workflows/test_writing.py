"""Feedback as it grows: what is complete is checked and shown, and what was shown is what is stored."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import pytest

from domain.enums import Dimension, FeedbackSection
from domain.evaluation import FeedbackDelta, Improvement
from domain.language_models import Partial
from tests.factories import grading_task
from tests.unit.workflows.doubles import landed
from workflows.evaluation.guard import Guard
from workflows.evaluation.opinions import FeedbackText
from workflows.evaluation.writing import Manuscript, units

SUMMARY, STRENGTHS, IMPROVEMENTS = FeedbackSection
TECHNICAL, SOLVING, COMMUNICATION, BUSINESS = Dimension
SECRET = "A sequential scan runs because of the filter column."

WHOLE: Mapping[str, Any] = {
    "summary": "A fair start. You name a cause! What is it worth?",
    "strengths": ["You begin with a cause.", "You stay calm."],
    "improvements": [
        {"dimension": "PROBLEM_SOLVING", "text": "Go step by step."},
        {"dimension": "BUSINESS_IMPACT", "text": "Tie it to money."},
    ],
}


class Watching:
    """A manuscript, and what was shown of it."""

    def __init__(self, *, rewrite: int = 0) -> None:
        self.shown: list[FeedbackDelta] = []
        scores = [landed(dimension) for dimension in Dimension]
        self.manuscript = Manuscript(Guard(grading_task("", "")), scores, self._emit, rewrite=rewrite)

    async def _emit(self, delta: FeedbackDelta) -> None:
        self.shown.append(delta)

    async def follow(self, written: Mapping[str, Any], *, attempt: int = 1) -> None:
        await self.manuscript.follow(Partial(attempt, written))

    def texts(self, section: FeedbackSection, *, rewrite: int = 0) -> str:
        return "".join(d.text for d in self.shown if d.section is section and d.rewrite == rewrite)


def cut(whole: Mapping[str, Any], summary: int, strengths: int = 0, improvements: int = 0) -> dict[str, Any]:
    """What is written when a summary has so many characters, or when so many items are begun after it."""
    if not strengths:
        return {"summary": whole["summary"][:summary]}
    if not improvements:
        return {"summary": whole["summary"], "strengths": whole["strengths"][:strengths]}
    return {**whole, "improvements": whole["improvements"][:improvements]}


async def test_a_sentence_is_shown_when_the_next_one_begins():
    watching = Watching()

    await watching.follow({"summary": "A fair start"})
    await watching.follow({"summary": "A fair start."})
    assert watching.shown == []

    await watching.follow({"summary": "A fair start. Y"})
    assert watching.shown == [FeedbackDelta(SUMMARY, "A fair start.")]


async def test_an_item_is_shown_when_something_follows_it():
    watching = Watching()

    await watching.follow(cut(WHOLE, 0, 1))
    assert watching.texts(SUMMARY) == WHOLE["summary"]
    assert watching.texts(STRENGTHS) == ""

    await watching.follow(cut(WHOLE, 0, 2))
    assert watching.texts(STRENGTHS) == "You begin with a cause."
    await watching.follow(cut(WHOLE, 0, 2, 1))
    assert watching.texts(STRENGTHS) == "You begin with a cause.\nYou stay calm."
    assert watching.texts(IMPROVEMENTS) == ""


async def test_pieces_make_up_the_final_text_whatever_was_streamed():
    watching = Watching()
    for length in range(len(WHOLE["summary"]) + 1):
        await watching.follow(cut(WHOLE, length))
    for strengths, improvements in ((1, 0), (2, 0), (2, 1), (2, 2)):
        await watching.follow(cut(WHOLE, 0, strengths, improvements))

    feedback = await watching.manuscript.finish(FeedbackText.model_validate(WHOLE))

    assert feedback.summary == watching.texts(SUMMARY) == WHOLE["summary"]
    assert "\n".join(feedback.strengths) == watching.texts(STRENGTHS)
    assert "\n".join(item.text for item in feedback.improvements) == watching.texts(IMPROVEMENTS)
    assert feedback.improvements == (
        Improvement(SOLVING, 1, "Go step by step."),
        Improvement(BUSINESS, 2, "Tie it to money."),
    )
    assert [section for section, _ in groupby(watching.shown, key=lambda delta: delta.section)] == list(FeedbackSection)
    assert {delta.rewrite for delta in watching.shown} == {0}


async def test_fields_in_another_order_are_shown_as_they_become_complete_and_nothing_is_void():
    watching = Watching()
    lists = {"strengths": WHOLE["strengths"], "improvements": WHOLE["improvements"]}
    await watching.follow(lists)
    for length in range(len(WHOLE["summary"]) + 1):
        await watching.follow({**lists, "summary": WHOLE["summary"][:length]})

    feedback = await watching.manuscript.finish(FeedbackText.model_validate(WHOLE))

    assert feedback.summary == watching.texts(SUMMARY) == WHOLE["summary"]
    assert [section for section, _ in groupby(watching.shown, key=lambda delta: delta.section)] == list(FeedbackSection)
    assert {delta.rewrite for delta in watching.shown} == {0}


async def test_without_a_stream_everything_is_shown_at_the_end():
    watching = Watching(rewrite=2)

    feedback = await watching.manuscript.finish(FeedbackText.model_validate(WHOLE))

    assert watching.texts(SUMMARY, rewrite=2) == feedback.summary == WHOLE["summary"]
    assert watching.texts(SUMMARY) == ""


async def test_another_attempt_begins_afresh_under_a_greater_number_and_the_old_one_is_not_heard_any_more():
    watching = Watching()
    await watching.follow({"summary": "Void. And mo"})
    await watching.follow({"summary": "New"}, attempt=2)
    await watching.follow({"summary": "Void. And more. And"}, attempt=1)
    await watching.follow({"summary": "New one. S"}, attempt=2)

    feedback = await watching.manuscript.finish(FeedbackText.model_validate({**WHOLE, "summary": "New one. So."}))

    assert watching.texts(SUMMARY, rewrite=0) == "Void."
    assert watching.texts(SUMMARY, rewrite=1) == feedback.summary == "New one. So."
    assert watching.texts(STRENGTHS, rewrite=0) == ""


async def test_another_attempt_before_anything_was_shown_takes_no_number():
    watching = Watching()
    await watching.follow({"summary": "Nothing yet"})
    await watching.follow({"summary": "New one. S"}, attempt=3)

    assert watching.shown == [FeedbackDelta(SUMMARY, "New one.")]


async def test_an_answer_that_does_not_go_on_where_its_stream_was_begins_afresh():
    watching = Watching()
    await watching.follow({"summary": "Void. And mo"})

    feedback = await watching.manuscript.finish(FeedbackText.model_validate(WHOLE))

    assert watching.texts(SUMMARY, rewrite=1) == feedback.summary


async def test_what_gives_away_a_key_point_is_never_shown_not_even_while_it_is_written():
    watching = Watching()
    whole = {
        "summary": f"A fair start. {SECRET} You stay calm.",
        "strengths": ["You see that a sequential scan needs a filter column.", "You stay calm."],
        "improvements": [
            {"dimension": "TECHNICAL_ACCURACY", "text": SECRET},
            {"dimension": "TECHNICAL_ACCURACY", "text": f"Again: {SECRET}"},
            {"dimension": "COMMUNICATION", "text": "Write shorter sentences."},
        ],
    }
    for length in range(len(whole["summary"]) + 1):
        await watching.follow(cut(whole, length))

    feedback = await watching.manuscript.finish(FeedbackText.model_validate(whole))

    assert feedback.summary == "A fair start. You stay calm."
    assert feedback.strengths == ("You stay calm.",)
    assert feedback.improvements == (
        Improvement(TECHNICAL, 1, "Work on “Cause and cure” (level 2 of 5)."),
        Improvement(COMMUNICATION, 2, "Write shorter sentences."),
    )
    assert "sequential" not in "".join(delta.text for delta in watching.shown)


async def test_half_a_key_point_in_each_of_two_sentences_is_not_shown_either():
    watching = Watching()
    summary = "It runs a sequential thing. That scan, on a filter column, matters. Well done."

    feedback = await watching.manuscript.finish(FeedbackText.model_validate({**WHOLE, "summary": summary}))

    assert feedback.summary == "It runs a sequential thing. Well done."


async def test_a_summary_of_which_nothing_may_be_shown_is_written_in_code():
    watching = Watching()

    feedback = await watching.manuscript.finish(FeedbackText.model_validate({**WHOLE, "summary": SECRET}))

    assert feedback.summary == watching.texts(SUMMARY) == "The answer reaches 40 of 100."
    assert watching.shown[0].section is SUMMARY


async def test_html_reaches_nobody():
    watching = Watching()
    await watching.follow({"summary": "Fine <script src=//x>. Go on <"})
    await watching.follow({"summary": "Fine <script src=//x>. Go on <b>now</b>. "})

    assert watching.texts(SUMMARY) == "Fine ‹script src=//x>. Go on ‹b>now‹/b>."


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"summary": 3},
        {"summary": None, "strengths": ["x", "y"]},
        {"strengths": ["x", "y"]},
        {"improvements": [{"text": "x"}]},
        {"summary": "", "strengths": "text"},
    ],
)
def test_of_what_is_not_as_asked_nothing_is_taken(written: dict[str, Any]):
    assert [unit.text for unit in units(written, done=False) if unit.text] == []


@pytest.mark.parametrize(
    "item", ["text", None, 3, {"text": 3}, {"dimension": "TECH", "text": "x"}, {"dimension": [], "text": "x"}]
)
def test_an_improvement_without_its_dimension_ends_what_can_be_shown(item: object):
    written = {"summary": "A.", "strengths": [], "improvements": [item, item]}

    assert [unit.section for unit in units(written, done=True)] == [SUMMARY]
