import pytest

from providers.embedded.words import compounds, read_words, stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("indexes", "indices"),
        ("optimising", "optimized"),
        ("behaviours", "behavior"),
        ("latencies", "latency"),
        ("built", "building"),
        ("clients", "customer"),
        ("discards", "removed"),
        ("seven", "7"),
    ],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("precise", "prize"), ("index", "indicate"), ("four", "for")])
def test_different_words_keep_different_stems(one: str, other: str):
    assert stem(one) != stem(other)


def test_numbers_names_and_percents_are_words():
    assert [word.text for word in read_words("1,900 rows, 0.01 %, C++ and P95 by 4s")] == [
        "1900", "rows", "0.01", "%", "c++", "and", "p95", "by", "4", "s",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["time out", "time-out", "time_out"])
def test_a_compound_is_found_however_it_is_written(text: str):
    assert stem("timeout") in {joined for _, joined in compounds(read_words(text))}
