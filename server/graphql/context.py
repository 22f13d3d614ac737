"""What the wire needs to know of an operation's context, and how it gets one."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.requests import HTTPConnection


class Caller(Protocol):
    """Who is calling: `user` is None for nobody, and for somebody whose token was refused."""

    @property
    def user(self) -> object | None: ...  # noqa: D102 - said above

    @property
    def refusal(self) -> str | None: ...  # noqa: D102 - said above


class OperationContext(Protocol):
    """The context of one HTTP request, or of one socket."""

    @property
    def request_id(self) -> str: ...  # noqa: D102 - said above

    @property
    def caller(self) -> Caller: ...  # noqa: D102 - said above


ContextFactory = Callable[[HTTPConnection, str | None], Awaitable[OperationContext]]
"""Makes a context from the connection and its bearer token, if it has one.

A token that does not verify may be recorded in `caller` or raised as Unauthenticated.
"""


def bearer_token(authorization: str | None) -> str | None:
    """The token of an Authorization header or of a connection_init payload.

    Without the word "Bearer" all of it counts as the token, so that the verifier says what is wrong with it instead of
    "not signed in".
    """
    if authorization is None or not authorization.strip():
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return token.strip() or None
    return authorization.strip()
