"""What a use case is given: the process's services, and who is calling."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from domain.challenge import Brief, ChallengeDraft, DomainInfo
from domain.errors import Unauthenticated
from domain.evaluation import Assignment
from domain.ids import EvaluationId, IdSource, UserId
from domain.recommendation import Offered
from domain.user import User
from persistence.database import Database
from persistence.wakeups import LocalWakeUps
from resolvers.replay import Turns

if TYPE_CHECKING:
    from resolvers.loaders import Loaders


class Rates(Protocol):
    """Limits how fast one person may go."""

    def spend(self, user_id: UserId) -> None:
        """Count an operation. Never waits.

        Raises:
            RateLimited: too many in too short a time; nothing was counted.
        """
        ...


class Place(Protocol):
    """Room for one evaluation, whose lease lasts so long when it is stored."""

    @property
    def lease(self) -> timedelta:
        """How long the worker may be silent."""
        ...

    def begin(self, assignment: Assignment) -> None:
        """Work on what was taken."""
        ...


class Evaluator(Protocol):
    """Whoever works on queued evaluations in this process."""

    def place(self) -> AbstractContextManager[Place | None]:
        """Keep room, for the time of the block, for an evaluation that is stored in it; None where there is none."""
        ...

    def abandon(self, evaluation_id: EvaluationId) -> None:
        """Stop working on an evaluation that has ended, if it is worked on here."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Process-wide: made once, when the server starts.

    `domains` list the topics that can be asked for, `offered` those of them on which `write_challenge` has something of
    a kind and difficulty.
    """

    production: bool
    database: Database
    wake_ups: LocalWakeUps
    rates: Rates
    evaluator: Evaluator
    write_challenge: Callable[[Brief], Awaitable[ChallengeDraft]]
    domains: tuple[DomainInfo, ...]
    offered: Offered
    new_id: IdSource
    daily_quota: int
    generation_deadline: timedelta
    turns: Turns = field(default_factory=Turns)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling; `refusal` says why it is nobody."""

    user: User | None
    refusal: str = "Sign in: send the header `Authorization: Bearer <token>`."


@dataclass(slots=True, kw_only=True)
class Context:
    """One request, or one WebSocket with all its operations."""

    services: Services
    request_id: str
    caller: Caller
    loaders: "Loaders"

    @property
    def viewer(self) -> User:
        """The person who is signed in.

        Raises:
            Unauthenticated: nobody is.
        """
        if self.caller.user is None:
            raise Unauthenticated(self.caller.refusal)
        return self.caller.user

    def spend(self) -> None:
        """Count an operation of the viewer's; of nobody's, count nothing.

        Raises:
            RateLimited: too many in too short a time.
        """
        if self.caller.user is not None:
            self.services.rates.spend(self.caller.user.id)
