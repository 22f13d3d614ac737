"""A scripted database behind real use cases, and one person who is signed in."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from strawberry.types.execution import ExecutionResult

import schema
from domain.challenge import Challenge, DomainInfo, MultipleChoice, MultipleChoiceSolution, Option, Provenance
from domain.enums import ChallengeKind, Difficulty, Domain, Engine, EvaluationPhase, EvaluationStatus
from domain.errors import RateLimited
from domain.evaluation import Answer, DimensionScore, Evaluation, Progress
from domain.events import Event
from domain.history import HistoryFilter
from domain.ids import ChallengeId, EvaluationId, UserId
from domain.paging import Page, PageRequest, Position
from domain.quota import Quota, QuotaEntry
from domain.user import Preferences, User
from persistence.database import Database
from persistence.wakeups import LocalWakeUps
from resolvers.context import Caller, Context, Services
from resolvers.loaders import Loaders

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ALICE = User(UserId("alice"), "alice@example.org", "Alice", Preferences(), NOW)
PROVENANCE = Provenance(Engine.EMBEDDED, None, "bank-1")


def challenge(id: str = "c1", **changes: object) -> Challenge:
    values: dict[str, Any] = {
        "id": ChallengeId(id),
        "user_id": ALICE.id,
        "kind": ChallengeKind.MULTIPLE_CHOICE,
        "domain": Domain.DATABASES,
        "topic": "indexing",
        "difficulty": Difficulty.EASY,
        "title": "Which index?",
        "tags": ("index",),
        "suggested_minutes": 3,
        "content": MultipleChoice("Which?", tuple(Option(str(i), f"Option {i}") for i in range(4))),
        "solution": None,
        "provenance": PROVENANCE,
        "repeated": False,
        "created_at": NOW,
        "answered_at": None,
    }
    values |= changes
    content, solution = values.pop("content"), values.pop("solution")
    return Challenge(
        **values, read_content=lambda: content, read_solution=None if solution is None else lambda: solution
    )


SOLUTION = MultipleChoiceSolution("2", "Because.", ())


def evaluation(id: str = "e1", **changes: object) -> Evaluation:
    values: dict[str, Any] = {
        "id": EvaluationId(id),
        "user_id": ALICE.id,
        "challenge_id": ChallengeId("c1"),
        "status": EvaluationStatus.RUNNING,
        "answer": Answer(option_id="2"),
        "correct": None,
        "progress": Progress(EvaluationPhase.SCORING, 1, 6, 3),
        "revises": None,
        "overall_score": None,
        "feedback": None,
        "model_answers": (),
        "provenance": None,
        "failure": None,
        "created_at": NOW,
        "started_at": NOW,
        "completed_at": None,
    }
    values |= changes
    answer, feedback, models = (values.pop(name) for name in ("answer", "feedback", "model_answers"))
    return Evaluation(
        **values,
        read_answer=lambda: answer,
        read_feedback=None if feedback is None else lambda: feedback,
        read_model_answers=lambda: models,
    )


@dataclass
class Work:
    """What a transaction sees: everything is alice's. `asked` names what was asked for, in order."""

    challenges_held: dict[ChallengeId, Challenge] = field(default_factory=dict)
    evaluations_held: dict[EvaluationId, Evaluation] = field(default_factory=dict)
    scores_held: dict[EvaluationId, tuple[DimensionScore, ...]] = field(default_factory=dict)
    entries: tuple[QuotaEntry, ...] = ()
    asked: list[str] = field(default_factory=list)
    preferred: dict[str, object] = field(default_factory=dict)
    filters: list[HistoryFilter] = field(default_factory=list)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.challenges = _Challenges(self)
        self.evaluations = _Evaluations(self)
        self.scores = _Scores(self)
        self.ledger = _Ledger(self)
        self.users = _Users(self)


@dataclass
class _Challenges:
    work: Work

    def many(self, viewer: UserId, ids: Sequence[ChallengeId]) -> dict[ChallengeId, Challenge]:
        self.work.asked.append("challenges.many")
        return {id: row for id in ids if (row := self.work.challenges_held.get(id)) and viewer == ALICE.id}

    def page(self, viewer: UserId, filter: HistoryFilter, request: PageRequest) -> Page[Challenge]:
        self.work.asked.append("challenges.page")
        self.work.filters.append(filter)
        rows = tuple(self.work.challenges_held.values())
        return Page(rows[: request.first], _places(rows)[: request.first], len(rows) > request.first, False)

    def count(self, viewer: UserId, filter: HistoryFilter) -> int:
        self.work.asked.append("challenges.count")
        return len(self.work.challenges_held)


@dataclass
class _Evaluations:
    work: Work

    def many(self, viewer: UserId, ids: Sequence[EvaluationId]) -> dict[EvaluationId, Evaluation]:
        self.work.asked.append("evaluations.many")
        return {id: row for id in ids if (row := self.work.evaluations_held.get(id))}

    def exists(self, viewer: UserId, id: EvaluationId) -> bool:
        return id in self.work.evaluations_held

    def pages(self, viewer: UserId, ids: Sequence[ChallengeId], request: PageRequest) -> dict[ChallengeId, Any]:
        self.work.asked.append("evaluations.pages")
        found = {id: tuple(e for e in self.work.evaluations_held.values() if e.challenge_id == id) for id in ids}
        return {id: Page(rows, _places(rows), False, False) for id, rows in found.items()}

    def revisions(
        self, viewer: UserId, ids: Sequence[EvaluationId], *, first: int
    ) -> dict[EvaluationId, tuple[Evaluation, ...]]:
        self.work.asked.append("evaluations.revisions")
        held = self.work.evaluations_held.values()
        return {id: tuple(each for each in held if each.revises == id)[:first] for id in ids}

    def counts(self, viewer: UserId, ids: Sequence[ChallengeId]) -> dict[ChallengeId, int]:
        self.work.asked.append("evaluations.counts")
        return {id: sum(e.challenge_id == id for e in self.work.evaluations_held.values()) for id in ids}


@dataclass
class _Scores:
    work: Work

    def many(self, viewer: UserId, ids: Sequence[EvaluationId]) -> dict[EvaluationId, tuple[DimensionScore, ...]]:
        self.work.asked.append("scores.many")
        return {id: self.work.scores_held[id] for id in ids if id in self.work.scores_held}


@dataclass
class _Ledger:
    work: Work

    def today(self, viewer: UserId, *, limit: int, now: datetime) -> Quota:
        self.work.asked.append("ledger.today")
        return Quota(viewer, limit, 20, NOW + timedelta(hours=14, minutes=30))

    def page(self, viewer: UserId, request: PageRequest) -> Page[QuotaEntry]:
        self.work.asked.append("ledger.page")
        return Page(self.work.entries, _places(self.work.entries), False, False)

    def count(self, viewer: UserId) -> int:
        self.work.asked.append("ledger.count")
        return len(self.work.entries)


@dataclass
class _Users:
    work: Work

    def prefer(self, viewer: UserId, changes: dict[str, object]) -> User:
        self.work.preferred.update(changes)
        return ALICE


def _places(rows: Sequence[Any]) -> tuple[Position, ...]:
    return tuple(Position(row.created_at, row.id) for row in rows)


@dataclass
class ScriptedDatabase:
    """Runs transactions on `work`, except where it is scripted what comes out instead: values, or errors to raise."""

    work: Work
    readings: deque[object] = field(default_factory=deque)
    outcomes: deque[object] = field(default_factory=deque)

    async def read(self, transaction: Callable[[Any], object]) -> object:
        return self._next(self.readings, transaction)

    async def write(self, transaction: Callable[[Any], object]) -> object:
        return self._next(self.outcomes, transaction)

    def _next(self, script: deque[object], transaction: Callable[[Any], object]) -> object:
        if not script:
            return transaction(self.work)
        outcome = script.popleft()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@dataclass
class ScriptedRates:
    """Counts operations, and refuses them once it is told to."""

    spent: int = 0
    exhausted: bool = False

    def spend(self, user_id: UserId) -> None:
        if self.exhausted:
            raise RateLimited("Too many operations: wait a little.", retry_after_seconds=1.5)
        self.spent += 1


@dataclass
class ScriptedServices:
    """As much of the process as the schema's tests touch."""

    database: ScriptedDatabase
    rates: ScriptedRates = field(default_factory=ScriptedRates)
    wake_ups: LocalWakeUps = field(default_factory=LocalWakeUps)
    production: bool = False
    domains: tuple[DomainInfo, ...] = (DomainInfo(Domain.DATABASES, "Databases", "Stores.", ("indexing",)),)
    daily_quota: int = 20
    generation_deadline: timedelta = timedelta(seconds=5)

    def new_id(self) -> str:
        return "fresh"


class Client:
    """Sends operations to the schema as alice, or as nobody.

    `work` is what her database holds; `readings` and `outcomes` script its next reads and writes.
    """

    def __init__(self, viewer: User | None = ALICE) -> None:
        self.work = Work()
        self.database = ScriptedDatabase(self.work)
        self.services = ScriptedServices(self.database)
        self.readings, self.outcomes = self.database.readings, self.database.outcomes
        database = cast("Database", self.database)
        self.context = Context(
            services=cast("Services", self.services),
            request_id="request-1",
            caller=Caller(viewer, "Sign in first."),
            loaders=Loaders(database, viewer.id if viewer else None),
        )

    async def execute(self, source: str, variables: dict[str, Any] | None = None) -> ExecutionResult:
        return await schema.schema.execute(source, variable_values=variables, context_value=self.context)

    async def data(self, source: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The data of an operation that goes well."""
        result = await self.execute(source, variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def error(self, source: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The only error of an operation, as it is sent."""
        result = await self.execute(source, variables)
        assert result.errors is not None, result.data
        (error,) = result.errors
        return cast("dict[str, Any]", error.formatted)

    async def stream(self, source: str, variables: dict[str, Any] | None = None) -> list[Any]:
        """Every result of an operation over a WebSocket."""
        results = await schema.schema.stream(source, variable_values=variables, context_value=self.context)
        return [result async for result in results]


class ScriptedEvents:
    """A stream of events that notes whether it was closed."""

    def __init__(self, *events: Event | Exception) -> None:
        self._events = events
        self.closed = False

    async def run(self) -> AsyncIterator[Event]:
        try:
            for event in self._events:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed = True
