"""Domain values as JSON text, through pydantic: what does not fit its type is refused when it is read."""

from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any, TypeVar

from pydantic import TypeAdapter

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

T = TypeVar("T")

Strings = tuple[str, ...]
AnswerParts = tuple[AnswerPart, ...]
EvidenceList = tuple[Evidence, ...]

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
def _adapter(shape: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any type that pydantic can adapt
    return TypeAdapter(shape)


def encode(value: object, shape: Any) -> str:  # noqa: ANN401 - as above
    """JSON text of a value of that type."""
    return _adapter(shape).dump_json(value).decode()


def later(text: str, shape: type[T]) -> Callable[[], T]:
    """What `decode` will make of the text, for whoever asks."""
    return partial(decode, text, shape)


def decode(text: str, shape: type[T]) -> T:
    """The value that `encode` wrote.

    Raises:
        pydantic.ValidationError: the text is not JSON of that type, so the row was not written by this code.
    """
    value: T = _adapter(shape).validate_json(text)  # type: ignore[arg-type]  # mypy holds type[T] for unhashable
    return value
