"""Steps are stored while the next ones are under way: in order, none after one that failed, all before the end."""

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from domain.challenge import Provenance
from domain.enums import Dimension, Engine, EvaluationPhase, FeedbackSection
from domain.errors import LeaseLost
from domain.evaluation import DimensionScore, FeedbackDelta, Lease
from domain.results import EvaluationResult
from tests.unit.workflows.doubles import LEASE, landed
from workflows.evaluation.ahead import Ahead, ahead

SOLVING, BUSINESS = Dimension.PROBLEM_SOLVING, Dimension.BUSINESS_IMPACT
RESULT = EvaluationResult(overall_score=50.0, provenance=Provenance(Engine.EMBEDDED, None, "test"))


@dataclass
class SlowJournal:
    """Satisfies EvaluationJournal: each step is begun at once, and stored when the test says so; or it fails."""

    begun: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    failing: str = ""

    async def enter(self, lease: Lease, phase: EvaluationPhase, *, completed_steps: int, total_steps: int) -> None:
        await self._store(phase.value)

    async def land(self, lease: Lease, score: DimensionScore) -> None:
        await self._store(score.dimension.value)

    async def append_feedback(self, lease: Lease, delta: FeedbackDelta) -> None:
        await self._store(delta.text)

    async def complete(self, lease: Lease, result: EvaluationResult) -> None:
        await self._store("result")

    async def _store(self, step: str) -> None:
        self.begun.append(step)
        if step in self.gates:
            await self.gates[step].wait()
        if step == self.failing:
            raise LeaseLost("another runner has it")
        self.stored.append(step)

    def hold(self, *steps: str) -> None:
        self.gates.update({step: asyncio.Event() for step in steps})


async def until(holds: Callable[[], bool]) -> None:
    """Let everything run that can, until this holds."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for is a state of the double, not an event
            await asyncio.sleep(0)


async def enter(stored: Ahead, phase: EvaluationPhase) -> None:
    await stored.enter(LEASE, phase, completed_steps=0, total_steps=8)


async def land(stored: Ahead, dimension: Dimension, done: Callable[[], None] = lambda: None) -> None:
    await stored.land(LEASE, landed(dimension), stored=done)


async def say(stored: Ahead, text: str) -> None:
    await stored.append_feedback(LEASE, FeedbackDelta(FeedbackSection.SUMMARY, text))


async def test_dimensions_land_beside_each_other_after_the_phase_before_them_and_before_the_one_after() -> None:
    journal = SlowJournal()
    journal.hold("SCORING", SOLVING.value, BUSINESS.value)
    async with ahead(journal) as stored:
        await enter(stored, EvaluationPhase.SCORING)
        await land(stored, SOLVING)
        await land(stored, BUSINESS)
        await enter(stored, EvaluationPhase.VERIFYING)
        await until(lambda: bool(journal.begun))
        assert journal.begun == ["SCORING"]

        journal.gates["SCORING"].set()
        await until(lambda: len(journal.begun) == 3)
        assert set(journal.begun[1:]) == {SOLVING.value, BUSINESS.value}
        journal.gates[BUSINESS.value].set()
        await until(lambda: BUSINESS.value in journal.stored)
        assert "VERIFYING" not in journal.begun
        journal.gates[SOLVING.value].set()
    assert journal.stored == ["SCORING", BUSINESS.value, SOLVING.value, "VERIFYING"]


async def test_pieces_of_feedback_keep_their_order_and_the_result_comes_after_all_of_them() -> None:
    journal = SlowJournal()
    journal.hold("one")
    async with ahead(journal) as stored:
        await say(stored, "one")
        await say(stored, "two")
        completing = asyncio.create_task(stored.complete(LEASE, RESULT))
        await until(lambda: bool(journal.begun))
        assert (journal.begun, completing.done()) == (["one"], False)
        journal.gates["one"].set()
        await completing
        assert journal.stored == ["one", "two", "result"]


async def test_a_landing_is_told_when_it_is_stored_and_not_before() -> None:
    journal, told = SlowJournal(), list[str]()
    journal.hold(SOLVING.value)
    async with ahead(journal) as stored:
        await land(stored, SOLVING, lambda: told.append("stored"))
        await until(lambda: bool(journal.begun))
        assert told == []
        journal.gates[SOLVING.value].set()
    assert told == ["stored"]


async def test_what_failed_is_raised_by_the_next_step_and_nothing_is_stored_after_it() -> None:
    journal = SlowJournal(failing=SOLVING.value)
    told: list[str] = []
    async with ahead(journal) as stored:
        await land(stored, SOLVING, lambda: told.append("stored"))
        await enter(stored, EvaluationPhase.VERIFYING)
        with pytest.raises(LeaseLost):
            await stored.complete(LEASE, RESULT)
    assert (journal.begun, journal.stored, told) == ([SOLVING.value], [], [])


async def test_a_step_that_has_failed_already_keeps_the_next_from_beginning() -> None:
    journal = SlowJournal(failing="one")
    async with ahead(journal) as stored:
        await say(stored, "one")
        await until(lambda: bool(journal.begun))
        await asyncio.sleep(0)
        with pytest.raises(LeaseLost):
            await say(stored, "two")
    assert journal.begun == ["one"]


async def test_a_run_that_is_stopped_leaves_no_step_half_stored() -> None:
    journal = SlowJournal()
    journal.hold("one")

    async def run() -> None:
        async with ahead(journal) as stored:
            await say(stored, "one")
            await asyncio.Event().wait()

    running = asyncio.create_task(run())
    await until(lambda: bool(journal.begun))
    running.cancel()
    await asyncio.sleep(0)
    assert not running.done()
    journal.gates["one"].set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert journal.stored == ["one"]


async def test_no_failure_of_steps_beside_each_other_goes_unseen() -> None:
    unseen: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))

    async def run() -> None:
        journal = SlowJournal(failing=SOLVING.value)
        journal.hold(SOLVING.value)
        async with ahead(journal) as stored:
            for _ in range(4):
                await land(stored, SOLVING)
            await enter(stored, EvaluationPhase.VERIFYING)
            journal.gates[SOLVING.value].set()
            with pytest.raises(LeaseLost):
                await stored.complete(LEASE, RESULT)

    await run()
    gc.collect()
    assert unseen == []
