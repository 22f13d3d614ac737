"""Each flaw of a multiple-choice question: one question that has it, and one close to it that has not."""

import pytest

from domain.drafts import Distractor
from domain.item_writing import Flaw, FlawCode, QuestionDraft, asking, flaws, shown_length

STEM = "A table of orders is read by customer a thousand times a second. Which structure keeps those reads short?"
KEY = "A tree sorted by customer"
WRONG = ("A list of recent orders", "A heap of order amounts", "A bitmap over all months")


def draft(
    *,
    stem: str = STEM,
    key: str = KEY,
    wrong: tuple[str, ...] = WRONG,
    misconceptions: dict[str, str] | None = None,
) -> QuestionDraft:
    """A question without a flaw but for what is given."""
    beliefs = {text: f"Believes in {text}" for text in wrong} if misconceptions is None else misconceptions
    return QuestionDraft(stem=stem, options=(key, *wrong), correct=key, misconceptions=beliefs)


def codes(found: QuestionDraft) -> list[FlawCode]:
    return [flaw.code for flaw in flaws(found)]


def test_a_question_written_with_care_has_no_flaw():
    assert flaws(draft()) == ()


def test_an_item_becomes_a_draft_with_the_key_first():
    beliefs = {text: f"Believes in {text}" for text in WRONG}

    made = QuestionDraft.of(STEM, correct=KEY, distractors=[Distractor(*pair) for pair in beliefs.items()])

    assert made == draft()
    assert made.distractors == WRONG


def test_the_key_may_stand_anywhere_and_be_spaced_otherwise():
    placed = QuestionDraft(
        stem=STEM,
        options=(WRONG[0], WRONG[1], f" {KEY} ", WRONG[2]),
        correct=KEY.upper(),
        misconceptions=dict.fromkeys(WRONG, "a belief"),
    )

    assert placed.distractors == WRONG
    assert FlawCode.KEY_NOT_AMONG_OPTIONS not in codes(placed)


def test_a_flaw_is_one_line_with_the_value_and_the_remedy():
    (flaw,) = flaws(draft(wrong=WRONG[:2]))

    assert flaw == Flaw(FlawCode.WRONG_OPTION_COUNT, "there are 3 options", "write 4, the key among them")
    assert flaw.message == "there are 3 options: write 4, the key among them"


@pytest.mark.parametrize(
    ("options", "detail"),
    [((), "there are 0 options"), (WRONG[:1], "there is 1 option"), ((*WRONG, "More", KEY), "there are 5 options")],
)
def test_a_number_of_options_other_than_four_is_a_flaw(options, detail):
    found = QuestionDraft(stem=STEM, options=options, correct=KEY, misconceptions={})

    assert flaws(found)[0].detail == detail
    assert flaws(found)[0].code is FlawCode.WRONG_OPTION_COUNT


def test_a_key_that_is_none_of_the_options_is_a_flaw():
    beliefs = dict.fromkeys((*WRONG, "A queue"), "a belief")
    absent = QuestionDraft(stem=STEM, options=(*WRONG, "A queue"), correct=KEY, misconceptions=beliefs)

    assert codes(absent) == [FlawCode.KEY_NOT_AMONG_OPTIONS]
    assert flaws(absent)[0].message == ("the correct answer is none of the 4 options: repeat one of them word for word")


@pytest.mark.parametrize("blank", ["", "  \n"])
def test_an_empty_option_is_a_flaw(blank):
    assert FlawCode.EMPTY_OPTION in codes(draft(key=blank))
    assert FlawCode.EMPTY_OPTION in codes(draft(wrong=(*WRONG[:2], blank)))
    assert "distractor 3 is empty: write it" in [flaw.message for flaw in flaws(draft(wrong=(*WRONG[:2], blank)))]


@pytest.mark.parametrize("blank", ["", " "])
def test_a_distractor_without_its_misconception_is_a_flaw(blank):
    beliefs = {WRONG[0]: "a belief", WRONG[1]: blank, WRONG[2]: "a belief"}

    (flaw,) = flaws(draft(misconceptions=beliefs))

    assert flaw.code is FlawCode.MISSING_MISCONCEPTION
    assert flaw.detail == "distractor 2 has no misconception"


@pytest.mark.parametrize("twin", [KEY, KEY.upper(), "A tree   sorted\nby customer "])
def test_an_option_that_repeats_another_is_a_flaw(twin):
    (flaw,) = flaws(draft(wrong=(*WRONG[:2], twin)))

    assert flaw.message == "the key and distractor 3 are the same: replace one"
    assert flaw.code is FlawCode.DUPLICATE_OPTIONS


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("A tree sorted by customer", "Tree, sorted by the customer", True),
        ("A read-only replica", "A read only replica", True),
        ("A tree sorted by customer", "A tree sorted by month", False),
        ("W = 4, R = 2", "W = 2, R = 4", False),
        ("About 0.5", "About 05", False),
        ("`^(?:\\w+)$`", "`^(?:\\w+,)$`", False),
        ("O(n)", "O(n!)", False),
    ],
)
def test_options_that_differ_in_articles_hyphens_or_punctuation_alone_are_a_flaw(one, other, alike):
    found = codes(draft(wrong=(one, other, WRONG[2])))

    assert (FlawCode.NEAR_DUPLICATE_OPTIONS in found) is alike


@pytest.mark.parametrize(
    ("stem", "short"), [("Which sort is stable?", True), ("Which of two sorts is stable?", False), ("", True)]
)
def test_a_stem_of_less_than_five_words_is_a_flaw(stem, short):
    assert (FlawCode.SHORT_STEM in codes(draft(stem=stem))) is short


@pytest.mark.parametrize(
    ("stem", "asks"),
    [
        ("Orders are read by customer. The table has grown, and reads are slow.", False),
        ("Orders are read by customer. What keeps the reads short?", True),
        ("Is the order of the rows kept? The table has no index.", True),
        ("The number of comparisons that a lookup needs in the worst case is", True),
        ("For a lookup by customer, the cheapest structure to keep up to date is:", True),
        ("A lookup in a balanced tree takes ____ comparisons at most.", True),
        ("Choose the structure that keeps the reads by customer short.", True),
        ("What is printed by this program when it runs?\n\n```python\nprint(1)\n```", True),
        ("The program prints a number when it runs.\n\n```python\nx = a ? b\n```", False),
    ],
)
def test_a_stem_that_asks_nothing_is_a_flaw(stem, asks):
    assert (FlawCode.NO_QUESTION not in codes(draft(stem=stem))) is asks


@pytest.mark.parametrize(
    ("stem", "unfocused"),
    [
        ("Which of the following is true?", True),
        ("Which of these statements about trees is correct?", True),
        ("Which of the following structures keeps reads by customer short?", False),
        (f"{STEM.partition('.')[0]}. Which of the following is true?", False),
    ],
)
def test_a_stem_that_asks_what_is_true_of_nothing_is_a_flaw(stem, unfocused):
    assert (FlawCode.UNFOCUSED_STEM in codes(draft(stem=stem))) is unfocused


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Which of these indexes is not kept in memory?", "not"),
        ("Which structure does the planner of this database not use?", "not"),
        ("Which of these indexes isn't kept in memory?", "isn't"),
        ("Which structure cannot be searched in logarithmic time?", "cannot"),
        ("All of them keep reads short. What is the exception, except for heaps?", "except"),
        ("Which structure is least likely to keep reads short?", "least"),
    ],
)
def test_a_question_for_the_exception_has_to_say_so_loudly(question, word):
    (flaw,) = flaws(draft(stem=question))

    assert flaw.code is FlawCode.UNMARKED_NEGATION
    assert flaw.message == f"“{word}” in the question is easily overread: ask without it, or write “{word.upper()}”"
    for loud in (word.upper(), f"**{word}**", f"_{word}_", f"<b>{word}</b>"):
        assert codes(draft(stem=question.replace(word, loud))) == []


@pytest.mark.parametrize(
    "stem",
    [
        "The index is not used. Which structure keeps reads short?",
        "Why does the planner not use the index on the customer column?",
        "Which query returns the customers who have not ordered this year?",
        "How many probes does a lookup need if the key is not in the table?",
        "Which join plan moves the least data over the network?",
        "How many replicas are needed at least to survive the loss of one?",
        "What happens now for a path that is not allowed?",
        "Which change rules this out without making buyers wait?",
    ],
)
def test_a_negation_that_asks_for_no_exception_is_none(stem):
    assert FlawCode.UNMARKED_NEGATION not in codes(draft(stem=stem))


@pytest.mark.parametrize(
    "option",
    [
        "All of the above",
        "none of the above.",
        "All the above",
        "Neither of the above",
        "Two of the above hold",
        "None of these",
        "All of these options are correct",
        "Any of the other answers",
        "Both A and B",
        "A and C",
        "Neither A nor B",
        "A, B and D",
        "I and II only",
        "Statements 1 and 3",
        "(1) and (3)",
    ],
)
def test_an_option_about_the_other_options_is_a_flaw(option):
    (flaw,) = [flaw for flaw in flaws(draft(wrong=(*WRONG[:2], option))) if flaw.code is FlawCode.ALL_OR_NONE]

    assert flaw.detail == f"distractor 3 speaks of the other options (“{option}”)"
    assert FlawCode.ALL_OR_NONE in codes(draft(key=option))


@pytest.mark.parametrize(
    "option",
    [
        "All orders above the limit",
        "All the above-average orders",
        "None is left",
        "None of them",
        "Both transactions",
        "Any of its indexes",
        "A lock on A and B",
        "3 and 5",
        "A",
    ],
)
def test_an_option_about_the_matter_is_none_about_the_others(option):
    assert FlawCode.ALL_OR_NONE not in codes(draft(wrong=(*WRONG[:2], option)))


def test_letters_that_the_stem_gives_to_things_are_no_options():
    wrong = ("A and B", "B and C", "A and C")

    named = draft(stem="Tables A, B and C are joined in this order. Which tables are held in memory?", wrong=wrong)
    listed = draft(stem="Read this. A. It sorts. B. It hashes. C. It scans. Which statements hold here?", wrong=wrong)

    assert FlawCode.ALL_OR_NONE not in codes(named)
    assert codes(listed).count(FlawCode.ALL_OR_NONE) == 3


@pytest.mark.parametrize(
    ("key", "conspicuous"),
    [
        ("k" * 50, True),  # 1.25 times 40
        ("k" * 49, False),
    ],
)
def test_a_key_a_quarter_longer_than_every_distractor_is_a_flaw(key, conspicuous):
    found = flaws(draft(key=key, wrong=("a" * 40, "b" * 30, "c" * 20)))

    assert [flaw.code for flaw in found] == [FlawCode.LONGEST_KEY] * conspicuous
    if conspicuous:
        assert found[0].message == (
            "the key has 50 characters, the longest distractor 40: "
            "shorten the key, or make a distractor as precise as it is"
        )


def test_a_few_characters_more_are_not_conspicuous_whatever_the_ratio():
    assert codes(draft(key="2,000 rows", wrong=("20 rows", "2 rows", "0 rows"))) == []


def test_a_long_distractor_is_no_flaw_and_code_marks_have_no_length():
    assert codes(draft(wrong=(*WRONG[:2], "A bitmap over all of the months in which there were any orders"))) == []
    assert shown_length(" `git  revert` ") == len("git revert")


@pytest.mark.parametrize("word", ["always", "Never", "completely", "impossible", "in every case"])
def test_an_absolute_term_on_one_side_is_a_flaw(word):
    in_distractor = draft(wrong=(*WRONG[:2], f"A bitmap {word} read"))
    in_key = draft(key=f"A tree {word} read")
    in_both = draft(key=f"A tree {word} read", wrong=(*WRONG[:2], "A bitmap never read"))

    assert [flaw.detail for flaw in flaws(in_distractor)] == [
        f"“{word}” in distractors, and nothing like it in the key"
    ]
    assert [flaw.detail for flaw in flaws(in_key)] == [f"“{word}” stands in the key and in no distractor"]
    assert codes(in_both) == []


@pytest.mark.parametrize(
    ("key", "wrong", "flawed"),
    [
        (KEY, ("A list of only recent orders", WRONG[1], "A bitmap over all months"), True),
        (KEY, (WRONG[0], WRONG[1], "A bitmap over all months"), False),
        ("A tree of all customers", (WRONG[0], WRONG[1], "A bitmap over months"), True),
        ("A tree of all customers", WRONG, False),
        ("A tree of nearly all customers", (WRONG[0], WRONG[1], "A bitmap over months"), False),
        ("A tree of not only customers", (WRONG[0], WRONG[1], "A bitmap over months"), False),
        ("A tree for `SELECT all`", (WRONG[0], WRONG[1], "A bitmap over months"), False),
        ("A tree for UNION ALL", (WRONG[0], WRONG[1], "A bitmap over months"), False),
    ],
)
def test_a_sweeping_word_is_a_flaw_in_the_key_alone_or_in_two_distractors_alone(key, wrong, flawed):
    assert codes(draft(key=key, wrong=wrong)) == [FlawCode.ABSOLUTE_TERM] * flawed


@pytest.mark.parametrize(
    ("key", "wrong", "echoed"),
    [
        ("A structure sorted by customer", WRONG, "“structure”"),
        ("Structures for short reading", WRONG, "“reads”, “short”, “structure”"),
        ("A structure sorted by customer", (*WRONG[:2], "A structure of bitmaps"), None),
        ("A structure sorted by customer", (*WRONG[:2], "A bitmap for short reads"), None),
        ("A thousand orders a second", WRONG, None),
        (KEY, (*WRONG[:2], "A structure of bitmaps"), None),
    ],
)
def test_a_word_of_the_question_that_the_key_alone_repeats_is_a_flaw(key, wrong, echoed):
    found = [flaw.detail for flaw in flaws(draft(key=key, wrong=wrong))]

    assert found == ([] if echoed is None else [f"the key alone repeats {echoed} of the question"])


@pytest.mark.parametrize(
    ("key", "wrong", "detail"),
    [
        (f"{KEY}.", WRONG, "the key ends with a full stop, and no distractor does"),
        (KEY, tuple(f"{text}." for text in WRONG), "the key ends without a full stop, and no distractor does"),
        ("a tree sorted by customer", WRONG, "the key begins with a small letter, and no distractor does"),
        (f"{KEY}.", (*WRONG[:2], f"{WRONG[2]}."), None),
        ("`tree` sorted by customer", WRONG, None),
        ("20 trees sorted by customer", WRONG, None),
    ],
)
def test_a_key_that_alone_begins_or_ends_in_another_way_is_a_flaw(key, wrong, detail):
    assert [flaw.detail for flaw in flaws(draft(key=key, wrong=wrong))] == ([] if detail is None else [detail])


@pytest.mark.parametrize(
    ("stem", "sentence"),
    [
        (STEM, "Which structure keeps those reads short?"),
        ("Is it sorted? Rows have 3.5 kB. **Which one is read?**", "**Which one is read?**"),
        ("Nothing is asked.", None),
        ("", None),
    ],
)
def test_the_sentence_that_asks_is_the_last_with_a_question_mark(stem, sentence):
    assert asking(stem) == sentence


def test_a_draft_with_nothing_in_it_is_told_what_is_missing():
    empty = QuestionDraft(stem="", options=(), correct="", misconceptions={})

    assert codes(empty) == [
        FlawCode.WRONG_OPTION_COUNT,
        FlawCode.EMPTY_OPTION,
        FlawCode.SHORT_STEM,
        FlawCode.NO_QUESTION,
    ]
