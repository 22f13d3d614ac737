"""What a model's words may give away before an evaluation is completed, and what they may do to a page."""

import pytest

from domain.challenge import Anchor
from domain.enums import Dimension
from domain.evaluation import CriterionGrade
from domain.grading import RubricLine
from tests.factories import RUBRIC, grading_task, rubric_line
from workflows.evaluation.guard import Guard, in_short, plain

EMPTY = ("", "")


def guard(*texts: str) -> Guard:
    return Guard(grading_task(*(texts or EMPTY)))


@pytest.mark.parametrize(
    "text",
    [
        "A sequential scan runs because the filter column has no index.",
        "You did not see that a sequential scan happens for the filter.",
        "Missing: writers are never locked by a concurrent build.",
        "Look at EXPLAIN ANALYZE next time, with statistics.",
        "Try to replay traffic against a restored copy.",
        "An answer could reproduce the delays on restored backups.",
    ],
)
def test_a_key_point_that_the_answer_does_not_say_leaks(text: str):
    assert guard().leaks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A clear answer that names a cause and stops there.",
        "You say why the order page is slow, and nothing about how you would confirm it.",
        "“Cause and cure” is where most can be gained.",
        "The trade is well told.",
        "Your answer is in parts hard to read.",
    ],
)
def test_what_everybody_sees_and_what_says_nothing_does_not(text: str):
    assert not guard().leaks(text)


def test_what_the_answer_says_itself_may_be_repeated():
    said = "The planner does a sequential scan, since the filter column lacks an index."

    assert guard().leaks("You saw the sequential scan over the filter column.")
    assert not guard(said).leaks("You saw the sequential scan over the filter column.")


def test_of_a_key_point_that_is_half_said_the_other_half_leaks():
    answer = "Inserts become slower."

    assert not guard(answer).leaks("You say that inserts are slower.")
    assert guard(answer).leaks("That inserts are slower is the trade-off.")


def test_words_in_a_row_leak_even_where_much_else_is_missing():
    point = "Retry budgets with jittered exponential backoff keep synchronised clients from stampeding replicas."
    rubric = (rubric_line("c1", Dimension.TECHNICAL_ACCURACY, [point]), *RUBRIC[1:])

    secret = Guard(grading_task(*EMPTY, rubric=rubric))

    assert secret.leaks("Think of budgets with jittered exponential growth.")
    assert not secret.leaks("Think of clients.")


def test_anchors_are_as_hidden_as_key_points():
    line = rubric_line("c1", Dimension.TECHNICAL_ACCURACY, ["An index is missing."])
    anchored = RubricLine(line.criterion, line.key_points, (Anchor(5, "Proposes partial covering indexes."),))

    assert Guard(grading_task(*EMPTY, rubric=(anchored, *RUBRIC[1:]))).leaks("Partial covering indexes would help.")


def test_levels_can_be_told_by_counts_and_titles():
    lines = RUBRIC[:2]
    grades = [CriterionGrade("c1", 5, 1.0, ""), CriterionGrade("c2", 2, 1.0, "")]

    assert in_short(grades, lines) == "Criteria met: 1 of 2, and 1 in part; least in “Confirming the suspicion”."
    assert in_short(grades[:1], lines[:1]) == "Criteria met: 1 of 1, and 0 in part."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Plain text.", "Plain text."),
        (" Two\n lines\t here ", "Two lines here"),
        ("<script>alert(1)</script>", "‹script>alert(1)‹/script>"),
        ("<img src=x onerror=alert(1)>", "‹img src=x onerror=alert(1)>"),
        ("ends in <", "ends in ‹"),
        ("a < b and a <= b, 3 <4", "a < b and a <= b, 3 <4"),
        ("List<String>", "List‹String>"),
        ("![x](https://example.test/?q=1)", "![x] (https://example.test/?q=1)"),
        ("[click](javascript:alert(1))", "[click] (javascript:alert(1))"),
        ("a[0] and [b]", "a[0] and [b]"),
        ("nul\x00 bell\x07 \u202eesrever\u202c", "nul bell esrever"),
    ],
)
def test_a_models_text_is_made_plain(text: str, shown: str):
    assert plain(text) == shown
