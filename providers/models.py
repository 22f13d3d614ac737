"""A provider's models as the router sees them, free of any SDK."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol

from domain.calls import Usage
from domain.enums import Engine
from domain.language_models import Request, T


@dataclass(frozen=True, slots=True)
class Generated(Generic[T]):
    """What one request to one model gave. `model` is the name that the provider says it used."""

    value: T
    model: str
    usage: Usage


OnSnapshot = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Is told what one attempt has written so far, as OnPartial is of all of them."""


class LanguageModel(Protocol):
    """A provider's models. Makes one request at a time of it: no retry, no fallback, no limit of its own."""

    @property
    def engine(self) -> Engine:
        """Whose models these are."""
        ...

    async def generate(
        self, request: Request[T], *, model: str, timeout_seconds: float, on_snapshot: OnSnapshot | None = None
    ) -> Generated[T]:
        """Ask a model once.

        Args:
            request: what to ask.
            model: the provider's name of it.
            timeout_seconds: for connecting and for each read. The caller bounds the whole: it cancels.
            on_snapshot: asks for a stream, and is told of every piece of it.

        Raises:
            ModelFault: no value; its leaf says whether another attempt can succeed.
        """
        ...

    def warm(self) -> None:
        """Load what is slow to load. May be called in any thread, and again."""
        ...

    async def close(self) -> None:
        """Give up the connections."""
        ...
