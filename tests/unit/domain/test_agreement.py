"""What several judges come to, and how sure that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agreement import apart, confirmed, level_of, unaided, unconfirmed

LEVELS = st.integers(0, 5)
SCORES = st.floats(0, 100)


@pytest.mark.parametrize(
    ("first", "second", "embedded", "level"),
    [
        (4, 4, 0, 4),  # both models say the same: the third voice is not needed
        (5, 1, 0, 1),  # one was talked into a level
        (1, 5, 0, 1),
        (5, 1, 3, 3),
        (2, 5, 5, 5),
        (0, 5, 2, 2),
    ],
)
def test_a_level_is_what_both_say_or_the_median(first: int, second: int, embedded: int, level: int):
    assert level_of(first, second, embedded) == level


@given(LEVELS, LEVELS, LEVELS)
def test_a_level_is_always_somebodys_and_no_voice_moves_it_past_the_others(first: int, second: int, embedded: int):
    level = level_of(first, second, embedded)

    assert level in {first, second, embedded}
    assert min(first, second) <= level <= max(first, second)


@pytest.mark.parametrize(("gap", "is_apart"), [(0.0, False), (25.0, False), (25.1, True), (100.0, True)])
def test_more_than_25_points_are_apart_either_way(gap: float, *, is_apart: bool):
    assert apart(gap, 0.0) is apart(0.0, gap) is is_apart


@pytest.mark.parametrize(("spread", "confidence"), [(0, 0.95), (20, 0.76), (50, 0.47), (100, 0.0)])
def test_two_judges_confidence_falls_with_their_spread(spread: float, confidence: float):
    assert confirmed(100.0, 100.0 - spread) == confirmed(100.0 - spread, 100.0) == confidence


@pytest.mark.parametrize(("gap", "confidence"), [(0, 0.85), (20, 0.68), (100, 0.0)])
def test_one_judges_confidence_falls_with_the_distance_from_the_embedded_grader(gap: float, confidence: float):
    assert unaided(100.0, 100.0 - gap) == confidence


@pytest.mark.parametrize(("gap", "confidence"), [(0, 0.3), (60, 0.3), (80, 0.17), (100, 0.0)])
def test_what_was_not_confirmed_is_worth_little(gap: float, confidence: float):
    assert unconfirmed(100.0, 100.0 - gap) == confidence


@given(SCORES, SCORES)
def test_confidence_stays_within_its_bounds(one: float, other: float):
    assert 0 <= unconfirmed(one, other) <= unaided(one, other) <= confirmed(one, other) <= 0.95
