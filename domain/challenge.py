"""Challenges: what a person is asked, and the solution that stays on the server until it is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from domain.calls import Call
from domain.enums import ChallengeKind, Difficulty, Dimension, Domain, Engine
from domain.ids import ChallengeId, UserId
from domain.likeness import Sketch

ANSWER_PART_LIMIT = 20_000
"""Characters (Unicode code points) that one part of an answer may have."""
ANSWER_LIMIT = 40_000
"""Characters that an answer may have in all parts together."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who made or graded something.

    `version` names the prompt, bank item or grader, so that scores stay comparable; `degraded` says that this engine
    stands in for one that was asked first and failed.
    """

    engine: Engine
    model: str | None
    version: str
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One choice; ids are positions in the shuffled order and mean nothing."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class MultipleChoice:
    """What is shown of a multiple-choice challenge before it is answered."""

    question: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Misconception:
    """The belief behind a wrong option."""

    option_id: str
    text: str


@dataclass(frozen=True, slots=True)
class MultipleChoiceSolution:
    """Hidden until the viewer has a completed evaluation of the challenge."""

    correct_option_id: str
    explanation: str
    misconceptions: tuple[Misconception, ...]


@dataclass(frozen=True, slots=True)
class ScenarioContext:
    """Where the scenario plays."""

    company: str
    role: str
    situation: str
    constraints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScenarioQuestion:
    """One question; an answer has one part for each."""

    id: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the rubric, as shown before the answer: what is looked at, without the key points."""

    id: str
    dimension: Dimension
    title: str
    points: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is shown of a scenario challenge before it is answered."""

    context: ScenarioContext
    questions: tuple[ScenarioQuestion, ...]
    rubric: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class KeyPoint:
    """One idea that a complete answer states, with other ways of saying it."""

    text: str
    phrasings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """What an answer at one level of a criterion looks like; levels go from 0 to 5."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class CriterionKey:
    """What is hidden of one criterion: its key points, and anchors of levels where its author wrote any."""

    criterion_id: str
    key_points: tuple[KeyPoint, ...]
    anchors: tuple[Anchor, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """The text for one question of a scenario."""

    question_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ScenarioSolution:
    """Hidden until the viewer has a completed evaluation of the challenge."""

    model_answers: tuple[AnswerPart, ...]
    keys: tuple[CriterionKey, ...]


Content = MultipleChoice | Scenario
Solution = MultipleChoiceSolution | ScenarioSolution


def told(content: Content) -> str:
    """What makes two challenges alike: the question, or the situation. `sketch` is taken of it."""
    return content.question if isinstance(content, MultipleChoice) else content.context.situation


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeDraft:
    """A challenge as its writer hands it over, before it is anybody's.

    `repeated` says that the person has had the same item before, because all that fit were used. `calls` are what
    models were asked for it.
    """

    kind: ChallengeKind
    domain: Domain
    topic: str
    difficulty: Difficulty
    title: str
    tags: tuple[str, ...]
    suggested_minutes: int
    content: Content
    solution: Solution
    provenance: Provenance
    repeated: bool = False
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A stored challenge of one person. `solution` is None until `answered_at`.

    What it asks is read from its text when somebody looks at it: a list of challenges shows little of what they hold.
    """

    id: ChallengeId
    user_id: UserId
    kind: ChallengeKind
    domain: Domain
    topic: str
    difficulty: Difficulty
    title: str
    tags: tuple[str, ...]
    suggested_minutes: int
    read_content: Callable[[], Content] = field(compare=False, repr=False)
    read_solution: Callable[[], Solution] | None = field(compare=False, repr=False)
    provenance: Provenance
    repeated: bool
    created_at: datetime
    answered_at: datetime | None

    @property
    def content(self) -> Content:
        """What is shown before the answer."""
        return self.read_content()

    @property
    def solution(self) -> Solution | None:
        """What stays hidden until the answer; None while it does."""
        return None if self.read_solution is None else self.read_solution()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a person asked for: who writes a challenge works from this."""

    user_id: UserId
    kind: ChallengeKind
    domain: Domain
    difficulty: Difficulty
    topic: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What models are asked to write: challenges that anybody may get, on one of `topics`.

    `avoid` are sketches of what must not be told again, and `titles` of such challenges, for the writer to read.
    `deadline_seconds` is from now, for everything.
    """

    kind: ChallengeKind
    domain: Domain
    difficulty: Difficulty
    topics: tuple[str, ...]
    avoid: tuple[Sketch, ...] = ()
    titles: tuple[str, ...] = ()
    deadline_seconds: float


@dataclass(frozen=True, slots=True)
class DomainInfo:
    """A domain as people read about it."""

    domain: Domain
    label: str
    description: str
    topics: tuple[str, ...]
