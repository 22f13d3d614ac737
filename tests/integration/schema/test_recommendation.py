"""What to practise next, as a client gets it and sends it back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.enums import ChallengeKind, Difficulty, Domain, EvaluationStatus
from resolvers.context import Caller
from schema import schema
from tests.integration.histories import Attempt, Exercise, store_history
from tests.integration.resolvers.conftest import Desk, Meet, Person

NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)  # what the desk's clock says
DAY = timedelta(days=1)
ASK = "{ recommendedPractice { domain topic kind difficulty reason } }"


async def recommended(person: Person) -> Any:
    result = await schema.execute(ASK, context_value=person.context)
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data["recommendedPractice"]


async def run(person: Person, document: str) -> Any:
    result = await schema.execute(document, context_value=person.context)
    assert result.errors is None, result.errors
    return result.data


def exercise(topic: str, score: float, *, days: int, kind: ChallengeKind = ChallengeKind.MULTIPLE_CHOICE) -> Exercise:
    asked = NOON - days * DAY
    return Exercise(asked, (Attempt(asked, score),), topic=topic, kind=kind)


async def test_a_newcomer_is_sent_somewhere_and_gets_there(alice: Person) -> None:
    found = await recommended(alice)

    assert found == {
        "domain": "SOFTWARE_ENGINEERING",
        "topic": "testing",
        "kind": "MULTIPLE_CHOICE",
        "difficulty": "EASY",
        "reason": "You have not answered anything yet: start with an easy multiple-choice question on testing in "
        "Software engineering.",
    }
    wish = ", ".join(f"{name}: {found[name]}" for name in ("domain", "kind", "difficulty"))
    generated = await run(
        alice,
        f"""mutation {{ generateChallenge(input: {{{wish}, topic: "{found["topic"]}"}}) {{
            challenge {{ topic difficulty }} userErrors {{ message }}
        }} }}""",
    )
    assert generated["generateChallenge"] == {
        "challenge": {"topic": "testing", "difficulty": "EASY"},
        "userErrors": [],
    }
    assert await recommended(alice) == found, "a challenge without an answer changes nothing"


async def test_preferences_say_where_to_begin_and_what_for(person: Meet, alice: Person) -> None:
    await run(
        alice,
        """mutation { updatePreferences(input: {defaultDomain: MLOPS, targetRole: "Platform engineer"}) {
            userErrors { message }
        } }""",
    )

    found = await recommended(await person("alice"))  # her next request

    assert (found["domain"], found["topic"]) == ("MLOPS", "experiment tracking")
    assert found["reason"] == (
        "You have not answered anything yet, and MLOps is your default domain: start with an easy multiple-choice "
        "question on experiment tracking, to prepare for “Platform engineer”."
    )


async def test_it_goes_by_the_last_three_first_answers_of_each_topic_that_were_evaluated(
    desk: Desk, ann: Person
) -> None:
    old = [exercise("Indexes", 0.0, days=number) for number in (20, 19, 18)]
    newer = [exercise("Indexes", 100.0, days=number) for number in (7, 6)]
    again = Exercise(NOON - 5 * DAY, (Attempt(NOON - 5 * DAY, 30.0), Attempt(NOON - 4 * DAY, 100.0)), topic="Indexes")
    failed = Exercise(NOON - DAY, (Attempt(NOON - DAY, 0.0, EvaluationStatus.FAILED),), topic="Locks")
    story = [again, *newer, *old, failed]  # in no order
    viewer = ann.context.viewer
    await desk.database.write(lambda work: store_history(work, viewer.id, story))

    latest = await desk.database.read(lambda work: work.analytics.latest(viewer.id, of_each_topic=3))

    assert [(each.topic.domain, each.topic.name, each.score) for each in latest] == [
        (Domain.DATABASES, "Indexes", 30.0),
        (Domain.DATABASES, "Indexes", 100.0),
        (Domain.DATABASES, "Indexes", 100.0),
    ]
    assert [each.handed_in_at for each in latest] == [NOON - number * DAY for number in (5, 6, 7)]
    assert {(each.kind, each.difficulty) for each in latest} == {(ChallengeKind.MULTIPLE_CHOICE, Difficulty.EASY)}
    assert await recommended(ann) == {
        "domain": "DATABASES",
        "topic": "Locks",
        "kind": "SCENARIO",
        "difficulty": "EASY",
        "reason": "You have not tried Locks in Databases yet: take an easy scenario on it.",
    }


async def test_the_newest_of_all_topics_comes_first(desk: Desk, ann: Person) -> None:
    viewer = ann.context.viewer
    story = [exercise(topic, 90.0, days=days) for topic, days in (("Locks", 2), ("Indexes", 1), ("Locks", 0))]
    await desk.database.write(lambda work: store_history(work, viewer.id, story))

    latest = await desk.database.read(lambda work: work.analytics.latest(viewer.id, of_each_topic=3))

    assert [each.topic.name for each in latest] == ["Locks", "Indexes", "Locks"]


async def test_a_strangers_answers_change_nothing(desk: Desk, ann: Person) -> None:
    before = await recommended(ann)
    mallory = (await desk.person("mallory")).context.viewer
    await desk.database.write(lambda work: store_history(work, mallory.id, [exercise("Indexes", 0.0, days=1)]))

    assert await recommended(ann) == before


async def test_nobody_is_recommended_anything(ann: Person) -> None:
    ann.context.caller = Caller(None)

    result = await schema.execute(ASK, context_value=ann.context)

    assert result.data == {"recommendedPractice": None}
    assert result.errors is not None
    assert [error.extensions["code"] for error in result.errors] == ["UNAUTHENTICATED"]
