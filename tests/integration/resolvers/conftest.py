"""The whole house without its front door: real database, real graphs, the embedded bank and grader."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from domain.challenge import AnswerPart, Challenge, MultipleChoice, MultipleChoiceSolution, Scenario
from domain.enums import ChallengeKind, Difficulty, Domain
from domain.evaluation import Answer
from domain.ids import ChallengeId
from domain.user import Principal
from resolvers import challenges, evaluations
from resolvers.context import Caller, Context, Services
from resolvers.evaluations import Submission, Submitted
from resolvers.identity import recognise
from resolvers.loaders import Loaders
from server.settings import Settings
from server.wiring import running

Overrides = dict[str, object]


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

    async def generate(self, kind: ChallengeKind, key: str | None = None, **more: object) -> challenges.Generated:
        asked = {"domain": Domain.DATABASES, "difficulty": Difficulty.MEDIUM, "topic": None, **more}
        return await challenges.generate(self.context, kind=kind, idempotency_key=key, **asked)

    async def submit(
        self, challenge: Challenge, answer: Answer, *, key: str | None = None, wait: bool = True, **more: object
    ) -> Submitted:
        fields = {"revises": None, **more}
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
        parts=tuple(AnswerPart(question.id, text) for question, text in zip(challenge.content.questions, texts, strict=False))
    )


def other_option(challenge: Challenge, option_id: str) -> str:
    assert isinstance(challenge.content, MultipleChoice)
    return next(option.id for option in challenge.content.options if option.id != option_id)


@pytest.fixture
def person(services: Services) -> Callable[[str], Awaitable[Person]]:
    async def meet(name: str) -> Person:
        user = await recognise(services, Principal("urn:test", name))
        return Person(
            Context(
                services=services,
                request_id="test",
                caller=Caller(user),
                loaders=Loaders(services.database, user.id),
            )
        )

    return meet


@pytest.fixture
async def alice(person) -> Person:
    return await person("alice")


@pytest.fixture
async def bob(person) -> Person:
    return await person("bob")
