"""Likeness of texts: what counts as the same, where the threshold lies, and that every process says the same."""

import subprocess
import sys
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.likeness import NEAR_DUPLICATE, SKETCH_SIZE, Familiar, Sketch, likeness, near_duplicates, sketch

TEXT = (
    "A table of forty million orders is read by customer. After the catalogue doubled, each read takes nine seconds, "
    "although the processor is idle and the disk is busy. The only index is the one on the primary key. What should "
    "the team look at before it buys a larger machine?"
)
OTHER = (
    "A classifier of photographs was trained with mirrored copies of every picture. On the test set it confuses signs "
    "that point to the left with signs that point to the right. What should the team change first?"
)


def of(one: str, other: str) -> float:
    return likeness(sketch(one), sketch(other))


@pytest.mark.parametrize(
    "told_again",
    [
        TEXT,
        TEXT.upper(),
        TEXT.replace(",", "").replace(".", " -"),
        f"  {TEXT}\n",
    ],
)
def test_case_spacing_and_punctuation_make_no_difference(told_again):
    assert of(TEXT, told_again) == 1.0


def test_the_same_task_with_other_figures_is_the_same():
    assert (
        of("With 3 replicas and 20 ms a read, what follows?", "With 5 replicas and 1,250 ms a read, what follows?") == 1
    )


def test_texts_on_different_matters_are_far_below_the_threshold():
    assert of(TEXT, OTHER) < 0.1 < NEAR_DUPLICATE


def test_the_likeness_of_short_texts_is_exact():
    # Pairs of words: a b, b c, c d against a b, b c, c e: two of four.
    assert of("a b c d", "a b c e") == 0.5


@pytest.mark.parametrize(
    "told_again",
    [
        TEXT.replace("customer", "client").replace("table", "relation").replace("nine seconds", "ages"),
        TEXT.partition(". ")[2],
        f"{OTHER.partition('.')[0]}. {TEXT}",
        TEXT.replace("the", "a"),
    ],
    ids=["words replaced", "a sentence cut", "a sentence added", "articles changed"],
)
def test_a_text_told_again_is_a_near_duplicate(told_again):
    assert near_duplicates(sketch(TEXT), sketch(told_again))
    assert of(TEXT, told_again) < 1


def test_a_text_on_the_same_subject_is_none():
    same_subject = (
        "The orders of a shop are kept in a table with an index on the primary key. Reports by month take an hour and "
        "slow down the customers' reads. Which measure takes the reports off the main database?"
    )

    assert not near_duplicates(sketch(TEXT), sketch(same_subject))


@pytest.mark.parametrize("nothing", ["", "  ", "?!", "→"])
def test_a_text_without_words_is_like_nothing(nothing):
    assert sketch(nothing) == Sketch(())
    assert of(nothing, TEXT) == 0
    assert of(nothing, nothing) == 0


def test_one_word_is_compared_as_a_whole():
    assert (of("Index", "index"), of("Index", "Table")) == (1, 0)


def test_a_long_text_is_estimated_from_a_sketch_of_bounded_size():
    words = [f"{letter}{other}" for letter in "abcdefghijklmnopqrstuvwxyz" for other in "abcdefghijklmnopqrstuvwxyz"]
    Random(20261122).shuffle(words)
    half = len(words) // 2
    longer, shorter = " ".join(words), " ".join(words[:half])

    assert len(sketch(longer).hashes) == SKETCH_SIZE
    # 337 of 675 pairs are shared; three standard errors of 0.044 on either side.
    assert abs(of(longer, shorter) - 0.5) < 0.133


@given(st.text(), st.text())
def test_likeness_is_a_share_and_the_same_both_ways(one, other):
    share = of(one, other)

    assert 0 <= share <= 1
    assert share == of(other, one)


def test_a_sketch_is_the_same_in_every_process():
    program = f"from domain.likeness import sketch; print(sketch({TEXT!r}).hashes)"

    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }

    assert printed == {str(sketch(TEXT).hashes)}
    assert sketch("an index").hashes == (6305842242096633097,)


@given(st.lists(st.sampled_from("abcdefgh"), max_size=40), st.lists(st.sampled_from("abcdefgh"), max_size=400))
def test_near_duplicates_are_those_whose_likeness_reaches_the_threshold(one, other):
    pair = sketch(" ".join(one)), sketch(" ".join(other))

    assert near_duplicates(*pair) is (likeness(*pair) >= NEAR_DUPLICATE)


WORDS = ["an", "index", "of", "every", "table", "helps", "no", "reader"]
FEW_WORDS = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@given(FEW_WORDS, st.lists(FEW_WORDS, max_size=6))
def test_who_has_met_many_texts_knows_the_near_duplicates_of_each(fresh, met):
    familiar = Familiar(map(sketch, met))

    expected = any(near_duplicates(sketch(fresh), sketch(one)) for one in met)
    assert familiar.near_duplicates(sketch(fresh)) is expected


def test_what_is_met_later_counts_from_then_on():
    familiar = Familiar()

    assert not familiar.near_duplicates(sketch(TEXT))
    familiar.add(sketch(TEXT))
    assert familiar.near_duplicates(sketch(TEXT))
    assert not familiar.near_duplicates(sketch(OTHER))
