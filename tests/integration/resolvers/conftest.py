"""Use cases without a front door.

`services` is the whole house: real database, real graphs, the embedded bank and grader. `desk` is the use cases over a
real database and nothing behind them: tests play the writer and the runner themselves, and move the clock.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import URL

from domain.challenge import AnswerPart, Challenge, DomainInfo, MultipleChoice, MultipleChoiceSolution, Scenario
from domain.enums import ChallengeKind, Difficulty, Domain, QuotaEntryState
from domain.evaluation import Answer, Assignment
from domain.events import Event
from domain.ids import ChallengeId, EvaluationId
from domain.paging import PageRequest
from domain.user import Principal
from persistence import locations
from persistence.database import Database
from persistence.journal import Journal
from persistence.models import metadata
from persistence.postgresql import PostgresDatabase
from persistence.sqlite import SqliteDatabase
from persistence.wakeups import LocalWakeUps
from resolvers import challenges, evaluations, progress, quota
from resolvers.context import Caller, Context, Services
from resolvers.evaluations import Submission, Submitted
from resolvers.identity import recognise
from resolvers.loaders import Loaders
from resolvers.replay import Turns
from resolvers.runner import QUEUE, Pacing, Runner
from server.settings import Settings
from server.wiring import running
from tests.integration.resolvers.doubles import Clock, Idle, Rates, Watched, Writer
from tests.unit.workflows.doubles import ScriptedWriter
from workflows.graphs import Graphs
from workflows.ports import AnswerGrader

Overrides = dict[str, Any]
Meet = Callable[[str], Awaitable["Person"]]
LEASE = timedelta(seconds=60)


@pytest.fixture(scope="session")
def emptied_postgres(postgres_server: URL, postgres_template: URL) -> Iterator[URL]:
    """One database for all tests here, which each find empty: making one for each takes longer than the tests."""
    name = f"intrvu_resolvers_{uuid.uuid4().hex[:12]}"
    server = postgres_server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(Identifier, (name, str(postgres_template.database))))
        )
    yield postgres_server.set(database=name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def postgres_url(emptied_postgres: URL) -> Iterator[URL]:
    yield emptied_postgres
    dsn = emptied_postgres.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection, connection.transaction():
        for table in reversed(metadata.sorted_tables):
            connection.execute(SQL("DELETE FROM {}").format(Identifier(table.name)))


@pytest.fixture
def overrides() -> Overrides:
    """Settings that a test changes before it asks for the house."""
    return {}


@pytest.fixture
def settings(database_url: URL, tmp_path: Path, overrides: Overrides) -> Settings:
    plain = database_url.set(drivername=database_url.get_backend_name()).render_as_string(hide_password=False)
    return Settings.read(
        env_file=None,
        **{"data_dir": tmp_path / "data", "database_url": plain, "rate_limit_per_minute": 10_000, **overrides},
    )


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    async with running(settings) as process:
        yield process.services


@dataclass
class Person:
    """Somebody who uses the house."""

    context: Context

    async def generate(self, kind: ChallengeKind, key: str | None = None, **more: Any) -> challenges.Generated:
        asked: Overrides = {"domain": Domain.DATABASES, "difficulty": Difficulty.MEDIUM, "topic": None, **more}
        return await challenges.generate(self.context, kind=kind, idempotency_key=key, **asked)

    async def submit(
        self, challenge: Challenge, answer: Answer, *, key: str | None = None, wait: bool = True, **more: Any
    ) -> Submitted:
        fields: Overrides = {"revises": None, **more}
        return await evaluations.submit(
            self.context,
            Submission(challenge_id=challenge.id, answer=answer, idempotency_key=key, wait=wait, **fields),
        )

    async def correct_option(self, id: ChallengeId) -> str:
        """What only the server knows."""
        complete = await self.context.services.database.read(lambda work: work.challenges.with_solution(id))
        assert isinstance(complete.solution, MultipleChoiceSolution)
        return complete.solution.correct_option_id


def parts(challenge: Challenge, *texts: str) -> Answer:
    """An answer to a scenario; questions without a text stay unanswered."""
    assert isinstance(challenge.content, Scenario)
    return Answer(
        parts=tuple(
            AnswerPart(question.id, text) for question, text in zip(challenge.content.questions, texts, strict=False)
        )
    )


def other_option(challenge: Challenge, option_id: str) -> str:
    assert isinstance(challenge.content, MultipleChoice)
    return next(option.id for option in challenge.content.options if option.id != option_id)


async def met(services: Services, name: str) -> Person:
    user = await recognise(services, Principal("urn:test", name))
    return Person(
        Context(
            services=services,
            request_id="test",
            caller=Caller(user),
            loaders=Loaders(services.database, user.id),
        )
    )


@pytest.fixture
def person(services: Services) -> Meet:
    return lambda name: met(services, name)


@pytest.fixture
async def alice(person: Meet) -> Person:
    return await person("alice")


@pytest.fixture
async def bob(person: Meet) -> Person:
    return await person("bob")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(database_url: URL, clock: Clock) -> AsyncIterator[Watched]:
    path = locations.sqlite_path(database_url)
    opened: Database = (
        await SqliteDatabase.open(path, clock) if path is not None else await PostgresDatabase.open(database_url, clock)
    )
    yield Watched(opened)
    await opened.close()


@dataclass
class Desk:
    """The use cases and what a test plays itself."""

    services: Services
    database: Watched
    clock: Clock
    writer: Writer
    rates: Rates
    journal: Journal

    async def person(self, name: str) -> Person:
        return await met(self.services, name)

    def another_process(self) -> Services:
        """The same database and nothing else in common."""
        return replace(self.services, wake_ups=LocalWakeUps(), turns=Turns())

    async def take(self) -> Assignment:
        """Be the runner that takes what has waited longest."""
        assignment = await self.database.write(lambda work: work.leases.take(now=work.now, duration=LEASE))
        assert assignment is not None
        return assignment

    async def events(self, id: EvaluationId) -> list[Event]:
        return await self.database.read(lambda work: work.events.after(id, 0, limit=1_000))

    async def entries(self, person: Person) -> list[tuple[QuotaEntryState, int]]:
        """The states and amounts in the person's ledger, oldest first."""
        viewer = person.context.viewer
        rows = (await self.database.read(lambda work: work.ledger.page(viewer.id, PageRequest(100)))).rows
        return [(row.state, row.amount) for row in reversed(rows)]

    async def used(self, person: Person) -> int:
        return (await quota.get(person.context)).used


@pytest.fixture
def desk(database: Watched, clock: Clock) -> Desk:
    wake_ups, writer, rates, numbers = LocalWakeUps(), Writer(), Rates(), count(1)
    services = Services(
        production=False,
        database=database,
        wake_ups=wake_ups,
        rates=rates,
        evaluator=Idle(),
        write_challenge=writer,
        domains=(DomainInfo(Domain.DATABASES, "Databases", "How data is kept.", ("Indexes", "Locks")),),
        offered=lambda _kind, _domain, _difficulty: ("Indexes", "Locks"),
        new_id=lambda: f"{next(numbers):032x}",  # in order, as time is in a UUID of version 7
        daily_quota=50,
        generation_deadline=timedelta(seconds=15),
    )
    journal = Journal(database, wake_ups, lease_duration=LEASE)
    return Desk(services, database, clock, writer, rates, journal)


@pytest.fixture
async def ann(desk: Desk) -> Person:
    return await desk.person("ann")


async def no_pace() -> None:
    """Nothing to wait for."""


@dataclass
class Workshop:
    """Runners over one desk, each a process of its own as far as the database can tell."""

    desk: Desk
    running: list[tuple[Runner, "asyncio.Task[None]"]] = field(default_factory=list)

    def graded_by(self, grader: AnswerGrader) -> Callable[[Assignment], Awaitable[None]]:
        """The real graph with that grader."""
        writer = ScriptedWriter()
        return Graphs(
            multiple_choice_writer=writer,
            scenario_writer=writer,
            grader=grader,
            journal=self.desk.journal,
            random=Random(1),
            pace=no_pace,
        ).evaluate

    def start(
        self, evaluate: Callable[[Assignment], Awaitable[None]], *, database: Database | None = None, **pacing: Any
    ) -> Runner:
        """A runner that looks for work when it is rung for; its times are set for a clock that stands still."""
        pace = {"lease": LEASE, "poll": timedelta(minutes=5), "grace": timedelta(0), "concurrency": 4, **pacing}
        runner = Runner(
            database=database or self.desk.database,
            wake_ups=self.desk.services.wake_ups,
            journal=self.desk.journal,
            evaluate=evaluate,
            pacing=Pacing(**pace),
        )
        self.running.append((runner, asyncio.create_task(runner.run())))
        return runner

    async def stop(self, runner: Runner) -> None:
        """Stop it gracefully and wait for its end."""
        runner.stop()
        await next(task for known, task in self.running if known is runner)

    async def kill(self, runner: Runner) -> None:
        """End it as a killed process ends: nothing is handed back."""
        task = next(task for known, task in self.running if known is runner)
        dying = [task, *runner._working.values()]
        for each in dying:
            each.cancel()
        await asyncio.gather(*dying, return_exceptions=True)

    def ring(self) -> None:
        """Make the runners look for work."""
        self.desk.services.wake_ups.ring(QUEUE)


@pytest.fixture
async def workshop(desk: Desk) -> AsyncIterator[Workshop]:
    shop = Workshop(desk)
    yield shop
    for runner, _ in shop.running:
        runner.stop()
    await asyncio.gather(*(task for _, task in shop.running), return_exceptions=True)


async def seen(person: Person, id: EvaluationId, wanted: Callable[[Sequence[Event]], bool]) -> list[Event]:
    """Follow an evaluation until the events so far are as wanted, or it has ended."""
    events: list[Event] = []
    following = await progress.follow(person.context, id, after_sequence=0)
    async for event in following:
        events.append(event)
        if wanted(events):
            break
    return events


async def ended(person: Person, id: EvaluationId) -> list[Event]:
    """Every event of an evaluation, once it has ended."""
    return await seen(person, id, lambda events: events[-1].is_last)
