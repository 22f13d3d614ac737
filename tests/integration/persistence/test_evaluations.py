"""Evaluations on every database: pages of one challenge and of many, scores, and what a stranger gets."""

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

from domain.enums import Dimension, EvaluationStatus
from domain.evaluation import Progress
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.paging import Page, PageRequest, Position
from persistence.database import Database, UnitOfWork
from persistence.sqlite import system_clock
from tests.factories import meet
from tests.integration.persistence.seeds import ANSWER, DAWN, SECOND, contents, queue, score, store, taken


async def pages(
    database: Database, viewer: UserId, challenge_ids: list[str], *, first: int = 10, after: Position | None = None
) -> dict[str, Page[Any]]:
    wanted = [ChallengeId(id) for id in challenge_ids]
    found = await database.read(lambda work: work.evaluations.pages(viewer, wanted, PageRequest(first, after)))
    return {str(id): page for id, page in found.items()}


def summary(page: Page[Any]) -> tuple[list[str], bool, bool]:
    return [row.id for row in page.rows], page.has_next, page.has_previous


async def three_two_none(database: Database, user_id: UserId) -> None:
    """Challenges a, b and c with three, two and no evaluations, a second apart."""
    for id in "abc":
        await store(database, user_id, id)
    for number, challenge_id in enumerate("ababa"):
        await queue(database, user_id, challenge_id, f"e{number}", at=DAWN + number * SECOND, paid=False)


async def test_a_queued_evaluation_reads_as_it_was_handed_in(database: Database) -> None:
    alice = await meet(database, "alice")
    await store(database, alice)
    await queue(database, alice, at=DAWN)

    found = await database.read(lambda work: work.evaluations.many(alice, [EvaluationId("evaluation")]))

    evaluation = found[EvaluationId("evaluation")]
    assert (evaluation.user_id, evaluation.challenge_id, evaluation.answer) == (alice, "challenge", ANSWER)
    assert evaluation.status is EvaluationStatus.QUEUED
    assert evaluation.progress == Progress(None, 0, 6, 1)
    assert (evaluation.created_at, evaluation.started_at, evaluation.completed_at) == (DAWN, None, None)
    nothing = (
        evaluation.correct,
        evaluation.overall_score,
        evaluation.feedback,
        evaluation.provenance,
        evaluation.failure,
    )
    assert nothing == (None, None, None, None, None)
    assert evaluation.model_answers == ()


async def test_pages_of_many_challenges_are_each_newest_first(database: Database) -> None:
    alice = await meet(database, "alice")
    await three_two_none(database, alice)

    found = await pages(database, alice, ["c", "a", "b"], first=2)

    assert {id: summary(page) for id, page in found.items()} == {
        "a": (["e4", "e2"], True, False),
        "b": (["e3", "e1"], False, False),
        "c": ([], False, False),
    }
    assert found["a"].positions == (Position(DAWN + 4 * SECOND, "e4"), Position(DAWN + 2 * SECOND, "e2"))


async def test_pages_of_many_challenges_go_on_after_a_cursor(database: Database) -> None:
    alice = await meet(database, "alice")
    await three_two_none(database, alice)

    found = await pages(database, alice, ["a", "b", "c"], first=1, after=Position(DAWN + 3 * SECOND, "e3"))

    assert {id: summary(page) for id, page in found.items()} == {
        "a": (["e2"], True, True),
        "b": (["e1"], False, True),
        "c": ([], False, True),
    }


async def test_the_page_of_one_challenge_alone_equals_its_page_among_many(database: Database) -> None:
    alice = await meet(database, "alice")
    await three_two_none(database, alice)

    for after in (None, Position(DAWN + 4 * SECOND, "e4"), Position(DAWN, "e0")):
        one = (await pages(database, alice, ["a"], first=2, after=after))["a"]
        assert one == (await pages(database, alice, ["b", "a"], first=2, after=after))["a"]


async def test_pages_of_many_challenges_are_read_in_one_statement(sqlite_url: URL) -> None:
    engine: Engine = create_engine(sqlite_url)
    executed: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: executed.append(given[2]))
    with engine.connect() as connection:
        many = [ChallengeId(f"challenge-{number}") for number in range(100)]
        found = UnitOfWork(connection, system_clock).evaluations.pages(UserId("alice"), many, PageRequest(20))
    engine.dispose()

    assert list(found) == many
    assert len(executed) == 1


async def test_counts_are_each_challenges_own(database: Database) -> None:
    alice = await meet(database, "alice")
    await three_two_none(database, alice)
    wanted = [ChallengeId(id) for id in "abc"]

    assert await database.read(lambda work: work.evaluations.counts(alice, wanted)) == {"a": 3, "b": 2}


async def test_a_stranger_sees_nothing_and_cancels_nothing(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")
    await three_two_none(database, alice)
    lease = (await taken(database)).lease
    await database.write(lambda work: work.scores.add(lease.evaluation_id, [score()]))
    before = await contents(database)

    assert await database.read(lambda work: work.evaluations.many(bob, [EvaluationId("e0")])) == {}
    assert summary((await pages(database, bob, ["a"]))["a"]) == ([], False, False)
    assert await database.read(lambda work: work.evaluations.counts(bob, [ChallengeId("a")])) == {}
    assert await database.read(lambda work: work.scores.many(bob, [lease.evaluation_id])) == {}
    assert await database.write(lambda work: work.evaluations.cancel(bob, EvaluationId("e0"), now=work.now)) is None
    assert await contents(database) == before


async def test_criteria_show_their_owner_nothing_until_completion_and_grading_everything(database: Database) -> None:
    alice = await meet(database, "alice")
    await store(database, alice)
    id = await queue(database, alice)
    lease = (await taken(database)).lease
    whole, bare = score(Dimension.PROBLEM_SOLVING), score(Dimension.TECHNICAL_ACCURACY, criteria=0)
    for landed in (whole, bare):
        await database.write(lambda work, landed=landed: work.scores.add(id, [landed]))  # type: ignore[misc]  # binds this turn's

    async def shown() -> list[int]:
        found = await database.read(lambda work: work.scores.many(alice, [id]))
        assert [one.dimension for one in found[id]] == [Dimension.TECHNICAL_ACCURACY, Dimension.PROBLEM_SOLVING]
        return [len(one.criteria) for one in found[id]]

    assert await shown() == [0, 0]
    assert await database.read(lambda work: work.scores.for_grading(id)) == (bare, whole)
    assert await database.read(lambda work: work.scores.landed(id)) == 2
    await database.write(lambda work: work.evaluations.advance(lease, status=EvaluationStatus.COMPLETED))
    assert await shown() == [0, 2]


async def test_revisions_come_oldest_first_and_only_those_that_were_asked_for(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")
    await store(database, alice)

    def add(work: UnitOfWork) -> None:
        for id, revises, seconds in (
            ("first", None, 0),
            ("second", "first", 9),
            ("third", "second", 20),
            ("other", "first", 8),
            ("twin", "first", 8),
        ):
            work.evaluations.add(
                ANSWER,
                id=EvaluationId(id),
                user_id=alice,
                challenge_id=ChallengeId("challenge"),
                revises=None if revises is None else EvaluationId(revises),
                total_steps=6,
                now=DAWN + seconds * SECOND,
            )

    await database.write(add)
    asked = [EvaluationId(id) for id in ("first", "second", "third", "unknown")]

    async def found(viewer: UserId, first: int) -> dict[str, list[str]]:
        revisions = await database.read(lambda work: work.evaluations.revisions(viewer, asked, first=first))
        return {str(id): [str(revision.id) for revision in each] for id, each in revisions.items()}

    assert await found(alice, 10) == {"first": ["other", "twin", "second"], "second": ["third"]}
    assert await found(alice, 2) == {"first": ["other", "twin"], "second": ["third"]}
    assert await found(bob, 10) == {}
