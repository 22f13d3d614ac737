import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from providers.embedded.sentences import LONGEST_SENTENCE, split_sentences


def quotes(text: str) -> list[str]:
    return [text[sentence.start : sentence.end] for sentence in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use e.g. Redis 7.2. It is fast!  Done", ["Use e.g. Redis 7.2.", "It is fast!", "Done"]),
        ("First line.\r\nSecond line.\r\n", ["First line.", "Second line."]),
        ("- Add an index\n- Page by cursor", ["Add an index", "Page by cursor"]),
        ("1. Add an index\n2) Page by cursor", ["Add an index", "Page by cursor"]),
        ("## Plan\n\n> Quote it.", ["Plan", "Quote it."]),
        ("How much we miss. Precision falls.", ["How much we miss.", "Precision falls."]),
        ("😀 Ship it. 👨‍👩‍👧 Then rest.", ["😀 Ship it.", "👨‍👩‍👧 Then rest."]),
        ("He said (it works. Really) and left.", ["He said (it works.", "Really) and left."]),
        ("", []),
        (" \n\t\u200b\n", []),
        ("!!! ... ???", []),
    ],
)
def test_a_text_is_read_as_sentences(text: str, expected: list[str]):
    assert quotes(text) == expected


def test_wrapped_prose_is_a_sentence_and_so_is_each_of_its_lines():
    assert quotes("The scan reads\neverything twice.") == [
        "The scan reads\neverything twice.",
        "The scan reads",
        "everything twice.",
    ]


def test_invisible_characters_do_not_hide_a_word_and_stay_in_the_quote():
    (sentence,) = split_sentences("an in\u200bdex")
    assert [word.text for word in sentence.words] == ["an", "index"]
    assert sentence.end == len("an in\u200bdex")


def test_a_combining_mark_stays_with_its_letter():
    assert quotes("cafe\u0301\u0323. Next") == ["cafe\u0301\u0323.", "Next"]


def test_a_run_without_full_stops_is_read_in_stretches():
    sentences = split_sentences("word " * 4000)
    assert len(sentences) > 4000 / LONGEST_SENTENCE
    assert max(len(sentence.words) for sentence in sentences) <= LONGEST_SENTENCE


@given(st.text())
@example("e\u0301\u200d😀\r\n- x")
@example("ﬁne. ｆｕｌｌ")
def test_places_are_inside_the_text_and_quotes_are_trimmed(text: str):
    for sentence in split_sentences(text):
        assert 0 <= sentence.start < sentence.end <= len(text)
        assert sentence.words
