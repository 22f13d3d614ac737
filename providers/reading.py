"""What both SDKs' adapters do alike: turn what is raised into faults, and read a stream to its end."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from time import time
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from providers.faults import Garbled, StreamCut
from providers.models import OnSnapshot
from providers.structured import snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from providers.faults import ModelFault

LONGEST_WAIT_SECONDS: Final = 86_400.0
E_contra = TypeVar("E_contra", contravariant=True)
E = TypeVar("E")
Translate = Callable[[Exception], "ModelFault | None"]
"""The fault that an exception of the SDK stands for; None for one that is our own mistake."""


class Answer(Protocol[E_contra]):
    """What a stream has said so far."""

    text: str

    def absorb(self, event: E_contra) -> bool:
        """Take the next event; True when `text` grew."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the provider said that this is all. A stream may end without that word."""
        ...


@contextmanager
def translating(translate: Translate) -> Iterator[None]:
    """Raise the fault that an SDK's exception stands for."""
    try:
        yield
    except Exception as exc:
        fault = translate(exc)
        if fault is None:
            raise
        raise fault from exc


@contextmanager
def legible() -> Iterator[None]:
    """Read an answer whose shape the SDKs do not check: what it lacks shows only when it is asked for."""
    try:
        yield
    except (AttributeError, IndexError, TypeError) as exc:
        raise Garbled("The provider's answer lacks what it must have.") from exc


async def follow(events: AsyncIterator[E], answer: Answer[E], *, translate: Translate, on_snapshot: OnSnapshot) -> None:
    """Read a stream to its end, telling what it says.

    What `on_snapshot` raises passes through as it is: it is no fault of the provider's.

    Raises:
        ModelFault: the stream broke, carried an error, or ended before the answer did.
    """
    while True:
        with translating(translate):
            try:
                event = await anext(events)
            except StopAsyncIteration:
                break
        with legible():
            grew = answer.absorb(event)
        if grew and (written := snapshot(answer.text)) is not None:
            await on_snapshot(written)
    if not answer.complete:
        raise StreamCut("The stream ended before the answer did.")


def retry_after_seconds(headers: "Mapping[str, str]") -> float | None:
    """What a provider asks for in Retry-After, a day at most; None when it asks for nothing that can be read."""
    seconds = _seconds(headers)
    # NaN compares false.
    return min(seconds, LONGEST_WAIT_SECONDS) if seconds is not None and seconds >= 0 else None


def _seconds(headers: "Mapping[str, str]") -> float | None:
    for name, unit_seconds in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return float(headers[name]) * unit_seconds
        except (KeyError, ValueError):
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time())
    except (KeyError, ValueError):
        return None
