"""Putting practice together: streaks, averages, orders."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.analytics import Field, Record, Tally, Topic, streaks, summarise, weakest
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain

TODAY = date(2026, 11, 5)
EMPTY = Record(generated=0, evaluated={}, fields={}, days={}, dimensions={})


def ago(*days: int) -> list[date]:
    return [TODAY - timedelta(days=number) for number in days]


@pytest.mark.parametrize(
    ("days", "current", "longest"),
    [
        ([], 0, 0),
        (ago(0), 1, 1),
        (ago(1), 1, 1),  # alive until the end of today
        (ago(2), 0, 1),
        (ago(0, 1, 2), 3, 3),
        (ago(1, 2, 3), 3, 3),
        (ago(2, 3, 4), 0, 3),
        (ago(0, 2, 3, 4), 1, 3),
        (ago(1, 3, 4, 0), 2, 2),
        (ago(9, 8, 7, 0, 0, 1), 2, 3),
        (ago(-1), 0, 1),  # a clock that went wrong
    ],
)
def test_a_streak_reaches_up_to_today_or_yesterday(days: list[date], current: int, longest: int) -> None:
    assert streaks(days, TODAY) == (current, longest)


def test_nothing_practised_is_told_as_nothing() -> None:
    found = summarise(EMPTY, first_day=None, today=TODAY)

    assert (found.average_score, found.accuracy) == (None, None)
    assert (found.challenges_generated, found.answers_evaluated) == (0, 0)
    assert (found.current_streak_days, found.longest_streak_days) == (0, 0)
    assert [found.by_domain, found.by_difficulty, found.by_dimension, found.trend, found.weakest_topics] == [{}] * 5


def field(
    domain: Domain = Domain.DATABASES,
    topic: str = "indexing",
    *,
    difficulty: Difficulty = Difficulty.EASY,
    kind: ChallengeKind = ChallengeKind.MULTIPLE_CHOICE,
) -> Field:
    return Field(kind, domain, difficulty, topic)


def test_averages_weigh_every_answer_alike_and_accuracy_is_of_multiple_choice() -> None:
    fields: Mapping[Field, Tally] = {
        field(Domain.MLOPS, "drift"): Tally(3, 200.0),
        field(difficulty=Difficulty.HARD, kind=ChallengeKind.SCENARIO): Tally(1, 81.4),
        field(difficulty=Difficulty.HARD): Tally(1, 0.0),
        field(): Tally(1, 100.0),
    }

    found = summarise(replace(EMPTY, fields=fields, generated=9), first_day=None, today=TODAY)

    assert found.challenges_generated == 9
    assert found.average_score == 63.566667
    assert found.accuracy == 0.6
    assert list(found.by_domain.items()) == [(Domain.DATABASES, Tally(3, 181.4)), (Domain.MLOPS, Tally(3, 200.0))]
    assert list(found.by_difficulty.items()) == [(Difficulty.EASY, Tally(4, 300.0)), (Difficulty.HARD, Tally(2, 81.4))]
    assert found.by_domain[Domain.MLOPS].average == 66.666667


def test_only_scenarios_have_no_accuracy() -> None:
    fields = {field(kind=ChallengeKind.SCENARIO): Tally(1, 81.4)}

    found = summarise(replace(EMPTY, fields=fields), first_day=None, today=TODAY)

    assert (found.average_score, found.accuracy) == (81.4, None)


def test_streaks_look_at_all_days_and_the_number_of_answers_only_at_the_range() -> None:
    evaluated = dict.fromkeys(ago(0, 1, 10, 11, 12), 2)

    found = summarise(replace(EMPTY, evaluated=evaluated), first_day=TODAY - timedelta(days=1), today=TODAY)

    assert (found.answers_evaluated, found.current_streak_days, found.longest_streak_days) == (4, 2, 3)


def test_dimensions_come_in_the_order_of_the_enum_and_days_oldest_first() -> None:
    days = {day: Tally(1, 50.0) for day in ago(0, 2, 1)}
    dimensions = {Dimension.BUSINESS_IMPACT: Tally(1, 10.0), Dimension.PROBLEM_SOLVING: Tally(1, 20.0)}

    found = summarise(replace(EMPTY, days=days, dimensions=dimensions), first_day=None, today=TODAY)

    assert list(found.trend) == ago(2, 1, 0)
    assert list(found.by_dimension) == [Dimension.PROBLEM_SOLVING, Dimension.BUSINESS_IMPACT]


def test_the_weakest_five_of_two_answers_or_more_come_weakest_first_and_ties_are_in_order() -> None:
    tallies = {
        Topic(Domain.MLOPS, "a"): Tally(2, 100.0),
        Topic(Domain.DATABASES, "b"): Tally(2, 100.0),
        Topic(Domain.DATABASES, "a"): Tally(2, 100.0),
        Topic(Domain.MLOPS, "many"): Tally(4, 200.0),
        Topic(Domain.MLOPS, "once"): Tally(1, 0.0),
        Topic(Domain.MLOPS, "strong"): Tally(2, 200.0),
        Topic(Domain.MLOPS, "weak"): Tally(3, 30.0),
    }

    assert list(weakest(tallies)) == [
        Topic(Domain.MLOPS, "weak"),
        Topic(Domain.MLOPS, "many"),
        Topic(Domain.DATABASES, "a"),
        Topic(Domain.DATABASES, "b"),
        Topic(Domain.MLOPS, "a"),
    ]


def test_an_average_does_not_show_the_order_in_which_floats_were_added() -> None:
    assert Tally(3, 0.1 + 0.2 + 0.3).average == Tally(3, 0.3 + 0.2 + 0.1).average == 0.2
