"""Analytics as a client gets them: one small story, told exactly."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.enums import ChallengeKind, Difficulty, Domain, EvaluationStatus
from resolvers.context import Caller
from schema import schema
from tests.integration.histories import Attempt, Exercise, store_history
from tests.integration.resolvers.conftest import Desk, Person

TODAY = datetime(2026, 11, 5, tzinfo=UTC)  # the desk's clock says noon
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STORY = [
    Exercise(TODAY, (Attempt(TODAY + HOUR, 0.0), Attempt(TODAY + 11 * HOUR, 100.0))),
    Exercise(TODAY - DAY, (Attempt(TODAY - HOUR, 100.0),), difficulty=Difficulty.MEDIUM),
    Exercise(TODAY, (Attempt(TODAY + HOUR, 100.0, EvaluationStatus.CANCELLED),)),
    Exercise(
        TODAY - 40 * DAY,
        (Attempt(TODAY - 40 * DAY, 81.5, dimensions=(80.0, 90.0, 70.0, 77.5)),),
        kind=ChallengeKind.SCENARIO,
        domain=Domain.MLOPS,
        topic="monitoring and drift",
        difficulty=Difficulty.HARD,
    ),
]
EVERYTHING = """
    challengesGenerated answersEvaluated averageScore accuracy currentStreakDays longestStreakDays
    byDomain { domain answered averageScore }
    byDifficulty { difficulty answered averageScore }
    byDimension { dimension answered averageScore }
    trend { date answered averageScore }
    weakestTopics { domain topic answered averageScore }
"""
MONTH = {
    "challengesGenerated": 3,
    "answersEvaluated": 3,
    "averageScore": 50.0,
    "accuracy": 0.5,
    "currentStreakDays": 2,
    "longestStreakDays": 2,
    "byDomain": [{"domain": "DATABASES", "answered": 2, "averageScore": 50.0}],
    "byDifficulty": [
        {"difficulty": "EASY", "answered": 1, "averageScore": 0.0},
        {"difficulty": "MEDIUM", "answered": 1, "averageScore": 100.0},
    ],
    "byDimension": [],
    "trend": [
        {"date": "2026-11-04", "answered": 1, "averageScore": 100.0},
        {"date": "2026-11-05", "answered": 1, "averageScore": 0.0},
    ],
    "weakestTopics": [{"domain": "DATABASES", "topic": "indexing", "answered": 2, "averageScore": 50.0}],
}
EVER = {
    **MONTH,
    "challengesGenerated": 4,
    "answersEvaluated": 4,
    "averageScore": 60.5,
    "byDomain": [*MONTH["byDomain"], {"domain": "MLOPS", "answered": 1, "averageScore": 81.5}],
    "byDifficulty": [*MONTH["byDifficulty"], {"difficulty": "HARD", "answered": 1, "averageScore": 81.5}],
    "byDimension": [
        {"dimension": "TECHNICAL_ACCURACY", "answered": 1, "averageScore": 80.0},
        {"dimension": "PROBLEM_SOLVING", "answered": 1, "averageScore": 90.0},
        {"dimension": "COMMUNICATION", "answered": 1, "averageScore": 70.0},
        {"dimension": "BUSINESS_IMPACT", "answered": 1, "averageScore": 77.5},
    ],
    "trend": [{"date": "2026-09-26", "answered": 1, "averageScore": 81.5}, *MONTH["trend"]],
}


async def asked(person: Person, arguments: str = "", fields: str = EVERYTHING) -> Any:
    result = await schema.execute(f"{{ analytics{arguments} {{ {fields} }} }}", context_value=person.context)
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data["analytics"]


@pytest.fixture
async def practised(desk: Desk, ann: Person) -> Person:
    viewer = ann.context.viewer
    await desk.database.write(lambda work: store_history(work, viewer.id, STORY))
    return ann


async def test_the_last_30_days_unless_another_range_is_asked_for(practised: Person) -> None:
    assert await asked(practised) == MONTH
    assert await asked(practised, "(range: null)") == MONTH
    assert await asked(practised, "(range: LAST_30_DAYS)") == MONTH
    assert await asked(practised, "(range: ALL_TIME)") == EVER
    assert await asked(practised, "(range: LAST_90_DAYS)") == EVER


async def test_days_are_those_of_the_viewers_own_time_zone(desk: Desk, practised: Person) -> None:
    change = 'mutation { updatePreferences(input: {timezone: "Pacific/Chatham"}) { userErrors { message } } }'
    await schema.execute(change, context_value=practised.context)
    ann = await desk.person("ann")  # her next request

    # There the answers of 23:00 and 1:00 UTC were given on the 5th, and the one of 11:00 on the 6th, today: it repeats
    # an earlier one, which keeps the streak alive and is no point of the trend.
    found = await asked(ann, "(range: LAST_7_DAYS)", "currentStreakDays longestStreakDays trend { date answered }")

    assert found == {
        "currentStreakDays": 2,
        "longestStreakDays": 2,
        "trend": [{"date": "2026-11-05", "answered": 2}],
    }


async def test_somebody_who_has_not_practised_is_told_so(ann: Person) -> None:
    found = await asked(ann)

    assert [found[name] for name in ("averageScore", "accuracy")] == [None, None]
    assert [found[name] for name in ("challengesGenerated", "answersEvaluated", "currentStreakDays")] == [0, 0, 0]
    assert [found[name] for name in ("byDomain", "byDimension", "trend", "weakestTopics")] == [[]] * 4


async def test_a_stranger_is_told_nothing_of_it(desk: Desk, practised: Person) -> None:
    assert (await asked(await desk.person("mallory"), "(range: ALL_TIME)"))["answersEvaluated"] == 0


async def test_nobody_is_told_anything(practised: Person) -> None:
    practised.context.caller = Caller(None)

    result = await schema.execute("{ analytics { accuracy } }", context_value=practised.context)

    assert result.data == {"analytics": None}
    assert result.errors is not None
    assert [error.extensions["code"] for error in result.errors] == ["UNAUTHENTICATED"]


async def test_a_range_that_there_is_not_is_refused(ann: Person) -> None:
    result = await schema.execute("{ analytics(range: LAST_2_DAYS) { accuracy } }", context_value=ann.context)

    assert result.errors is not None
    assert [error.extensions["code"] for error in result.errors] == ["GRAPHQL_VALIDATION_FAILED"]
