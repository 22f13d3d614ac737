"""Domain values as JSON text, through pydantic: what does not fit its type is refused when it is read."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from domain.calls import Call
from domain.challenge import AnswerPart, MultipleChoice, MultipleChoiceSolution, Provenance, Scenario, ScenarioSolution
from domain.enums import ChallengeKind, Engine
from domain.evaluation import Evidence
from domain.events import (
    Cancelled,
    Completed,
    DimensionScored,
    Failed,
    FeedbackWritten,
    Happening,
    PhaseChanged,
    Queued,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

Strings = tuple[str, ...]
AnswerParts = tuple[AnswerPart, ...]
EvidenceList = tuple[Evidence, ...]
Calls = tuple[Call, ...]

CONTENT_TYPES: dict[ChallengeKind, type[MultipleChoice] | type[Scenario]] = {
    ChallengeKind.MULTIPLE_CHOICE: MultipleChoice,
    ChallengeKind.SCENARIO: Scenario,
}
SOLUTION_TYPES: dict[ChallengeKind, type[MultipleChoiceSolution] | type[ScenarioSolution]] = {
    ChallengeKind.MULTIPLE_CHOICE: MultipleChoiceSolution,
    ChallengeKind.SCENARIO: ScenarioSolution,
}
HAPPENINGS: dict[str, type[Happening]] = {
    happening.__name__: happening
    for happening in (Queued, PhaseChanged, DimensionScored, FeedbackWritten, Completed, Failed, Cancelled)
}


@lru_cache(maxsize=256)
def provenance_of(engine: str, model: str | None, version: str, degraded: bool) -> Provenance:  # noqa: FBT001 - the columns in their order
    """Who made or graded something. There are few different ones: they are shared."""
    return Provenance(Engine(engine), model, version, bool(degraded))


@cache
def _adapter(shape: Any) -> "TypeAdapter[Any]":  # noqa: ANN401 - any type that pydantic can adapt
    from pydantic import TypeAdapter  # noqa: PLC0415 - 9 MiB that the first row needs, and a start does not

    return TypeAdapter(shape)


def encode(value: object, shape: Any) -> str:  # noqa: ANN401 - as above
    """JSON text of a value of that type."""
    return _adapter(shape).dump_json(value).decode()


def encode_calls(calls: Calls) -> str | None:
    """JSON text of what models were asked; None when none were."""
    return encode(calls, Calls) if calls else None


def later(text: str, shape: type[T]) -> Callable[[], T]:
    """What `decode` makes of the text, once, for whoever asks first and all who ask again."""
    return _Later(text, shape)


class _Later(Generic[T]):
    __slots__ = ("_shape", "_text", "_value")

    def __init__(self, text: str, shape: type[T]) -> None:
        self._text = text
        self._shape = shape
        self._value: T | None = None

    def __call__(self) -> T:
        if self._value is None:
            self._value = decode(self._text, self._shape)
        return self._value


def decode(text: str, shape: type[T]) -> T:
    """The value that `encode` wrote.

    Raises:
        pydantic.ValidationError: the text is not JSON of that type, so the row was not written by this code.
    """
    value: T = _adapter(shape).validate_json(text)  # type: ignore[arg-type]  # mypy holds type[T] for unhashable
    return value
