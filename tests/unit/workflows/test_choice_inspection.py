"""One candidate at a time: each way in which a model's question can be unfit, and one close to it that is fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.challenge import Provenance
from domain.drafts import MultipleChoiceItem
from domain.enums import Engine
from domain.item_writing import FlawCode
from tests.unit.workflows.choices import candidate, order
from workflows.multiple_choice.agent.candidates import Written
from workflows.multiple_choice.agent.inspection import Fate, Fault, Refused, inspected

PROVENANCE = Provenance(Engine.OPENAI, "a-model", "multiple-choice-1")
STEM = candidate()["stem"]
WRONG = [wrong["text"] for wrong in candidate()["distractors"]]


def looked_at(raw) -> MultipleChoiceItem | Refused:
    (read,) = Written.model_validate({"candidates": [raw]}).candidates
    return inspected(read, order(), PROVENANCE)


def reason(**changes) -> str | None:
    found = looked_at(candidate(**changes))
    return found.reason if isinstance(found, Refused) else None


def options(*texts: str) -> list[dict[str, str]]:
    return [{"misconception": f"Believes in {text}.", "text": text} for text in texts]


def test_a_sound_candidate_becomes_an_item_of_the_orders_cell():
    item = looked_at(candidate())

    assert isinstance(item, MultipleChoiceItem)
    assert (item.domain, item.difficulty, item.topic) == (order().domain, order().difficulty, "indexing")
    assert (item.question, item.correct) == (STEM, "A tree sorted by customer")
    assert [wrong.text for wrong in item.distractors] == WRONG
    assert item.provenance == PROVENANCE
    assert not item.repeated


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (FlawCode.WRONG_OPTION_COUNT, {"distractors": options(*WRONG, "A queue of writes")}),
        (FlawCode.WRONG_OPTION_COUNT, {"distractors": options(*WRONG[:2])}),
        (FlawCode.WRONG_OPTION_COUNT, {"distractors": []}),
        (FlawCode.DUPLICATE_OPTIONS, {"distractors": options(WRONG[0], WRONG[0].upper(), WRONG[1])}),
        (FlawCode.DUPLICATE_OPTIONS, {"distractors": options("A tree  sorted by customer", *WRONG[1:])}),
        (FlawCode.DUPLICATE_OPTIONS, {"distractors": options("The caf\u00e9", "The cafe\u0301", WRONG[0])}),
        (FlawCode.NEAR_DUPLICATE_OPTIONS, {"distractors": options("The list of recent orders", *WRONG[:2])}),
        (FlawCode.EMPTY_OPTION, {"correct": " "}),
        (FlawCode.EMPTY_OPTION, {"distractors": options("", *WRONG[1:])}),
        (
            FlawCode.MISSING_MISCONCEPTION,
            {"distractors": [*options(*WRONG[1:]), {"misconception": "", "text": WRONG[0]}]},
        ),
        (FlawCode.ALL_OR_NONE, {"distractors": options("None of the above", *WRONG[1:])}),
        (FlawCode.LONGEST_KEY, {"correct": "A balanced tree that is sorted by customer and then by date"}),
        (FlawCode.ABSOLUTE_TERM, {"distractors": options("A list that is never read", *WRONG[1:])}),
        (FlawCode.UNMARKED_NEGATION, {"stem": STEM.replace("keeps", "does not keep")}),
        (FlawCode.ECHO, {"correct": "A structure for short reads"}),
        (FlawCode.UNEVEN_FORM, {"correct": "a tree sorted by customer"}),
        (FlawCode.NO_QUESTION, {"stem": "A table of orders is read by customer a thousand times a second."}),
    ],
)
def test_every_flaw_that_the_banks_authors_are_held_to_refuses_a_candidate(code, changes):
    found = looked_at(candidate(**changes))

    assert isinstance(found, Refused)
    assert (found.fate, found.reason) == (Fate.FLAWED, code)
    assert found.remedies


@pytest.mark.parametrize("field", ["stem", "correct", "explanation", "title"])
@pytest.mark.parametrize(
    "text", ["A <b>tree</b> of rows", "<script>alert(1)</script>", "![x](https://example.com/x.gif)"]
)
def test_html_and_images_are_refused_wherever_they_stand(field, text):
    assert reason(**{field: text}) == Fault.HTML


@pytest.mark.parametrize("text", ["A <i>list</i>", "A list of List<String>"])
def test_html_in_a_distractor_or_its_misconception_is_refused(text):
    assert reason(distractors=options(text, *WRONG[1:])) == Fault.HTML
    assert reason(distractors=[{"text": WRONG[0], "misconception": text}, *options(*WRONG[1:])]) == Fault.HTML


def test_code_may_hold_tags():
    assert reason(stem=f"The page is `<ul><li></ul>`.\n\n```html\n<div>\n```\n\n{STEM}") is None


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\0", "\u2066", "\ufeff"])
@pytest.mark.parametrize("field", ["stem", "correct", "explanation", "title"])
def test_characters_that_nobody_sees_are_refused(field, char):
    text = candidate()[field]

    assert reason(**{field: f"{text[:5]}{char}{text[5:]}"}) == Fault.UNSEEN_CHARACTERS


def test_a_title_becomes_one_line():
    item = looked_at(candidate(title=" Two\nlines "))

    assert isinstance(item, MultipleChoiceItem)
    assert item.title == "Two lines"


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"stem": "x" * (1_998 - len(STEM)) + f". {STEM}"}, True),
        ({"stem": "x" * (1_999 - len(STEM)) + f". {STEM}"}, False),
        ({"title": "x" * 80}, True),
        ({"title": "x" * 81}, False),
        ({"explanation": "x" * 2_000}, True),
        ({"explanation": "x" * 2_001}, False),
        ({"correct": "A" * 401}, False),
        ({"distractors": options("A" * 401, *WRONG[1:])}, False),
        ({"distractors": [{"text": WRONG[0], "misconception": "x" * 2_001}, *options(*WRONG[1:])]}, False),
        ({"distractors": options(*WRONG) * 1_000}, False),
    ],
)
def test_limits_are_exact_and_hold_for_each_text(changes, fits):
    assert reason(**changes) == (None if fits else Fault.TOO_LONG)


@pytest.mark.parametrize("field", ["stem", "explanation", "title"])
def test_a_blank_text_is_refused(field):
    assert reason(**{field: " \n "}) == Fault.BLANK


@pytest.mark.parametrize(
    "changes",
    [
        {"explanation": "Option B forgets the disk."},
        {"explanation": "The third option forgets the disk."},
        {"explanation": "Only answer (C) sorts."},
        {"explanation": "Distractor 2 is tempting."},
        {"distractors": [{"text": WRONG[0], "misconception": "Unlike option A, it is short."}, *options(*WRONG[1:])]},
        {"stem": f"{STEM}\nA) A tree\nB) A list"},
        {"stem": f"{STEM}\n- a. a tree\n- b. a list"},
        {"correct": "A) A tree sorted by customer"},
        {"distractors": options("A list of orders\nb) A heap", *WRONG[1:])},
    ],
)
def test_a_candidate_that_gives_options_a_place_is_refused(changes):
    assert reason(**changes) == Fault.PLACES


@pytest.mark.parametrize(
    "explanation",
    ["The best option is a tree.", "An answer a second later is late.", "Options are limited.", "The answer: sort."],
)
def test_words_that_point_at_no_place_are_fine(explanation):
    assert reason(explanation=explanation) is None


@pytest.mark.parametrize("topic", ["Indexing", " indexing ", "INDEXING"])
def test_the_topic_is_the_orders_in_the_orders_spelling(topic):
    item = looked_at(candidate(topic=topic))

    assert isinstance(item, MultipleChoiceItem)
    assert item.topic == "indexing"


@pytest.mark.parametrize("topic", ["", "caching", "indexing, replication"])
def test_another_topic_is_refused(topic):
    assert reason(topic=topic) == Fault.TOPIC


@pytest.mark.parametrize(
    "raw",
    [
        None,
        7,
        "a question",
        [],
        {},
        candidate() | {"stem": None},
        candidate() | {"distractors": "none"},
        candidate() | {"distractors": [{"text": "no misconception"}]},
        candidate() | {"suggested_minutes": "soon"},
    ],
)
def test_what_is_no_question_is_refused_alone(raw):
    read = Written.model_validate({"candidates": [raw, candidate(1)]}).candidates

    assert read[0] is None
    assert inspected(read[0], order(), PROVENANCE) == Refused(
        Fate.MALFORMED, Fault.SCHEMA, ("fill in every field of every question",)
    )
    assert isinstance(inspected(read[1], order(), PROVENANCE), MultipleChoiceItem)


@pytest.mark.parametrize("raw", [{}, {"candidates": None}, {"candidates": {}}, []])
def test_what_is_no_list_of_questions_is_a_fault_of_the_whole_answer(raw):
    with pytest.raises(ValidationError):
        Written.model_validate(raw)


def test_a_title_with_a_word_of_the_key_alone_is_refused():
    assert reason(title="Sorted reads") == Fault.TELLING_TITLE
    assert reason(title="Reads by customer") is None, "the stem says it too"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (["B-Tree", "full  table scan", "c++", "C#"], ("b-tree", "full-table-scan", "c++", "c#")),
        (["sorted", "storage", "storage"], ("storage",)),
        (["<b>", "naïve", "", "x" * 41, "-mark"], ("indexing",)),
        (["two--marks"], ("two-marks",)),
        ([], ("indexing",)),
        (list("abcdefgh"), tuple("abcdef")),
    ],
)
def test_tags_are_terms_that_tell_nothing_six_at_most_and_never_none(written, kept):
    item = looked_at(candidate(tags=written))

    assert isinstance(item, MultipleChoiceItem)
    assert item.tags == kept


@pytest.mark.parametrize(("written", "kept"), [(-3, 1), (0, 1), (1, 1), (15, 15), (16, 15), (10**9, 15)])
def test_minutes_are_brought_within_their_range(written, kept):
    item = looked_at(candidate(suggested_minutes=written))

    assert isinstance(item, MultipleChoiceItem)
    assert item.suggested_minutes == kept


@given(st.text(max_size=60), st.sampled_from(["stem", "correct", "explanation", "title", "topic"]))
def test_remedies_quote_nothing_of_a_question(text, field):
    spoilt = f"QUOTED {text} QUOTED"
    found = looked_at(candidate(**{field: spoilt}))

    if isinstance(found, Refused):
        assert not any("QUOTED" in remedy for remedy in found.remedies)
        assert "QUOTED" not in found.reason
