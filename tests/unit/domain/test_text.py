"""Normalised text: comparable, and every character knows where it came from."""

import unicodedata
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.text import LONGEST_CLUSTER, folded, normalise, one_line, paragraphs, visible

INVISIBLE = "\u200b\u200d\ufeff\u00ad\u202e\u2060\u034f\ufe0f\u3164\U000e0101"


def quoted(original: str, fragment: str) -> str:
    """What of the original a fragment of the normalised text stands for."""
    normalised = normalise(original)
    start = normalised.text.index(fragment)
    first, last = normalised.original_span(start, start + len(fragment))
    return original[first:last]


@pytest.mark.parametrize(
    ("original", "text"),
    [
        ("", ""),
        ("plain ASCII", "plain ASCII"),
        ("ｉｇｎｏｒｅ", "ignore"),
        ("ﬁne", "fine"),
        ("cafe\u0301", "café"),
        ("e\u200b\u0301", "é"),
        (f"ig{INVISIBLE}nore", "ignore"),
        ("x²", "x2"),
        ("ｶﾞ", "ガ"),
        ("\u1112\u1161\u11ab", "한"),
        ("😀 ok", "😀 ok"),
    ],
)
def test_compatibility_forms_are_folded_and_invisible_characters_dropped(original: str, text: str) -> None:
    assert normalise(original).text == text


@pytest.mark.parametrize(
    ("original", "fragment", "stretch"),
    [
        ("an index", "index", "index"),
        ("ｆｕｌｌ scan", "full", "ｆｕｌｌ"),
        ("a ﬁne plan", "i", "ﬁ"),  # half of a ligature is quoted whole
        ("a cafe\u0301 plan", "café", "cafe\u0301"),  # the mark stays with its letter
        ("an in\u200bdex now", "index", "in\u200bdex"),
        ("😀😀 an index", "index", "index"),
        ("an index\u200b", "index", "index"),
        ("\u1112\u1161\u11ab index", "한", "\u1112\u1161\u11ab"),
    ],
)
def test_a_fragment_is_quoted_as_it_was_written(original: str, fragment: str, stretch: str) -> None:
    assert quoted(original, fragment) == stretch


def test_an_empty_stretch_is_empty_wherever_it_is() -> None:
    normalised = normalise("né")
    assert [normalised.original_span(at, at) for at in range(3)] == [(0, 0), (1, 1), (2, 2)]


MARKLESS = st.characters(
    exclude_categories=["Cs", "Cf", "Mn", "Mc", "Me"], exclude_characters="\u115f\u1160\u3164\uffa0"
)


@given(st.lists(MARKLESS), st.sampled_from(INVISIBLE))
def test_the_text_is_nfkc_whatever_invisible_character_stands_between(chars: list[str], invisible: str) -> None:
    assert normalise(invisible.join(chars)).text == unicodedata.normalize("NFKC", "".join(chars))


@given(st.text())
@example("e\u0301\u200d😀\r\nﬁ")
@example("\u0344\u0301")
def test_offsets_rise_stay_inside_and_lead_back_to_the_same_text(original: str) -> None:
    normalised = normalise(original)

    assert len(normalised.origins) == len(normalised.text) + 1
    assert len(normalised.ends) == len(normalised.text)
    assert list(normalised.origins) == sorted(normalised.origins)
    assert normalised.origins[-1] == len(original)
    for at, char in enumerate(normalised.text):
        first, last = normalised.original_span(at, at + 1)
        assert 0 <= first < last <= len(original)
        assert char in normalise(original[first:last]).text


@given(st.text(), st.text())
def test_normalising_again_changes_nothing_where_no_mark_was_cut_off(before: str, after: str) -> None:
    once = normalise(f"{before} {after}").text
    assert normalise(once).text == once or max(map(len, once.split())) >= LONGEST_CLUSTER


def test_a_letter_with_20_000_marks_costs_no_more_than_one_without() -> None:
    text = "e" + "\u0301\u0323" * 10_000
    started = process_time()

    normalised = normalise(text)

    assert process_time() - started < 1  # in one piece it takes the square of that
    assert normalised.original_span(0, len(normalised.text)) == (0, len(text))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Plain, 10² GB — naïve café, 12 % of 日本語 😀", "Plain, 10² GB — naïve café, 12 % of 日本語 😀"),
        ("one\ttab\nand a line", "one\ttab\nand a line"),
        ("zero\u200bwidth\ufeff \u2060joined\u00ad", "zerowidth joined"),
        ("\u202ereversed\u202c \u2066isolated\u2069", "reversed isolated"),
        ("red \x1b[31mtext\x00\x07", "red [31mtext"),
        ("a\u115fb\u3164c\ufe0fd\U000e0041", "abcd"),
        ("half \ud800 a pair", "half  a pair"),
        ("\ue000private", "private"),
        ("one\r\ntwo\rthree\u2028four\x85five", "one\ntwo\nthree\nfour\nfive"),
        ("5\u00a0%", "5\u00a0%"),
    ],
)
def test_what_nobody_sees_is_dropped_and_nothing_else_changes(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(st.text())
@example("\u200b \r\n\x85")
def test_what_is_visible_stays_so(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert visible(one_line(text)) == one_line(text)
    assert visible(paragraphs(text)) == paragraphs(text)


def test_a_line_has_single_spaces_and_paragraphs_single_empty_lines() -> None:
    assert one_line("  a \n b\t\u200b c  ") == "a b c"
    assert paragraphs("\n\n one\ntwo \n \n\u200b\n\n three\n") == "one\ntwo \n\n three"


def test_lines_compare_by_what_a_reader_sees_without_case_and_spaces():
    assert folded(" The\u00a0CAF\u00c9\n") == folded("the cafe\u0301") == "the caf\u00e9"
    assert folded("O(n\u00b2)") != folded("O(n2)")
