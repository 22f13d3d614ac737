"""Steps are stored while the next ones are under way: in order, none after one that failed, all before the end."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from domain.challenge import Provenance
from domain.enums import Engine, FeedbackSection
from domain.errors import LeaseLost
from domain.evaluation import FeedbackDelta, Lease
from domain.results import EvaluationResult, Step
from tests.unit.workflows.doubles import LEASE
from workflows.evaluation.ahead import Ahead, ahead

RESULT = EvaluationResult(overall_score=50.0, provenance=Provenance(Engine.EMBEDDED, None, "test"))


@dataclass
class SlowJournal:
    """Satisfies EvaluationJournal. Stores what it is given when the test opens the gate, or fails to store one step."""

    begun: list[list[str]] = field(default_factory=list)
    stored: list[list[str]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    failing: str = ""

    async def store(self, lease: Lease, steps: Sequence[Step]) -> None:
        assert lease == LEASE
        names = [step.text if isinstance(step, FeedbackDelta) else "result" for step in steps]
        self.begun.append(names)
        await self.gate.wait()
        if self.failing in names:
            raise LeaseLost("another runner has it")
        self.stored.append(names)

    async def begin(self, amount: int = 1) -> None:
        """Wait until so many transactions were begun."""
        async with asyncio.timeout(10):
            while len(self.begun) < amount:  # noqa: ASYNC110 - what is waited for is a state of the double
                await asyncio.sleep(0)


@pytest.fixture
def journal() -> SlowJournal:
    return SlowJournal()


def say(stored: Ahead, text: str, told: Callable[[], None] | None = None) -> None:
    stored.take(FeedbackDelta(FeedbackSection.SUMMARY, text), stored=told)


async def test_steps_that_come_at_once_are_stored_together_and_later_ones_after_them(journal: SlowJournal) -> None:
    async with ahead(journal, LEASE) as stored:
        say(stored, "one")
        say(stored, "two")
        await journal.begin()
        say(stored, "three")
        say(stored, "four")
        assert journal.begun == [["one", "two"]]
        journal.gate.set()
        await journal.begin(2)
    assert journal.stored == [["one", "two"], ["three", "four"]]


async def test_a_step_waits_for_no_other_one(journal: SlowJournal) -> None:
    async with ahead(journal, LEASE) as stored:
        say(stored, "one")
        journal.gate.set()
        await journal.begin()
        assert journal.begun == [["one"]]


async def test_the_result_is_stored_at_once_with_what_waits_and_after_what_is_being_stored(
    journal: SlowJournal,
) -> None:
    async with ahead(journal, LEASE) as stored:
        say(stored, "one")
        await journal.begin()
        say(stored, "two")
        completing = asyncio.create_task(stored.complete(RESULT))
        await asyncio.sleep(0)
        assert (journal.begun, completing.done()) == ([["one"]], False)
        journal.gate.set()
        await completing
        assert journal.stored == [["one"], ["two", "result"]]


async def test_a_step_is_told_of_when_it_is_stored_and_not_before(journal: SlowJournal) -> None:
    told: list[str] = []
    async with ahead(journal, LEASE) as stored:
        say(stored, "one", lambda: told.append("one"))
        await journal.begin()
        assert told == []
        journal.gate.set()
    assert told == ["one"]


async def test_what_failed_is_raised_by_the_result_and_nothing_is_stored_after_it(journal: SlowJournal) -> None:
    journal.failing = "one"
    told: list[str] = []
    async with ahead(journal, LEASE) as stored:
        say(stored, "one", lambda: told.append("one"))
        await journal.begin()
        say(stored, "two")
        journal.gate.set()
        with pytest.raises(LeaseLost):
            await stored.complete(RESULT)
    assert (journal.begun, journal.stored, told) == ([["one"]], [], [])


async def test_a_step_that_has_failed_keeps_every_later_one_from_being_taken(journal: SlowJournal) -> None:
    journal.failing = "one"
    journal.gate.set()
    async with ahead(journal, LEASE) as stored:
        say(stored, "one")
        await journal.begin()
        await asyncio.sleep(0)
        for text in ("two", "three"):
            with pytest.raises(LeaseLost):
                say(stored, text)
    assert journal.begun == [["one"]]


async def test_a_run_that_is_stopped_leaves_no_step_half_stored_and_none_behind(journal: SlowJournal) -> None:
    async def run() -> None:
        async with ahead(journal, LEASE) as stored:
            say(stored, "one")
            await journal.begin()
            say(stored, "two")
            await asyncio.Event().wait()

    running = asyncio.create_task(run())
    await journal.begin()
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.sleep(0)
    assert not running.done()
    journal.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert journal.stored == [["one"], ["two"]]


async def test_a_run_that_is_stopped_while_its_result_is_stored_lets_it_be_stored(journal: SlowJournal) -> None:
    async def run() -> None:
        async with ahead(journal, LEASE) as stored:
            await stored.complete(RESULT)

    running = asyncio.create_task(run())
    await journal.begin()
    running.cancel()
    await asyncio.sleep(0)
    journal.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert journal.stored == [["result"]]


async def test_no_failure_goes_unseen_when_the_run_fails_for_another_reason(journal: SlowJournal) -> None:
    unseen: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    journal.failing = "one"
    journal.gate.set()

    async def run() -> None:
        async with ahead(journal, LEASE) as stored:
            say(stored, "one")
            raise KeyError("another reason")

    with pytest.raises(KeyError):
        await run()
    gc.collect()
    assert (journal.begun, unseen) == ([["one"]], [])
