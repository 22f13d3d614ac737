"""Analytics on every database: equal to what anybody would count by hand, whatever the time zone."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.analytics import Analytics
from domain.enums import AnalyticsRange, ChallengeKind, Difficulty, Dimension, Domain, EvaluationStatus
from resolvers import analytics
from resolvers.context import Caller
from tests.integration.histories import COMPLETED, MINUTE, Attempt, Exercise, store_history
from tests.integration.resolvers.conftest import Desk, Person

CHOICE, SCENARIO = ChallengeKind.MULTIPLE_CHOICE, ChallengeKind.SCENARIO
ZONES = (
    "UTC",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Chatham",
    "America/Sao_Paulo",
    "Europe/Vienna",
    "America/Havana",  # its clocks skip midnight
)
NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
"""What the desk's clock says before a test moves it: a Thursday."""
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
_examples = count()


async def practised(
    desk: Desk, name: str, exercises: list[Exercise], *, zone: str = "UTC", now: datetime = NOW
) -> Person:
    """Somebody with that history, who looks at it at that moment from that zone."""
    person = await desk.person(name)
    user = person.context.viewer
    await desk.database.write(lambda work: store_history(work, user.id, exercises))
    person.context.caller = Caller(replace(user, preferences=replace(user.preferences, timezone=zone)))
    desk.clock.set(now)
    return person


# ---- by hand


def counted(exercises: list[Exercise], reach: AnalyticsRange, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """Everything that analytics tell, from the history and the contract alone."""

    def local(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    today = local(now)
    earliest = {"LAST_7_DAYS": today - 6 * DAY, "LAST_30_DAYS": today - 29 * DAY, "LAST_90_DAYS": today - 89 * DAY}

    def shown(moment: datetime) -> bool:
        return earliest.get(reach, date.min) <= local(moment) <= today

    completed = [[attempt for attempt in exercise.attempts if attempt.status is COMPLETED] for exercise in exercises]
    practised_on = {local(attempt.handed_in) for attempts in completed for attempt in attempts}
    firsts = [
        (exercise, min(attempts, key=lambda attempt: attempt.completed))
        for exercise, attempts in zip(exercises, completed, strict=True)
        if attempts
    ]
    firsts = [(exercise, first) for exercise, first in firsts if shown(first.handed_in)]
    choices = [first.score for exercise, first in firsts if exercise.kind is CHOICE]
    scenarios = [first for exercise, first in firsts if exercise.kind is SCENARIO]
    return {
        "generated": sum(shown(exercise.asked) for exercise in exercises),
        "evaluated": sum(shown(attempt.handed_in) for attempts in completed for attempt in attempts),
        "average": mean(first.score for _, first in firsts)[1],
        "accuracy": choices.count(100.0) / len(choices) if choices else None,
        "current": row_up_to(practised_on, today) or row_up_to(practised_on, today - DAY),
        "longest": max((row_up_to(practised_on, day) for day in practised_on), default=0),
        "domains": grouped(Domain, ((exercise.domain, first.score) for exercise, first in firsts)),
        "difficulties": grouped(Difficulty, ((exercise.difficulty, first.score) for exercise, first in firsts)),
        "dimensions": grouped(
            Dimension, (pair for first in scenarios for pair in zip(Dimension, first.dimensions, strict=True))
        ),
        "trend": grouped(
            sorted({local(first.handed_in) for _, first in firsts}),
            ((local(first.handed_in), first.score) for _, first in firsts),
        ),
        "weakest": weakest_by_hand([((exercise.domain, exercise.topic), first.score) for exercise, first in firsts]),
    }


def weakest_by_hand(answers: list[tuple[tuple[Domain, str], float]]) -> list[tuple[Domain, str, int, float | None]]:
    names = sorted({topic for topic, _ in answers}, key=lambda topic: (list(Domain).index(topic[0]), topic[1]))
    known = [(*topic, amount, average) for topic, amount, average in grouped(names, answers) if amount > 1]
    return sorted(known, key=lambda row: (row[3], -row[2]))[:5]


def mean(scores: Any) -> tuple[int, float | None]:
    found = list(scores)
    return len(found), round(sum(found) / len(found), 6) if found else None


def grouped(order: Any, pairs: Any) -> list[tuple[Any, int, float | None]]:
    found = list(pairs)
    rows = [(key, *mean(score for of, score in found if of == key)) for key in order]
    return [row for row in rows if row[1]]


def row_up_to(days: set[date], last: date) -> int:
    length = 0
    while last - length * DAY in days:
        length += 1
    return length


def told(found: Analytics) -> dict[str, Any]:
    """What was answered, in the same shape."""

    def rows(tallies: Any) -> list[tuple[Any, int, float]]:
        return [(key, tally.answered, tally.average) for key, tally in tallies.items()]

    return {
        "generated": found.challenges_generated,
        "evaluated": found.answers_evaluated,
        "average": found.average_score,
        "accuracy": found.accuracy,
        "current": found.current_streak_days,
        "longest": found.longest_streak_days,
        "domains": rows(found.by_domain),
        "difficulties": rows(found.by_difficulty),
        "dimensions": rows(found.by_dimension),
        "trend": rows(found.trend),
        "weakest": [
            (topic.domain, topic.name, tally.answered, tally.average) for topic, tally in found.weakest_topics.items()
        ],
    }


# ---- any history


SCORES = st.integers(0, 1000).map(lambda tenths: tenths / 10)
# Around midnight and around the hours at which clocks are changed, and anywhere.
MINUTES = st.one_of(st.sampled_from((-61, -60, -31, -1, 0, 1, 29, 59, 60, 119, 120, 180)), st.integers(0, 1439))
# Mostly this week and month, so that there are streaks and edges of ranges; and back over every change of the clocks.
DAYS_AGO = st.one_of(st.integers(0, 8), st.sampled_from((28, 29, 30, 31, 88, 89, 90, 91)), st.integers(0, 800))
STATUSES = st.sampled_from((COMPLETED, COMPLETED, COMPLETED, *EvaluationStatus))
# Just before and just after clocks go forward or back somewhere, and the turn of a year.
MOMENTS = st.sampled_from(
    [
        datetime(2026, 3, 8, 5, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 4, 4, 15, 0, tzinfo=UTC),
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
        datetime(2026, 11, 1, 5, 0, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
    ]
)


@st.composite
def histories(draw: st.DrawFn, zone: ZoneInfo, now: datetime) -> list[Exercise]:
    def moment() -> datetime:
        day = now.astimezone(zone).date() - draw(DAYS_AGO) * DAY
        midnight = datetime.combine(day, time(), zone).astimezone(UTC)
        return min(midnight + draw(MINUTES) * MINUTE, now)

    def exercise() -> Exercise:
        kind = draw(st.sampled_from(ChallengeKind))
        scores = SCORES if kind is SCENARIO else st.sampled_from((0.0, 100.0))
        attempts = tuple(
            Attempt(
                moment(),
                score=draw(scores),
                status=draw(STATUSES),
                took=draw(st.integers(0, 3)) * 90 * MINUTE + number * timedelta(seconds=1),
                dimensions=draw(st.tuples(SCORES, SCORES, SCORES, SCORES)),
            )
            for number in range(draw(st.integers(0, 3)))
        )
        return Exercise(
            moment(),
            attempts,
            kind=kind,
            domain=draw(st.sampled_from((Domain.DATABASES, Domain.MLOPS, Domain.ALGORITHMS))),
            topic=draw(st.sampled_from(("one", "two"))),
            difficulty=draw(st.sampled_from(Difficulty)),
        )

    return [exercise() for _ in range(draw(st.integers(0, 10)))]


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(drawn=st.data())
async def test_analytics_are_what_anybody_would_count_in_any_time_zone(desk: Desk, drawn: st.DataObject) -> None:
    name, now = drawn.draw(st.sampled_from(ZONES)), drawn.draw(MOMENTS)
    zone, example = ZoneInfo(name), next(_examples)
    both = {f"{who}-{example}": drawn.draw(histories(zone, now)) for who in ("ann", "stranger")}
    people = {who: await practised(desk, who, history, zone=name, now=now) for who, history in both.items()}

    for who, history in both.items():
        for reach in AnalyticsRange:
            assert told(await analytics.get(people[who].context, reach)) == counted(history, reach, zone, now)
