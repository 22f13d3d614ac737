"""The parts that decide about the stock without a database: marks, pace, demand."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.enums import ChallengeKind, Difficulty, Domain
from domain.ids import UserId
from domain.stock import Cell, StockLimits
from persistence.wakeups import LocalWakeUps
from resolvers.composing import Pace
from resolvers.demand import TOPIC, Demand

CHOICE, SCENARIO = ChallengeKind.MULTIPLE_CHOICE, ChallengeKind.SCENARIO
EASY, MEDIUM, HARD = (Cell(CHOICE, Domain.DATABASES, difficulty) for difficulty in Difficulty)
ALICE, BOB = UserId("alice"), UserId("bob")


@pytest.mark.parametrize(
    "marks",
    [
        {"low": -1},
        {"low": 4, "high": 3},
        {"servings": 0},
        {"max_age": timedelta(0)},
        {"compose_seconds": 0.0},
    ],
)
def test_marks_that_cannot_be_meant_are_refused(marks: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        StockLimits(**marks)


def test_both_marks_may_be_0() -> None:
    assert StockLimits(low=0, high=0).high == 0


def test_the_first_batch_is_worth_waiting_for_and_each_kind_has_its_own_pace() -> None:
    pace = Pace()
    pace.learn(SCENARIO, 20.0)

    assert pace.expected_seconds(CHOICE) == 0.0
    assert pace.expected_seconds(SCENARIO) == 30.0


def test_the_pace_follows_what_becomes_faster_and_what_becomes_slower() -> None:
    pace = Pace()
    pace.learn(CHOICE, 30.0)
    for _ in range(12):
        pace.learn(CHOICE, 4.0)
    assert pace.expected_seconds(CHOICE) < 9.0

    for _ in range(3):
        pace.learn(CHOICE, 30.0)
    assert pace.expected_seconds(CHOICE) > 14.0


@given(st.lists(st.floats(0.0, 60.0), min_size=1, max_size=30))
def test_what_is_expected_is_no_less_than_the_fastest_and_bounded_by_the_slowest(batches: list[float]) -> None:
    pace = Pace()
    for seconds in batches:
        pace.learn(CHOICE, seconds)

    assert min(batches) - 1e-9 <= pace.expected_seconds(CHOICE) <= 2 * max(batches) + 1e-9


def test_the_most_wanted_is_taken_first_for_whom_asked_last() -> None:
    demand = Demand(LocalWakeUps())
    demand.expect([HARD, EASY])
    demand.note(EASY, weight=1, user_id=ALICE)
    demand.note(MEDIUM, weight=2, user_id=ALICE)
    demand.note(EASY, weight=2, user_id=BOB)

    taken = [demand.take(0.0, busy=()) for _ in range(4)]

    assert [(wish.cell, wish.user_id) for wish in taken if wish] == [(EASY, BOB), (MEDIUM, ALICE), (HARD, None)]
    assert taken[3] is None


def test_what_is_busy_or_rests_is_not_taken() -> None:
    demand = Demand(LocalWakeUps())
    demand.note(EASY, weight=9, user_id=ALICE)
    demand.note(MEDIUM, weight=1, user_id=ALICE)
    wish = demand.take(0.0, busy=())
    assert wish is not None
    demand.put_back(wish, not_before=60.0)

    assert demand.take(59.0, busy={MEDIUM}) is None
    assert demand.next_at(busy={MEDIUM}) == 60.0
    assert demand.next_at(busy={EASY, MEDIUM}) is None
    again = demand.take(60.0, busy={MEDIUM})
    assert again is not None
    assert again.cell == EASY


def test_a_wish_that_is_put_back_keeps_what_was_asked_meanwhile_and_rests_all_the_same() -> None:
    demand = Demand(LocalWakeUps())
    demand.note(EASY, weight=1, user_id=ALICE)
    wish = demand.take(0.0, busy=())
    assert wish is not None
    demand.note(EASY, weight=10, user_id=BOB)

    demand.put_back(wish, not_before=60.0)
    demand.note(EASY, weight=1, user_id=BOB)

    assert demand.take(59.0, busy=()) is None
    taken = demand.take(60.0, busy=())
    assert taken is not None
    assert (taken.weight, taken.user_id) == (12, BOB)


def test_what_is_asked_for_rings_and_what_is_expected_does_not() -> None:
    wake_ups = LocalWakeUps()
    demand = Demand(wake_ups)
    with wake_ups.listening(TOPIC) as bell:
        demand.expect([EASY])
        assert not bell.rung
        demand.note(EASY, weight=1, user_id=ALICE)
        assert bell.rung
