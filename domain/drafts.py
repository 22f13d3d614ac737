"""What a writer of multiple-choice questions hands over, before code gives the options an order."""

from dataclasses import dataclass

from domain.challenge import Provenance
from domain.enums import Difficulty, Domain


@dataclass(frozen=True, slots=True)
class Distractor:
    """A wrong option, and the belief that makes a person choose it."""

    text: str
    misconception: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleChoiceItem:
    """A question with its key. `repeated`: the person has had this item before, because all that fit were used."""

    domain: Domain
    topic: str
    difficulty: Difficulty
    title: str
    tags: tuple[str, ...]
    suggested_minutes: int
    question: str
    correct: str
    distractors: tuple[Distractor, ...]
    explanation: str
    provenance: Provenance
    repeated: bool = False
