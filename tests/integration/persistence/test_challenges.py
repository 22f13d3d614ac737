"""Challenges on every database: the owner's alone, newest first, and closed until they are answered."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.challenge import Challenge, ChallengeDraft, MultipleChoice, Option
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.history import HistoryFilter
from domain.ids import ChallengeId, UserId
from domain.likeness import Sketch, sketch
from domain.paging import Page, PageRequest, Position
from persistence import tables
from persistence.codec import Calls, decode
from persistence.database import Database
from tests.factories import meet
from tests.integration.persistence.seeds import CHOICE, DAWN, MINUTE, SCENARIO, SECOND, queue, store, taken
from tests.stocked import CALL

EVERYTHING = HistoryFilter()
C = tables.challenges.c


async def page(
    database: Database,
    viewer: UserId,
    narrowed: HistoryFilter = EVERYTHING,
    *,
    first: int = 10,
    after: Position | None = None,
) -> Page[Challenge]:
    return await database.read(lambda work: work.challenges.page(viewer, narrowed, PageRequest(first, after)))


async def ids(database: Database, viewer: UserId, narrowed: HistoryFilter = EVERYTHING) -> list[str]:
    """The ids of the matching challenges, after a check that the count agrees."""
    found = [challenge.id for challenge in (await page(database, viewer, narrowed)).rows]
    assert await database.read(lambda work: work.challenges.count(viewer, narrowed)) == len(found)
    return list(found)


async def answer(database: Database, user_id: UserId, challenge_id: str) -> None:
    """An evaluation of that challenge that completes."""
    evaluation_id = await queue(database, user_id, challenge_id, f"evaluation-of-{challenge_id}", paid=False)
    lease = (await taken(database)).lease
    assert lease.evaluation_id == evaluation_id
    await database.write(lambda work: work.challenges.mark_answered_by(evaluation_id, work.now))


@pytest.mark.parametrize("draft", [CHOICE, SCENARIO], ids=["choice", "scenario"])
async def test_a_stored_challenge_reads_as_it_was_written_and_keeps_its_solution(
    database: Database, draft: ChallengeDraft
) -> None:
    alice = await meet(database, "alice")

    stored = await store(database, alice, "one", draft, repeated=True)

    assert (stored.id, stored.user_id, stored.created_at, stored.answered_at) == ("one", alice, DAWN, None)
    for field in (
        "kind",
        "domain",
        "topic",
        "difficulty",
        "title",
        "tags",
        "suggested_minutes",
        "content",
        "provenance",
    ):
        assert getattr(stored, field) == getattr(draft, field)
    assert stored.repeated is True
    assert stored.solution is None
    assert (await page(database, alice)).rows == (stored,)
    complete = await database.read(lambda work: work.challenges.with_solution(ChallengeId("one")))
    assert (complete, complete.solution) == (stored, draft.solution)


async def test_the_solution_shows_from_the_first_answer_on_and_its_moment_stays(database: Database) -> None:
    alice = await meet(database, "alice")
    await store(database, alice, "one")
    await store(database, alice, "two")
    evaluation_id = await queue(database, alice, "one")

    await database.write(lambda work: work.challenges.mark_answered_by(evaluation_id, DAWN + MINUTE))
    await database.write(lambda work: work.challenges.mark_answered_by(evaluation_id, DAWN + 2 * MINUTE))

    shown = {challenge.id: challenge for challenge in (await page(database, alice)).rows}
    assert (shown[ChallengeId("one")].solution, shown[ChallengeId("one")].answered_at) == (
        SCENARIO.solution,
        DAWN + MINUTE,
    )
    assert (shown[ChallengeId("two")].solution, shown[ChallengeId("two")].answered_at) == (None, None)


async def test_pages_come_newest_first_and_say_what_lies_before_and_after(database: Database) -> None:
    alice = await meet(database, "alice")
    for number in range(5):
        await store(database, alice, f"c{number}", at=DAWN + number * SECOND)

    top = await page(database, alice, first=2)
    middle = await page(database, alice, first=2, after=top.positions[-1])
    bottom = await page(database, alice, first=2, after=middle.positions[-1])
    beyond = await page(database, alice, first=2, after=bottom.positions[-1])

    assert [[row.id for row in part.rows] for part in (top, middle, bottom, beyond)] == [
        ["c4", "c3"],
        ["c2", "c1"],
        ["c0"],
        [],
    ]
    assert [part.has_next for part in (top, middle, bottom, beyond)] == [True, True, False, False]
    assert [part.has_previous for part in (top, middle, bottom, beyond)] == [False, True, True, True]
    assert top.positions == (Position(DAWN + 4 * SECOND, "c4"), Position(DAWN + 3 * SECOND, "c3"))


async def test_a_page_that_takes_all_that_is_left_has_no_next(database: Database) -> None:
    alice = await meet(database, "alice")
    for number in range(2):
        await store(database, alice, f"c{number}", at=DAWN + number * SECOND)

    assert (await page(database, alice, first=2)).has_next is False


async def test_equal_moments_are_ordered_by_id_and_split_between_pages_without_loss(database: Database) -> None:
    alice = await meet(database, "alice")
    for id in ("b", "d", "a", "c"):
        await store(database, alice, id, at=DAWN)

    top = await page(database, alice, first=2)
    rest = await page(database, alice, first=9, after=top.positions[-1])

    assert [row.id for row in (*top.rows, *rest.rows)] == ["d", "c", "b", "a"]


async def test_a_stranger_sees_nothing(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")
    await store(database, alice, "one")
    await answer(database, alice, "one")

    assert await ids(database, bob) == []
    assert await database.read(lambda work: work.challenges.many(bob, [ChallengeId("one")])) == {}
    mine = await database.read(lambda work: work.challenges.many(alice, [ChallengeId("one"), ChallengeId("none")]))
    assert list(mine) == ["one"]


async def test_each_filter_narrows_and_together_all_must_hold(database: Database) -> None:
    alice = await meet(database, "alice")
    await store(database, alice, "choice", CHOICE, at=DAWN)
    await store(database, alice, "scenario", SCENARIO, at=DAWN + SECOND)
    await store(
        database, alice, "easy", SCENARIO, at=DAWN + 2 * SECOND, difficulty=Difficulty.EASY, domain=Domain.MLOPS
    )
    await answer(database, alice, "scenario")

    narrowed = {
        "domains": HistoryFilter(domains=(Domain.MLOPS, Domain.DATABASES)),
        "difficulties": HistoryFilter(difficulties=(Difficulty.EASY,)),
        "kinds": HistoryFilter(kinds=(ChallengeKind.SCENARIO,)),
        "answered": HistoryFilter(answered=True),
        "unanswered": HistoryFilter(answered=False),
        "after, inclusive": HistoryFilter(created_after=DAWN + SECOND),
        "before, exclusive": HistoryFilter(created_before=DAWN + SECOND),
        "between": HistoryFilter(created_after=DAWN + SECOND, created_before=DAWN + 2 * SECOND),
        "together": HistoryFilter(
            domains=(Domain.MLOPS,),
            difficulties=(Difficulty.EASY,),
            kinds=(ChallengeKind.SCENARIO,),
            answered=False,
            search="nine seconds",
            created_after=DAWN,
            created_before=DAWN + MINUTE,
        ),
        "together, none": HistoryFilter(domains=(Domain.MLOPS,), answered=True),
    }
    assert {name: await ids(database, alice, filter) for name, filter in narrowed.items()} == {
        "domains": ["easy", "choice"],
        "difficulties": ["easy", "choice"],
        "kinds": ["easy", "scenario"],
        "answered": ["scenario"],
        "unanswered": ["easy", "choice"],
        "after, inclusive": ["easy", "scenario"],
        "before, exclusive": ["choice"],
        "between": ["scenario"],
        "together": ["easy"],
        "together, none": [],
    }


async def test_a_filter_holds_after_a_cursor_too(database: Database) -> None:
    alice = await meet(database, "alice")
    for number in range(6):
        await store(database, alice, f"c{number}", CHOICE if number % 2 else SCENARIO, at=DAWN + number * SECOND)
    choices = HistoryFilter(kinds=(ChallengeKind.MULTIPLE_CHOICE,), created_before=DAWN + timedelta(hours=1))

    top = await page(database, alice, choices, first=1)
    rest = await page(database, alice, choices, first=5, after=top.positions[-1])

    assert [row.id for row in (*top.rows, *rest.rows)] == ["c5", "c3", "c1"]
    assert await database.read(lambda work: work.challenges.count(alice, choices)) == 3


async def test_search_is_literal_without_case_and_every_word_must_occur(database: Database) -> None:
    alice = await meet(database, "alice")
    texts = {
        "percent": "Why did 100% of the carts fail?",
        "plain": "Why did 100 of the carts fail?",
        "underscore": "What does user_id mean?",
        "letter": "What does userXid mean?",
        "backslash": r"Where is C:\temp?",
        "slash": "Where is C:/temp?",
        "umlaut": "Der ÄRGER mit großen Füßen",
        "quote": "It's o'clock; DROP TABLE challenges",
    }
    for number, (id, question) in enumerate(texts.items()):
        content = MultipleChoice(question, (Option("o1", "hidden option"),))
        await store(database, alice, id, CHOICE, at=DAWN - number * SECOND, content=content, title=f"Title {id}")

    found = {
        search: await ids(database, alice, HistoryFilter(search=search))
        for search in (
            "100%",
            "%",
            "_",
            "user_id",
            "\\",
            "c:\\TEMP",
            "c:/temp",
            "ärger",
            "Ärger",
            "a\u0308rger",
            "GROSSEN füssen",
            "o'clock",
            "carts why 100",
            "carts umlaut",
            "hidden",
            "index",
            "   ",
        )
    }
    assert found == {
        "100%": ["percent"],
        "%": ["percent"],
        "_": ["underscore"],
        "user_id": ["underscore"],
        "\\": ["backslash"],
        "c:\\TEMP": ["backslash"],
        "c:/temp": ["slash"],
        "ärger": ["umlaut"],
        "Ärger": ["umlaut"],
        "a\u0308rger": ["umlaut"],
        "GROSSEN füssen": ["umlaut"],
        "o'clock": ["quote"],
        "carts why 100": ["percent", "plain"],
        "carts umlaut": [],
        "hidden": [],
        "index": list(texts),  # the topic, Indexes
        "   ": list(texts),
    }


async def test_search_looks_into_a_scenario_but_never_into_its_rubric_or_solution(database: Database) -> None:
    alice = await meet(database, "alice")
    await store(database, alice, "one", SCENARIO, tags=("latency",))

    found = {
        word: await ids(database, alice, HistoryFilter(search=word))
        for word in ("SHOP", "nine", "slow?", "Caching", "nobody", "latency", "Cause", "index")
    }

    assert found == {
        "SHOP": ["one"],
        "nine": ["one"],
        "slow?": ["one"],
        "Caching": ["one"],
        "nobody": ["one"],
        "latency": ["one"],
        "Cause": [],
        "index": [],  # the key point and the model answer say it
    }


async def test_an_answer_reveals_nobody_elses_challenge(database: Database) -> None:
    alice, bob = await meet(database, "alice"), await meet(database, "bob")
    await store(database, alice, "alices")
    await store(database, bob, "bobs")

    await answer(database, alice, "alices")

    (bobs,) = (await page(database, bob)).rows
    assert (bobs.solution, bobs.answered_at) == (None, None)


async def test_what_a_challenge_tells_is_sketched_and_what_models_were_asked_for_it_is_kept(database: Database) -> None:
    alice = await meet(database, "alice")
    await store(database, alice, "choice", CHOICE)
    await store(database, alice, "scenario", SCENARIO, calls=(CALL, CALL))

    async def kept(id: str) -> tuple[Sketch, str | None]:
        statement = select(C.sketch, C.calls).where(C.id == id)
        row = await database.read(lambda work: work._connection.execute(statement).one())
        return row.sketch, row.calls

    assert await kept("choice") == (sketch("A list is slow. Which index serves it?"), None)
    told, calls = await kept("scenario")
    assert told == sketch("The page takes nine seconds.")
    assert calls is not None
    assert decode(calls, Calls) == (CALL, CALL)
