"""What stands around the use cases: a clock that tests move, writers, graders and rates that do as they are told."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from domain.challenge import Brief, ChallengeDraft, Misconception, MultipleChoice, MultipleChoiceSolution, Option
from domain.enums import ChallengeKind, Dimension
from domain.errors import RateLimited
from domain.evaluation import DimensionGrade
from domain.grading import GradingTask
from domain.ids import EvaluationId, UserId
from persistence.database import Database, UnitOfWork
from tests.unit.workflows.doubles import PROVENANCE, ScriptedGrader, draft

T = TypeVar("T")


class Clock:
    """The database's clock. It stands still until a test moves it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 5, 12, tzinfo=UTC)

    def __call__(self, _connection: Connection) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        self._now = moment

    def advance(self, time: timedelta) -> None:
        self._now += time


@dataclass
class Rates:
    """Counts operations; when `exhausted`, refuses every one."""

    exhausted: bool = False
    spent: list[UserId] = field(default_factory=list)

    def spend(self, user_id: UserId) -> None:
        if self.exhausted:
            raise RateLimited("Too many.", retry_after_seconds=1.5)
        self.spent.append(user_id)


def choice_draft() -> ChallengeDraft:
    """Option `b` is correct."""
    options = tuple(Option(id, f"Option {id}") for id in "abcd")
    return ChallengeDraft(
        kind=ChallengeKind.MULTIPLE_CHOICE,
        domain=draft().domain,
        topic="Indexes",
        difficulty=draft().difficulty,
        title="A slow page",
        tags=(),
        suggested_minutes=3,
        content=MultipleChoice("Why is it slow?", options),
        solution=MultipleChoiceSolution("b", "No index.", tuple(Misconception(id, f"Believes {id}") for id in "acd")),
        provenance=PROVENANCE,
    )


@dataclass
class Writer:
    """Writes at once, or when `open` is set; first raises what is in `failures`, one a call."""

    failures: list[Exception] = field(default_factory=list)
    briefs: list[Brief] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def __call__(self, brief: Brief) -> ChallengeDraft:
        self.briefs.append(brief)
        self.begun.set()
        await self.open.wait()
        if self.failures:
            raise self.failures.pop(0)
        return draft() if brief.kind is ChallengeKind.SCENARIO else choice_draft()


@dataclass
class Idle:
    """Nobody works here; remembers what was to be abandoned."""

    abandoned: list[EvaluationId] = field(default_factory=list)

    def place(self) -> AbstractContextManager[None]:
        return nullcontext()

    def abandon(self, evaluation_id: EvaluationId) -> None:
        self.abandoned.append(evaluation_id)


@dataclass
class GatedGrader(ScriptedGrader):
    """Grades the dimensions in `waiting` only when `open` is set."""

    waiting: Sequence[Dimension] = ()
    open: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def grade(self, task: GradingTask, dimension: Dimension) -> DimensionGrade:
        if dimension in self.waiting:
            self.asked.append(dimension)
            self.reached.set()
            await self.open.wait()
            self.asked.remove(dimension)
        return await super().grade(task, dimension)


class Watched:
    """A database that tells of every finished write, and fails its next reads with what is in `faults`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = asyncio.Condition()
        self.writes = 0
        self.writing = 0
        self.faults: list[Exception] = []

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        if self.faults:
            raise self.faults.pop(0)
        return await self._database.read(work)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        self.writing += 1
        try:
            outcome = await self._database.write(work)
        finally:
            self.writing -= 1
        async with self._changed:
            self.writes += 1
            self._changed.notify_all()
        return outcome

    async def written(self, times: int) -> None:
        """Wait until that many more writes are finished."""
        target = self.writes + times
        async with self._changed:
            await self._changed.wait_for(lambda: self.writes >= target)

    async def revision(self) -> str | None:
        return await self._database.revision()

    async def close(self) -> None:
        await self._database.close()
